"""Why a history is refuted: a few operations, and a sentence about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from dscourse.checkers.minimal import Search, by_fast_search, core, loosened, smallest_prefix
from dscourse.checkers.refutation import (
    FEW,
    Refutation,
    had_finished,
    shown,
    sorted_ids,
    time_before,
    unwritten,
)
from dscourse.checkers.specification import Specification, unchanged
from dscourse.checkers.specifications import CasRegister, KeyValue, Register, StrictCasRegister
from dscourse.checkers.verdict import name, names, shows
from dscourse.core.equality import same
from dscourse.history import Op

__all__ = ["REGISTERS", "stuck", "unordered"]

REGISTERS = (Register, CasRegister, StrictCasRegister)
_begin, _end = attrgetter("invoked"), attrgetter("end")


def stuck(
    ops: Sequence[Op],
    spec: Specification,
    search: Search | None = None,
    reached: Op | None = None,
) -> Refutation:
    """Explain why the ``ops`` have no order, by the first end that none gets past and a few operations before it.

    Some order is known to get to the end of ``reached``, if that is given.
    """
    search = search or by_fast_search(spec)
    op, before = smallest_prefix(ops, search, spec, reached)
    claim = _outdated(op, before, spec, ops) or _incomplete(op, before, spec)
    if claim is None:
        return _without_order(op, core(before, search, spec))
    needed = core(loosened(before, claim.refuting, spec), search, spec)
    return claim if len(needed) == len(claim.refuting) else _without_order(op, needed)


def _outdated(
    read: Op, ops: Sequence[Op], spec: Specification, every: Iterable[Op]
) -> Refutation | None:
    """Refute a read of a register's value that nobody wrote, or that had certainly been replaced before it began.

    ``ops`` are the operations that began before the read ended, ``every`` all operations.
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
    reason = f"{name(read)} returned {shown(read.result)} although {had_finished(last)} {time_before(last, read)}"
    if sources:
        reason += (
            f", and all that wrote {shown(read.result)} had finished before {name(last)} began"
        )
    return Refutation(reason, sorted_ids({read.id, last.id, *(op.id for op in sources)}))


def _differs(op: Op, value: object, spec: Register) -> bool:
    """Return True if the register did not hold ``value`` right after the operation."""
    if op.f == "read":
        return not same(op.result, value)
    return not spec.observes(op) and not same(spec.leaves(op), value)


def _incomplete(get: Op, ops: Sequence[Op], spec: Specification) -> Refutation | None:
    """Refute a get of a text that lacks an append which had certainly happened, and was not replaced since."""
    if get.f != "get" or not unchanged(spec, KeyValue):
        return None
    for op in ops:
        if op.f == "append" and op.end < get.invoked and str(op.value) not in str(get.result or ""):
            others = [one for one in ops if one.f in ("put", "delete")]
            if all(one.end < op.invoked for one in others):
                others = [one for one in others if _may_begin(one, get)]
                reason = f"{name(get)} lacks {op.value}, which {name(op)} had appended {time_before(op, get)}"
                return Refutation(reason, sorted_ids({one.id for one in (get, op, *others)}))
    return None


def _may_begin(put: Op, get: Op) -> bool:
    """Return True if appending to the text that the put or delete left can lead to the get's result."""
    left = "" if put.f == "delete" or put.value is None else str(put.value)
    return str(get.result or "").startswith(left)


def _without_order(op: Op, needed: Sequence[Op]) -> Refutation:
    """Refute operations that have no order, in the general case; ``op`` ended last if it is one of them."""
    op = op if op.id in {one.id for one in needed} else max(needed, key=_end)
    claim = f"{name(op)} returned {shown(op.result)}" if shows(op) else f"{name(op)} happened"
    others = [one for one in needed if one.id != op.id]
    ids = sorted_ids(one.id for one in needed)
    if not others:
        return Refutation(f"{claim}, which no order of what began before its end allows", ids)
    if len(others) >= FEW:
        return Refutation(f"no order of what began before its end explains that {claim}", ids)
    return Refutation(
        f"whatever else happened, no order of {names(needed)} explains that {claim}", ids
    )


def unordered(few: list[Op]) -> Refutation:
    """Refute operations that no order explains, with time left out."""
    ids = tuple(sorted(op.id for op in few))
    claims = [f"{name(op)} returned {shown(op.result)}" for op in few if shows(op)]
    if len(few) > FEW:
        return Refutation(
            "no single order of the operations keeps each client's own and explains all results",
            ids,
        )
    if len(few) == 1:
        one = claims[0] if claims else f"{name(few[0])} happened"
        return Refutation(f"{one}, which no order of the operations allows", ids)
    if not claims:
        claims = [f"{names(few)} happened"]
    return Refutation(
        f"{', '.join(claims)}: no order of {names(few)} that keeps each client's own explains that",
        ids,
    )
