"""A check of the course's English: the phrases and names of `english.toml`, each with its reason.

It looks at docstrings, comments, texts and names in Python, also in the cells of notebooks; at texts in TOML; and at
Markdown outside of code. A phrase found where it is right is listed under ``[[exception]]`` in the table.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["CHECKED", "Hit", "hits", "hits_in_tree", "unused_exceptions"]

# The files that the check covers, as patterns below the root.
CHECKED = (
    "*.md", "Makefile", ".ci/*", "data/*.md", "data/*.py", "benchmarks/**/*.py", "tests/**/*.py", "dscourse/**/*.py",
    "notebooks/*.ipynb", "notebooks/*.md", "dscourse/exercises/**/*.toml", "dscourse/course/glossary.toml",
    "website/*.py", "website/pages/*.md",
)  # fmt: skip
_TABLE = Path(__file__).with_name("english.toml")


@dataclass(frozen=True)
class Hit:
    """One place in a file that the table objects to: the line, the words found there, and the reason."""

    path: str
    line: int
    words: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words!r}: {self.reason}"


@dataclass(frozen=True)
class _Piece:
    """A piece of prose or a name: its kind ("text", "summary" or "name"), its first line and its words."""

    kind: str
    line: int
    text: str


@dataclass(frozen=True)
class _Rule:
    kind: str
    pattern: re.Pattern[str]
    reason: str

    def found(self, piece: _Piece) -> Iterator[tuple[int, str]]:
        """Yield the line and the words of every match in the piece."""
        for match in self.pattern.finditer(piece.text):
            group = next((name for name in self.pattern.groupindex if match[name]), 0)
            yield piece.line + piece.text.count("\n", 0, match.start(group)), match[group]


def hits_in_tree(root: Path, checked: tuple[str, ...] = CHECKED) -> list[Hit]:
    """Return all hits in the checked files below ``root``, by file and line."""
    paths = sorted({path for pattern in checked for path in root.glob(pattern) if path.is_file()})
    return [
        hit
        for path in paths
        for hit in hits(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    ]


def hits(path: str, text: str) -> list[Hit]:
    """Return the hits in a file of this path and text, by line; exceptions of the table are left out.

    >>> print(*hits("README.md", "It sends two messages a node."))
    README.md:1: 'messages a node': a rate or a ratio takes "per", or "for each"
    """
    excepted = {words for name, words in _exceptions() if name == path}
    found = {
        Hit(path, line, " ".join(words.split()), rule.reason)
        for piece in _pieces(path, text)
        for rule in _rules()
        if rule.kind == piece.kind or (rule.kind, piece.kind) == ("text", "summary")
        for line, words in rule.found(piece)
    }
    return sorted(
        (hit for hit in found if hit.words.lower() not in excepted), key=lambda hit: (hit.line, hit.words)
    )  # fmt: skip


def unused_exceptions(root: Path) -> list[str]:
    """Return the exceptions of the table that no file below ``root`` needs any more."""
    unused = []
    for path, words in _exceptions():
        file = root / path
        text = " ".join(file.read_text(encoding="utf-8").lower().split()) if file.exists() else ""
        if words not in text:
            unused.append(
                f"{path}: {words!r} is an exception in {_TABLE.name}, but is not in the file"
            )
    return unused


@cache
def _table() -> Mapping[str, list[dict[str, Any]]]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@cache
def _exceptions() -> tuple[tuple[str, str], ...]:
    return tuple((entry["file"], entry["words"].lower()) for entry in _table().get("exception", []))


@cache
def _rules() -> tuple[_Rule, ...]:
    """Return the rules of the table; a space in a phrase matches any white space."""
    rules = [
        _Rule("text", re.compile(_spaced(entry["pattern"]), re.IGNORECASE), entry["reason"])
        for entry in _table()["phrase"]
    ]
    rules += [
        _Rule("summary", re.compile(r"\A" + _spaced(entry["pattern"]), re.IGNORECASE), entry["reason"])
        for entry in _table()["summary"]
    ]  # fmt: skip
    rules += [
        _Rule("name", re.compile(rf"\A_*(?:{_names_of(entry)})\Z", re.IGNORECASE), entry["reason"])
        for entry in _table()["name"]
    ]
    return tuple(rules)


def _names_of(entry: Mapping[str, Any]) -> str:
    """Return the pattern of the names that an entry forbids: its words and its patterns."""
    return "|".join((*entry.get("words", ()), *entry.get("patterns", ())))


def _spaced(pattern: str) -> str:
    """Let every space match any white space, except in a look-behind, which must have a fixed width."""
    return re.sub(r"(\(\?<[=!][^)]*\))| ", lambda match: match[1] or r"\s+", pattern)


def _pieces(path: str, text: str) -> Iterator[_Piece]:
    suffix = Path(path).suffix
    if suffix == ".py":
        yield from _python(text)
    elif suffix == ".ipynb":
        yield from _notebook(text)
    elif suffix == ".md":
        yield _Piece("text", 1, _without_code(text))
    else:  # TOML, a Makefile: texts and comments, as they stand
        yield _Piece("text", 1, text)
    if suffix == ".toml":
        yield from _code_in_toml(text)


def _python(source: str) -> Iterator[_Piece]:
    """Yield the comments, docstrings, other texts and assigned or defined names of a Python source."""
    yield from _comments(source)
    tree = ast.parse(source)
    docstrings, inner = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstrings |= {id(_docstring(node))}
        if isinstance(node, ast.JoinedStr):
            inner |= {id(part) for part in node.values}
            yield _Piece("text", node.lineno, _formatted(node))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            kind = "summary" if id(node) in docstrings else "text"
            yield _Piece(kind, node.lineno, node.value)
        yield from (_Piece("name", line, name) for line, name in _names(node))


def _comments(source: str) -> Iterator[_Piece]:
    """Yield each comment; those on adjacent lines of their own are one text."""
    block: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line = token.start[0]
        if block and not (line == last + 1 and token.line.lstrip().startswith("#")):
            yield _Piece("text", last - len(block) + 1, "\n".join(block))
            block = []
        block.append(token.string.lstrip("# "))
        last = line
    if block:
        yield _Piece("text", last - len(block) + 1, "\n".join(block))


def _formatted(node: ast.JoinedStr) -> str:
    """Return the text of an f-string, with an ellipsis for each value."""
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
    )


def _docstring(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> ast.expr | None:
    first = node.body[0] if node.body else None
    return first.value if isinstance(first, ast.Expr) else None


def _names(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of what the node defines or assigns."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.lineno, node.name
        case ast.arg():
            yield node.lineno, node.arg
        case ast.Name(ctx=ast.Store()):
            yield node.lineno, node.id
        case ast.Attribute(ctx=ast.Store()):
            yield node.lineno, node.attr
        case ast.alias(asname=str(name)):
            yield node.lineno, name
        case (
            ast.ExceptHandler(name=str(name))
            | ast.MatchAs(name=str(name))
            | ast.MatchStar(name=str(name))
        ):
            yield node.lineno, name


def _notebook(text: str) -> Iterator[_Piece]:
    """Yield the prose of a notebook and that of the Python in its code cells, at the lines of the file."""
    lines, at = text.splitlines(), 0
    for cell in json.loads(text)["cells"]:
        source = cell["source"] if isinstance(cell["source"], list) else [cell["source"]]
        first = json.dumps(source[0] if source else "", ensure_ascii=False)
        at = next((n for n in range(at, len(lines)) if lines[n].strip().rstrip(",") == first), at)
        if cell["cell_type"] == "markdown":
            yield _Piece("text", at + 1, _without_code("".join(source)))
        elif cell["cell_type"] == "code":
            for piece in _python(_without_magic("".join(source))):
                yield _Piece(piece.kind, at + piece.line, piece.text)


def _code_in_toml(text: str) -> Iterator[_Piece]:
    """Yield the names in the literal blocks of a TOML file that are Python: stubs and solutions."""
    for block in re.finditer(r"(?<=''')\n(.*?)'''", text, flags=re.DOTALL):
        first = text.count("\n", 0, block.start(1))
        try:
            tree = ast.parse(block[1])
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            yield from (_Piece("name", first + line, name) for line, name in _names(node))


def _without_magic(code: str) -> str:
    """Return a cell's code with IPython's own lines (``%``, ``!``) blanked out; none of a cell magic."""
    return (
        ""
        if code.startswith("%%")
        else re.sub(r"^(\s*)[%!].*", r"\1pass", code, flags=re.MULTILINE)
    )


def _without_code(markdown: str) -> str:
    """Return the Markdown with fenced blocks and code in backticks blanked out, line by line."""
    return re.sub(
        r"^```.*?^```|`[^`\n]+`", lambda code: "\n" * code[0].count("\n"), markdown, flags=re.DOTALL | re.MULTILINE
    )  # fmt: skip
