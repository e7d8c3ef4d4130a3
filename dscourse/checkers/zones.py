"""Linearizability of a register whose written values are all different, in O(n log n).

Then each read names its write, and a *cluster*, a write with its reads, has to stay together in every legal order.
Its **zone** lies between the first end of one of its operations and the last beginning of one. Of two clusters one
has to come first if one of its operations ended before one of the other's began; two clusters contradict if
each has to come first. Without such a pair, and with no read that ended before its write began, the history is
linearizable.

A zone is *forward* if its first end lies before its last beginning: the register held the value all the time between.
So two forward zones must not overlap, and no backward zone may lie inside a forward one; one pass over the zones in
their order sees both.

The value before all writes counts as written before everything else. A write of unknown outcome has no end; if nobody
read its value it is left out. Two equal writes, or a delete, and the test does not apply.

Source: Gibbons and Korach, "Testing shared memories", SIAM J. Comput. 26(4), 1997, section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

from dscourse.checkers.contradiction import contradiction
from dscourse.checkers.parts import Legal
from dscourse.checkers.refutation import Refutation, unwritten
from dscourse.core.equality import PLAIN, token
from dscourse.history import Op

__all__ = ["by_zones", "turns"]

Values = Sequence[Any]  # for each operation, the token of what it wrote or returned


def by_zones(ops: Sequence[Op], initial: object = None) -> Legal | Callable[[], Refutation] | None:
    """Return a legal order of one register's operations, or a refutation; None if the rule does not apply.

    ``initial`` is the value before all writes. Failed operations must have been left out.
    """
    values = _values(ops)
    zones = _zones_of_writes(ops, values, token(initial))
    if zones is None:
        return None
    refutation = zones.add_reads(ops, values)
    return refutation or zones.in_order(ops, values)


@dataclass(slots=True)
class _Zones:
    """By value: when its write began, the first end of an operation on it, and the last beginning of one."""

    written: dict[Any, int]
    first_end: dict[Any, float]
    last_begin: dict[Any, int]

    def add_reads(self, ops: Sequence[Op], values: Values) -> Callable[[], Refutation] | None:
        """Widen the zones by the reads; a read that has no write, or ended before it began, refutes."""
        written, first_end, last_begin = self.written, self.first_end, self.last_begin
        for op, value in zip(ops, values, strict=True):
            if op.f == "read" and op.status == "ok":
                end = op.returned or 0
                begin = written.get(value)
                if begin is None:
                    return partial(unwritten, op)
                if end < begin:
                    return partial(unwritten, op, writes=True)
                if end < first_end[value]:
                    first_end[value] = end
                if op.invoked > last_begin[value]:
                    last_begin[value] = op.invoked
        return None

    def in_order(self, ops: Sequence[Op], values: Values) -> Legal | Callable[[], Refutation]:
        """Return the clusters one after the other, unless two contradict each other."""
        turn_of = turns(self.first_end, self.last_begin)
        if isinstance(turn_of, tuple):
            one, other = (_cluster(each, ops, values) for each in turn_of)
            return partial(contradiction, one, other)
        return Legal(partial(_in_clusters, turn_of, ops, values))


def turns(
    first_end: Mapping[Any, float], last_begin: Mapping[Any, int]
) -> dict[Any, int] | tuple[Any, Any]:
    """Return numbers that put the zones in a legal order, or two zones that contradict each other.

    A zone without an end, of a write that may not have happened, is left out.
    """
    turn_of = {
        value: 2 * last_begin[value] if end >= last_begin[value] else 2 * int(end) + 1
        for value, end in first_end.items()
        if end < inf
    }
    current, until = None, -inf
    for value in sorted(turn_of, key=turn_of.__getitem__):
        if first_end[value] < until:
            return current, value
        if turn_of[value] & 1:
            current, until = value, last_begin[value]
    return turn_of


def _zones_of_writes(ops: Sequence[Op], values: Values, initial: Any) -> _Zones | None:
    """Return the zones of the writes alone; None if two write the same, or if an operation is no read or write."""
    before = min((op.invoked for op in ops), default=0) - 1
    written: dict[Any, int] = {initial: before}
    first_end: dict[Any, float] = {initial: before}
    for op, value in zip(ops, values, strict=True):
        if op.f == "write":
            if value in written:
                return None
            written[value] = op.invoked
            first_end[value] = op.returned or 0 if op.status == "ok" else inf
        elif op.f != "read":
            return None
    return _Zones(written, first_end, dict(written))


def _values(ops: Sequence[Op]) -> Values:
    """Return the token of what each operation wrote or returned."""
    values = [op.value if op.f == "write" else op.result for op in ops]
    if PLAIN.issuperset(map(type, values)):
        return values
    return list(map(token, values))


def _cluster(value: Any, ops: Sequence[Op], values: Values) -> list[Op]:
    """Return the write and the reads of a value."""
    return [
        op
        for op, its in zip(ops, values, strict=True)
        if (op.f == "write" or op.status == "ok") and its == value
    ]


def _in_clusters(turn_of: Mapping[Any, int], ops: Sequence[Op], values: Values) -> tuple[int, ...]:
    """Return the ids cluster by cluster, in each the write and then the reads as they began."""
    turns, ids = [], []
    for op, value in zip(ops, values, strict=True):
        if op.f == "write" or op.status == "ok":
            turn = turn_of.get(value)
            if turn is not None:
                turns.append(2 * turn + (op.f != "write"))
                ids.append(op.id)
    order = sorted(range(len(ids)), key=turns.__getitem__)
    return tuple([ids[n] for n in order])
