"""The generated parts: the picture and the index in README, the links between chapters, the glossary."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from dscourse.core.paper import adaptive
from dscourse.course.chapters import CHAPTERS, Chapter, written
from dscourse.course.form import Notebook, dump, load, normalise
from dscourse.course.reading import CONTENTS, minutes

__all__ = [
    "CHAPTER_LIST", "NAVIGATION", "Term", "chapter_list", "contents", "generated",
    "glossary_notebook", "index", "navigation", "terms", "with_minutes",
]  # fmt: skip

NAVIGATION = "navigation"  # the id of the generated cell below a chapter's title
CHAPTER_LIST = "chapter-list"  # the id of the generated cell that lists all chapters
_LINK = re.compile(r"\]\(([^)]+)\)")
COVER = "notebooks/pictures/cover.svg"


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of the glossary."""

    name: str
    chapter: int
    text: str


def terms() -> tuple[Term, ...]:
    """Return the glossary in alphabetical order. ValueError for a term that is defined twice."""
    data = tomllib.loads(files("dscourse.course").joinpath("glossary.toml").read_text("utf-8"))
    entries = sorted((Term(**entry) for entry in data["term"]), key=lambda term: term.name.lower())
    for first, second in pairwise(entries):
        if first.name.lower() == second.name.lower():
            raise ValueError(f"the glossary defines {first.name!r} twice")
    return tuple(entries)


def generated(root: Path) -> dict[Path, str]:
    """Return every generated file below ``root`` with the text that it should have."""
    # Imported here, because `terms` does not need the drawing modules.
    from dscourse.course.cover import cover

    notebooks = root / "notebooks"
    chapters = written(notebooks)
    readme, picture = root / "README.md", cover()
    page = _between_marks(readme.read_text("utf-8"), "picture", f"![{picture.sentence}]({COVER})\n")
    wanted = {
        readme: _between_marks(page, "index", index(chapters)),
        root / COVER: adaptive(picture.svg or ""),
        notebooks / "glossary.ipynb": dump(normalise(glossary_notebook(chapters))),
    }
    times = {chapter.file: minutes(load(notebooks / chapter.file)) for chapter in chapters}
    teaching = notebooks / "teaching.md"
    wanted[teaching] = with_minutes(teaching.read_text("utf-8"), times)
    for chapter in chapters:
        path = notebooks / chapter.file
        line = navigation(chapter, chapters, times[chapter.file])
        notebook = _with_navigation(load(path), line)
        _fill(notebook, CHAPTER_LIST, chapter_list(chapters))
        _fill(notebook, CONTENTS, contents(chapters, picture.sentence))
        wanted[path] = dump(notebook)
    return wanted


def chapter_list(chapters: tuple[Chapter, ...]) -> str:
    """Return a list of all chapters in Markdown, each with its topic; those that exist are links."""
    exist = {chapter.number for chapter in chapters}
    return "\n".join(
        f"- {_link(chapter) if chapter.number in exist else f'{chapter.label} {chapter.title}'}: {chapter.topic}"
        for chapter in CHAPTERS
    )


def contents(chapters: tuple[Chapter, ...], sentence: str) -> str:
    """Return the cover, whose alternative text is ``sentence``, and below it a link to each existing chapter."""
    links = " · ".join(map(_link, chapters))
    return (
        f"![{sentence}]({Path(COVER).relative_to('notebooks').as_posix()})\n\nThe course: {links}"
    )


def with_minutes(text: str, times: Mapping[str, tuple[int, int]]) -> str:
    """Return the text with the minutes in the third column of each table row that links to chapters.

    >>> with_minutes("| 1 | [00](a.ipynb), [01](b.ipynb) | | hard |\\n", {"a.ipynb": (20, 10), "b.ipynb": (35, 40)})
    '| 1 | [00](a.ipynb), [01](b.ipynb) | 55 + 50 | hard |\\n'
    """
    return "".join(_row_with_minutes(line, times) for line in text.splitlines(keepends=True))


