"""Judge of 02.5: the comparison of two vector clocks."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from dscourse.clocks import VectorClock
from dscourse.exercises.tasks import Wrong

__all__ = ["LINES", "judge"]

LINES = 1_000_000


def judge(compare: Any) -> Wrong | None:
    for a, b in _clock_pairs():
        wanted = VectorClock(a).compare(VectorClock(b)).value
        relation = compare(dict(a), dict(b))
        if relation != wanted:
            return Wrong(
                f'compare_clocks({a!r}, {b!r}) returned {relation!r}; it should be "{wanted}". {_because(a, b)}'
            )
    return None


def _clock_pairs() -> list[tuple[dict[str, int], dict[str, int]]]:
    """Return all pairs of three-node clocks with counts up to 2, entries missing or present; simple ones first."""
    counts = (None, 1, 2, 0)
    clocks = [
        {node: count for node, count in (("a", a), ("b", b), ("c", c)) if count is not None}
        for c, b, a in product(counts, repeat=3)
    ]
    clocks = [clock for clock in clocks if len(clock) < 3 or 0 not in clock.values()]
    pairs = [(a, b) for a in clocks for b in clocks]
    return sorted(
        pairs, key=lambda pair: sum(3 + n + 5 * (n == 0) for one in pair for n in one.values())
    )


def _because(a: Mapping[str, int], b: Mapping[str, int]) -> str:
    """Return the entries that decide, and the missing ones, in words."""
    nodes = sorted({*a, *b})
    if not nodes:
        return "Neither knows of any event."
    return "Entry by entry: " + ", ".join(
        f"{node} {a.get(node, 0)}{'' if node in a else ' (missing)'} and "
        f"{b.get(node, 0)}{'' if node in b else ' (missing)'}"
        for node in nodes
    ) + "."  # fmt: skip
