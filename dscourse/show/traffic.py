"""Calls per second over time as steps, below one row of states per circuit breaker or other part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from dscourse.show import palette
from dscourse.show.axis import ticks
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

__all__ = ["Span", "spans", "traffic"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, in ms, and its name."""

    start_ms: float
    end_ms: float
    name: str


_WIDTH, _LEFT, _RIGHT = 780.0, 112.0, 150.0
_ROW, _HIGH, _BELOW = 26.0, 150.0, 34.0  # px: a row of states, the plot, the numbers below it
_TOP, _GAP = 10.0, 18.0
_LINES: tuple[tuple[str, str | None, float], ...] = (
    (palette.BLUE, None, 2.6),
    (palette.ORANGE, None, 1.8),
    (palette.GREY, "5 3", 1.6),
    (palette.PURPLE, "2 3", 1.8),
)
_SMALL: dict[str, Any] = {"size": 10, "fill": palette.GREY, "text_anchor": "middle"}
_FILLS = {
    "closed": palette.TINTS[palette.GREEN],
    "open": palette.TINTS[palette.RED],
    "half-open": palette.SHADE,
}


def traffic(
    rates: Mapping[str, Sequence[float]],
    *,
    step_ms: float,
    sentence: str,
    rows: Mapping[str, Sequence[Span]] | None = None,
    shaded: Sequence[Span] = (),
    ylabel: str = "calls per second",
) -> Picture:
    """Draw each of ``rates`` as a line of steps of ``step_ms``, above it a row of states for each of ``rows``.

    ``shaded`` are stretches that lie behind everything, with their names. ValueError for more than 4 rates, for
    rates of different lengths, and for no rate at all.

    >>> traffic({"load": [3, 5, 4]}, step_ms=1_000, sentence="Three steps.").sentence
    'Three steps.'
    """
    rows = rows or {}
    until_ms = _length(rates) * step_ms
    top = _TOP + _ROW * len(rows) + _GAP
    canvas = Canvas(_WIDTH, top + _HIGH + _BELOW)
    plot = _Plot(canvas, until_ms, top, max(max(values) for values in rates.values()))
    for span in shaded:
        plot.shade(span, _TOP)
    plot.axes(ylabel)
    for index, (name, spans) in enumerate(rows.items()):
        plot.row(_TOP + index * _ROW, name, spans)
    for index, (name, values) in enumerate(rates.items()):
        plot.steps(values, step_ms, name, index)
    for span in shaded:
        plot.name(span)
    plot.legend(list(rates))
    return Picture(sentence, svg=canvas.document(sentence))


def _length(rates: Mapping[str, Sequence[float]]) -> int:
    """Return the number of steps that all rates have; ValueError if they differ or there are too many or none."""
    lengths = {len(values) for values in rates.values()}
    if len(lengths) != 1 or 0 in lengths or len(rates) > len(_LINES):
        raise ValueError(
            f"rates: 1 to {len(_LINES)} of one length are required, not {sorted(lengths)}"
        )
    return lengths.pop()


def spans(changes: Sequence[tuple[float, Enum]], until_ms: float, first: str) -> list[Span]:
    """Return the stretches between changes; a change is a time and the state after it; the first state is ``first``.

    >>> from dscourse.breaker import CircuitState
    >>> [span.name for span in spans([(2_000, CircuitState.OPEN)], 5_000, "closed")]
    ['closed', 'open']
    """
    starts = [(0.0, first), *((time, str(state.value)) for time, state in changes)]
    ends = [*(time for time, _ in changes), until_ms]
    return [Span(start, end, name) for (start, name), end in zip(starts, ends, strict=True)]


class _Plot:
    """The positions of time and rates on the canvas."""

    def __init__(self, canvas: Canvas, until_ms: float, top: float, most: float) -> None:
        self.canvas, self.until_ms = canvas, until_ms
        self.top, self.bottom = top, top + _HIGH
        self.right = _WIDTH - _RIGHT
        self.marks = ticks(0, max(most, 1) * 1.12, 5)
        self.most = max(most, 1) * 1.12

    def x(self, ms: float) -> float:
        return _LEFT + min(max(ms, 0), self.until_ms) / self.until_ms * (self.right - _LEFT)

    def y(self, rate: float) -> float:
        return self.bottom - rate / self.most * _HIGH

    def shade(self, span: Span, top: float) -> None:
        box = (self.x(span.start_ms), top, self.x(span.end_ms), self.bottom)
        self.canvas.rect(box, span.name, fill=palette.SHADE, fill_opacity=0.6)

    def name(self, span: Span) -> None:
        """Draw the name of a shaded stretch, from its left edge on or, near the right end, up to its right edge."""
        fits = self.x(span.start_ms) + text_width(span.name, 10) + 4 < self.right
        x, anchor = (
            (self.x(span.start_ms) + 3, "start") if fits else (self.x(span.end_ms) - 3, "end")
        )
        self.canvas.text(x, self.top - 6, span.name, 10, text_anchor=anchor)

    def axes(self, ylabel: str) -> None:
        canvas = self.canvas
        for mark in self.marks:
            y = self.y(mark)
            canvas.line(_LEFT, y, self.right, y, stroke=palette.FAINT, stroke_width=1)
            canvas.text(_LEFT - 6, y + 3.5, f"{mark:g}", 10, palette.GREY, text_anchor="end")
        for second in ticks(0, self.until_ms / 1000, 8):
            canvas.text(self.x(second * 1000), self.bottom + 15, f"{second:g}", **_SMALL)
        canvas.line(_LEFT, self.bottom, self.right, self.bottom, stroke=palette.LINE)
        canvas.text((_LEFT + self.right) / 2, self.bottom + 29, "time (s)", **_SMALL)
        canvas.text(_LEFT - 6, self.top - 6, ylabel, 10, palette.GREY, text_anchor="end")

    def row(self, top: float, name: str, spans: Sequence[Span]) -> None:
        self.canvas.text(_LEFT - 6, top + 14, name, 11, text_anchor="end")
        for span in spans:
            box = (self.x(span.start_ms), top + 2, self.x(span.end_ms), top + _ROW - 6)
            tooltip = f"{span.name} from {span.start_ms / 1000:.1f} to {span.end_ms / 1000:.1f} s"
            self.canvas.rect(
                box, tooltip, fill=_FILLS.get(span.name, palette.TINTS[palette.GREY]), stroke=palette.LINE,
                stroke_width=1, stroke_dasharray="3 2" if span.name == "half-open" else None,
            )  # fmt: skip
            if box[2] - box[0] > text_width(span.name, 10) + 6:
                middle = (box[0] + box[2]) / 2
                self.canvas.text(middle, top + 14.5, span.name, 10, text_anchor="middle")

    def steps(self, values: Sequence[float], step_ms: float, name: str, index: int) -> None:
        colour, dash, width = _LINES[index]
        points = [f"M{self.x(0):.1f} {self.y(values[0]):.1f}"]
        for number, value in enumerate(values, start=1):
            points.append(f"V{self.y(value):.1f}H{self.x(number * step_ms):.1f}")
        style = {"stroke": colour, "stroke_width": width, "stroke_dasharray": dash}
        self.canvas.path("".join(points), name, fill="none", **style)

    def legend(self, names: Sequence[str]) -> None:
        for index, (name, (colour, dash, width)) in enumerate(zip(names, _LINES, strict=False)):
            y, x = self.top + 16 + 20 * index, self.right + 12
            self.canvas.line(
                x, y, x + 20, y, stroke=colour, stroke_width=width, stroke_dasharray=dash
            )
            self.canvas.text(x + 26, y + 3.5, name, 10.5)
