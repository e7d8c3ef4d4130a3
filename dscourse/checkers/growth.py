"""Linearizability of a set from which nothing is removed, in O(n log n) steps for n elements that are shown.

Reads of a set that only grows show sets of which each contains the one before; so their order is that of their sizes,
and two of which neither contains the other refute the history. The reads that show the same stand together, as one
*stage*. An element enters the set between the last stage without it and the first with it. One of its adds has to
stand there, and none may stand earlier; what else adds it can stand anywhere later. The add that began first is the
best
choice to stand there: whichever stands there, that one may not stand earlier, and if it does, nobody has to wait
for it
less.

Then every operation has a stage, and it remains to see whether time allows the stages' order: each operation takes
effect as early as it can, and none later than its end. An open add that no stage needs is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Any

from dscourse.checkers.parts import SearchResult
from dscourse.checkers.refutation import Refutation, shown
from dscourse.checkers.specifications.sets import elements
from dscourse.checkers.verdict import name
from dscourse.core.equality import token
from dscourse.history import Op

__all__ = ["by_growth", "conflict", "grows"]

Initial = frozenset[Any]


def grows(ops: Iterable[Op]) -> bool:
    """Return True if the operations on a set are adds and reads alone."""
    return all(op.f in ("add", "read") for op in ops)


@dataclass(slots=True)
class _Stage:
    """Operations at one point of the order: the adds of its elements, the reads that show them, and other adds."""

    adds: list[Op] = field(default_factory=list)
    reads: list[Op] = field(default_factory=list)
    others: list[Op] = field(default_factory=list)


def by_growth(ops: Sequence[Op], initial: Initial) -> SearchResult:
    """Return a legal order of adds and reads, or the operation that no order gets past."""
    stages = _stages(ops, initial)
    if isinstance(stages, Op):
        return SearchResult(None, stages, 1)
    order: list[tuple[float, int, int, int]] = []  # moment, stage, kind, id
    now = -inf
    for index, stage in enumerate(stages):
        start = now
        for kind, group in enumerate((stage.adds, stage.reads, stage.others)):
            for op in sorted(group, key=_invoked):
                moment = max(start if kind == 2 else now, op.invoked)
                if op.end < moment:
                    return SearchResult(None, op, 1)
                now = max(now, moment) if kind < 2 else now
                order.append((moment, index, kind, op.id))
    return SearchResult(_in_turn(order), None, 1)


def _invoked(op: Op) -> int:
    return op.invoked


def _in_turn(order: list[tuple[float, int, int, int]]) -> tuple[int, ...]:
    """Return the ids by the moment of their effect, then by stage, and in a stage adds, reads and other adds."""
    return tuple(number for *_, number in sorted(order))


def _stages(ops: Sequence[Op], initial: Initial) -> list[_Stage] | Op:
    """Return the stages, and a last one for what no read shows; or a read that fits into no order of them."""
    reads = [(elements(op), op) for op in ops if op.f == "read" and op.status == "ok"]
    reads.sort(key=lambda read: len(read[0]))
    stages: list[_Stage] = []
    entered: dict[Any, int] = {}
    grown = initial
    for content, op in reads:
        if not grown <= content:
            return op
        if not stages or grown != content:
            stages.append(_Stage())
            entered |= dict.fromkeys(content - grown, len(stages) - 1)
            grown = content
        stages[-1].reads.append(op)
    stages.append(_Stage())
    missing = dict.fromkeys(grown - initial)
    for op in ops:  # in the order in which they began
        if op.f == "add":
            value = token(op.value)
            if value in missing:
                stages[entered[value]].adds.append(op)
                del missing[value]
            elif op.status == "ok" and value in entered:
                stages[entered[value]].others.append(op)
            elif op.status == "ok":  # shown by no read, or there from the start
                stages[0 if value in initial else -1].others.append(op)
    if missing:
        return next(op for content, op in reads if not missing.keys().isdisjoint(content))
    return stages


def conflict(ops: Sequence[Op], initial: Initial) -> Refutation | None:
    """Return a read that nothing could have returned, or two reads without an order; None if neither is there."""
    reads = sorted(
        ((elements(op), op) for op in ops if op.f == "read" and op.status == "ok"),
        key=lambda read: len(read[0]),
    )
    return _wrong_alone(reads, ops, initial) or _wrong_together(reads)


def _wrong_alone(
    reads: Sequence[tuple[Initial, Op]], ops: Sequence[Op], initial: Initial
) -> Refutation | None:
    """Refute a read that lacks an initial element, or shows an element that nobody had begun to add."""
    begun = dict.fromkeys(initial, -inf)
    for op in ops:
        if op.f == "add":
            value = token(op.value)
            begun[value] = min(op.invoked, begun.get(value, inf))
    for content, op in reads:
        if not initial <= content:
            lacks = shown(min(initial - content, key=str))
            return Refutation(f"{name(op)} lacks {lacks}, which was there from the start", (op.id,))
        foreign = [value for value in content if begun.get(value, inf) > op.end]
        if foreign:
            value = min(foreign, key=str)
            what = shown(_element(op, value))
            why = (
                f" before any add of {what} had begun" if value in begun else ", which nobody added"
            )
            return Refutation(f"{name(op)} returned {what}{why}", (op.id,))
    return None


def _wrong_together(reads: Sequence[tuple[Initial, Op]]) -> Refutation | None:
    """Two reads of which each shows what the other lacks."""
    for (before, earlier), (content, op) in pairwise(reads):
        if not before <= content:
            lacks = shown(_element(earlier, min(before - content, key=str)))
            more = shown(_element(op, min(content - before, key=str)))
            reason = (
                f"{name(earlier)} returned {lacks} without {more}, and {name(op)} {more} without "
                f"{lacks}: in a set that only grows one of them would have seen both"
            )
            return Refutation(reason, tuple(sorted((earlier.id, op.id))))
    return None


def _element(read: Op, wanted: Any) -> Any:
    """Return the element as the read returned it."""
    values: Any = read.result
    return next((value for value in values if token(value) == wanted), wanted)
