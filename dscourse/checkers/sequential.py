"""Is a history sequentially consistent: is there one order of all operations that keeps each client's own?

Source: Lamport, "How to make a multiprocessor computer that correctly executes multiprocess programs", IEEE
Transactions on Computers C-28(9), 1979. Unlike linearizability it is not local: a history may fail although its part
on each key is sequentially consistent (Herlihy and Wing 1990, section 3.2), so all keys are searched together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from dscourse.checkers.evidence import as_specification, evidence, guarded, judged, nothing
from dscourse.checkers.explain import unordered
from dscourse.checkers.minimal import core
from dscourse.checkers.parts import SearchResult, judged_operations, unrolled
from dscourse.checkers.refutation import Refutation
from dscourse.checkers.specification import ILLEGAL, Specification, States, trusted
from dscourse.checkers.specifications import specification_of
from dscourse.checkers.verdict import Verdict
from dscourse.core.equality import token
from dscourse.core.wording import count
from dscourse.history import History, Op

__all__ = ["sequential"]

BUDGET = 200_000

_Key = tuple[tuple[int, ...], int, tuple[int, ...]]
_Heads = Sequence[tuple[int, Op]]  # a client by number, and its next operation


class _Branch(NamedTuple):
    """A configuration and how it was reached.

    ``done`` counts for each client the operations taken, ``used`` has the open operations used, as bits, and
    ``states`` the number of each key's state. ``path`` has the ids of the operations taken, the last one first: (id,
    path before it), or None.
    """

    done: tuple[int, ...]
    used: int
    states: tuple[int, ...]
    path: Any

    @property
    def key(self) -> _Key:
        """The part of the branch that decides how it goes on."""
        return self[:3]


class _Open(NamedTuple):
    """An operation of unknown outcome, and how many operations its client, by number, had completed before it."""

    client: int
    before: int
    op: Op


def sequential(
    history: History, spec: Specification | None = None, budget: int = BUDGET
) -> Verdict:
    """Judge whether one order of all operations keeps program order and explains every result; time plays no part.

    An operation of unknown outcome may have happened at any point after what its client had done before, also after
    what its client did later, or never. Gives up after ``budget`` states: the problem is NP-complete.

    >>> write = Op(0, "a", "write", "x", 1, "ok", None, 0, 1)
    >>> late = Op(1, "b", "read", "x", None, "ok", None, 2, 3)
    >>> sequential(History([write, late])).witness
    (1, 0)
    """
    as_specification(spec)
    return guarded("sequential", history, lambda kept: _judge(kept, spec, budget))


def _judge(history: History, spec: Specification | None, budget: int) -> Verdict:
    spec = spec or specification_of(history)
    ops = judged_operations(history, spec)
    tells = evidence(spec)
    result = _Orders(ops, spec).find(budget)
    if not any(map(tells, ops)):
        return nothing("sequential")
    rests_on = judged(ops, tells)
    if result.order is not None:
        return Verdict("sequential", True, "", result.order, (), rests_on, result.states)
    if result.stuck is None:
        reason = f"gave up after {count(result.states, 'state')}"
        return Verdict("sequential", None, reason, judged=rests_on)
    return Verdict.explained("sequential", lambda: _explained(ops, spec), rests_on, result.states)


def _explained(ops: list[Op], spec: Specification) -> Refutation:
    """Few operations that no order explains, and the sentence about them."""
    return unordered(core(ops, lambda some, states: _Orders(some, spec).find(states), spec))


class _Orders:
    """The search for an order: how far each client has come, the open operations used, and the state of each key."""

    def __init__(self, ops: Sequence[Op], spec: Specification) -> None:
        self.spec = spec
        self.states = States(spec)
        self.observes, self.foreseen = trusted(spec, "observes"), trusted(spec, "foreseen")
        self.bridges = trusted(spec, "bridges")
        number: dict[object, int] = {}
        self.slot = {  # by id, the number of the object
            op.id: number.setdefault(token(op.key) if spec.by_key else None, len(number))
            for op in ops
        }
        self.objects = len(number)
        lanes: dict[str, list[Op]] = {op.process: [] for op in ops}
        client = {process: n for n, process in enumerate(lanes)}
        self.maybe: list[_Open] = []
        for op in ops:
            if op.status == "ok":
                lanes[op.process].append(op)
            elif not self.observes(op):
                self.maybe.append(_Open(client[op.process], len(lanes[op.process]), op))
        self.lanes = list(lanes.values())
        self.later = self._bridged if trusted(spec, "postpones")(ops) else self._may_come

    def find(self, budget: int) -> SearchResult:
        """Return a legal order, or the operation furthest on that no order reaches."""
        start = _Branch((0,) * len(self.lanes), 0, (0,) * self.objects, None)
        stack: list[Iterator[_Branch]] = [iter([start])]
        tried: set[_Key] = set()
        furthest = start
        while stack and len(tried) + self.states.size < budget:
            following = next(stack[-1], None)
            if following is None:
                stack.pop()
                continue
            branch = self._look(following)
            key = branch.key
            if key in tried:
                continue
            tried.add(key)
            furthest = max(furthest, branch, key=lambda one: sum(one.done))
            heads = self._heads(branch)
            if not heads:
                return SearchResult(unrolled(branch.path), None, len(tried))
            if not self._lost(branch, heads):
                stack.append(chain(self._must_come(branch, heads), self.later(branch, heads)))
        return SearchResult(None, None if stack else self._heads(furthest)[0][1], len(tried))

    def _heads(self, branch: _Branch) -> list[tuple[int, Op]]:
        """Return the next operation of each client that has one left, with the client's number."""
        return [
            (n, lane[at])
            for n, (lane, at) in enumerate(zip(self.lanes, branch.done, strict=True))
            if at < len(lane)
        ]

    def _look(self, branch: _Branch) -> _Branch:
        """Take every observer that is legal now: it changes nothing, so nothing is lost by taking it."""
        done, path = list(branch.done), branch.path
        for n, lane in enumerate(self.lanes):
            while done[n] < len(lane) and self._legal_look(lane[done[n]], branch.states):
                path = (lane[done[n]].id, path)
                done[n] += 1
        if path is branch.path:
            return branch
        return _Branch(tuple(done), branch.used, branch.states, path)

    def _legal_look(self, op: Op, states: tuple[int, ...]) -> bool:
        """Return True if the operation only looks, and could have seen this."""
        return self.observes(op) and self._after(states, op) is not None

    def _must_come(self, branch: _Branch, heads: _Heads) -> Iterator[_Branch]:
        """Yield the next operation of one client more; the last client's is tried first."""
        done = branch.done
        for n, op in reversed(heads):
            after = self._after(branch.states, op)
            if after is not None:
                more = (*done[:n], done[n] + 1, *done[n + 1 :])
                yield _Branch(more, branch.used, after, (op.id, branch.path))

    def _may_come(self, branch: _Branch, heads: _Heads) -> Iterator[_Branch]:
        """Yield one more of the operations of unknown outcome, where it changes anything."""
        for j in reversed(self._open(branch)):
            op = self.maybe[j].op
            after = self._after(branch.states, op)
            if after is not None and after != branch.states:
                yield _Branch(branch.done, branch.used | 1 << j, after, (op.id, branch.path))

    def _bridged(self, branch: _Branch, heads: _Heads) -> Iterator[_Branch]:
        """As many more of the operations of unknown outcome as it takes to make a client's next observer legal."""
        unknown = {self.maybe[j].op.id: j for j in self._open(branch)}
        for _, op in heads if unknown else ():
            if self.observes(op):
                slot = self.slot[op.id]
                ops = [
                    one for j in unknown.values() if self.slot[(one := self.maybe[j].op).id] == slot
                ]
                for batch in self.bridges(self.states.values[branch.states[slot]], op, ops):
                    yield self._with(branch, [unknown[one.id] for one in batch])

    def _with(self, branch: _Branch, batch: Sequence[int]) -> _Branch:
        """Return the branch after these operations of unknown outcome, which all are legal."""
        used, states, path = branch.used, branch.states, branch.path
        for j in batch:
            op = self.maybe[j].op
            used, path, states = used | 1 << j, (op.id, path), self._after(states, op) or states
        return _Branch(branch.done, used, states, path)

    def _open(self, branch: _Branch) -> list[int]:
        """Return the operations of unknown outcome that are not used and whose client has come to them."""
        return [
            j
            for j, one in enumerate(self.maybe)
            if branch.done[one.client] >= one.before and not branch.used >> j & 1
        ]

    def _after(self, states: tuple[int, ...], op: Op) -> tuple[int, ...] | None:
        """Return the states of the keys after ``op``; None if it is illegal."""
        slot = self.slot[op.id]
        after = self.states.after(states[slot], op)
        return None if after < 0 else (*states[:slot], after, *states[slot + 1 :])

    def _lost(self, branch: _Branch, heads: _Heads) -> bool:
        """Return True if a client's next operation is an observer that cannot become legal any more."""
        for _, op in heads:
            if self.observes(op):
                slot = self.slot[op.id]
                value = self.states.values[branch.states[slot]]
                if self.foreseen(value, [op], partial(self._left, branch, slot)) is ILLEGAL:
                    return True
        return False

    def _left(self, branch: _Branch, slot: int) -> Iterator[Op]:
        """Yield the remaining operations on a key that are not observers."""
        for lane, at in zip(self.lanes, branch.done, strict=True):
            yield from (
                op for op in lane[at:] if self.slot[op.id] == slot and not self.observes(op)
            )
        for j, one in enumerate(self.maybe):
            if not branch.used >> j & 1 and self.slot[one.op.id] == slot:
                yield one.op
