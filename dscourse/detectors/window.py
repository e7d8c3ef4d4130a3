"""A sliding window of gaps whose mean and deviation are exact and take constant time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

from dscourse.detectors.detector import LONGEST_MS, whole

__all__ = ["Window"]


class Window:
    """The last ``size`` gaps, kept in whole microseconds so that sums neither drift nor round.

    >>> window = Window(3, [100.0, 200.0])
    >>> window.add(300.0)
    >>> window.add(400.0)
    >>> window.mean, round(window.deviation, 4)
    (300.0, 81.6497)
    """

    __slots__ = ("_gaps", "_squares", "_sum", "size")

    def __init__(self, size: int, gaps: Iterable[float] = ()) -> None:
        self.size = whole("window", size, "gap")
        self._gaps: deque[int] = deque()
        self._sum = self._squares = 0
        for gap in gaps:
            self.add(gap)

    def __len__(self) -> int:
        return len(self._gaps)

    def add(self, gap_ms: float) -> None:
        """Add a gap (ms) and drop the oldest above ``size``. Raise ValueError if it is not a finite number."""
        if (
            not -LONGEST_MS <= gap_ms <= 2 * LONGEST_MS
        ):  # from a start before 0 to the latest time allowed
            raise ValueError(f"gap_ms={gap_ms!r}: it must be a finite number of ms")
        gap = round(gap_ms * 1_000)
        self._gaps.append(gap)
        self._sum += gap
        self._squares += gap * gap
        if len(self._gaps) > self.size:
            old = self._gaps.popleft()
            self._sum -= old
            self._squares -= old * old

    @property
    def mean(self) -> float:
        """The mean gap in ms; raises ZeroDivisionError if the window is empty."""
        return self._sum / len(self._gaps) / 1_000

    @property
    def deviation(self) -> float:
        """The population standard deviation of the gaps in ms; 0 for a single one."""
        count = len(self._gaps)
        return math.sqrt(self._squares * count - self._sum * self._sum) / count / 1_000

    def moments(self) -> tuple[float, float]:
        """Return `mean` and `deviation`; both at once, because a detector needs them after each heartbeat."""
        count, total = len(self._gaps), self._sum
        mean = total / count / 1_000
        return mean, math.sqrt(self._squares * count - total * total) / count / 1_000

    def copy(self) -> Window:
        """Return an independent window with the same gaps."""
        twin = object.__new__(Window)
        twin.size, twin._gaps = self.size, self._gaps.copy()
        twin._sum, twin._squares = self._sum, self._squares
        return twin
