"""The form of a chapter: header, headings, length, and text around every output."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dscourse.course.generate import NAVIGATION
from dscourse.course.reading import (
    Notebook,
    code_cells,
    core,
    headings,
    program,
    prose,
    source,
    words,
)

CORE_CELLS, CORE_WORDS, ALL_WORDS = 60, 2_400, 4_000
ENDING = ("exercises", "recap", "further reading")


def complaints(notebook: Notebook) -> list[str]:
    """Return the departures from the form, one sentence each."""
    return [*_header(notebook), *_headings(notebook), *_length(notebook), *_imports(notebook),
            *_around_outputs(notebook)]  # fmt: skip


def _header(notebook: Notebook) -> Iterator[str]:
    first, second = notebook["cells"][0], notebook["cells"][1]
    if not re.match(r"# \S", prose(first)):
        yield "the first cell does not begin with the title as an h1"
    able = re.findall(r"^\s*(?:[-*]|\d+\.)\s+\S", prose(first), re.MULTILINE)
    if not 3 <= len(able) <= 5:
        yield f"{len(able)} lines of what you will be able to do: 3 to 5 list items in the first cell"
    if second.get("id") != NAVIGATION:
        yield "the second cell is not the generated navigation: make generate"


def _headings(notebook: Notebook) -> Iterator[str]:
    found = [item for cell in notebook["cells"] for item in headings(cell)]
    titles = [text for level, text in found if level == 1]
    if len(titles) != 1:
        yield f"{len(titles)} headings of level 1: one, the title"
    names = [text.lower() for _, text in found]
    yield from (
        f"no heading {wanted!r}" for wanted in ENDING if not any(wanted in name for name in names)
    )


def _length(notebook: Notebook) -> Iterator[str]:
    path = core(notebook)
    if len(path) > CORE_CELLS:
        yield f"{len(path)} cells on the core path: at most {CORE_CELLS}"
    if words(path) > CORE_WORDS:
        yield f"{words(path)} words on the core path: about 2,000, at most {CORE_WORDS}"
    if words(notebook["cells"]) > ALL_WORDS:
        yield f"{words(notebook['cells'])} words: at most {ALL_WORDS}"


def _imports(notebook: Notebook) -> Iterator[str]:
    lines = source(code_cells(notebook)[0]).splitlines()
    inside = False
    for line in lines:
        if not (inside or not line.strip() or line.startswith(("import ", "from ", "#"))):
            yield f"the first code cell holds imports alone, not: {line}"
        inside = (inside or "(" in line) and ")" not in line


def _around_outputs(notebook: Notebook) -> Iterator[str]:
    """Yield the outputs without text between them, and a last cell that is not text."""
    explained = False
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            explained = True
        elif cell.get("outputs") and not program(cell)[0]:
            if not explained:
                yield f"no text between the outputs [{cell['execution_count'] - 1}] and [{cell['execution_count']}]"
            explained = False
    if notebook["cells"][-1]["cell_type"] != "markdown":
        yield "the last cell is not text"
