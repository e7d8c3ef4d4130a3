"""A state machine drawn from its table of transitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from dscourse.show import palette
from dscourse.show.glyphs import markers
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

__all__ = ["states"]

Table = Mapping[tuple[Enum, Enum], Enum]

_HALF, _HIGH = 56.0, 19.0  # px from the middle of a box to its edges
_GAP = 158.0  # px between two boxes
_RISE = 40.0  # px by which an arrow between neighbours leaves the row, and each further one more
_MARGIN = 14.0


def states(table: Table, *, sentence: str | None = None) -> Picture:
    """Draw the states in a row, in the order in which the table first names them, and an arrow for each transition.

    Arrows to the right are drawn above the row, arrows to the left below it; each has its event's words. ValueError
    for an empty table.

    >>> from dscourse.breaker import TRANSITIONS
    >>> print(states(TRANSITIONS).sentence)
    closed → open: too many bad calls; open → half-open: open time is over; half-open → closed: all probes were \
good; half-open → open: a probe was bad, or late.
    """
    if not table:
        raise ValueError("table is empty: a state machine has at least 1 transition")
    row = list(
        dict.fromkeys(state for (before, _), after in table.items() for state in (before, after))
    )
    centres = {state: _MARGIN + _HALF + i * (2 * _HALF + _GAP) for i, state in enumerate(row)}
    hops = [row.index(after) - row.index(before) for (before, _), after in table.items()]
    above, below = _room(hops), _room(-hop for hop in hops)
    canvas = Canvas(
        2 * _MARGIN + len(row) * 2 * _HALF + (len(row) - 1) * _GAP, above + below + 2 * _HIGH
    )
    markers(canvas, step=palette.INK)
    for ((before, event), after), hop in zip(table.items(), hops, strict=True):
        _arrow(canvas, centres[before], centres[after], above + _HIGH, hop, str(event.value))
    for state, x in centres.items():
        _box(canvas, x, above + _HIGH, str(state.value))
    text = sentence or _sentence(table)
    return Picture(text, svg=canvas.document(text))


def _room(hops: Iterable[int]) -> float:
    """Return the room that the arrows with positive hops need on their side of the row."""
    return _MARGIN + max((_RISE * hop + 22 for hop in hops if hop > 0), default=0.0)


def _arrow(canvas: Canvas, start: float, end: float, y: float, hop: int, words: str) -> None:
    """Draw a bow from box to box with its words: within a bow between neighbours, and beyond a wider one."""
    side = -1 if hop > 0 else 1
    shift = (48.0 - 22.0 * abs(hop)) * (1 if hop > 0 else -1)  # a wide bow outside a narrow one
    top, far = y + side * _HIGH, y + side * (_HIGH + _RISE * abs(hop))
    x1, x2 = start + shift, end - shift
    bend = (
        (far - top) * 4 / 3
    )  # a cubic bow reaches three quarters of the way to its control points
    canvas.path(
        f"M{x1:.1f} {top:.1f}C{x1:.1f} {top + bend:.1f} {x2:.1f} {top + bend:.1f} {x2:.1f} {top + 2 * side:.1f}",
        words, fill="none", stroke=palette.INK, stroke_width=1.4, marker_end="url(#ID-step)",
    )  # fmt: skip
    middle = far - side * 18 if abs(hop) == 1 else far + side * 11
    canvas.text((x1 + x2) / 2, middle + 4, words, 11, text_anchor="middle")


def _box(canvas: Canvas, x: float, y: float, name: str) -> None:
    box = (x - _HALF, y - _HIGH, x + _HALF, y + _HIGH)
    canvas.rect(
        box, rx=_HIGH, fill=palette.TINTS[palette.BLUE], stroke=palette.BLUE, stroke_width=1.8
    )
    size = min(13.0, 13.0 * 2 * (_HALF - 6) / text_width(name, 13))
    canvas.text(x, y + 4.5, name, size, text_anchor="middle", font_weight="bold")


def _sentence(table: Table) -> str:
    parts = [
        f"{before.value} → {after.value}: {event.value}" for (before, event), after in table.items()
    ]
    return "; ".join(parts) + "."
