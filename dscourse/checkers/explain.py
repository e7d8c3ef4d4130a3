"""Why a history is refuted: a few operations, and a sentence about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from dscourse.checkers.fast_search import FastSearch
from dscourse.checkers.models import Model
from dscourse.checkers.parts import Found
from dscourse.checkers.verdict import name, names, tells
from dscourse.history import Op

__all__ = [
    "FEW",
    "Refutation",
    "contradiction",
    "core",
    "shown",
    "stuck_at",
    "too_early",
    "unwritten",
]

_STATES = 20_000  # to look for a small refutation
FEW = 8  # operations that a sentence may name


@dataclass(frozen=True, slots=True)
class Refutation:
    """A sentence why a history is not allowed, and the ids of the operations it rests on."""

    reason: str
    refuting: tuple[int, ...]


def unwritten(read: Op, ops: Iterable[Op]) -> Refutation:
    """A value was read that nobody wrote."""
    return Refutation(f"{name(read)} returned {shown(read.result)}, which nobody wrote", (read.id,))


def too_early(read: Op, ops: Iterable[Op]) -> Refutation:
    """A value was read before its write had begun."""
    write = next(op for op in ops if op.f == "write" and op.value == read.result)
    reason = f"{name(read)} returned {shown(read.result)} before {name(write)}, which wrote it, had begun"
    return Refutation(reason, (read.id, write.id))


def contradiction(one: Sequence[Op], other: Sequence[Op]) -> Refutation:
    """Each of two values has to come before the other; the cluster of the initial value has no write."""
    last_of_one, last_of_other = (max(ops, key=_begin) for ops in (one, other))
    if last_of_one.f != "read" or (
        last_of_other.f == "read" and last_of_other.invoked > last_of_one.invoked
    ):
        one, other, last_of_one, last_of_other = other, one, last_of_other, last_of_one
    read, newer = last_of_one, min(other, key=_end)
    reason = f"{name(read)} returned {shown(read.result)} although {_had_ended(newer)} {_before(newer, read)}"
    older = min(one, key=_end)
    refuting = {read, newer}
    if any(op.f == "write" for op in one):
        reason += f", and {_described(last_of_other)} began after {name(older)} had finished"
        refuting |= {older, last_of_other}
    refuting |= {op for op in (*one, *other) if op.f == "write"}
    return Refutation(reason, _ids(refuting))


def stuck_at(op: Op, ops: Sequence[Op], model: Model) -> Refutation:
    """Why no order of the ``ops`` gets past the end of ``op``, by as few of them as can be found quickly."""
    prefix = [
        one if one.end <= op.end else replace(one, status="unknown")
        for one in ops
        if one.invoked <= op.end
    ]
    found = core(prefix, lambda some, states: FastSearch(some, model).run(states), model)
    told = f"{name(op)} returned {shown(op.result)}" if tells(op) else f"{name(op)} happened"
    others = [one for one in found if one.id != op.id]
    if not others:
        return Refutation(f"{told}, which no order of what began before its end allows", (op.id,))
    if len(others) >= FEW:
        return Refutation(f"no order of what began before its end explains that {told}", (op.id,))
    return Refutation(f"no order that explains {names(others)} explains that {told}", _ids(found))


def core(ops: Sequence[Op], search: Callable[[list[Op], int], Found], model: Model) -> list[Op]:
    """Of operations that no order explains, few that still have none when the others are left open.

    To leave an operation open is to forget whether it happened; one that only looked is forgotten altogether. More
    and more orders become possible, so what is refuted then was refuted before. Halves are tried first, then
    quarters, down to single operations, until ``search`` has looked at some ten thousand states.
    """
    kept, states, size = list(ops), _STATES, len(ops)
    while size and states > 0:
        start = 0
        while start < len(kept) and states > 0:
            chunk = kept[start : start + size]
            loose = [replace(op, status="unknown") for op in chunk if not model.observes(op)]
            looser = [*kept[:start], *loose, *kept[start + size :]]
            found = search(looser, states)
            states -= found.states
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
    return "nothing" if value is None else str(value)


def _begin(op: Op) -> int:
    return op.invoked


def _end(op: Op) -> float:
    return op.end


def _ids(ops: Iterable[Op]) -> tuple[int, ...]:
    return tuple(sorted(op.id for op in ops))


def _had_ended(op: Op) -> str:
    return (
        f"{name(op)} had returned {shown(op.result)}" if tells(op) else f"{name(op)} had finished"
    )


def _described(op: Op) -> str:
    return f"{name(op)}, which returned {shown(op.result)}," if tells(op) else name(op)


def _before(earlier: Op, later: Op) -> str:
    """How long before ``later`` began ``earlier`` ended, in words."""
    gap = later.invoked_ms - (earlier.returned_ms or 0.0)
    return f"{gap:.3g} ms before {name(later)} began" if gap > 0 else f"before {name(later)} began"
