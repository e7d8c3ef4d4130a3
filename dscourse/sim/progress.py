"""Liveness within a bound: a run that goes on until something has happened, or its time is up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dscourse.sim.engine import Engine
from dscourse.sim.livelock import endless
from dscourse.sim.loop import process

__all__ = ["Progress", "run_until"]


@dataclass(frozen=True, slots=True)
class Progress:
    """The result of `World.expect`: whether the expectation was met, and after how many ms."""

    ok: bool
    after_ms: float

    def __bool__(self) -> bool:
        return self.ok


def run_until(
    engine: Engine, happened: Callable[[], bool], within_us: int, max_events: int
) -> Progress:
    """Process events until ``happened()`` is true, for at most ``within_us`` (µs) and ``max_events`` events.

    Raises RuntimeError after ``max_events`` events, and as `process` does.
    """
    start, limit = engine.time.us, engine.time.us + within_us
    left = max_events
    while not happened():
        if not left:
            now_ms = engine.time.us / 1000
            raise RuntimeError(endless(engine.trace, now_ms, max_events, bounded=True))
        left -= 1
        if not process(engine, limit, 1):
            engine.time.us = limit
            return Progress(False, (limit - start) / 1000)
    return Progress(True, (engine.time.us - start) / 1000)
