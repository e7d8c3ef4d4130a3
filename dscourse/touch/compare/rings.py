"""Rings around the first difference of two runs, one in the picture of each."""

from __future__ import annotations

from typing import Any

from dscourse.show import palette
from dscourse.show.spacetime import Drawing
from dscourse.show.svg import Canvas
from dscourse.touch.compare.differences import Difference

__all__ = ["HERE", "MISSING", "ring"]

HERE, MISSING = "first difference", "not here"
_RADIUS = 12.0
_SIZE = 11.0  # of the word
_SIGNS = {HERE: "≠", MISSING: "∅"}  # where there is no room for the word


def ring(drawing: Drawing, difference: Difference, side: int) -> str:
    """Draw the ring and its word in the picture of one run; return the SVG.

    ``side`` is 0 or 1, as in ``difference.sides``. The ring is dotted where the run has no such event. Outside the
    part of the run that the picture shows, there is no ring.
    """
    canvas, picture = drawing.diagram.canvas, drawing.picture
    middle = _middle(drawing, difference, side)
    if middle is None:
        return picture.svg or ""
    x, y = middle
    one = difference.sides[side]
    style: dict[str, Any] = {
        "cx": x,
        "cy": y,
        "r": _RADIUS,
        "fill": "none",
        "stroke_linecap": "round",
    }
    canvas.add("circle", stroke=palette.PAPER, stroke_width=6, **style)
    dash = "1 5" if one.event is None else None
    canvas.add(
        "circle", one.text, stroke=palette.INK, stroke_width=2.5, stroke_dasharray=dash, **style
    )
    _write(canvas, x, y, MISSING if one.event is None else HERE)
    return canvas.document(picture.sentence)


def _write(canvas: Canvas, x: float, y: float, word: str) -> None:
    """Write the word beside the ring where nothing else stands, or at least its sign."""
    far = _RADIUS + 9
    rows, columns = (-far, far + 4, -far - 14, far + 18), (0, 40, -40, 70, -70, 90, -90)
    points = [(x + right, y + down) for down in rows for right in columns]
    near = [
        (x + right, y + down) for down in (-far + 2, far + 2, 4) for right in (0, 12, -12, 20, -20)
    ]
    style: dict[str, Any] = {"font_weight": "bold", "ground": True}
    if not canvas.label(points, word, _SIZE, **style):
        canvas.label(near, _SIGNS[word], _SIZE, **style)


def _middle(drawing: Drawing, difference: Difference, side: int) -> tuple[float, float] | None:
    """Return the middle of the ring in px; None if the picture does not show it."""
    diagram, event = drawing.diagram, difference.sides[side].event
    ms, node = (event.time_ms, event.node) if event else (difference.time_ms, difference.node)
    if node not in diagram.y or not diagram.axis.low <= ms <= diagram.axis.high:
        return None
    if event is not None and event.kind == "drop":
        ends = (
            line[2:]
            for arrow, line in drawing.placed
            if arrow.end is not None and arrow.end.index == event.index
        )
        return next(((x, y) for x, y in ends), None)
    x = diagram.axis.at(-1, ms) if event is None else diagram.axis.x(event)
    return x, diagram.y[node]
