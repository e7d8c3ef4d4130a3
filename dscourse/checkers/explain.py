"""Why a history is refuted: a few operations, and a sentence about them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from dscourse.checkers.fast_search import FastSearch
from dscourse.checkers.model import Model, trusted, unchanged
from dscourse.checkers.models import CasRegister, KeyValue, Register, StrictCasRegister
from dscourse.checkers.parts import Found
from dscourse.checkers.verdict import name, names, shows
from dscourse.equality import same
from dscourse.history import Op

__all__ = [
    "FEW",
    "REGISTERS",
    "Refutation",
    "Search",
    "contradiction",
    "core",
    "shown",
    "stuck",
    "too_early",
    "unwritten",
]

REGISTERS = (Register, CasRegister, StrictCasRegister)
Search = Callable[
    [list[Op], int], Found
]  # for an order of the operations, within a number of states

_STATES = 2_000  # to look for a small refutation
_WORK = 400_000  # operations that these searches may be given, in all
FEW = 8  # operations that a sentence may name


@dataclass(frozen=True, slots=True)
class Refutation:
    """A sentence why a history is not allowed, and the ids of the operations it rests on."""

    reason: str
    refuting: tuple[int, ...]


def unwritten(read: Op) -> Refutation:
    """A value was read that nobody wrote."""
    return Refutation(f"{name(read)} returned {shown(read.result)}, which nobody wrote", (read.id,))


def too_early(read: Op, ops: Iterable[Op]) -> Refutation:
    """A value was read before its write had begun."""
    write = next(op for op in ops if op.f == "write" and same(op.value, read.result))
    reason = f"{name(read)} returned {shown(read.result)} before {name(write)}, which wrote it, had begun"
    return Refutation(reason, (read.id, write.id))


def contradiction(one: Sequence[Op], other: Sequence[Op]) -> Refutation:
    """Each of two values has to come before the other; the cluster of the initial value has no write."""
    if _replaced_last(other, one):
        one, other = other, one
    read, newer = max(one, key=_begin), min(other, key=_end)
    reason = f"{name(read)} returned {shown(read.result)} although {_had_ended(newer)} {_before(newer, read)}"
    refuting = {read.id, newer.id, *(op.id for op in (*one, *other) if op.f == "write")}
    if any(op.f == "write" for op in one):
        older, later = min(one, key=_end), max(other, key=_begin)
        reason += f", and {_described(later)} began after {name(older)} had finished"
        refuting |= {older.id, later.id}
    return Refutation(reason, _ids(refuting))


def _replaced_last(one: Sequence[Op], other: Sequence[Op]) -> bool:
    """True if the story is better told of a late read of ``one``: of the initial value, or of the latest read."""
    for ops, answer in ((one, True), (other, False)):
        if not any(op.f == "write" for op in ops):
            return answer
    last_of_one, last_of_other = (max(ops, key=_begin) for ops in (one, other))
    if "write" in (last_of_one.f, last_of_other.f):
        return last_of_other.f == "write"
    return last_of_one.invoked > last_of_other.invoked


def stuck(ops: Sequence[Op], model: Model, search: Search | None = None) -> Refutation:
    """Why no order explains the ``ops``: the first end that none gets past, and few operations that forbid it."""
    search = search or by_fast_search(model)
    op, before = _smallest_prefix(ops, search)
    return (
        _outdated(op, before, model)
        or _incomplete(op, before, model)
        or _without_order(op, before, model, search)
    )


def by_fast_search(model: Model) -> Search:
    """The fast search for an order that the model allows."""
    return lambda ops, states: FastSearch(ops, model).run(states)


def _outdated(read: Op, ops: Sequence[Op], model: Model) -> Refutation | None:
    """A register's value that nobody wrote, or that had been replaced for certain before the read began."""
    if not (isinstance(model, Register) and unchanged(model, *REGISTERS) and read.f == "read"):
        return None
    sources = [op for op in ops if op.f != "read" and same(model.leaves(op), read.result)]
    if not sources and not same(read.result, model.initial):
        return unwritten(read)
    newer = [op for op in ops if op.end < read.invoked and _differs(op, read.result, model)]
    last = max(newer, key=_begin, default=None)
    if last is None or any(op.end >= last.invoked for op in sources):
        return None
    reason = f"{name(read)} returned {shown(read.result)} although {_had_ended(last)} {_before(last, read)}"
    if sources:
        reason += (
            f", and all that wrote {shown(read.result)} had finished before {name(last)} began"
        )
    return Refutation(reason, _ids({read.id, last.id, *(op.id for op in sources[-FEW:])}))


