"""Judge of 12.8: the number of pieces of a hot key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong
from dscourse.placement import Rendezvous

__all__ = ["busiest", "judge"]

TIMES = tuple(2_700 // rank for rank in range(1, 1_001))  # requests per second for each key
_NODES, _CLUSTERS, _LOAD, _EXTRA = 10, 200, 1.45, 50


def busiest(pieces: Sequence[int], clusters: int = _CLUSTERS) -> list[float]:
    """Return the load of the busiest node over the mean, for each of some clusters whose nodes have other names.

    Key k is split into ``pieces[k]`` pieces.

    >>> all(1 < load < 5 for load in busiest([1] * 1_000, clusters=20))
    True
    """
    import numpy as np

    from dscourse.placement import hashes_of

    split = list(enumerate(zip(TIMES, pieces, strict=True)))
    points = hashes_of([f"key {key}/{n}" for key, (_, count) in split for n in range(count)])
    weights = np.array([times / count for _, (times, count) in split for _ in range(count)])
    found = []
    for cluster in range(clusters):
        placement = Rendezvous([f"{cluster}-{number}" for number in range(_NODES)])
        loads = np.bincount(placement.indexes_at(points), weights=weights, minlength=_NODES)
        found.append(float(loads.max() / loads.mean()))
    return found


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
    loads = busiest(counts)
    mean = sum(loads) / len(loads)
    if mean > _LOAD:
        most = max(times / count for times, count in zip(TIMES, counts, strict=True))
        return Wrong(
            f"The busiest node still gets {mean:.2f} times the mean, on average over {_CLUSTERS} clusters "
            f"({min(loads):.2f} to {max(loads):.2f}); your hottest piece brings {most:,.0f} requests per second, "
            f"and a node's mean is {sum(TIMES) / _NODES:,.0f}."
        )
    return None
