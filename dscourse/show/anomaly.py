"""An anomaly of isolation: its transactions as boxes, and the dependencies that run in a cycle as arrows.

`anomaly_boxes` says what stands in the boxes, and where they stand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from dscourse.history import History
from dscourse.show import palette
from dscourse.show.anomaly_boxes import EDGE, ROW, Box, Point, boxes, positions
from dscourse.show.glyphs import markers
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

if TYPE_CHECKING:
    from dscourse.checkers.transactions import Anomaly

__all__ = ["anomaly"]

_MOST_STEPS = 6  # per transaction
_LETTERS = 34  # of a reason, per line
_KINDS = {
    "ww": (palette.INK, None, "wrote, and then the other wrote"),
    "wr": (palette.BLUE, None, "wrote what the other read"),
    "rw": (palette.ORANGE, "6 3", "read what the other then overwrote"),
    "seen": (palette.PURPLE, "2 3", "was seen before the other"),
    "session": (palette.GREY, "2 3", "the same client, earlier"),
    "real time": (palette.GREY, "2 3", "ended before the other began"),
}


def anomaly(
    found: Anomaly, history: History, *, sentence: str | None = None, most_steps: int = _MOST_STEPS
) -> Picture:
    """Draw an anomaly of this history: its transactions with their steps, and the reason for each dependency.

    An arrow leads from a transaction to one that must come after it: ww (solid, dark), wr (solid, blue) or rw
    (dashed), and dotted for what is no dependency on data. An anomaly without a cycle has boxes, and its reason below
    them. Of a transaction with more than ``most_steps`` the last ones are left out. The sentence is the anomaly's
    own. LookupError if the history lacks one of its transactions.

    >>> from dscourse.checkers.transactions import anomalies
    >>> from dscourse.history import Op
    >>> skew = [(("r", "x", None), ("append", "y", 1)), (("r", "y", None), ("append", "x", 2))]
    >>> history = History(Op(n, "ab"[n], "txn", None, steps, "ok", steps, n, 2 + n) for n, steps in enumerate(skew))
    >>> [found] = anomalies(history)
    >>> print(anomaly(found, history).sentence[:63])
    G2-item (write skew): T0 read x before T1 appended 2 to it, and
    """
    ids = [number for number, _, _ in found.path] or list(found.refuting)
    standing = boxes(ids, history, most_steps)
    size = max(box.wide for box in standing), max(box.high for box in standing)
    points, (width, height) = positions(len(standing), *size, bool(found.path))
    below = [] if found.path else wrap(found.reason, 80)
    if below:
        width = max(width, 24 + 2 * EDGE + max(text_width(row, 10.5) for row in below))
    canvas = Canvas(width, height + (24 if found.path else 16 * len(below)))
    canvas.text(EDGE, 20, found.title, 12, font_weight="bold")
    for box, point in zip(standing, points, strict=True):
        _draw_box(canvas, box, point, size)
    if found.path:
        _draw_cycle(canvas, found, points, size)
    for number, row in enumerate(below):
        canvas.text(EDGE, height + 8 + 16 * number, row, 10.5)
    text = sentence or str(found)
    return Picture(text, svg=canvas.document(text))


def _draw_box(canvas: Canvas, box: Box, centre: Point, size: Point) -> None:
    left, top = centre[0] - size[0] / 2, centre[1] - size[1] / 2
    colour = palette.GREEN if box.committed else palette.RED
    canvas.rect(
        (left, top, left + size[0], top + size[1]), rx=6, fill=palette.TINTS[colour], stroke=colour,
        stroke_width=1.6, stroke_dasharray=None if box.committed else "5 3",
    )  # fmt: skip
    canvas.text(left + 10, top + 17, box.title, 10.5, font_weight="bold")
    for number, row in enumerate(box.rows, start=1):
        canvas.text(left + 10, top + 17 + ROW * number, row, 10.5)


def _draw_cycle(canvas: Canvas, found: Anomaly, points: Sequence[Point], size: Point) -> None:
    """Draw the arrows between the boxes, and the legend of their kinds."""
    kinds = list(dict.fromkeys(kind for _, kind, _ in found.path))
    markers(canvas, **{_marker(kind): _KINDS[kind][0] for kind in kinds})
    for number, start in enumerate(points):
        end = points[(number + 1) % len(points)]
        _, kind, reason = found.path[-1 if number == len(points) - 1 else number]
        _draw_arrow(canvas, start, end, size, kind, reason, len(points) == 2)
    _draw_legend(canvas, kinds)


def _draw_arrow(
    canvas: Canvas, start: Point, end: Point, size: Point, kind: str, reason: str, pair: bool
) -> None:
    """Draw the arrow between two boxes, with its kind and its reason beside it."""
    colour, dash, _ = _KINDS[kind]
    shift = -size[1] / 4 if end[0] > start[0] else size[1] / 4
    start, end = (
        ((x, y + shift) if pair else (x, y)) for x, y in (start, end)
    )  # fmt: skip
    first, last = _leave(start, end, size, 1), _leave(end, start, size, 4)
    canvas.line(
        *first, *last, reason, stroke=colour, stroke_width=1.8, stroke_dasharray=dash,
        marker_end=f"url(#ID-{_marker(kind)})",
    )  # fmt: skip
    _draw_reason(canvas, first, last, kind, reason)


def _leave(start: Point, end: Point, size: Point, gap: float) -> Point:
    """Return the point at which a line from the centre of a box leaves it."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    shares = [
        (half + gap) / abs(d)
        for half, d in ((size[0] / 2, dx), (size[1] / 2, dy)) if abs(d) > 1e-6
    ]  # fmt: skip
    share = min(shares)
    return start[0] + dx * share, start[1] + dy * share


