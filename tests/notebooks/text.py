"""Reading a notebook's cells: their text, their headings, and which of them are the core path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Cell = dict[str, Any]
Notebook = dict[str, Any]

_FENCE = re.compile(r"```.*?```", re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)


def source(cell: Cell) -> str:
    """The text of a cell."""
    return "".join(cell["source"])


def code_cells(notebook: Notebook) -> list[Cell]:
    """The cells that hold code."""
    return [
        cell for cell in notebook["cells"] if cell["cell_type"] == "code" and source(cell).strip()
    ]


def prose(cell: Cell) -> str:
    """The text of a markdown cell without blocks of code; empty for any other cell."""
    return _FENCE.sub("", source(cell)) if cell["cell_type"] == "markdown" else ""


def headings(cell: Cell) -> list[tuple[int, str]]:
    """The headings of a markdown cell: level and text."""
    return [(len(marks), text) for marks, text in _HEADING.findall(prose(cell))]


def sections(notebook: Notebook) -> Iterator[tuple[str, Cell]]:
    """Every cell with the heading of level 1 or 2 that it begins under."""
    title = ""
    for cell in notebook["cells"]:
        titles = [text for level, text in headings(cell) if level <= 2]
        yield (titles or [title])[0], cell
        title = (titles or [title])[-1]


def core(notebook: Notebook) -> list[Cell]:
    """The cells of the core path: all but those below a heading "Further …" other than "Further reading"."""
    return [
        cell for title, cell in sections(notebook) if not re.match(r"Further(?! reading)", title)
    ]


def words(cells: list[Cell]) -> int:
    """The number of words a reader reads, without addresses of links and without markup."""
    text = "\n".join(prose(cell) for cell in cells)
    text = re.sub(r"\]\([^)]*\)|<[^>]*>|[*_`#>|-]{1,}", " ", text)
    return len(re.findall(r"\w[\w'’.,%]*", text))
