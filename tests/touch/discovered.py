"""The course's own diagrams: every cell of a notebook that creates one is found and run.

This is the one way in which tests run cells of a notebook that a diagram needs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dscourse.course.form import load
from dscourse.course.reading import code_cells, source
from dscourse.touch import Diagram
from tests.notebooks.discovered import NOTEBOOKS

__all__ = ["CELLS", "diagram_of", "diagrams_of", "sources_of"]

_MOST_CELLS = 20  # that a diagram's cell may need before it


def _cells() -> Iterator[tuple[Path, int]]:
    for path in NOTEBOOKS:
        for at, cell in enumerate(code_cells(load(path))):
            if "Diagram(" in source(cell):
                yield path, at


CELLS = list(_cells())
"""The notebook and the position among its code cells of every cell that creates a diagram."""


def sources_of(chapter: str, *cells: str) -> list[str]:
    """Return the code of the cells of a chapter's notebook that have these ids."""
    (path,) = (path for path in NOTEBOOKS if path.name.startswith(chapter))
    sources = {cell["id"]: source(cell) for cell in load(path)["cells"]}
    return [sources[cell] for cell in cells]


def diagram_of(chapter: str, cell: str) -> Diagram:
    """Return the one diagram that a cell of a chapter's notebook creates."""
    (path,) = (path for path in NOTEBOOKS if path.name.startswith(chapter))
    ids = [one["id"] for one in code_cells(load(path))]
    (diagram,) = diagrams_of(path, ids.index(cell))
    return diagram


def diagrams_of(path: Path, at: int) -> list[Diagram]:
    """Return the diagrams that one cell creates, after the first cell and those that define what it needs."""
    codes = [source(cell) for cell in code_cells(load(path))]
    needed = {0, at}
    for _ in range(_MOST_CELLS):
        space: dict[str, Any] = {"__name__": "__main__"}
        try:
            shown = [_run(codes[one], space) for one in sorted(needed)]
        except NameError as error:
            needed.add(_cell_with(str(error.name), codes[:at]))
        else:
            found = [*space.values(), shown[-1]]
            return list({id(one): one for one in found if isinstance(one, Diagram)}.values())
    raise AssertionError(f"{path.name}, code cell {at}: it needs more than {_MOST_CELLS} cells")


def _run(code: str, space: dict[str, Any]) -> Any:
    """Run the code of a cell; return the value of its last line, if that is an expression."""
    body = ast.parse(code).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), space)
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), "cell", "eval"), space)


def _cell_with(name: str, codes: list[str]) -> int:
    """Return the position of the last cell that defines this name."""
    return max(at for at, code in enumerate(codes) if name in _defined(code))


def _defined(code: str) -> set[str]:
    names = set()
    for statement in ast.parse(code).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names.add(statement.name)
        names |= {
            node.id
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
    return names
