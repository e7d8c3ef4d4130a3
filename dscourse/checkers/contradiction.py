"""The contradiction of two values of a register, each of which has to come before the other."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from operator import attrgetter

from dscourse.checkers.refutation import (
    Refutation,
    described,
    had_finished,
    shown,
    sorted_ids,
    time_before,
)
from dscourse.checkers.verdict import name
from dscourse.history import Op

__all__ = ["contradiction"]

_begin, _end = attrgetter("invoked"), attrgetter("end")


def contradiction(one: Sequence[Op], other: Sequence[Op]) -> Refutation:
    """Refute two values each of which has to come before the other; the initial value's cluster has no write.

    No operation shown can be left out: without any one of them the two values have an order.
    """
    one, other = _needed(one, other)
    if _replaced_last(other, one):
        one, other = other, one
    read, newer = max(one, key=_begin), min(other, key=_end)
    reason = f"{name(read)} returned {shown(read.result)} although {had_finished(newer)} {time_before(newer, read)}"
    if any(op.f == "write" for op in one):
        older, later = min(one, key=_end), max(other, key=_begin)
        if later.status == "ok":
            reason += f", and {described(later)} began after {name(older)} had finished"
        else:
            value = shown(later.value)
            reason += f", and no write of {value} began before {name(older)} had finished"
    return Refutation(reason, sorted_ids(op.id for op in (*one, *other) if op.status == "ok"))


def _needed(one: Sequence[Op], other: Sequence[Op]) -> tuple[list[Op], list[Op]]:
    """Return the few operations that put each cluster before the other, and both writes (open if possible)."""
    ends = [min(ops, key=_end).id for ops in (one, other)]
    begins = [max(ops, key=_begin).id for ops in (one, other)]
    keep = {*ends, *begins}
    for op in sorted((*one, *other), key=lambda op: (op.f == "write", -op.invoked)):
        if op.id in keep and _contradict(*(_known(ops, keep - {op.id}) for ops in (one, other))):
            keep.remove(op.id)
    return _known(one, keep), _known(other, keep)


def _known(cluster: Sequence[Op], keep: Container[int]) -> list[Op]:
    """Return the cluster without the reads that are not in ``keep``, and its write left open unless it is."""
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
