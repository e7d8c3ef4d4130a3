"""Judge of 12.8: the number of pieces of a hot key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong
from dscourse.placement import Rendezvous

__all__ = ["judge", "split_loads"]

TIMES = tuple(2_700 // rank for rank in range(1, 1_001))  # requests per second for each key
_LOAD, _EXTRA = 1.4, 50
_PLACEMENT = Rendezvous([f"n{number}" for number in range(1, 11)])


def split_loads(pieces: Sequence[int]) -> dict[str, float]:
    """Return the requests per second at each of ten nodes if key k is split into ``pieces[k]`` pieces.

    >>> max(split_loads([1] * 1_000).values()) > 3_000
    True
    """
    loads = dict.fromkeys(_PLACEMENT.nodes, 0.0)
    for number, (times, count) in enumerate(zip(TIMES, pieces, strict=True)):
        for piece in range(count):
            loads[_PLACEMENT.node_of(f"key {number}/{piece}")] += times / count
    return loads


def judge(pieces: Any) -> Wrong | None:
    counts = []
    for times in TIMES:
        answer = pieces(times)
        count = whole(answer)
        if count is None or not 1 <= count <= 1_000:
            return Wrong(
                f"`pieces({times})` is {answer!r:.40}: a whole number from 1 to 1,000 is required."
            )
        counts.append(count)
    extra = sum(counts) - len(counts)
    if extra > _EXTRA:
        return Wrong(f"You make {extra:,} more pieces than there are keys: 50 are allowed.")
    loads = split_loads(counts)
    busiest = max(loads.values()) * len(loads) / sum(loads.values())
    if busiest > _LOAD:
        most = max(times / count for times, count in zip(TIMES, counts, strict=True))
        return Wrong(
            f"The busiest node still gets {busiest:.2f} times the mean; your hottest piece brings "
            f"{most:,.0f} requests per second, and a node's mean is {sum(loads.values()) / len(loads):,.0f}."
        )
    return None
