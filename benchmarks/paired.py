"""Timing peers against each other: in turn, many times, so that a busy machine slows both alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Ratio", "ratios", "timed"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A peer's time divided by ours: the median over rounds, and its range."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Ratio:
        """The median and the range of ``values``."""
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        digits = 2 if self.median >= 0.1 else 3
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def timed(job: Callable[[], object]) -> float:
    """Seconds that one call takes, with no garbage left over from before."""
    gc.collect()
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def ratios(
    ours: Callable[[], object], peers: Mapping[str, Callable[[], object]], rounds: int
) -> tuple[float, dict[str, Ratio]]:
    """Our median seconds, and for each peer its time divided by ours: above 1 the peer is slower."""
    mine: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        mine.append(timed(ours))
        for name, job in peers.items():
            theirs[name].append(timed(job) / mine[-1])
    return statistics.median(mine), {name: Ratio.of(found) for name, found in theirs.items()}
