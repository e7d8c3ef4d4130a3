"""Why a history is refuted: a few operations, and a sentence about them."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace

from dscourse.checkers.fast_search import FastSearch
from dscourse.checkers.parts import Found
from dscourse.checkers.specification import Specification, trusted, unchanged
from dscourse.checkers.specifications import CasRegister, KeyValue, Register, StrictCasRegister
from dscourse.checkers.verdict import name, names, shows
from dscourse.core.equality import same
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
    "unwritten",
]

REGISTERS = (Register, CasRegister, StrictCasRegister)
Search = Callable[
    [list[Op], int], Found
]  # for an order of the operations, within a number of states

_STATES = 2_000  # to look for a small refutation
_WORK = 400_000  # operations that these searches may be given, in all
_SMALL = 24  # operations that are tried one by one
FEW = 8  # operations that a sentence may name


@dataclass(frozen=True, slots=True)
class Refutation:
    """A sentence why a history is not allowed, and the ids of the operations it rests on."""

    reason: str
    refuting: tuple[int, ...]


def unwritten(read: Op, writes: bool = False) -> Refutation:
    """Refute a read of a value that nobody wrote or, with ``writes``, that was written only later."""
    claim = f"{name(read)} returned {shown(read.result)}"
    why = (
        f" before any write of {shown(read.result)} had begun" if writes else ", which nobody wrote"
    )
    return Refutation(claim + why, (read.id,))


def contradiction(one: Sequence[Op], other: Sequence[Op]) -> Refutation:
    """Refute two values each of which has to come before the other; the initial value's cluster has no write.

    The operations shown are so few that without any one of them the two values have an order.
    """
    one, other = _needed(one, other)
    if _replaced_last(other, one):
        one, other = other, one
    read, newer = max(one, key=_begin), min(other, key=_end)
    reason = f"{name(read)} returned {shown(read.result)} although {_had_ended(newer)} {_before(newer, read)}"
    if any(op.f == "write" for op in one):
        older, later = min(one, key=_end), max(other, key=_begin)
        if later.status == "ok":
            reason += f", and {_described(later)} began after {name(older)} had finished"
        else:
            value = shown(later.value)
            reason += f", and no write of {value} began before {name(older)} had finished"
    return Refutation(reason, _ids(op.id for op in (*one, *other) if op.status == "ok"))


def _needed(one: Sequence[Op], other: Sequence[Op]) -> tuple[list[Op], list[Op]]:
    """Return the operations that put each cluster before the other, and the two writes, open if they need not end."""
    ends = [min(ops, key=_end).id for ops in (one, other)]
    begins = [max(ops, key=_begin).id for ops in (one, other)]
    keep = {*ends, *begins}
    for op in sorted((*one, *other), key=lambda op: (op.f == "write", -op.invoked)):
        if op.id in keep and _contradict(*(_known(ops, keep - {op.id}) for ops in (one, other))):
            keep.remove(op.id)
    return _known(one, keep), _known(other, keep)


def _known(cluster: Sequence[Op], keep: Container[int]) -> list[Op]:
    """Return the cluster if of the others no read is known, and the write may be open."""
    return [
        op if op.id in keep else replace(op, status="unknown")
        for op in cluster
        if op.id in keep or op.f == "write"
    ]


def _contradict(one: Sequence[Op], other: Sequence[Op]) -> bool:
    """Return True if each of the two clusters has to come before the other."""
    return _comes_first(one, other) and _comes_first(other, one)


def _comes_first(one: Sequence[Op], other: Sequence[Op]) -> bool:
    """Return True if the first cluster has to come before the second."""
    if not one or not other:
        return False
    initial = not any(op.f == "write" for op in one)
    return initial or min(map(_end, one)) < max(map(_begin, other))


def _replaced_last(one: Sequence[Op], other: Sequence[Op]) -> bool:
    """Return True if a late read of ``one``, the initial value or the one read last, gives the better reason."""
    for ops, answer in ((one, True), (other, False)):
        if not any(op.f == "write" for op in ops):
            return answer
    last_of_one, last_of_other = (max(ops, key=_begin) for ops in (one, other))
    if "write" in (last_of_one.f, last_of_other.f):
        return last_of_other.f == "write"
    return last_of_one.invoked > last_of_other.invoked


def stuck(ops: Sequence[Op], spec: Specification, search: Search | None = None) -> Refutation:
    """Why no order explains the ``ops``: the first end that none gets past, and few operations that forbid it."""
    search = search or by_fast_search(spec)
    op, before = _smallest_prefix(ops, search, spec)
    claim = _outdated(op, before, spec, ops) or _incomplete(op, before, spec)
    if claim is None:
        return _without_order(op, core(before, search, spec))
    found = core(_loosened(before, claim.refuting, spec), search, spec)
    return claim if len(found) == len(claim.refuting) else _without_order(op, found)


def _loosened(ops: Sequence[Op], known: Container[int], spec: Specification) -> list[Op]:
    """Return the operations with all but the known ones left open; of these, those that only looked are left out."""
    observes = trusted(spec, "observes")
    return [
        op if op.id in known else replace(op, status="unknown")
        for op in ops
        if op.id in known or not observes(op)
    ]


def by_fast_search(spec: Specification) -> Search:
    """Return the fast search for an order that the specification allows."""
    return lambda ops, states: FastSearch(ops, spec).run(states)


def _outdated(
    read: Op, ops: Sequence[Op], spec: Specification, every: Iterable[Op]
) -> Refutation | None:
    """Refute a read of a register's value that nobody wrote, or that had certainly been replaced before it began.

    ``ops`` are those that began before the read ended, and ``every`` all.
    """
    if not (isinstance(spec, Register) and unchanged(spec, *REGISTERS) and read.f == "read"):
        return None
    sources = [op for op in ops if op.f != "read" and same(spec.leaves(op), read.result)]
    if not sources and not same(read.result, spec.initial):
        later = (op for op in every if op.f != "read")
        return unwritten(read, any(same(spec.leaves(op), read.result) for op in later))
    newer = [op for op in ops if op.end < read.invoked and _differs(op, read.result, spec)]
    last = max(newer, key=_begin, default=None)
    if last is None or any(op.end >= last.invoked for op in sources):
        return None
    reason = f"{name(read)} returned {shown(read.result)} although {_had_ended(last)} {_before(last, read)}"
    if sources:
        reason += (
            f", and all that wrote {shown(read.result)} had finished before {name(last)} began"
        )
    return Refutation(reason, _ids({read.id, last.id, *(op.id for op in sources)}))


def _differs(op: Op, value: object, spec: Register) -> bool:
    """Return True if the register did not hold ``value`` right after the operation."""
    if op.f == "read":
        return not same(op.result, value)
    return not spec.observes(op) and not same(spec.leaves(op), value)


def _incomplete(get: Op, ops: Sequence[Op], spec: Specification) -> Refutation | None:
    """Refute a read of a text that lacks what had certainly been appended and not been replaced since."""
    if get.f != "get" or not unchanged(spec, KeyValue):
        return None
    for op in ops:
        if op.f == "append" and op.end < get.invoked and str(op.value) not in str(get.result or ""):
            others = [one for one in ops if one.f in ("put", "delete")]
            if all(one.end < op.invoked for one in others):
                others = [one for one in others if _may_begin(one, get)]
                reason = f"{name(get)} lacks {op.value}, which {name(op)} had appended {_before(op, get)}"
                return Refutation(reason, _ids({one.id for one in (get, op, *others)}))
    return None


def _may_begin(put: Op, get: Op) -> bool:
    """Return True if what the get returned may have come, by appending, from what the put or delete left."""
    left = "" if put.f == "delete" or put.value is None else str(put.value)
    return str(get.result or "").startswith(left)


def _without_order(op: Op, found: Sequence[Op]) -> Refutation:
    """Refute operations that cannot all be explained, the general case; ``op`` ended last if it is one of them."""
    op = op if op.id in {one.id for one in found} else max(found, key=_end)
    claim = f"{name(op)} returned {shown(op.result)}" if shows(op) else f"{name(op)} happened"
    others = [one for one in found if one.id != op.id]
    ids = _ids(one.id for one in found)
    if not others:
        return Refutation(f"{claim}, which no order of what began before its end allows", ids)
    if len(others) >= FEW:
        return Refutation(f"no order of what began before its end explains that {claim}", ids)
    return Refutation(
        f"whatever else happened, no order of {names(found)} explains that {claim}", ids
    )


def _smallest_prefix(ops: Sequence[Op], search: Search, spec: Specification) -> tuple[Op, list[Op]]:
    """Return the shortest prefix of the history that no order explains, and the operation at whose end it stops.

    A search that takes too long counts as one that found an order: then the prefix is not the smallest.
    """
    observes = trusted(spec, "observes")
    ended = sorted((op for op in ops if op.status == "ok"), key=_end)
    low, high = 0, len(ended) - 1
    while low < high:
        middle = (low + high) // 2
        if search(_up_to(ended[middle].end, ops, observes), _STATES).stuck is None:
            low = middle + 1
        else:
            high = middle
    return ended[high], _up_to(ended[high].end, ops, observes)


def _up_to(end: float, ops: Sequence[Op], observes: Callable[[Op], bool]) -> list[Op]:
    """Return the operations that began by then; those under way are open, or left out if they only looked."""
    return [
        op if op.end <= end else replace(op, status="unknown")
        for op in ops
        if op.invoked <= end and (op.end <= end or not observes(op))
    ]


def core(ops: Sequence[Op], search: Search, spec: Specification) -> list[Op]:
    """Of operations that no order explains, few that still have none when the others are left open.

    To leave an operation open is to forget whether it happened; one that only looked is forgotten altogether. More
    and more orders become possible, so what is refuted then was refuted before. Halves are tried first, then
    quarters, down to single operations, until ``search`` has looked at some thousand states; then, if not many
    operations are left, each of them, with as many states for each. So none of a few can be left open as well, unless
    a search for an order without it did not end.
    """
    observes = trusted(spec, "observes")
    kept, states, work, size = list(ops), _STATES, _WORK, len(ops)
    while size:
        start = 0
        while start < len(kept) and states > 0 and work > 0:
            chunk = kept[start : start + size]
            if all(op.status != "ok" for op in chunk):
                start += size
                continue
            looser = _without(kept, start, size, observes)
            found = search(looser, states)
            states, work = states - found.states, work - len(looser)
            if found.stuck is None:
                start += size
            else:
                kept, start = looser, start + size - (len(kept) - len(looser))
        size //= 2
    few = [op for op in kept if op.status == "ok"]
    return few if states > 0 or len(few) > _SMALL else _one_by_one(kept, search, observes)


def _one_by_one(ops: Sequence[Op], search: Search, observes: Callable[[Op], bool]) -> list[Op]:
    """Return the operations that have no order, without each that they do not need."""
    kept = list(ops)
    for op in ops:
        if op.status == "ok":
            looser = _without(kept, kept.index(op), 1, observes)
            kept = kept if search(looser, _STATES).stuck is None else looser
    return [op for op in kept if op.status == "ok"]


def _without(ops: Sequence[Op], start: int, size: int, observes: Callable[[Op], bool]) -> list[Op]:
    """Return the operations of which ``size`` from ``start`` on are left open, or out if they only looked."""
    chunk = ops[start : start + size]
    loose = [replace(op, status="unknown") for op in chunk if not observes(op)]
    return [*ops[:start], *loose, *ops[start + size :]]


def shown(value: object) -> str:
    """Return a value as a sentence names it; None, the value before all writes, is "nothing".

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
    """Say in words how long before the beginning of ``later`` ``earlier`` ended."""
    start, end = later.invoked_ms, earlier.returned_ms
    timed = isinstance(start, int | float) and isinstance(end, int | float)
    gap = start - end if timed and end is not None else 0.0
    if 0 < gap < math.inf:
        return f"{gap:.3g} ms before {name(later)} began"
    return f"before {name(later)} began"
