"""Partial orders of operations, as the set of what comes before each: the bits of one int a place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["bits", "chain", "circle", "pasts", "sorted_places"]

Edges = Sequence[Sequence[int]]  # for each place, the places that come right before it


def sorted_places(before: Edges) -> list[int]:
    """The places in an order in which each comes after those before it; those on or behind a circle are left out.

    >>> sorted_places([[1], [], [0, 1]]), sorted_places([[1], [0], []])
    ([1, 0, 2], [2])
    """
    after: list[list[int]] = [[] for _ in before]
    missing = [0] * len(before)
    for place, those in enumerate(before):
        missing[place] = len(those)
        for one in those:
            after[one].append(place)
    order = [place for place, number in enumerate(missing) if not number]
    for place in order:
        for later in after[place]:
            missing[later] -= 1
            if not missing[later]:
                order.append(later)
    return order


def pasts(before: Edges) -> list[int] | None:
    """For each place all that comes before it, directly or over others, as bits; None if there is a circle.

    Costs as many unions of n bits as there are edges.

    >>> pasts([[1], [], [0]])
    [2, 0, 3]
    """
    order = sorted_places(before)
    if len(order) < len(before):
        return None
    past = [0] * len(before)
    for place in order:
        for one in before[place]:
            past[place] |= past[one] | 1 << one
    return past


def circle(before: Edges) -> list[int]:
    """The places on a circle, each before the next and the last before the first; [] if there is none.

    >>> circle([[2], [0], [1]])
    [0, 1, 2]
    """
    free = set(sorted_places(before))
    stuck = [place for place in range(len(before)) if place not in free]
    if not stuck:
        return []
    walk, seen = stuck[0], dict[int, int]()
    while walk not in seen:
        seen[walk] = len(seen)
        walk = next(one for one in before[walk] if one not in free)
    found = [place for place, step in seen.items() if step >= seen[walk]][::-1]
    first = found.index(min(found))
    return found[first:] + found[:first]


def chain(before: Edges, start: int, end: int) -> list[int]:
    """The fewest places that lead from ``start`` to ``end``, both included; [] if none do.

    >>> chain([[], [0], [1, 0]], 0, 2)
    [0, 2]
    """
    step = {end: end}
    queue = [end]
    for place in queue:
        for one in before[place]:
            if one not in step:
                step[one] = place
                queue.append(one)
    if start not in step:
        return []
    found = [start]
    while found[-1] != end:
        found.append(step[found[-1]])
    return found


def bits(mask: int) -> Iterator[int]:
    """The places in a set, from the lowest.

    >>> list(bits(0b1010))
    [1, 3]
    """
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
