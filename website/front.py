"""The generated part of the front page: a card for each chapter."""

from __future__ import annotations

import html
from pathlib import Path

from dscourse.course.chapters import written
from dscourse.course.form import load
from dscourse.course.reading import minutes

__all__ = ["chapter_cards"]

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
