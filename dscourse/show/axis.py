"""The horizontal position of an event: by its time, or by its position in the order of events."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from dscourse.show import palette
from dscourse.show.svg import Canvas, text_width

if TYPE_CHECKING:
    from dscourse.sim.events import Event
    from dscourse.sim.trace import Trace

__all__ = ["Axis", "OrderAxis", "TimeAxis", "round_up", "ticks"]

# These belong to the step of what came before at the same time: a handler's effects, what a fault does, other starts.
_EFFECTS = frozenset(
    {"send", "drop", "set_timer", "cancel_timer", "write", "state", "ok", "fail", "unknown", "error",
     "start", "crash", "restart", "pause", "resume"}
)  # fmt: skip
_NARROWEST, _ROOMIEST = 26.0, 64.0  # px a step
_WIDEST = 2600.0  # px in all, beyond which steps are narrower than that


class Axis(Protocol):
    """From events to px. It shows the stretch from ``low`` to ``high`` ms; what is outside is put at the edge."""

    low: float
    high: float
    left: float
    right: float

    def x(self, event: Event) -> float: ...
    def at(self, index: int, ms: float) -> float: ...
    def draw(self, canvas: Canvas, top: float, bottom: float) -> None: ...


def ticks(low: float, high: float, most: int = 9) -> list[float]:
    """Round numbers from ``low`` to ``high``, at most ``most`` of them, 1, 2 or 5 times a power of ten apart.

    >>> ticks(0, 95, 6)
    [0, 20, 40, 60, 80]
    """
    span = max(high - low, 1e-9)
    rough = span / most
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step - 1e-9)
    count = math.floor((high - first * step) / step + 1e-9)
    return [round((first + i) * step, 9) for i in range(count + 1)]


def round_up(value: float) -> float:
    """Return the least of 1, 2 or 5 times a power of ten that is at least ``value``; 1 if that is not positive.

    Axes that end there stand still while a reader moves a control a little.

    >>> round_up(130), round_up(50), round_up(0.3)
    (200.0, 50.0, 0.5)
    """
    if value <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(value))
    return next(round(n * power, 9) for n in (1, 2, 5, 10, 20) if n * power >= value)


class TimeAxis:
    """Proportional to time, in ms."""

    def __init__(self, low: float, high: float, left: float, right: float) -> None:
        self.low, self.high = low, high if high > low else low + 1.0
        self.left, self.right = left, right
        self.scale = (right - left) / (self.high - self.low)

    def x(self, event: Event) -> float:
        return self.at(event.index, event.time_ms)

    def at(self, index: int, ms: float) -> float:
        return self.left + (min(max(ms, self.low), self.high) - self.low) * self.scale

    def draw(self, canvas: Canvas, top: float, bottom: float) -> None:
        for ms in ticks(self.low, self.high):
            x = self.at(0, ms)
            canvas.line(x, top, x, bottom, stroke=palette.FAINT, stroke_width=1)
            tick_label(canvas, x, bottom, f"{ms:g}")
        unit(canvas, self.left, bottom)


class OrderAxis:
    """One step per handler: the same room for each, however much time passed between them."""

    def __init__(self, trace: Trace, low: float, high: float, left: float, right: float) -> None:
        self.low, self.high, self.left = low, high, left
        self._steps: dict[int, int] = {}
        self._times: list[float] = []
        for event in trace:
            if low <= event.time_ms <= high:
                if event.kind not in _EFFECTS or self._times[-1:] != [event.time_ms]:
                    self._times.append(event.time_ms)
                self._steps[event.index] = len(self._times) - 1
        steps = max(1, len(self._times))
        self._room = min(max((right - left) / steps, min(_NARROWEST, _WIDEST / steps)), _ROOMIEST)
        self._first = min(self._steps, default=0)
        self.right = max(right, left + self._room * len(self._times))

    def x(self, event: Event) -> float:
        return self.at(event.index, event.time_ms)

    def at(self, index: int, ms: float) -> float:
        if index not in self._steps:
            return self.left if index < self._first else self.right
        return self._position(self._steps[index])

    def _position(self, step: int) -> float:
        return self.left + self._room * (step + 0.4)

    def draw(self, canvas: Canvas, top: float, bottom: float) -> None:
        last = None
        for step, ms in enumerate(self._times):
            x, text = self._position(step), f"{ms:.1f}".removesuffix(".0")
            canvas.line(x, top, x, bottom, stroke=palette.FAINT, stroke_width=1)
            if text != last:
                tick_label(canvas, x, bottom, text)
            last = text
        unit(canvas, self.left, bottom)


def tick_label(canvas: Canvas, x: float, bottom: float, text: str) -> None:
    """Draw the number below a tick at ``x``, if there is room for it."""
    half = text_width(text, 10) / 2 + 3
    box = (x - half, bottom + 4, x + half, bottom + 17)
    if canvas.free(box):
        canvas.take(box)
        canvas.text(x, bottom + 14, text, 10, palette.GREY, text_anchor="middle")


def unit(canvas: Canvas, left: float, bottom: float) -> None:
    """Draw the unit of the axis, left of its first number."""
    canvas.text(left - 20, bottom + 14, "ms", 10, palette.GREY, text_anchor="end")
