"""The text of a notebook's cells, their headings, the cells of the core path, and the time that these take."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

__all__ = [
    "CONTENTS", "Cell", "Notebook", "code_cells", "core", "headings", "minutes", "program", "prose", "sections",
    "source", "words",
]  # fmt: skip

CONTENTS = "contents"  # the id of the generated cell with the cover and a link to each chapter

Cell = dict[str, Any]
Notebook = dict[str, Any]

_WORDS_PER_MINUTE = 200
_EXERCISE_MINUTES = 10
_ROUNDING = 5  # minutes
_PROGRAM = re.compile(r"%%writefile (my_nodes/\S+)\n")
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)


def source(cell: Cell) -> str:
    """Return the text of a cell."""
    return "".join(cell["source"])


def code_cells(notebook: Notebook) -> list[Cell]:
    """Return the non-empty code cells."""
    return [
        cell for cell in notebook["cells"] if cell["cell_type"] == "code" and source(cell).strip()
    ]


def program(cell: Cell) -> tuple[str, str]:
    """Return the file that a cell writes into ``my_nodes`` by ``%%writefile``, and its text; two empty texts if none.

    >>> program({"cell_type": "code", "source": "%%writefile my_nodes/echo.js\\nlet me;"})
    ('my_nodes/echo.js', 'let me;')
    """
    match = _PROGRAM.match(source(cell)) if cell["cell_type"] == "code" else None
    return (match[1], source(cell)[match.end() :]) if match else ("", "")


def prose(cell: Cell) -> str:
    """Return the text of a Markdown cell without its code blocks; empty for any other cell."""
    return _FENCE.sub("", source(cell)) if cell["cell_type"] == "markdown" else ""


def headings(cell: Cell) -> list[tuple[int, str]]:
    """Return the headings of a Markdown cell, each as (level, text)."""
    return [(len(marks), text) for marks, text in _HEADING.findall(prose(cell))]


def sections(notebook: Notebook) -> Iterator[tuple[str, Cell]]:
    """Yield every cell with its own first heading of level 1 or 2, or else the last one before it."""
    title = ""
    for cell in notebook["cells"]:
        titles = [text for level, text in headings(cell) if level <= 2]
        yield (titles or [title])[0], cell
        title = (titles or [title])[-1]


def core(notebook: Notebook) -> list[Cell]:
    """Return the cells of the core path, which a reader reads one after the other.

    They are all but those below a heading "Further …" other than "Further reading", and but the table of contents.
    """
    return [
        cell
        for title, cell in sections(notebook)
        if not re.match(r"Further(?! reading)", title) and cell.get("id") != CONTENTS
    ]


def words(cells: list[Cell]) -> int:
    """Return the number of words that a reader reads, without folded hints and answers, link addresses and markup."""
    text = _FOLDED.sub(" ", "\n".join(prose(cell) for cell in cells))
    text = re.sub(r"\]\([^)]*\)|</?[A-Za-z][^>]*>|[*_`#>|-]{1,}", " ", text)
    return len(re.findall(r"\w[\w'’.,%]*", text))


def minutes(notebook: Notebook) -> tuple[int, int]:
    """Return the minutes for the core path without exercises, and for all exercises, each rounded up to five.

    Reading takes a minute per 200 words, a code cell outside exercises one minute, an exercise ten.

    >>> text = {"cell_type": "markdown", "source": "word " * 1_000}
    >>> run, stub, check = ({"cell_type": "code", "source": code} for code in ("1", "n = 0", "exercises.check(n)"))
    >>> minutes({"cells": [text, run, run, stub, check]})
    (10, 10)
    """
    path = core(notebook)
    reading = words(path) / _WORDS_PER_MINUTE + len(code_cells({"cells": path})) - 2 * _checks(path)
    return _rounded(reading), _rounded(_checks(notebook["cells"]) * _EXERCISE_MINUTES)


def _checks(cells: list[Cell]) -> int:
    return sum("exercises.check(" in source(cell) for cell in code_cells({"cells": cells}))


def _rounded(amount: float) -> int:
    return math.ceil(amount / _ROUNDING) * _ROUNDING
