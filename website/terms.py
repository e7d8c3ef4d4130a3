"""The terms of the glossary: their page, and links to it with their definitions where a chapter first uses them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from docutils import nodes  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from dscourse.course.chapters import CHAPTERS
from dscourse.course.generate import Term, terms

__all__ = ["Terms", "anchor", "glossary_page", "linked", "setup"]

_CHAPTER = re.compile(r"notebooks/(\d\d)_")
_NOT_IN = (
    nodes.reference,
    nodes.title,
    nodes.literal,
    nodes.strong,
    nodes.raw,
    nodes.literal_block,
)


def anchor(term: Term) -> str:
    """Return the name of a term's place on the page of the glossary.

    >>> anchor(Term("two-phase commit", 6, "…"))
    'term-two-phase-commit'
    """
    return "term-" + re.sub(r"\W+", "-", term.name.lower()).strip("-")


def glossary_page(table: Iterable[Term]) -> str:
    """Return the page of the glossary: one paragraph per term, each with a place to link to."""
    files = {chapter.number: chapter.file for chapter in CHAPTERS}
    lines = ["# Glossary", "", "Every term of the course, with the chapter that defines it.", ""]
    for term in table:
        link = f"[{term.chapter:02}]({files[term.chapter]})"
        lines += [f"({anchor(term)})=", "", f"**{term.name}** ({link}): {term.text}", ""]
    return "\n".join(lines)


def linked(text: str, table: dict[str, Term]) -> list[str | tuple[str, Term]]:
    """Return the text in pieces; each first word or words of a term that ``table`` still holds is taken out of it.

    A longer term goes before a shorter one, and the plural with "s" counts.

    >>> table = {"quorum": Term("quorum", 3, "…")}
    >>> linked("Two quorums meet.", table)
    ['Two ', ('quorums', Term(name='quorum', chapter=3, text='…')), ' meet.']
    >>> table
    {}
    """
    pieces: list[str | tuple[str, Term]] = []
    rest = text
    while table and rest:
        names = "|".join(re.escape(name) for name in sorted(table, key=len, reverse=True))
        found = re.search(rf"(?<![\w-])({names})(s?)(?![\w-])", rest, re.IGNORECASE)
        if found is None:
            break
        if found.start():
            pieces.append(rest[: found.start()])
        pieces.append((found[0], table.pop(found[1].lower())))
        rest = rest[found.end() :]
    return [*pieces, rest] if rest else pieces


class Terms(SphinxPostTransform):
    """Links the first use of each term in a chapter to the glossary, with its definition as the link's title.

    Only terms of earlier chapters are linked; headings, code and links are left alone.
    """

    default_priority = 200

    def run(self, **kwargs: Any) -> None:
        """Change the texts of the present chapter."""
        match = _CHAPTER.match(self.env.docname)
        if match is None:
            return
        number = int(match[1])
        table = {term.name.lower(): term for term in terms() if term.chapter < number}
        for paragraph in list(self.document.findall(nodes.paragraph)):
            for text in list(paragraph.findall(nodes.Text)):
                if not _inside(text, _NOT_IN):
                    _replace(text, linked(str(text), table))


def _inside(node: nodes.Node, kinds: tuple[type[nodes.Node], ...]) -> bool:
    parent = node.parent
    while parent is not None:
        if isinstance(parent, kinds):
            return True
        parent = parent.parent
    return False


def _replace(text: nodes.Text, pieces: list[str | tuple[str, Term]]) -> None:
    if all(isinstance(piece, str) for piece in pieces):
        return
    new = [nodes.Text(piece) if isinstance(piece, str) else _link(*piece) for piece in pieces]
    text.parent.replace(text, new)


def _link(words: str, term: Term) -> nodes.reference:
    return nodes.reference(
        "", words, refuri=f"glossary.html#{anchor(term)}", reftitle=f"{term.name}: {term.text}",
        internal=True, classes=["term"],
    )  # fmt: skip


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the transform, as Sphinx asks of an extension."""
    app.add_post_transform(Terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
