"""Rules for concurrent writes at `multi_primary`: last writer wins, siblings, merged carts, conflict-free types.

Source:        Shapiro, Preguiça, Baquero and Zawirski, INRIA research report 7506, 2011; DeCandia et al., "Dynamo",
               SOSP 2007, section 4.4 (the cart); Kulkarni et al., "Logical physical clocks", OPODIS 2014
               (`HybridLast`).
Assumes:       as `multi_primary`, restarts included. The clocks of `LastWriterWins` may be set to anything.
Promises:      as `multi_primary`. `HybridLast`: no write loses to one that its primary had when it accepted it.
               `Siblings`, the carts, `Stock` and `EditedText`: no acknowledged change is gone, unless a later change
               replaced it at a primary that had it.
Not promised:  `LastWriterWins`: that a read ever returns an acknowledged write. `UnionCart`: that a removed item
               stays removed. `Stock`: that it never falls below 0.
Departs:       the carts of the sources are merged by the client at a read; here a read returns the merged cart, and
               the next change at this primary replaces the carts that it merged.
Size:          as `multi_primary`; a delta of `LastWriterWins` is one value, of `UnionCart` a cart, else one change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.conflicts import LWWRegister, MVRegister, ORSet, PNCounter, SharedText
from dscourse.history import History
from dscourse.protocols.multi_primary import DeltaStored, MultiPrimary
from dscourse.protocols.stores import check_operation

__all__ = [
    "EditedText", "HybridLast", "LastWriterWins", "ObservedCart", "Siblings", "Stock", "UnionCart",
    "lost_writes",
]  # fmt: skip

_TICK_MS = 0.001


class LastWriterWins(MultiPrimary):
    """Operation "write": the value with the latest time wins, by the clock of the primary that accepted it.

    Two writes with one time are ordered by the names of their primaries. A write gets a later time than one of the
    same primary that it replaces.
    """

    empty = LWWRegister()

    def mutate(self, current: LWWRegister, f: str, value: Any) -> LWWRegister:
        check_operation(self, f, "read", "write")
        time = self.time_ms()
        if current.replica == self.id and time <= current.time:
            time = _later(current.time)
        return current.write(self.id, time, value)

    def view(self, current: LWWRegister) -> Any:
        return current.value

    def time_ms(self) -> float:
        """Return the time on the clock of this primary."""
        return self.now


class HybridLast(LastWriterWins):
    """Operation "write": as `LastWriterWins`, with a time that is always later than that of the value replaced."""

    def mutate(self, current: LWWRegister, f: str, value: Any) -> LWWRegister:
        delta = super().mutate(current, f, value)
        return current.write(self.id, max(delta.time, _later(current.time)), value)


class Siblings(MultiPrimary):
    """Operation "write": it replaces the values at its primary; a read returns all that are left, as a tuple."""

    empty = MVRegister()

    def mutate(self, current: MVRegister, f: str, value: Any) -> MVRegister:
        check_operation(self, f, "read", "write")
        return current.write(self.id, value)

    def view(self, current: MVRegister) -> tuple[Any, ...]:
        return current.values


class UnionCart(MultiPrimary):
    """Operations "add" and "remove": whole carts as siblings; a read returns their union, as with Dynamo's cart."""

    empty = MVRegister()

    def mutate(self, current: MVRegister, f: str, value: Any) -> MVRegister:
        check_operation(self, f, "read", "add", "remove")
        items = set(self.view(current))
        changed = items | {value} if f == "add" else items - {value}
        return current.write(self.id, tuple(sorted(changed, key=repr)))

    def view(self, current: MVRegister) -> tuple[Any, ...]:
        return tuple(sorted({item for cart in current.values for item in cart}, key=repr))


class ObservedCart(MultiPrimary):
    """Operations "add" and "remove": a removal removes the additions that its primary has, and nothing else."""

    empty = ORSet()

    def mutate(self, current: ORSet, f: str, value: Any) -> ORSet:
        check_operation(self, f, "read", "add", "remove")
        return current.add(self.id, value) if f == "add" else current.remove(value)

    def view(self, current: ORSet) -> tuple[Any, ...]:
        return tuple(sorted(current.elements, key=repr))


class Stock(MultiPrimary):
    """Operation "add": a counter that goes up and down; every addition counts once, at whichever primary."""

    empty = PNCounter()

    def mutate(self, current: PNCounter, f: str, value: int) -> PNCounter:
        check_operation(self, f, "read", "add")
        return current.add(self.id, value)

    def view(self, current: PNCounter) -> int:
        return current.value


class EditedText(MultiPrimary):
    """Operations "insert" (index, letters) and "delete" (index, count): a text that several people edit at once.

    The text may be shorter than when the user read it: an index beyond its end means its end.
    """

    empty = SharedText()

    def mutate(self, current: SharedText, f: str, value: tuple[int, Any]) -> SharedText:
        check_operation(self, f, "read", "insert", "delete")
        index, change = min(value[0], len(current.shown)), value[1]
        if f == "insert":
            return current.insert(self.id, index, change)
        return current.delete(index, min(change, len(current.shown) - index))

    def view(self, current: SharedText) -> str:
        return str(current)


def _later(time_ms: float) -> float:
    """Return a later time: by a tick, or by more where floating-point numbers are further apart than that."""
    return max(time_ms + _TICK_MS, math.nextafter(time_ms, math.inf))


def lost_writes(history: History, logs: Mapping[str, Sequence[object]]) -> list[int]:
    """Return the ids of acknowledged writes that are gone, although no primary that had them replaced them.

    ``logs`` are the logs of primaries of `LastWriterWins` at the end of the run; values of a key must be unique.

    >>> from dscourse.history import Op
    >>> early, late = DeltaStored("x", LWWRegister(1, "a", "milk")), DeltaStored("x", LWWRegister(2, "b", "eggs"))
    >>> milk = Op(0, "c", "write", "x", "milk", "ok", None, 0, 1)
    >>> lost_writes(History([milk]), {"a": [early, late], "b": [late, early]})
    [0]
    >>> lost_writes(History([milk]), {"a": [early, late], "b": [early, late]})
    []
    """
    accounted: set[tuple[Any, Any]] = set()
    for name, log in logs.items():
        current: dict[Any, LWWRegister] = {}
        for record in log:
            if isinstance(record, DeltaStored):
                before = current.get(record.key, LWWRegister())
                if record.delta.replica == name:
                    accounted.add((record.key, before.value))
                current[record.key] = before | record.delta
        accounted |= {(key, value.value) for key, value in current.items()}
    writes = [op for op in history.ok if op.f == "write"]
    return [op.id for op in writes if (op.key, op.value) not in accounted]
