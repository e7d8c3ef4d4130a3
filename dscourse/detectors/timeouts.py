"""Detectors with a time-out: a fixed one, and one that adapts to the heartbeats."""

from __future__ import annotations

from collections import deque
from numbers import Integral
from typing import Self

from dscourse.detectors.detector import LONGEST_MS, Detector, positive, whole

__all__ = ["AdaptiveTimeout", "FixedTimeout"]


class FixedTimeout(Detector):
    """A fixed time-out: suspects a node after misses * interval_ms without a heartbeat.

    >>> detector = FixedTimeout(interval_ms=100, misses=3)
    >>> detector.heartbeat(50)
    >>> detector.suspects(349), detector.suspects(350)
    (False, True)
    """

    def __init__(self, interval_ms: float, misses: float = 3, start_ms: float = 0.0) -> None:
        super().__init__(start_ms)
        self.interval_ms = positive("interval_ms", interval_ms)
        self.misses = positive("misses", misses)

    @property
    def deadline(self) -> float:
        return self.last_ms + self.misses * self.interval_ms

    def clone(self) -> Self:
        return self._twin()

    def missed(self, now_ms: float) -> int:
        """Return how many heartbeats are overdue. Raise ValueError for a time before the last heartbeat."""
        if not self.last_ms <= now_ms <= LONGEST_MS:
            raise self._no_time(now_ms)
        return int((now_ms - self.last_ms) // self.interval_ms)


class AdaptiveTimeout(Detector):
    """An adaptive time-out: the expected arrival, estimated from the last ``window`` heartbeats, plus ``margin_ms``.

    Source: Chen, Toueg and Aguilera, "On the quality of service of failure detectors", IEEE Transactions on Computers
    51(5), 2002, section 6.3 (NFD-E): heartbeat number n is sent at n * interval_ms after some unknown time, and the
    mean offset of the last arrivals from n * interval_ms predicts the next one. Heartbeats are numbered, so that a
    lost one is not taken for a late one; an overtaken heartbeat is ignored.

    The sender must continue its numbering after a restart. If it counts from 1 again, its heartbeats are ignored as
    overtaken ones and it stays suspected: give it a fresh detector.

    >>> detector = AdaptiveTimeout(interval_ms=100, margin_ms=50)
    >>> for number, came in enumerate([10, 120, 200, 310], start=1):
    ...     detector.heartbeat(came, number)
    >>> detector.deadline
    460.0
    """

    def __init__(
        self, interval_ms: float, margin_ms: float, window: int = 1_000, start_ms: float = 0.0
    ) -> None:
        super().__init__(start_ms)
        whole("window", window, "heartbeat")
        self.interval_ms = positive("interval_ms", interval_ms)
        self.margin_ms = positive("margin_ms", margin_ms)
        self.window, self.number = window, 0
        self._late: deque[int] = deque()  # arrival minus number * interval, in whole microseconds
        self._sum = 0

    @property
    def deadline(self) -> float:
        if not self._late:
            return self.last_ms + self.interval_ms + self.margin_ms
        expected = self._sum / len(self._late) / 1_000 + (self.number + 1) * self.interval_ms
        return max(expected + self.margin_ms, self.last_ms)

    def clone(self) -> Self:
        other = self._twin()
        other._late = self._late.copy()
        return other

    def _note(self, now_ms: float, number: int | None) -> None:
        number = self.number + 1 if number is None else number
        whole = type(number) is int or isinstance(number, Integral)  # the former takes a tenth
        if not whole or not 1 <= number <= LONGEST_MS:
            raise ValueError(f"number={number!r}: heartbeats are numbered 1, 2, 3 and so on")
        if number <= self.number:
            return
        self.number = number
        late = round((now_ms - self.number * self.interval_ms) * 1_000)
        self._late.append(late)
        self._sum += late
        if len(self._late) > self.window:
            self._sum -= self._late.popleft()