def _draw_reason(canvas: Canvas, first: Point, last: Point, kind: str, reason: str) -> None:
    """Write beside an arrow: above one to the right, below one to the left, inside of one that is upright."""
    dx, dy = last[0] - first[0], last[1] - first[1]
    x, y = (first[0] + last[0]) / 2, (first[1] + last[1]) / 2
    rows = [kind, *_lines(reason)]
    if abs(dy) < 1:
        above = y - 6 - 12 * (len(rows) - 1)
        _write(canvas, x, above if dx > 0 else y + 15, rows, "middle", kind)
    elif abs(dx) < 1:
        anchor = "end" if dy > 0 else "start"
        _write(canvas, x + math.copysign(8, -dy), y - 5 * (len(rows) - 2), rows, anchor, kind)
    else:
        anchor = "start" if dy > 0 else "end"
        _write(canvas, x + math.copysign(12, dy), y - 5 * (len(rows) - 3), rows, anchor, kind)


def _lines(reason: str) -> list[str]:
    """Return a reason in lines of about the same length."""
    number = math.ceil(len(reason) / _LETTERS)
    return wrap(reason, math.ceil(len(reason) / number) + 4)


def _write(canvas: Canvas, x: float, y: float, rows: Sequence[str], anchor: str, kind: str) -> None:
    colour = _KINDS[kind][0]
    canvas.text(x, y, rows[0], 11, colour, text_anchor=anchor, font_weight="bold")
    for number, row in enumerate(rows[1:], start=1):
        canvas.text(x, y + 12 * number, row, 10, text_anchor=anchor)


def _draw_legend(canvas: Canvas, kinds: Sequence[str]) -> None:
    x, y = EDGE, canvas.height - 12
    for kind in kinds:
        colour, dash, meaning = _KINDS[kind]
        canvas.line(
            x, y - 4, x + 24, y - 4, stroke=colour, stroke_width=1.8, stroke_dasharray=dash,
            marker_end=f"url(#ID-{_marker(kind)})",
        )  # fmt: skip
        text = f"{kind}: {meaning}"
        canvas.text(x + 30, y, text, 10, palette.GREY)
        x += 48 + text_width(text, 10)


def _marker(kind: str) -> str:
    return kind.replace(" ", "-")
