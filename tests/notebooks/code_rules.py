"""The rules for code cells, each with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dscourse.course.reading import Cell, Notebook, code_cells, program, source
from dscourse.course.verdicts import is_live

LINES, WIDTH = 20, 100
PROGRAM_LINES = 30  # of a cell that writes a program in any language into a file

CALLS = {
    "interact": "strict comparison fails on it: use a panel",
    "interactive": "strict comparison fails on it: use a panel",
    "interactive_output": "strict comparison fails on it: use a panel",
    "Output": "strict comparison fails on it: use a panel",
    "clear_output": "strict comparison fails on it: use a panel",
    "display": "the last expression is the output",
    "update_display": "strict comparison fails on it: use a panel",
    "get_ipython": "a cell is plain Python",
    "hash": "it changes from process to process",
    "id": "it changes from process to process",
    "sleep": "no wall time in a cell",
    "input": "Run All must not wait",
    "open": "a notebook names no path: use dscourse.datasets",
    "exec": "nothing hidden",
    "eval": "nothing hidden",
}
MODULES = {
    "time": "no wall time in a cell",
    "datetime": "no wall time in a cell",
    "threading": "no thread in a cell",
    "multiprocessing": "no process in a cell",
    "asyncio": "no thread in a cell",
    "subprocess": "no process in a cell",
    "socket": "no network in a cell",
    "urllib": "no network in a cell",
    "requests": "no network in a cell",
    "uuid": "everything is seeded",
    "secrets": "everything is seeded",
    "pip": "no installs in a cell",
}
UNSEEDED = ("random", "np.random", "numpy.random")
SEEDED = ("Random", "default_rng", "RandomState", "SeedSequence", "Generator", "PCG64")


def complaints(notebook: Notebook) -> list[str]:
    """Return the violations, one sentence each, with the number of the code cell."""
    return [
        f"[{number}] {complaint}"
        for number, cell in enumerate(code_cells(notebook), start=1)
        for complaint in (
            _in_program(source(cell))
            if program(cell)[0]
            else (*_in_cell(source(cell)), *_live(cell))
        )
    ]


def _in_program(code: str, most: int = PROGRAM_LINES) -> Iterator[str]:
    lines = [line for line in code.splitlines() if line.strip()]
    if len(lines) > most:
        yield f"{len(lines)} lines: at most {most}"
    yield from (f"longer than {WIDTH} characters: {line}" for line in lines if len(line) > WIDTH)


def _live(cell: Cell) -> Iterator[str]:
    """Yield a mark that does not fit: the last expression of a live cell, and of no other, is a call of `live`."""
    try:
        body = ast.parse(source(cell)).body
    except SyntaxError:
        return
    last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    starts = isinstance(last, ast.Call) and ast.unparse(last.func) == "live"
    if starts != is_live(cell["metadata"]):
        mark = "tag it as live" if starts else "end it with live(processes, run)"
        yield f"a cell that starts real processes has both mark and call: {mark}"


def _in_cell(code: str) -> Iterator[str]:
    lines = [line for line in code.splitlines() if line.strip()]
    yield from _in_program(code, LINES)
    yield from (f"trailing semicolon: {line}" for line in lines if line.rstrip().endswith(";"))
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        yield f"not plain Python (a magic or a shell line?): {(error.text or '').strip()}"
        return
    for node in ast.walk(tree):
        yield from _imports(node)
        yield from _calls(node)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.path", "os.environ"):
            yield f"{ast.unparse(node)}: no path tricks"
    yield from _prints(tree)


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        if any(alias.name == "*" for alias in node.names):
            yield f"import * from {node.module}: name what is used"
        names = [node.module or ""]
    elif isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        return
    for top in (name.split(".")[0] for name in names):
        if top in MODULES:
            yield f"import {top}: {MODULES[top]}"


def _calls(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Call):
        return
    full = ast.unparse(node.func)
    owner, _, name = full.rpartition(".")
    plain = isinstance(node.func, ast.Name)
    if name in CALLS and (
        plain or owner in ("widgets", "ipywidgets", "display", "IPython.display")
    ):
        yield f"{full}(): {CALLS[name]}"
    if name in SEEDED:
        if not node.args and not node.keywords:
            yield f"{full}(): give it a seed"
    elif owner in UNSEEDED:
        yield f"{full}(): use random.Random(seed)"


def _prints(tree: ast.Module) -> Iterator[str]:
    """Yield the prints other than that of one value in the last statement."""
    last = tree.body[-1] if tree.body else None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
            final = isinstance(last, ast.Expr) and last.value is node
            value = len(node.args) == 1 and not isinstance(
                node.args[0], ast.JoinedStr | ast.Constant
            )
            if not (final and value):
                yield f"{ast.unparse(node)}: print one value at the end of the cell, or none"
