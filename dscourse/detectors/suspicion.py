"""The time in which a detector suspects a node, as spans from suspicion to trust."""

from __future__ import annotations

from collections.abc import Iterable

from dscourse.detectors.detector import Detector

__all__ = ["suspicions"]


def suspicions(
    detector: Detector, arrivals: Iterable[tuple[float, int]], until_ms: float
) -> list[tuple[float, float]]:
    """Return the spans (ms) in which a fresh detector suspects the node, up to ``until_ms``.

    ``arrivals`` are the times and numbers of the heartbeats, in the order of arrival.

    >>> from dscourse.detectors.timeouts import FixedTimeout
    >>> suspicions(FixedTimeout(100, misses=3), [(100, 1), (500, 5)], until_ms=700)
    [(400.0, 500)]
    """
    found: list[tuple[float, float]] = []

    def note(end: float) -> None:
        start = max(detector.deadline, detector.last_ms)
        if start >= end:
            return
        if found and found[-1][1] == start:
            start = found.pop()[0]  # a heartbeat that ended no suspicion
        found.append((start, end))

    for now, number in arrivals:
        note(now)
        detector.heartbeat(now, number)
    note(until_ms)
    return found
