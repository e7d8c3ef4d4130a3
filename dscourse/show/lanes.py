"""Transactions over time: a lane per client, and a bar per transaction that shows how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dscourse.show import palette
from dscourse.show.axis import ticks
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

__all__ = ["ENDS", "Bar", "lanes"]

# How each end looks: the fill, the outline and its dash, and the sign in the bar.
ENDS: dict[str, tuple[str, str, str | None, str]] = {
    "commit": (palette.TINTS[palette.BLUE], palette.BLUE, None, ""),
    "abort: conflict": (palette.PAPER, palette.ORANGE, None, "×"),
    "abort: deadlock": (palette.SHADE, palette.ORANGE, None, "∞"),
    "no answer": (palette.PAPER, palette.GREY, "3 2", "?"),
    "open": (palette.TINTS[palette.GREY], palette.GREY, "3 2", ""),
}
_ROW, _TOP, _RIGHT = 15.0, 30.0, 34.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A transaction from ``start_ms`` to ``end_ms``: its end, a key of `ENDS`, and a tooltip."""

    start_ms: float
    end_ms: float
    end: str
    text: str = ""


def lanes(
    rows: Mapping[str, Sequence[Bar]], *, until_ms: float, sentence: str, width: float = 860.0
) -> Picture:
    """Draw a lane per name with its transactions, up to ``until_ms``; the key has the ends that occur.

    ValueError if there is no lane or more than 20. KeyError for an end that is not in `ENDS`.

    >>> lanes({"c1": [Bar(0, 30, "commit")]}, until_ms=40, sentence="One commit.").sentence
    'One commit.'
    """
    if not 1 <= len(rows) <= 20:
        raise ValueError(f"{len(rows)} lanes: from 1 to 20 can be drawn")
    left = 12 + max(text_width(name, 10) for name in rows)
    scale = (width - left - _RIGHT) / until_ms
    bottom = _TOP + _ROW * len(rows)
    canvas = Canvas(width, bottom + 24)
    _draw_key(canvas, rows, left)
    for at in ticks(0, until_ms, 8):
        x = left + scale * at
        canvas.line(x, _TOP - 2, x, bottom, stroke=palette.FAINT)
        canvas.text(x, bottom + 14, f"{at:g}", 10, palette.GREY, text_anchor="middle")
    for number, (name, bars) in enumerate(rows.items()):
        top = _TOP + _ROW * number
        canvas.text(left - 6, top + 10, name, 10, text_anchor="end")
        for bar in bars:
            _draw_bar(canvas, bar, left, scale, top)
    canvas.text(width - 4, bottom + 14, "ms", 10, palette.GREY, text_anchor="end")
    return Picture(sentence, svg=canvas.document(sentence))


def _draw_bar(canvas: Canvas, bar: Bar, left: float, scale: float, top: float) -> None:
    x1, x2 = left + scale * bar.start_ms, left + scale * bar.end_ms
    _box(canvas, (x1, top + 1, max(x2 - 1, x1 + 1), top + _ROW - 2), bar.end, bar.text)


def _box(canvas: Canvas, box: tuple[float, float, float, float], end: str, text: str) -> None:
    fill, stroke, dash, sign = ENDS[end]
    canvas.rect(box, text or None, fill=fill, stroke=stroke, stroke_dasharray=dash)
    if sign and box[2] - box[0] > 8:
        middle = (box[0] + box[2]) / 2
        canvas.text(middle, box[3] - 2.5, sign, 10, stroke, text_anchor="middle")


def _draw_key(canvas: Canvas, rows: Mapping[str, Sequence[Bar]], left: float) -> None:
    found = {bar.end for bars in rows.values() for bar in bars}
    x = left
    for end in ENDS:
        if end in found:
            _box(canvas, (x, 6, x + 22, 18), end, "")
            canvas.text(x + 28, 16, end, 10)
            x += 48 + text_width(end, 10)
