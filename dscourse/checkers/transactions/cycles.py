"""A smallest cycle of a dependency graph, of the kind that a level forbids or that an anomaly is.

The search is breadth first from each transaction that may be on a cycle, and no deeper than the best cycle so far.
Which dependencies it may follow next depends on those that it followed before: a `Walk` says so.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass

from dscourse.checkers.transactions.graph import Graph
from dscourse.checkers.transactions.versions import READ_BEFORE, READ_FROM

__all__ = [
    "ADJACENT", "ANY", "APART", "AT_MOST_ONE", "EXACTLY_ONE", "SEVERAL_APART", "WITH_WR", "Found", "Walk",
    "smallest_cycle", "smallest_late",
]  # fmt: skip

_STEPS = 3_000_000


@dataclass(frozen=True, slots=True)
class Walk:
    """The cycles of one kind, as a state machine that begins in state 0.

    ``steps`` give for each state the next one after a dependency that is neither wr nor rw, after wr, and after rw;
    None if that must not follow. The cycle may end in the states ``ends``.
    """

    steps: tuple[tuple[int | None, int | None, int | None], ...]
    ends: frozenset[int]


ANY = Walk(((0, 0, 0),), frozenset({0}))
AT_MOST_ONE = Walk(((0, 0, 1), (1, 1, None)), frozenset({0, 1}))
# No two rw are adjacent: in state 0 and 1 the last was rw; the first is another, so that the cycle closes well.
APART = Walk(((2, 2, None), (2, 2, None), (2, 2, 1)), frozenset({1, 2}))
# Of one anomaly alone: with a wr; with exactly one rw; with several rw of which no two, or two, are adjacent.
WITH_WR = Walk(((0, 1, None), (1, 1, None)), frozenset({1}))
EXACTLY_ONE = Walk(((0, 0, 1), (1, 1, None)), frozenset({1}))
SEVERAL_APART = Walk(
    ((1, 1, None), (1, 1, 2), (3, 3, None), (3, 3, 4), (5, 5, None), (5, 5, 4)), frozenset({4, 5})
)
ADJACENT = Walk(((None, None, 1), (2, 2, 1), (2, 2, 1)), frozenset({1}))


@dataclass(slots=True)
class Found:
    """The cycle, each transaction before the next and the last before the first; ``complete`` if none is smaller."""

    cycle: list[int]
    complete: bool


def smallest_cycle(graph: Graph, inside: Iterable[int], kinds: int, walk: Walk) -> Found:
    """Return a smallest cycle of these kinds among ``inside``, as a walk; an empty one if there is none."""
    among = sorted(inside)
    allowed, best, budget = set(among), Found([], True), [_STEPS]
    for start in among:
        path = _backwards(graph, start, kinds, walk, len(best.cycle), budget, (start,), allowed)
        best.cycle = path or best.cycle
        best.complete = budget[0] > 0
        if len(best.cycle) == 2 or budget[0] <= 0:
            break
    return best


def smallest_late(graph: Graph, kinds: int) -> Found:
    """Return the fewest transactions, each dependent on the one before, whose last ended before the first began.

    The graph must have no cycle of these kinds.
    """
    ops = [one.op for one in graph.record.transactions]
    best, budget = Found([], True), [_STEPS]
    for end in graph.late(kinds):
        ended = ops[end].end
        later = {t for t, op in enumerate(ops) if op.invoked > ended}
        path = _backwards(graph, end, kinds, ANY, len(best.cycle), budget, later)
        best.cycle = path or best.cycle
        best.complete = budget[0] > 0
        if len(best.cycle) == 2 or budget[0] <= 0:
            break
    return best


def _backwards(
    graph: Graph,
    start: int,
    kinds: int,
    walk: Walk,
    limit: int,
    budget: list[int],
    goal: Collection[int],
    allowed: Container[int] | None = None,
) -> list[int]:
    """Search from ``start`` against the edges for a transaction in ``goal``; return the path forwards.

    Give up where the path would have ``limit`` transactions or more, if that is not 0, or where ``budget`` is spent.
    """  # fmt: skip
    toward: dict[tuple[int, int], tuple[int, int] | None] = {(start, 0): None}
    ring = [(start, 0)]
    depth = 0
    while ring and budget[0] > 0 and (not limit or depth + 1 < limit):
        depth += 1
        following = []
        for node in ring:
            for a, mask in graph.before[node[0]].items():
                budget[0] -= 1
                if not mask & kinds or (allowed is not None and a not in allowed):
                    continue
                state = walk.steps[node[1]][_class(mask & kinds)]
                if state is None:
                    continue
                if a in goal and state in walk.ends:
                    return _path(toward, node, a, start)
                if (a, state) not in toward:
                    toward[a, state] = node
                    following.append((a, state))
        ring = following
    return []


def _class(kinds: int) -> int:
    """Return the column of an edge in `Walk.steps`; it counts as rw only if it is nothing else."""
    if not kinds & ~READ_BEFORE:
        return 2
    return 1 if kinds & READ_FROM else 0


def _path(
    toward: dict[tuple[int, int], tuple[int, int] | None], node: tuple[int, int], a: int, start: int
) -> list[int]:
    """Return the transactions from ``a`` over ``node`` to ``start``, which a cycle has only once."""
    path = [a]
    while (following := toward[node]) is not None:
        path.append(node[0])
        node = following
    return path if a == start else [*path, start]
