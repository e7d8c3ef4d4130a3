"""The φ accrual detector: not a yes or no, but how improbable it is that the node is still up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from dscourse.detectors.detector import LONGEST_MS, Detector, finite, positive
from dscourse.detectors.tails import Normal, Tail
from dscourse.detectors.window import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PhiAccrual"]

_SHORTEST_MS = 0.001  # the mean of gaps of 0 ms: heartbeats that all came at once


class PhiAccrual(Detector):
    """The φ accrual detector: φ is -log10 of the probability of a later heartbeat; suspicion starts at ``threshold``.

    Mean and deviation are those of the last ``window`` gaps. The deviation is at least ``min_deviation_ms``, and
    ``pause_ms`` is added to the mean. The window starts with two gaps of ``first_ms`` minus and plus a quarter. A gap
    of at least ``outage_ms`` in which the node was suspected is an outage and does not enter the window. The defaults
    are Akka's, whose tail is `Logistic`; Cassandra's is `Exponential`, with a threshold of 8 and no pause.

    Source: Hayashibara, Défago, Yared and Katayama, "The φ accrual failure detector", SRDS 2004.

    >>> detector = PhiAccrual(threshold=8, min_deviation_ms=20, pause_ms=0, first_ms=100)
    >>> for now in range(100, 1_100, 100):
    ...     detector.heartbeat(now)
    >>> [round(detector.phi(now), 2) for now in (1_050, 1_100, 1_150, 1_200)]
    [0.0, 0.3, 2.21, 6.54]
    >>> round(detector.deadline)
    1212
    """

    def __init__(
        self,
        threshold: float = 8.0,
        window: int = 1_000,
        min_deviation_ms: float = 100.0,
        pause_ms: float = 3_000.0,
        first_ms: float = 1_000.0,
        tail: Tail | None = None,
        start_ms: float = 0.0,
        outage_ms: float = 0.0,
    ) -> None:
        super().__init__(start_ms)
        self.threshold = positive("threshold", threshold)
        self.min_deviation_ms = positive("min_deviation_ms", min_deviation_ms)
        for name, value in (("pause_ms", pause_ms), ("outage_ms", outage_ms)):
            if finite(name, value) < 0:
                raise ValueError(f"{name}={value!r}: it must be a finite number, 0 or more")
        self.pause_ms, self.tail = pause_ms, tail or Normal()
        first = positive("first_ms", first_ms)
        self.gaps = Window(window, [0.75 * first, 1.25 * first])
        self._of_mean, self._of_deviation = self.tail.reach(self.threshold)
        least = self._of_mean * pause_ms + self._of_deviation * self.min_deviation_ms
        self._kept_ms = max(least, outage_ms)
        self._usual: tuple[float, float] | None = None

    def heartbeat(self, now_ms: float, number: int | None = None) -> None:
        if not self.last_ms <= now_ms <= LONGEST_MS:
            raise self._no_time(now_ms)
        gap = now_ms - self.last_ms
        if gap < self._kept_ms or now_ms < self.deadline:  # cheap, and usually true
            self.gaps.add(gap)
            self._usual = None
        self.last_ms = now_ms

    def phi(self, now_ms: float) -> float:
        """Return φ at ``now_ms``. Raise ValueError for a time before the last heartbeat."""
        if not self.last_ms <= now_ms <= LONGEST_MS:
            raise self._no_time(now_ms)
        mean, deviation = self._usual or self.usual
        return self.tail.phi(now_ms - self.last_ms, mean, deviation)

    def phis(self, times_ms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return φ at many times after the last heartbeat, given no further heartbeat."""
        return self.tail.phis(times_ms - self.last_ms, *self.usual)

    def clone(self) -> Self:
        other = self._twin()
        other.gaps = self.gaps.copy()
        return other

    @property
    def usual(self) -> tuple[float, float]:
        """The mean (pause included) and the deviation of the gaps, in ms, as used by φ."""
        if self._usual is None:
            mean, deviation = self.gaps.moments()
            if mean < _SHORTEST_MS:
                mean = _SHORTEST_MS
            if deviation < self.min_deviation_ms:
                deviation = self.min_deviation_ms
            self._usual = mean + self.pause_ms, deviation
        return self._usual

    @property
    def deadline(self) -> float:
        mean, deviation = self._usual or self.usual
        return self.last_ms + self._of_mean * mean + self._of_deviation * deviation
