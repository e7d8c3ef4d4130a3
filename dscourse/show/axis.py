"""Where an event stands from left to right: by its time, or by its place in the order of events."""

from __future__ import annotations

import math
from typing import Protocol

from dscourse.show import palette
from dscourse.show.svg import Canvas
from dscourse.sim.trace import Event, Trace

__all__ = ["Axis", "OrderAxis", "TimeAxis", "ticks"]

# A handler's effects belong to the step of the event that it handled.
_EFFECTS = frozenset(
    {
        "send",
        "drop",
        "set_timer",
        "cancel_timer",
        "write",
        "state",
        "ok",
        "fail",
        "unknown",
        "error",
    }
)


class Axis(Protocol):
    """From events to px."""

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


class TimeAxis:
    """Proportional to time, in ms."""

    def __init__(self, trace: Trace, left: float, right: float) -> None:
        times = [event.time_ms for event in trace] or [0.0]
        self.left, self.right = left, right
        self.low, self.high = min(times), max(times)
        if self.high <= self.low:
            self.high = self.low + 1.0
        self.scale = (right - left) / (self.high - self.low)

    def x(self, event: Event) -> float:
        return self.at(event.index, event.time_ms)

    def at(self, index: int, ms: float) -> float:
        return self.left + (min(max(ms, self.low), self.high) - self.low) * self.scale

    def draw(self, canvas: Canvas, top: float, bottom: float) -> None:
        for ms in ticks(self.low, self.high):
            x = self.at(0, ms)
            canvas.line(x, top, x, bottom, stroke=palette.FAINT, stroke_width=1)
            canvas.text(x, bottom + 14, f"{ms:g}", 10, palette.GREY, text_anchor="middle")
        canvas.text(self.left - 20, bottom + 14, "ms", 10, palette.GREY, text_anchor="end")


class OrderAxis:
    """One step a handler: the same room for each, whatever time passed between them."""

    def __init__(self, trace: Trace, left: float, right: float) -> None:
        self._steps: dict[int, int] = {}
        self._times: list[float] = []
        for event in trace:
            if not self._times or event.kind not in _EFFECTS:
                self._times.append(event.time_ms)
            self._steps[event.index] = len(self._times) - 1
        self.left = left
        room = (right - left) / max(1, len(self._times))
        self.room = min(max(room, 26.0), 64.0)
        self.right = max(right, left + self.room * len(self._times))

    def x(self, event: Event) -> float:
        return self.at(event.index, event.time_ms)

    def at(self, index: int, ms: float) -> float:
        return self.left + self.room * (self._steps.get(index, 0) + 0.4)

    def draw(self, canvas: Canvas, top: float, bottom: float) -> None:
        last = None
        for step, ms in enumerate(self._times):
            x = self.left + self.room * (step + 0.4)
            canvas.line(x, top, x, bottom, stroke=palette.FAINT, stroke_width=1)
            text = f"{ms:g}"
            if text != last:
                canvas.label([(x, bottom + 14)], text, 9.5, palette.GREY)
            last = text
        canvas.text(self.left - 20, bottom + 14, "ms", 10, palette.GREY, text_anchor="end")
