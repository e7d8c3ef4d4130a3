"""The smallest part of a history that still has no order, by delta debugging.

Source: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE Transactions on Software
Engineering 28(2), 2002. Here an operation is not removed but left open, which can only make more orders possible.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from operator import attrgetter

from dscourse.checkers.fast_search import FastSearch
from dscourse.checkers.moves import Moves
from dscourse.checkers.parts import SearchResult
from dscourse.checkers.specification import Specification, trusted
from dscourse.history import Op

__all__ = ["Search", "by_fast_search", "core", "loosened", "smallest_prefix"]

# A search for an order of the operations, within a number of states.
Search = Callable[[list[Op], int], SearchResult]

_STATES = 2_000  # to look for a small refutation
_WORK = 400_000  # operations that these searches may be given, in all
_SMALL = 24  # operations that are tried one by one


def by_fast_search(spec: Specification) -> Search:
    """Return the fast search for an order that the specification allows."""
    moves = Moves(spec)
    return lambda ops, states: FastSearch(ops, spec, moves).run(states)


def smallest_prefix(
    ops: Sequence[Op], search: Search, spec: Specification, reached: Op | None = None
) -> tuple[Op, list[Op]]:
    """Return the shortest prefix of the history that no order explains, and the operation at whose end it stops.

    ``reached`` is an operation before whose end no prefix stops: the search for an order of all came to it, and the
    shortest prefix seldom goes much further. A search that takes too long counts as one that found an order: then the
    prefix is not the smallest.
    """
    observes = trusted(spec, "observes")
    ended = sorted((op for op in ops if op.status == "ok"), key=attrgetter("end"))
    low, high, step = 0 if reached is None else ended.index(reached), len(ended) - 1, 1
    while low < high:
        middle = (low + high) // 2 if reached is None else min(low + step - 1, (low + high) // 2)
        step *= 2
        if search(_up_to(ended[middle].end, ops, observes), _STATES).stuck is None:
            low = middle + 1
        else:
            high = middle
    return ended[high], _up_to(ended[high].end, ops, observes)


def _up_to(end: float, ops: Sequence[Op], observes: Callable[[Op], bool]) -> list[Op]:
    """Return the operations that began by ``end``; those that had not ended are left open, and observers left out."""
    return [
        op if op.end <= end else replace(op, status="unknown")
        for op in ops
        if op.invoked <= end and (op.end <= end or not observes(op))
    ]


def loosened(ops: Sequence[Op], known: Container[int], spec: Specification) -> list[Op]:
    """Return the operations with all but the ``known`` ones left open, and unknown observers left out."""
    observes = trusted(spec, "observes")
    return [
        op if op.id in known else replace(op, status="unknown")
        for op in ops
        if op.id in known or not observes(op)
    ]


def core(ops: Sequence[Op], search: Search, spec: Specification) -> list[Op]:
    """Return a few of these operations, which no order explains, that have no order when the others are left open.

    An open operation may have happened or not; an open observer is left out. Each one left open makes more orders
    possible, so a history that is refuted then was refuted before. Halves are tried first, then quarters, down to
    single operations, until ``search`` has looked at some thousand states. Then, if few operations are left, each is
    tried alone, with as many states again. So none of a few can be left open as well, unless a search for an order
    without it did not finish.
    """
    tries = _Tries(search, trusted(spec, "observes"))
    needed, size = list(ops), len(ops)
    while size:
        start = 0
        while start < len(needed) and tries.states > 0 and tries.work > 0:
            if all(op.status != "ok" for op in needed[start : start + size]):
                start += size
                continue
            looser = tries.without(needed, start, size)
            if tries.refutes(looser):
                needed, start = looser, start + size - (len(needed) - len(looser))
            else:
                start += size
        size //= 2
    few = [op for op in needed if op.status == "ok"]
    return few if tries.states > 0 or len(few) > _SMALL else _one_by_one(needed, tries)


def _one_by_one(ops: Sequence[Op], tries: _Tries) -> list[Op]:
    """Return the operations that still have no order once every operation that can be left open is."""
    needed = list(ops)
    for op in ops:
        if op.status == "ok":
            tries.states = _STATES
            looser = tries.without(needed, needed.index(op), 1)
            needed = looser if tries.refutes(looser) else needed
    return [op for op in needed if op.status == "ok"]


class _Tries:
    """Searches for an order of ever fewer operations, with what they have in common.

    What has an order has one when more is left open: so half of the searches need not be made. An operation that is
    left open is one object in all of them, by which `Moves` knows it again.
    """

    def __init__(self, search: Search, observes: Callable[[Op], bool]) -> None:
        self.search, self.observes = search, observes
        self.states, self.work = _STATES, _WORK  # that are left
        self._left_open: dict[int, Op] = {}
        self._in_order: list[frozenset[int]] = []  # ids of known operations that have an order

    def refutes(self, ops: list[Op]) -> bool:
        """Return True if these operations have no order."""
        known = frozenset(op.id for op in ops if op.status == "ok")
        if any(known <= one for one in self._in_order):
            return False
        result = self.search(ops, self.states)
        self.states, self.work = self.states - result.states, self.work - len(ops)
        if result.order is not None:
            self._in_order.append(known)
        return result.stuck is not None

    def without(self, ops: Sequence[Op], start: int, size: int) -> list[Op]:
        """Return the operations, ``size`` of them from ``start`` on left open or, if they only observe, dropped."""
        loose = [self._opened(op) for op in ops[start : start + size] if not self.observes(op)]
        return [*ops[:start], *loose, *ops[start + size :]]

    def _opened(self, op: Op) -> Op:
        if op.id not in self._left_open:
            self._left_open[op.id] = replace(op, status="unknown")
        return self._left_open[op.id]
