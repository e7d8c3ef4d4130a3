"""An anomaly of isolation: its transactions as boxes, and the dependencies that run in a cycle as arrows.

Two transactions stand side by side. Three to six stand in two rows, so that the arrows run clockwise; of a longer
cycle the middle is one box that says how many transactions it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from dscourse.checkers.transactions import Anomaly
from dscourse.checkers.transactions.inside import shown
from dscourse.checkers.transactions.transaction import Step, Transaction, name_of, transactions
from dscourse.history import History
from dscourse.show import palette
from dscourse.show.glyphs import markers
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

__all__ = ["anomaly"]

Point = tuple[float, float]

_MOST = 6  # transactions that are drawn
_MOST_STEPS = 6  # per transaction
_MOST_LETTERS = 26  # of a step
_ROW = 15.0  # px per step
_APART = 215.0  # px between two boxes, at least, for the reasons
_BETWEEN = 92.0  # px between the two rows
_TOP, _EDGE = 54.0, 16.0
_LETTERS = 34  # of a reason, per line
_KINDS = {
    "ww": (palette.INK, None, "wrote, and then the other wrote"),
    "wr": (palette.BLUE, None, "wrote what the other read"),
    "rw": (palette.ORANGE, "6 3", "read what the other then overwrote"),
    "seen": (palette.PURPLE, "2 3", "was seen before the other"),
    "session": (palette.GREY, "2 3", "the same client, earlier"),
    "real time": (palette.GREY, "2 3", "ended before the other began"),
}
_ENDS = {"ok": "", "fail": ", aborted", "unknown": ", outcome unknown"}


@dataclass(frozen=True, slots=True)
class _Box:
    """A transaction in the picture: its title, its steps in short, and whether it committed."""

    title: str
    rows: tuple[str, ...]
    committed: bool = True

    @property
    def wide(self) -> float:
        return 26 + max(text_width(row, 10.5) * 1.08 for row in (self.title, *self.rows))

    @property
    def high(self) -> float:
        return 28 + _ROW * len(self.rows)


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
    boxes = _boxes(ids, history, most_steps)
    wide = max(box.wide for box in boxes)
    high = max(box.high for box in boxes)
    points, (width, height) = _positions(len(boxes), wide, high, bool(found.path))
    kinds = list(dict.fromkeys(kind for _, kind, _ in found.path))
    below = [] if found.path else wrap(found.reason, 80)
    if below:
        width = max(width, 24 + 2 * _EDGE + max(text_width(row, 10.5) for row in below))
    canvas = Canvas(width, height + (24 if kinds else 16 * len(below)))
    canvas.text(_EDGE, 20, found.title, 12, font_weight="bold")
    for box, point in zip(boxes, points, strict=True):
        _draw_box(canvas, box, point, (wide, high))
    if found.path:
        markers(canvas, **{_marker(kind): _KINDS[kind][0] for kind in kinds})
        _draw_cycle(canvas, found, points, (wide, high))
        _draw_legend(canvas, kinds)
    for number, row in enumerate(below):
        canvas.text(_EDGE, height + 8 + 16 * number, row, 10.5)
    text = sentence or str(found)
    return Picture(text, svg=canvas.document(text))


# What stands in the boxes.


def _boxes(ids: Sequence[int], history: History, most_steps: int) -> list[_Box]:
    known = {one.op.id: one for one in transactions(history)}
    for number in ids:
        if number not in known:
            raise LookupError(
                f"the history has no transaction T{number}: give the history that was judged"
            )
    boxes = [_box(known[number], most_steps) for number in ids]
    if len(boxes) <= _MOST:
        return boxes
    left_out = len(boxes) - _MOST + 1
    return [*boxes[: _MOST - 1], _Box(f"{left_out} more", ("all are in the sentence",))]


def _box(one: Transaction, most_steps: int) -> _Box:
    rows = [_cut(_step(step, one.reads_known)) for step in one.steps]
    if len(rows) > most_steps:
        rows[most_steps - 1 :] = [f"… {len(rows) - most_steps + 1} more steps"]
    title = f"{name_of(one.op)} of {one.op.process}{_ENDS.get(one.op.status, '')}"
    return _Box(title, tuple(rows), one.op.status == "ok")


def _step(step: Step, known: bool) -> str:
    f, key, value = step
    if f == "r":
        return f"read {key} → {shown(value)}" if known else f"read {key}"
    return f"append {shown(value)} to {key}" if f == "append" else f"write {key} = {shown(value)}"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"


# Where the boxes stand.


def _positions(number: int, wide: float, high: float, cycle: bool) -> tuple[list[Point], Point]:
    """Return the centre of each box, clockwise from the upper left, and the size of the picture."""
    if number < 3 or not cycle:
        return _one_row(number, wide, high, cycle)
    columns = (number + 1) // 2
    apart = min(wide + _APART, (900 - 2 * _EDGE - wide) / max(1, columns - 1))
    half = _EDGE + wide / 2 + (_BETWEEN if columns == 2 and number == 3 else 0)
    upper = [(half + apart * n, _TOP + high / 2) for n in range(columns)]
    shift = apart / 2 if number % 2 else 0.0
    lower_y = _TOP + high * 1.5 + _BETWEEN
    lower = [(half + shift + apart * n, lower_y) for n in range(number - columns)]
    return [*upper, *reversed(lower)], (upper[-1][0] + half, lower_y + high / 2 + 34)


def _one_row(number: int, wide: float, high: float, cycle: bool) -> tuple[list[Point], Point]:
    apart = wide + (_APART if cycle else 24)
    y = _TOP + high / 2
    points = [(_EDGE + wide / 2 + apart * n, y) for n in range(number)]
    below = max(high / 2, high / 4 + 56 if cycle else 0) + 14
    return points, (points[-1][0] + wide / 2 + _EDGE, y + below)


# What is drawn.


def _draw_box(canvas: Canvas, box: _Box, centre: Point, size: Point) -> None:
    left, top = centre[0] - size[0] / 2, centre[1] - size[1] / 2
    colour = palette.GREEN if box.committed else palette.RED
    canvas.rect(
        (left, top, left + size[0], top + size[1]), rx=6, fill=palette.TINTS[colour], stroke=colour,
        stroke_width=1.6, stroke_dasharray=None if box.committed else "5 3",
    )  # fmt: skip
    canvas.text(left + 10, top + 17, box.title, 10.5, font_weight="bold")
    for number, row in enumerate(box.rows, start=1):
        canvas.text(left + 10, top + 17 + _ROW * number, row, 10.5)


def _draw_cycle(canvas: Canvas, found: Anomaly, points: Sequence[Point], size: Point) -> None:
    for number, start in enumerate(points):
        end = points[(number + 1) % len(points)]
        _, kind, reason = found.path[-1 if number == len(points) - 1 else number]
        _draw_arrow(canvas, start, end, size, kind, reason, len(points) == 2)


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
    x, y = _EDGE, canvas.height - 12
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
