"""Judge of 12.4: a number of virtual nodes that is even enough."""

from __future__ import annotations

from functools import cache
from typing import Any

from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong
from dscourse.placement import Ring

__all__ = ["fullest", "judge"]

_NODES, _RINGS, _ENOUGH, _LIMIT, _MOST_POINTS = 20, 20, 18, 1.2, 6_000


@cache
def fullest(virtual: int, run: int) -> float:
    """Return the largest share of the circle over the mean share, for 20 nodes; each ``run`` has other names.

    >>> 1 < fullest(100, 0) < 2
    True
    """
    names = [f"{run}-{number}" for number in range(_NODES)]
    return max(Ring(names, virtual).arcs().values()) * _NODES


def judge(virtual: Any) -> Wrong | None:
    asked, virtual = virtual, whole(virtual)
    if virtual is None or virtual < 1:
        return Wrong(f"`virtual` must be a whole number, 1 or more, not {asked!r:.40}.")
    if virtual * _NODES > _MOST_POINTS:
        return Wrong(
            f"{virtual:,} virtual nodes make {virtual * _NODES:,} points: 6,000 are allowed."
        )
    shares = [fullest(virtual, run) for run in range(_RINGS)]
    good = sum(share <= _LIMIT for share in shares)
    if good < _ENOUGH:
        return Wrong(
            f"Only {good} of 20 rings are even enough: in the worst one the fullest node owns "
            f"{max(shares):.2f} times the mean."
        )
    return None
