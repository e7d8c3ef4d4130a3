"""Judge of 12.5: a lookup on the ring by binary search."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from typing import Any

from dscourse.exercises.tasks import Wrong, by_name

__all__ = ["NAMES", "Watched", "judge"]

NAMES = by_name(bisect)


class Watched(Sequence[int]):
    """A sorted sequence of points that counts the reads of its elements.

    >>> points = Watched([3, 7])
    >>> points[-1], len(points), points.looks
    (7, 2, 1)
    """

    def __init__(self, points: Sequence[int]) -> None:
        self._points, self.looks = list(points), 0

    def __len__(self) -> int:
        return len(self._points)

    def __getitem__(self, index: Any) -> Any:
        self.looks += len(self._points[index]) if isinstance(index, slice) else 1
        return self._points[index]


_SMALL = [*(([5], at) for at in (0, 5, 9)), *(([2, 4, 8], at) for at in (1, 4, 5, 8, 9))]


def judge(first_at: Any) -> Wrong | None:
    large = list(range(10, 40_970, 10))  # 4,096 points
    for points, point in [*_SMALL, *((large, point) for point in (0, 15, 20_480, 40_970, 50_000))]:
        watched = Watched(points)
        index = first_at(watched, point)
        right = bisect.bisect_left(points, point) % len(points)
        if index != right or isinstance(index, bool):
            shown = points if len(points) < 9 else "10, 20, … 40,960"
            return Wrong(
                f"The points are {shown}. `first_at(points, {point})` is {index!r:.40}, and should be {right}."
            )
        most = 2 * math.ceil(math.log2(len(points) + 1)) + 2
        if watched.looks > most:
            return Wrong(
                f"Of {len(points):,} points you look at {watched.looks:,}: at most {most} are needed."
            )
    return None
