"""Partial orders of operations, as the set of what comes before each: the bits of one int per operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["bits", "chain", "cycle", "pasts", "topological"]

Edges = Sequence[Sequence[int]]  # for each index, the indices that come right before it


def topological(before: Edges) -> list[int]:
    """Return the indices in topological order; those on or behind a cycle are left out.

    >>> topological([[1], [], [0, 1]]), topological([[1], [0], []])
    ([1, 0, 2], [2])
    """
    after: list[list[int]] = [[] for _ in before]
    missing = [0] * len(before)
    for index, predecessors in enumerate(before):
        missing[index] = len(predecessors)
        for one in predecessors:
            after[one].append(index)
    order = [index for index, number in enumerate(missing) if not number]
    for index in order:
        for later in after[index]:
            missing[later] -= 1
            if not missing[later]:
                order.append(later)
    return order


def pasts(before: Edges) -> list[int] | None:
    """For each index all that comes before it, directly or over others, as bits; None if there is a cycle.

    Costs as many unions of n bits as there are edges.

    >>> pasts([[1], [], [0]])
    [2, 0, 3]
    """
    order = topological(before)
    if len(order) < len(before):
        return None
    past = [0] * len(before)
    for index in order:
        for one in before[index]:
            past[index] |= past[one] | 1 << one
    return past


def cycle(before: Edges) -> list[int]:
    """Return the indices on a cycle, each before the next and the last before the first; [] if there is none.

    >>> cycle([[2], [0], [1]])
    [0, 1, 2]
    """
    free = set(topological(before))
    stuck = [index for index in range(len(before)) if index not in free]
    if not stuck:
        return []
    walk, seen = stuck[0], dict[int, int]()
    while walk not in seen:
        seen[walk] = len(seen)
        walk = next(one for one in before[walk] if one not in free)
    found = [index for index, step in seen.items() if step >= seen[walk]][::-1]
    first = found.index(min(found))
    return found[first:] + found[:first]


def chain(before: Edges, start: int, end: int) -> list[int]:
    """Return the fewest indices that lead from ``start`` to ``end``, both included; [] if none do.

    >>> chain([[], [0], [1, 0]], 0, 2)
    [0, 2]
    """
    step = {end: end}
    queue = [end]
    for index in queue:
        for one in before[index]:
            if one not in step:
                step[one] = index
                queue.append(one)
    if start not in step:
        return []
    found = [start]
    while found[-1] != end:
        found.append(step[found[-1]])
    return found


def bits(mask: int) -> Iterator[int]:
    """Yield the indices in a set, from the lowest.

    >>> list(bits(0b1010))
    [1, 3]
    """
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
