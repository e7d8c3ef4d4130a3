"""Amounts against goals: a bar each, and all goals on one line, so that an excess sticks out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

__all__ = ["Against", "against"]

_ROW, _TOP, _HALF = 27.0, 30.0, 7.0
_LONGEST = 2.0  # how many times its goal a bar shows


@dataclass(frozen=True, slots=True)
class Against:
    """An amount and its upper limit, and both in words; an infinite amount is drawn as an excess."""

    value: float
    goal: float
    amount: str
    goal_amount: str

    @property
    def met(self) -> bool:
        """True if the amount does not exceed the goal."""
        return self.value <= self.goal


def against(rows: Mapping[str, Against], *, sentence: str, width: float = 860.0) -> Picture:
    """Draw a row for each amount: its bar, in units of its goal; the line is the goal, and beyond it the bar is red.

    A bar longer than twice its goal ends in an arrow. ValueError if there is no row.

    >>> against({"lost": Against(0, 0, "0", "0")}, sentence="Nothing is lost.").sentence
    'Nothing is lost.'
    """
    if not rows:
        raise ValueError("no rows: there is nothing to compare with a goal")
    left = 24 + max(text_width(name, 12) * 1.1 for name in rows)
    right = width - 150
    scale = (right - left) / _LONGEST
    canvas = Canvas(width, _TOP + _ROW * len(rows) + 8)
    bottom = _TOP + _ROW * len(rows)
    canvas.text(left + scale, 16, "the goal", 10, palette.GREY, text_anchor="middle")
    for index, (name, row) in enumerate(rows.items()):
        _amount(canvas, name, row, left, right, _TOP + _ROW * (index + 0.5))
    canvas.line(left, _TOP, left, bottom, stroke=palette.LINE, stroke_width=1)
    canvas.line(left + scale, 20, left + scale, bottom, stroke=palette.INK, stroke_width=1.5,
                stroke_dasharray="4 3")  # fmt: skip
    return Picture(sentence, svg=canvas.document(sentence))


def _amount(canvas: Canvas, name: str, row: Against, left: float, right: float, y: float) -> None:
    """Draw one row: the name, the bar with its goal, the amount, and whether the goal is met."""
    scale = (right - left) / _LONGEST
    canvas.text(left - 8, y + 4, name, 12, text_anchor="end", font_weight="bold")
    _bar(canvas, row, left, y, scale, f"{name}: {row.amount}, goal {row.goal_amount}")
    canvas.text(right + 14, y + 4, f"{row.amount}", 12, font_weight="bold")
    mark, ink = ("met", palette.GREEN) if row.met else ("missed", palette.RED)
    canvas.text(canvas.width - 10, y + 4, mark, 11, ink, text_anchor="end")
    canvas.text(left + scale + 5, y - 6.5, row.goal_amount, 9, palette.GREY)


def _bar(canvas: Canvas, row: Against, left: float, y: float, scale: float, title: str) -> None:
    """Draw the bar up to its goal, the excess beyond it, and an arrow if it continues."""
    times = row.value / row.goal if row.goal > 0 else (0.0 if row.met else _LONGEST + 1)
    end = left + scale * min(times, _LONGEST)
    canvas.rect(
        (left, y - _HALF + 2, min(end, left + scale), y + _HALF + 2), title, fill=palette.SKY
    )
    if times > 1:
        canvas.rect(
            (left + scale, y - _HALF + 2, end, y + _HALF + 2),
            title,
            fill=palette.RED,
            fill_opacity=0.75,
        )
    if times > _LONGEST:
        canvas.path(
            f"M{end:.1f} {y - _HALF + 2:.1f}l8 {_HALF:.1f}l-8 {_HALF:.1f}z", fill=palette.RED
        )
