"""Is a history sequentially consistent: is there one order of all operations that keeps each client's own?

Source: Lamport, "How to make a multiprocessor computer that correctly executes multiprocess programs", IEEE
Transactions on Computers C-28(9), 1979. Unlike linearizability it is not local: a history may fail although its part
on each key is sequentially consistent (Herlihy and Wing 1990, section 3.2), so all keys are searched together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from dscourse.checkers.explain import FEW, Refutation, core, shown
from dscourse.checkers.models import ILLEGAL, Model, model_of
from dscourse.checkers.parts import Found, unrolled
from dscourse.checkers.verdict import Verdict, judged, name, names, tells, unjudgeable
from dscourse.history import History, Op

__all__ = ["sequential"]

BUDGET = 200_000

_Branch = tuple[tuple[int, ...], int, tuple[Any, ...], Any]  # places, used, states, path


def sequential(history: History, model: Model | None = None, budget: int = BUDGET) -> Verdict:
    """Whether one order of all operations keeps each client's own explains every result; time plays no part.

    An operation of unknown outcome may have happened at any place after what its client had done before, also after
    what its client did later, or never. Gives up after ``budget`` states: the problem is NP-complete.

    >>> write = Op(0, "a", "write", "x", 1, "ok", None, 0, 1)
    >>> late = Op(1, "b", "read", "x", None, "ok", None, 2, 3)
    >>> sequential(History([write, late])).witness
    (1, 0)
    """
    reason = unjudgeable(history)
    if reason:
        return Verdict("sequential", None, reason, vacuous=not any(map(tells, history)))
    try:
        model = model or model_of(history)
        return _judge(history, model, budget)
    except ValueError as error:  # an operation that the model does not have
        return Verdict("sequential", None, str(error))


def _judge(history: History, model: Model, budget: int) -> Verdict:
    ops = [op for op in history if op.status != "fail"]
    rests_on = judged(history)
    found = _Orders(ops, model).search(budget)
    if found.order is not None:
        return Verdict("sequential", True, "", found.order, (), rests_on, found.states)
    if found.stuck is None:
        reason = f"gave up after {found.states:,} states"
        return Verdict("sequential", None, reason, judged=rests_on)
    refuted = _refutation(
        core(ops, lambda some, states: _Orders(some, model).search(states), model)
    )
    return Verdict(
        "sequential", False, refuted.reason, (), refuted.refuting, rests_on, found.states
    )


def _refutation(few: list[Op]) -> Refutation:
    """The sentence for operations that no order explains."""
    ids = tuple(sorted(op.id for op in few))
    told = [f"{name(op)} returned {shown(op.result)}" for op in few if tells(op)]
    if len(few) > FEW:
        return Refutation(
            "no single order of the operations keeps each client's own and explains all results",
            ids,
        )
    if len(few) == 1:
        return Refutation(f"{told[0]}, which no order of the operations allows", ids)
    return Refutation(
        f"{', '.join(told)}: no order of {names(few)} that keeps each client's own explains that",
        ids,
    )


class _Orders:
    """The search for an order: how far each client has come, the open operations used, and the state of each key."""

    def __init__(self, ops: Sequence[Op], model: Model) -> None:
        self.model = model
        keys = {op.key if model.by_key else None: None for op in ops}
        self.slot = {key: place for place, key in enumerate(keys)}
        lanes: dict[str, list[Op]] = {op.process: [] for op in ops}
        number = {process: n for n, process in enumerate(lanes)}
        self.maybe: list[
            tuple[int, int, Op]
        ] = []  # client's number, how much of its lane came before, operation
        for op in ops:
            if op.status == "ok":
                lanes[op.process].append(op)
            elif not model.observes(op):
                self.maybe.append((number[op.process], len(lanes[op.process]), op))
        self.lanes = list(lanes.values())

    def search(self, budget: int) -> Found:
        """A legal order, or the operation furthest on that no order reaches."""
        start: _Branch = ((0,) * len(self.lanes), 0, (self.model.initial,) * len(self.slot), None)
        branches = [start]
        tried: set[tuple[tuple[int, ...], int, tuple[Any, ...]]] = set()
        furthest = start
        while branches and len(tried) < budget:
            branch = self._look(branches.pop())
            if branch[:3] in tried:
                continue
            tried.add(branch[:3])
            furthest = max(furthest, branch, key=lambda one: sum(one[0]))
            if not self._heads(branch):
                return Found(unrolled(branch[3]), None, len(tried))
            if not self._lost(branch):
                branches += self._may_come(branch)
                branches += self._must_come(branch)
        return Found(None, None if branches else self._heads(furthest)[0][1], len(tried))

    def _heads(self, branch: _Branch) -> list[tuple[int, Op]]:
        """The next operation of each client that has one left, with the client's number."""
        return [
            (n, lane[at])
            for n, (lane, at) in enumerate(zip(self.lanes, branch[0], strict=True))
            if at < len(lane)
        ]

    def _look(self, branch: _Branch) -> _Branch:
        """Take every observer that is legal now: it changes nothing, so nothing is lost by taking it."""
        places, used, states, path = branch
        moved = list(places)
        for n, lane in enumerate(self.lanes):
            while moved[n] < len(lane) and self._legal_look(lane[moved[n]], states):
                path = (lane[moved[n]].id, path)
                moved[n] += 1
        return tuple(moved), used, states, path

    def _legal_look(self, op: Op, states: tuple[Any, ...]) -> bool:
        """True if the operation only looks, and could have seen this."""
        return (
            self.model.observes(op) and self.model.step(states[self._slot(op)], op) is not ILLEGAL
        )

    def _must_come(self, branch: _Branch) -> Iterator[_Branch]:
        """The next operation of one client more."""
        places, used, states, path = branch
        for n, op in self._heads(branch):
            after = self._after(states, op)
            if after is not None:
                yield (*places[:n], places[n] + 1, *places[n + 1 :]), used, after, (op.id, path)

    def _may_come(self, branch: _Branch) -> Iterator[_Branch]:
        """One more of the operations of unknown outcome, where it changes anything."""
        places, used, states, path = branch
        for j, (n, before, op) in enumerate(self.maybe):
            if places[n] >= before and not used >> j & 1:
                after = self._after(states, op)
                if after is not None and after != states:
                    yield places, used | 1 << j, after, (op.id, path)

    def _after(self, states: tuple[Any, ...], op: Op) -> tuple[Any, ...] | None:
        """The states of the keys after ``op``; None if it is illegal."""
        slot = self._slot(op)
        after = self.model.step(states[slot], op)
        return None if after is ILLEGAL else (*states[:slot], after, *states[slot + 1 :])

    def _lost(self, branch: _Branch) -> bool:
        """True if a client's next operation is an observer that cannot become legal any more."""
        return any(
            self.model.foreseen(
                branch[2][self._slot(op)], [op], partial(self._left, branch, self._slot(op))
            )
            is ILLEGAL
            for _, op in self._heads(branch)
            if self.model.observes(op)
        )

    def _left(self, branch: _Branch, slot: int) -> Iterator[Op]:
        """The operations left on a key that are no observers."""
        places, used, _, _ = branch
        for lane, at in zip(self.lanes, places, strict=True):
            yield from (
                op for op in lane[at:] if self._slot(op) == slot and not self.model.observes(op)
            )
        for j, (_, _, op) in enumerate(self.maybe):
            if not used >> j & 1 and self._slot(op) == slot:
                yield op

    def _slot(self, op: Op) -> int:
        return self.slot[op.key if self.model.by_key else None]
