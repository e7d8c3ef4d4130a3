"""The map of the course: the dependencies between its chapters."""

from __future__ import annotations

import textwrap
from graphlib import TopologicalSorter
from pathlib import Path

from dscourse.course.chapters import CHAPTERS, Chapter, written
from dscourse.course.pictures import digest
from dscourse.course.reading import Notebook, code_cells, source
from dscourse.show import Picture, palette
from dscourse.show.svg import Canvas

__all__ = ["course_map", "has_old_map"]

_BOX = (104.0, 44.0)
_STEP = (124.0, 56.0)


def course_map(folder: Path | None = None) -> Picture:
    """Draw all chapters, each to the right of its prerequisites; chapters not written yet are dashed."""
    corners = _corners(_layers())
    rows = max(y for _, y in corners.values())
    canvas = Canvas(max(x for x, _ in corners.values()) + _BOX[0] + 12, rows + _BOX[1] + 12)
    canvas.define(
        '<marker id="ID-head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="6" markerHeight="6" orient="auto">'
        f'<path d="M0 1L10 5L0 9z" fill="{palette.LINE}"/></marker>'
    )
    for before, after in sorted((b, chapter.number) for chapter in CHAPTERS for b in chapter.after):
        x1, y1 = corners[before][0] + _BOX[0], corners[before][1] + _BOX[1] / 2
        x2, y2 = corners[after][0], corners[after][1] + _BOX[1] / 2
        bend = min(40.0, (x2 - x1) / 2 + 8)
        canvas.path(
            f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}",
            fill="none", stroke=palette.LINE, stroke_width=1.1, marker_end="url(#ID-head)",
        )  # fmt: skip
    ready = {chapter.number for chapter in written(folder)}
    for chapter in CHAPTERS:
        _box(canvas, chapter, *corners[chapter.number], chapter.number in ready)
    names = ", ".join(chapter.label for chapter in CHAPTERS if chapter.number in ready)
    head = f"Map of the {len(CHAPTERS)} chapters; an arrow leads from what to read first"
    sentence = f"{head}. Written so far: {names or 'none'}."
    return Picture(sentence, svg=canvas.document(sentence))


def has_old_map(notebook: Notebook, folder: Path | None = None) -> bool:
    """Return True if the notebook stores a map that is not the one of today's chapters, the topics in it included."""
    cells = [cell for cell in code_cells(notebook) if source(cell).strip() == "course_map()"]
    facts = [one.get("metadata", {}).get("image/png") for cell in cells for one in cell["outputs"]]
    stored = [one["digest"] for one in facts if one]
    return bool(stored) and set(stored) != {digest((course_map(folder).svg or "").encode())}


def _layers() -> list[list[int]]:
    """Return the chapters' numbers by layer; the prerequisites of a chapter are in earlier layers."""
    order = TopologicalSorter({chapter.number: chapter.after for chapter in CHAPTERS})
    order.prepare()
    layers = []
    while order.is_active():
        layers.append(sorted(order.get_ready()))
        order.done(*layers[-1])
    return layers


def _corners(layers: list[list[int]]) -> dict[int, tuple[float, float]]:
    """Return the upper left corner of each chapter's box: one column per layer, centred vertically."""
    most = max(map(len, layers))
    return {
        number: (10 + _STEP[0] * column, 10 + _STEP[1] * (row + (most - len(layer)) / 2))
        for column, layer in enumerate(layers)
        for row, number in enumerate(layer)
    }


def _box(canvas: Canvas, chapter: Chapter, x: float, y: float, ready: bool) -> None:
    canvas.rect(
        (x, y, x + _BOX[0], y + _BOX[1]), chapter.topic, rx=5, fill="#e8f1f8" if ready else palette.PAPER,
        stroke=palette.BLUE if ready else palette.LINE, stroke_width=1.4, stroke_dasharray=None if ready else "4 3",
    )  # fmt: skip
    lines = textwrap.wrap(f"{chapter.label} {chapter.title}", 16)
    top = y + _BOX[1] / 2 + 4 - 6 * (len(lines) - 1)
    for row, line in enumerate(lines):
        colour = palette.INK if ready else palette.GREY
        canvas.text(x + _BOX[0] / 2, top + 12 * row, line, 9.5, colour, text_anchor="middle")