def _differs(op: Op, value: object, model: Register) -> bool:
    """True if the register did not hold ``value`` right after the operation."""
    if op.f == "read":
        return not same(op.result, value)
    return not model.observes(op) and not same(model.leaves(op), value)


def _incomplete(get: Op, ops: Sequence[Op], model: Model) -> Refutation | None:
    """A text that lacks what had been appended for certain, and not been replaced since."""
    if get.f != "get" or not unchanged(model, KeyValue):
        return None
    for op in ops:
        if op.f == "append" and op.end < get.invoked and str(op.value) not in str(get.result or ""):
            others = [one for one in ops if one.f in ("put", "delete")]
            if all(one.end < op.invoked for one in others):
                reason = f"{name(get)} lacks {op.value}, which {name(op)} had appended {_before(op, get)}"
                return Refutation(reason, _ids({one.id for one in (get, op, *others[-FEW:])}))
    return None


def _without_order(op: Op, before: Sequence[Op], model: Model, search: Search) -> Refutation:
    """The general case: the operations that cannot all be explained."""
    found = core(before, search, model)
    told = f"{name(op)} returned {shown(op.result)}" if shows(op) else f"{name(op)} happened"
    others = [one for one in found if one.id != op.id]
    ids = _ids(one.id for one in found)
    if not others:
        return Refutation(f"{told}, which no order of what began before its end allows", ids)
    if len(others) >= FEW:
        return Refutation(f"no order of what began before its end explains that {told}", ids)
    return Refutation(
        f"whatever else happened, no order of {names(found)} explains that {told}", ids
    )


def _smallest_prefix(ops: Sequence[Op], search: Search) -> tuple[Op, list[Op]]:
    """The first operation up to whose end no order explains the history, and the history up to there, by halving.

    A search that takes too long counts as one that found an order: then the prefix is not the smallest.
    """
    ended = sorted((op for op in ops if op.status == "ok"), key=_end)
    low, high = 0, len(ended) - 1
    while low < high:
        middle = (low + high) // 2
        if search(_up_to(ended[middle].end, ops), _STATES).stuck is None:
            low = middle + 1
        else:
            high = middle
    return ended[high], _up_to(ended[high].end, ops)


def _up_to(end: float, ops: Sequence[Op]) -> list[Op]:
    """The operations that began by then; what had not ended by then is open."""
    return [
        op if op.end <= end else replace(op, status="unknown") for op in ops if op.invoked <= end
    ]


def core(ops: Sequence[Op], search: Search, model: Model) -> list[Op]:
    """Of operations that no order explains, few that still have none when the others are left open.

    To leave an operation open is to forget whether it happened; one that only looked is forgotten altogether. More
    and more orders become possible, so what is refuted then was refuted before. Halves are tried first, then
    quarters, down to single operations, until ``search`` has looked at some thousand states. If it ends before that,
    none of the operations found can be left open as well.
    """
    observes = trusted(model, "observes")
    kept, states, work, size = list(ops), _STATES, _WORK, len(ops)
    while size:
        start = 0
        while start < len(kept) and states > 0 and work > 0:
            chunk = kept[start : start + size]
            loose = [replace(op, status="unknown") for op in chunk if not observes(op)]
            looser = [*kept[:start], *loose, *kept[start + size :]]
            if all(op.status != "ok" for op in chunk):
                start += size
                continue
            found = search(looser, states)
            states, work = states - found.states, work - len(looser)
            if found.stuck is None:
                start += size
            else:
                kept, start = looser, start + len(loose)
        size //= 2
    return [op for op in kept if op.status == "ok"]


def shown(value: object) -> str:
    """A value as a sentence names it; None, the value before all writes, is "nothing".

    >>> shown(None), shown(3)
    ('nothing', '3')
    """
    try:
        return "nothing" if value is None else str(value)
    except Exception:  # as of a number of more digits than Python prints
        return f"a {type(value).__name__}"


def _begin(op: Op) -> int:
    return op.invoked


def _end(op: Op) -> float:
    return op.end


def _ids(ids: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(ids)))


def _had_ended(op: Op) -> str:
    return (
        f"{name(op)} had returned {shown(op.result)}," if shows(op) else f"{name(op)} had finished"
    )


def _described(op: Op) -> str:
    return f"{name(op)}, which returned {shown(op.result)}," if shows(op) else name(op)


def _before(earlier: Op, later: Op) -> str:
    """How long before ``later`` began ``earlier`` ended, in words."""
    start, end = later.invoked_ms, earlier.returned_ms
    timed = isinstance(start, int | float) and isinstance(end, int | float)
    gap = start - end if timed and end is not None else 0.0
    if 0 < gap < math.inf:
        return f"{gap:.3g} ms before {name(later)} began"
    return f"before {name(later)} began"
