"""Judge of 12.5: a lookup on the ring by binary search."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from typing import Any

from dscourse.exercises.judges.values import whole
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


_SMALL = [
    *(([5], at) for at in (0, 5, 9)), *(([2, 4, 8], at) for at in (1, 4, 5, 8, 9)),
    *(([0, 3, 3, 3, 7, 7], at) for at in (0, 1, 3, 4, 7, 8)), *(([1, 9], at) for at in (0, 1, 9, 10)),
]  # fmt: skip
_LARGE = list(range(10, 40_970, 10))  # 4,096 points
_POSITIONS = (0, 10, 11, 15, 5_000, 20_480, 20_481, 40_959, 40_960, 40_961, 50_000)
_WIDE = [
    number << 48 for number in range(4_096)
]  # as many, up to 2⁶⁰: no float tells all of these positions apart
_CLOSE = list(range(2**63, 2**63 + 30_000))


def judge(first_at: Any) -> Wrong | None:
    odd = list(range(3, 7 * 1_777, 7))
    large = [(_LARGE, position) for position in _POSITIONS]
    for points, position in [
        *_SMALL,
        *large,
        *((odd, at) for at in (2, 3, 4, 6_000, 12_436, 99_999)),
        *((_WIDE, at + more) for at in (0, 5 << 48, 4_095 << 48) for more in (-1, 0, 1) if at),
        *((_CLOSE, 2**63 + at) for at in (-5, 0, 1, 1_025, 20_001, 29_999, 30_000)),
        ([0, 1], 1),
        ([0, 1], 9),
    ]:
        watched = Watched(points)
        answer = first_at(watched, position)
        right = bisect.bisect_left(points, position) % len(points)
        if whole(answer) != right:
            return Wrong(_described(points, position, answer, right))
        most = 2 * math.ceil(math.log2(len(points) + 1)) + 2
        if watched.looks > most:
            return Wrong(
                f"Of {len(points):,} points you read {watched.looks:,}: at most {most} are needed."
            )
    return None


def _described(points: Sequence[int], position: int, answer: Any, right: int) -> str:
    shown = points if len(points) < 9 else f"{points[0]}, {points[1]}, … {points[-1]:,}"
    text = f"The points are {shown}. `first_at(points, {position})` is {answer!r:.40}, and should be {right}"
    if whole(answer) is None:
        return f"{text}: the index of a point."
    if position > points[-1]:
        return f"{text}: after the last point the circle starts again."
    if position == points[right]:
        return f"{text}: what lies exactly on a point belongs to it, and of equal points the first counts."
    return f"{text}: the first point after {position} is {points[right]}."
