"""Ranges over time, keys upwards and time to the right: the holder of each range, and its load."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

from dscourse.core.wording import count
from dscourse.placement.shards import Stretch
from dscourse.show import palette
from dscourse.show.axis import ticks
from dscourse.show.picture import Picture
from dscourse.show.ring import style_of
from dscourse.show.svg import Box, Canvas, number, text_width

__all__ = ["ranges"]

_LEFT, _RIGHT, _TOP, _BELOW = 64.0, 92.0, 14.0, 34.0
_HOT = 0.5  # of all requests of a period


def ranges(
    periods: Sequence[Sequence[Stretch]],
    nodes: Sequence[str],
    *,
    space: int,
    sentence: str,
    width: float = 780.0,
    height: float = 300.0,
) -> Picture:
    """Draw one column of ranges per period, from key 0 at the bottom to ``space`` at the top.

    A range has its node's colour, the stronger, the larger its share of the period's requests; with more than half of
    them it has a thick frame. ValueError without a period, for a space below 1, or for a node that is not listed.

    >>> ranges([[Stretch(None, None, "n1", 5, 9)]], ["n1"], space=100, sentence="One range.").sentence
    'One range.'
    """
    _check(periods, nodes, space)
    canvas = Canvas(width, height)
    bottom, right = height - _BELOW, width - _RIGHT
    step = (right - _LEFT) / len(periods)

    @cache  # ranges keep their ends from period to period
    def y(key: int | None, end: float) -> float:
        return end if key is None else bottom - min(max(key, 0), space) / space * (bottom - _TOP)

    def box(cell: _Cell) -> Box:
        left, right = (_LEFT + n * step for n in (cell.first, cell.end))
        return left, y(cell.stretch.end, _TOP), right, y(cell.stretch.start, bottom)

    cells = _cells(periods)
    _areas(canvas, [(box(cell), cell) for cell in _joined(cells)], nodes)
    lines = (f"M{number(_LEFT + n * step)} {_TOP:g}V{bottom:g}" for n in range(1, len(periods)))
    canvas.path("".join(lines), stroke=palette.PAPER, stroke_width=1)
    for cell in chain.from_iterable(cells):
        _mark(canvas, box(cell), cell)
    _axes(canvas, len(periods), step, bottom, space)
    _key(canvas, nodes, right)
    return Picture(sentence, svg=canvas.document(sentence))


def _check(periods: Sequence[Sequence[Stretch]], nodes: Sequence[str], space: int) -> None:
    if not periods:
        raise ValueError("periods is empty: there is nothing to draw")
    if space < 1:
        raise ValueError(f"space={space}: it must be 1 or more")
    for stretch in (stretch for period in periods for stretch in period):
        if stretch.node not in nodes:
            raise ValueError(f"a range of {stretch.node!r}: the nodes are {', '.join(nodes)}")


class _Cell(NamedTuple):
    """A range from period ``first`` up to, not including, ``end``, and its share of the requests of each."""

    first: int
    end: int
    stretch: Stretch
    share: float

    @property
    def tooltip(self) -> str:
        one = self.stretch
        requests = f"{100 * self.share:.0f} % of the requests"
        return f"{_ends(one)} on {one.node}: {count(one.keys, 'key')}, {requests}"


def _cells(periods: Sequence[Sequence[Stretch]]) -> list[list[_Cell]]:
    """Return the ranges of each period."""
    totals = [sum(stretch.load for stretch in period) or 1 for period in periods]
    return [
        [_Cell(n, n + 1, stretch, stretch.load / total) for stretch in period]
        for n, (period, total) in enumerate(zip(periods, totals, strict=True))
    ]


def _joined(cells: Sequence[Sequence[_Cell]]) -> list[_Cell]:
    """Return the cells, those of successive periods as one if they differ in nothing else.

    A browser takes most of its time for the number of areas: up to 1,500, of which most have become cold.
    """
    found: list[_Cell] = []
    last: dict[int | None, _Cell] = {}  # of the period before, by the start of the range
    for column in cells:
        now = {}
        for cell in column:
            one = last.pop(cell.stretch.start, None)
            if one is not None and one[2:] == cell[2:]:
                cell = cell._replace(first=one.first)
            elif one is not None:
                found.append(one)
            now[cell.stretch.start] = cell
        found += last.values()
        last = now
    return [*found, *last.values()]


def _areas(canvas: Canvas, cells: Sequence[tuple[Box, _Cell]], nodes: Sequence[str]) -> None:
    """Draw the areas of the ranges, in one group per node that has what they share."""
    for node in nodes:
        colour = style_of(node, tuple(nodes))["colour"]
        canvas.open(fill=colour, stroke=palette.PAPER, stroke_width=1)
        for box, cell in cells:
            if cell.stretch.node == node:
                canvas.rect(box, cell.tooltip, fill_opacity=_opacity(cell.share))
        canvas.close()


def _mark(canvas: Canvas, box: Box, cell: _Cell) -> None:
    """Frame a hot range, and write its node where there is room."""
    (left, top, right, bottom), node = box, cell.stretch.node
    if cell.share > _HOT:
        inner = (left + 1.5, top + 1.5, right - 1.5, bottom - 1.5)
        canvas.rect(inner, cell.tooltip, fill="none", stroke=palette.INK, stroke_width=2)
    if bottom - top > 13 and right - left > text_width(node, 9) + 4:
        canvas.text((left + right) / 2, (top + bottom) / 2 + 3, node, 9, text_anchor="middle")


def _ends(stretch: Stretch) -> str:
    start = "the first key" if stretch.start is None else f"{stretch.start:,}"
    return f"{start} to {'the last key' if stretch.end is None else f'{stretch.end:,}'}"


def _axes(canvas: Canvas, periods: int, step: float, bottom: float, space: int) -> None:
    for mark in ticks(0, space, 5):
        y = bottom - mark / space * (bottom - _TOP)
        canvas.text(_LEFT - 6, y + 3.5, f"{mark:,.0f}", 9.5, palette.GREY, text_anchor="end")
    canvas.text(_LEFT - 6, _TOP - 4, "key", 9.5, palette.GREY, text_anchor="end")
    for period in ticks(0, periods, 10):
        if period == int(period) and period:  # periods count from 1
            x = _LEFT + (period - 0.5) * step
            canvas.text(x, bottom + 14, f"{period:g}", 9.5, palette.GREY, text_anchor="middle")
    canvas.text(
        _LEFT + periods * step / 2, bottom + 28, "period", 9.5, palette.GREY, text_anchor="middle"
    )


def _key(canvas: Canvas, nodes: Sequence[str], right: float) -> None:
    for index, node in enumerate(nodes):
        y = _TOP + 6 + 18 * index
        canvas.rect(
            (right + 12, y, right + 26, y + 12),
            fill=style_of(node, tuple(nodes))["colour"],
            fill_opacity=0.6,
        )
        canvas.text(right + 31, y + 10, node, 10)
    y = _TOP + 14 + 18 * len(nodes)
    canvas.rect(
        (right + 12, y, right + 26, y + 12), fill="none", stroke=palette.INK, stroke_width=2
    )
    canvas.text(right + 31, y + 6, "over half of", 9.5, palette.GREY)
    canvas.text(right + 31, y + 18, "the writes", 9.5, palette.GREY)
    y += 32
    for index, share in enumerate((0.05, 0.5, 1.0)):
        box = (right + 12 + 14 * index, y, right + 26 + 14 * index, y + 12)
        canvas.rect(box, fill=palette.GREY, fill_opacity=_opacity(share))
    canvas.text(right + 12, y + 24, "the stronger,", 9.5, palette.GREY)
    canvas.text(right + 12, y + 36, "the more writes", 9.5, palette.GREY)


def _opacity(share: float) -> float:
    """Return the opacity of a range with this share of the requests."""
    return 0.12 + 0.7 * min(share, 1.0)
