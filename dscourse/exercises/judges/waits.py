"""Graphs of transactions that wait for each other: their cycles, and the rightful victims."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

__all__ = ["Counted", "cycle_through", "rightful_victims"]

Waits = Mapping[Any, Collection[Any]]


def cycle_through(tx: Any, waits: Waits, among: Collection[Any]) -> list[Any]:
    """Return a shortest cycle through ``tx`` in which all are in ``among``, [] if there is none.

    >>> cycle_through(1, {1: [2], 2: [3, 4], 3: [1], 4: [3]}, {1, 2, 3, 4})
    [1, 2, 3]
    """
    if tx not in among:
        return []
    before: dict[Any, Any] = {}
    ahead = [tx]
    for one in ahead:
        for other in waits.get(one, ()):
            if other == tx:
                return _path(before, tx, one)
            if other in among and other not in before:
                before[other] = one
                ahead.append(other)
    return []


def _path(before: Mapping[Any, Any], tx: Any, last: Any) -> list[Any]:
    path = [last]
    while path[-1] != tx:
        path.append(before[path[-1]])
    return path[::-1]


def rightful_victims(waits: Waits, begun: Mapping[Any, float]) -> set[Any]:
    """Return the transactions each of which is the youngest on a cycle on which no other one is a victim.

    There is one such set, and no cycle is left without it.

    >>> rightful_victims({1: [2], 2: [1, 3], 3: [2]}, {1: 0, 2: 1, 3: 2})
    {2}
    """
    kept: set[Any] = set()
    for tx in sorted(begun, key=lambda one: begun[one]):
        if not cycle_through(tx, waits, kept | {tx}):
            kept.add(tx)
    return {tx for tx in begun if tx not in kept}


class Counted:
    """A count of how many waits have been looked at."""

    def __init__(self) -> None:
        self.number = 0

    def watch(self, others: Iterable[Any]) -> list[Any]:
        """Return a list that counts each of its items when it is looked at in a loop."""
        return _Watched(others, self)


class _Watched(list[Any]):
    def __init__(self, others: Iterable[Any], looks: Counted) -> None:
        super().__init__(others)
        self.looks = looks

    def __iter__(self) -> Iterator[Any]:
        for one in super().__iter__():
            self.looks.number += 1
            yield one
