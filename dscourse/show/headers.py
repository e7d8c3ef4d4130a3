"""Bands over a space-time diagram, new settings of its network, and the headers of both in rows above the lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dscourse.core.deferred import deferred
from dscourse.show import palette
from dscourse.show.scene import Band, setting_text
from dscourse.show.svg import Canvas, text_width

if TYPE_CHECKING:
    from dscourse.sim import events
    from dscourse.sim.events import Event
else:
    events = deferred("dscourse.sim.events")

__all__ = ["ROW", "Headers"]

ROW = 16.0
"""The height in px of a row of headers."""
_MOST_ROWS = 5


@dataclass(frozen=True, slots=True)
class _Header:
    """A band or setting from ``left`` to ``right``, and the row of its text, which goes from ``begin`` to ``end``."""

    item: Band | Event
    left: float
    right: float
    begin: float
    end: float
    row: int

    @property
    def text(self) -> str:
        return _text(self.item)


class Headers:
    """The headers of a picture that is ``width`` px wide; ``rows`` is the number of rows that they need.

    ``x`` returns the x of an event; that of None is the right edge. Each header is in the first row in which it has
    room; headers without room share the last row.
    """

    def __init__(
        self, items: Sequence[Band | Event], x: Callable[[Event | None], float], width: float
    ) -> None:
        placed = [(*_ends(item, x), item) for item in items]
        self._all: list[_Header] = []
        ends: list[float] = []
        for left, right, item in sorted(placed, key=lambda one: one[0]):
            begin, end = _room(left, _text(item), width)
            row = next((i for i, last in enumerate(ends) if last <= min(left, begin)), len(ends))
            row = min(row, _MOST_ROWS - 1)
            ends += [0.0] * (row + 1 - len(ends))
            ends[row] = max(ends[row], right, end + 6)
            self._all.append(_Header(item, left, right, begin, end, row))
        self.rows = len(ends)

    def draw_bands(self, canvas: Canvas, lines: Mapping[str, float], bottom: float) -> None:
        """Shade the stretches of bands over the nodes that they concern; ``lines`` are the y of the nodes shown."""
        for header in self._all:
            if isinstance(header.item, Band):
                _draw_band(canvas, header, header.item, lines, bottom)

    def draw_texts(self, canvas: Canvas, bottom: float) -> None:
        """Write each header into its row, and draw a line down from each new setting."""
        for header in self._all:
            y = 14 + ROW * header.row
            if isinstance(header.item, events.Event):
                canvas.line(header.left, y - 9, header.left, bottom, header.text, stroke=palette.YELLOW,
                            stroke_width=1.2, stroke_dasharray="1 3")  # fmt: skip
            canvas.label([((header.begin + header.end) / 2, y)], header.text, 10)


def _text(item: Band | Event) -> str:
    return item.text if isinstance(item, Band) else setting_text(item.what)


def _ends(item: Band | Event, x: Callable[[Event | None], float]) -> tuple[float, float]:
    if isinstance(item, Band):
        return x(item.start), x(item.end)
    return x(item), x(item)


def _room(left: float, text: str, width: float) -> tuple[float, float]:
    """From where to where a header's text goes: beside ``left``, but on the paper."""
    wide = text_width(text, 10)
    begin = max(4.0, min(left + 5, width - wide - 4))
    return begin, begin + wide


def _draw_band(
    canvas: Canvas, header: _Header, band: Band, lines: Mapping[str, float], bottom: float
) -> None:
    left, right = header.left, header.right
    head = (left, 3 + ROW * header.row, right, 17 + ROW * header.row)
    concerned = [lines[name] for name in sorted(band.nodes) if name in lines]
    fill, stroke = palette.SHADE, palette.YELLOW
    if not band.is_fault:
        fill, stroke = palette.TINTS[palette.GREY], palette.LINE
    if band.whole:
        top, low = head[3], bottom
    else:
        top, low = min(concerned, default=0) - 11, max(concerned, default=0) + 11
    if band.whole or len(concerned) == len(band.nodes):
        canvas.rect((left, top, right, low), band.text, fill=fill, fill_opacity=0.5)
        for x in (left, right) if band.end else (left,):
            canvas.line(x, head[3], x, low, stroke=stroke, stroke_width=1,
                        stroke_dasharray="3 3")  # fmt: skip
    canvas.rect(head, band.text, fill=fill, stroke=stroke, stroke_width=0.8)
