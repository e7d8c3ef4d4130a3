"""The generated parts of the front page: a card for each chapter, and the way into the edition for the browser."""

from __future__ import annotations

import html
from pathlib import Path

from dscourse.course.chapters import CHAPTERS, written
from dscourse.course.form import load
from dscourse.course.reading import minutes
from website.pages import LITE

__all__ = ["browser_row", "chapter_cards"]

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def chapter_cards() -> str:
    """Return a list of links to the chapters, each with its topic and its time, as HTML."""
    rows = []
    for chapter in written(NOTEBOOKS):
        reading, exercises = minutes(load(NOTEBOOKS / chapter.file))
        page = f"notebooks/{Path(chapter.file).stem}.html"
        rows.append(
            f'<li><a href="{page}"><span class="number">{chapter.label}</span> '
            f"<strong>{html.escape(chapter.title)}</strong><span>{html.escape(chapter.topic)}</span>"
            f"<small>{reading} + {exercises} minutes</small></a></li>"
        )
    return f'<ol class="chapters">{"".join(rows)}</ol>'


def browser_row() -> str:
    """Return the row of the list of ways to start that leads into the edition for the browser."""
    link = f'<a href="{LITE}?path={CHAPTERS[0].file}">Open chapter 00</a>'
    return f"* - **In this browser**\n  - {link}. Nothing is installed; the first start takes up to a minute.\n"