def _row_with_minutes(line: str, times: Mapping[str, tuple[int, int]]) -> str:
    cells = line.split("|")
    linked = [file for file in _LINK.findall(cells[2]) if file in times] if len(cells) > 4 else []
    if linked:
        reading, exercises = (sum(times[file][part] for file in linked) for part in (0, 1))
        cells[3] = f" {reading} + {exercises} "
    return "|".join(cells)


def _fill(notebook: Notebook, identity: str, text: str) -> None:
    """Put ``text`` into the notebook's cell with this id, if it has one."""
    for cell in notebook["cells"]:
        if cell.get("id") == identity:
            cell["source"] = text.splitlines(keepends=True)


def index(chapters: tuple[Chapter, ...]) -> str:
    """Return a table of the existing chapters in Markdown: notebook, topic, modules, tests."""
    rows = ["| notebook | topic | modules | tests |", "|---|---|---|---|"]
    for chapter in chapters:
        link = f"[{chapter.label} {chapter.title}](notebooks/{chapter.file})"
        modules = _links(chapter.modules, "dscourse/")
        tests = _links(chapter.tests, "tests/")
        rows.append(f"| {link} | {chapter.topic} | {modules} | {tests} |")
    return "\n".join(rows) + "\n"


def _links(paths: tuple[str, ...], folder: str) -> str:
    return ", ".join(f"[`{path}`]({folder}{path})" for path in paths)


def _between_marks(text: str, name: str, new: str) -> str:
    """Return the text with ``new`` between the marks of this name. ValueError unless each occurs exactly once."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    before, rest = text.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}{new}{end}{after}"


def navigation(chapter: Chapter, chapters: tuple[Chapter, ...], time: tuple[int, int]) -> str:
    """Return the line below a chapter's title: time, chapters to read first, previous and next chapter.

    ``time`` are the minutes for the core path and for its exercises.

    >>> navigation(CHAPTERS[0], CHAPTERS[:1], (20, 10))
    '*About 20 minutes, and 10 for the exercises · read first: nothing · [glossary](glossary.ipynb)*'
    """
    exist = {other.number: other for other in chapters}
    reading, exercises = time
    parts = [f"About {reading} minutes, and {exercises} for the exercises"]
    first = [_link(exist[number]) for number in chapter.after if number in exist]
    parts.append("read first: " + (", ".join(first) if first else "nothing"))
    before = [other for other in chapters if other.number < chapter.number]
    behind = [other for other in chapters if other.number > chapter.number]
    if before:
        parts.append(f"previous: {_link(before[-1])}")
    if behind:
        parts.append(f"next: {_link(behind[0])}")
    parts.append("[glossary](glossary.ipynb)")
    return "*" + " · ".join(parts) + "*"


def _link(chapter: Chapter) -> str:
    return f"[{chapter.label} {chapter.title}]({chapter.file})"


def _with_navigation(notebook: Notebook, text: str) -> Notebook:
    """Return the notebook with this navigation as its second cell."""
    cell = {"cell_type": "markdown", "id": NAVIGATION, "metadata": {}, "source": [text]}
    others = [other for other in notebook["cells"] if other.get("id") != NAVIGATION]
    return {**notebook, "cells": [*others[:1], cell, *others[1:]]}


def glossary_notebook(chapters: tuple[Chapter, ...]) -> Notebook:
    """Return the glossary, one paragraph per term, each with a link to the chapter that defines the term."""
    exist = {chapter.number: chapter for chapter in chapters}
    titles = {chapter.number: chapter for chapter in CHAPTERS}
    paragraphs = []
    for term in terms():
        chapter = titles[term.chapter]
        source = f"[{chapter.label}]({chapter.file})" if term.chapter in exist else chapter.label
        paragraphs.append(f"**{term.name}** ({source}): {term.text}")
    head = (
        "# Glossary\n\nEvery term of the course with the chapter that defines it. "
        "This page is generated from `dscourse/course/glossary.toml`."
    )
    return {
        "cells": [
            {"cell_type": "markdown", "id": "title", "metadata": {}, "source": head},
            {
                "cell_type": "markdown",
                "id": "terms",
                "metadata": {},
                "source": "\n\n".join(paragraphs),
            },
        ]
    }
