"""What primaries make of concurrent writes: the last one wins, all are kept, carts are merged, or nothing conflicts.

Source:        Shapiro, Preguiça, Baquero and Zawirski, INRIA research report 7506, 2011; DeCandia et al., "Dynamo",
               SOSP 2007, section 4.4 (the cart); Kulkarni et al., "Logical physical clocks", OPODIS 2014
               (`HybridLast`).
Assumes:       as `multi_primary`, restarts included. The clocks of `LastWriterWins` may be set to anything.
Promises:      as `multi_primary`. `HybridLast`: no write is beaten by one that its primary held. `Siblings`, the
               carts, `Stock` and `EditedText`: nothing that was acknowledged is gone, unless a change replaced it
               whose primary held it.
Not promised:  `LastWriterWins`: that an acknowledged write is ever seen by anybody. `UnionCart`: that what was taken
               out stays out. `Stock`: that it never falls below 0.
Departs:       the carts of the sources are merged by the client at a read; here a read shows the merged cart, and the
               next change at this primary replaces what it has merged.
Size:          as `multi_primary`; a delta of `LastWriterWins` is one value, of `UnionCart` a cart, else one change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.conflicts import LWWRegister, MVRegister, ORSet, PNCounter, SharedText
from dscourse.history import History
from dscourse.protocols.multi_primary import Changed, MultiPrimary
from dscourse.protocols.stores import check_operation

__all__ = [
    "EditedText", "HybridLast", "LastWriterWins", "ObservedCart", "Siblings", "Stock", "UnionCart",
    "lost_writes",
]  # fmt: skip

_TICK_MS = 0.001


class LastWriterWins(MultiPrimary):
    """Takes "write": the value with the latest time stays, by the clock of the primary at which it was written.

    Two writes at one time are ordered by the names of their primaries. A write gets a later time than one of the same
    primary that it replaces.
    """

    empty = LWWRegister()

    def changed(self, held: LWWRegister, f: str, value: Any) -> LWWRegister:
        check_operation(self, f, "read", "write")
        time = self.time_ms()
        if held.replica == self.id and time <= held.time:
            time = held.time + _TICK_MS
        return held.write(self.id, time, value)

    def view(self, held: LWWRegister) -> Any:
        return held.value

    def time_ms(self) -> float:
        """What the clock of this primary shows."""
        return self.now


class HybridLast(LastWriterWins):
    """Takes "write": as `LastWriterWins`, with a time that is always later than that of the value replaced."""

    def changed(self, held: LWWRegister, f: str, value: Any) -> LWWRegister:
        delta = super().changed(held, f, value)
        return held.write(self.id, max(delta.time, held.time + _TICK_MS), value)


class Siblings(MultiPrimary):
    """Takes "write": all values that no write has replaced whose primary held them; a read shows them as a tuple."""

    empty = MVRegister()

    def changed(self, held: MVRegister, f: str, value: Any) -> MVRegister:
        check_operation(self, f, "read", "write")
        return held.write(self.id, value)

    def view(self, held: MVRegister) -> tuple[Any, ...]:
        return held.values


class UnionCart(MultiPrimary):
    """Takes "add" and "remove": whole carts as siblings, of which a read shows the union, as Dynamo's cart did."""

    empty = MVRegister()

    def changed(self, held: MVRegister, f: str, value: Any) -> MVRegister:
        check_operation(self, f, "read", "add", "remove")
        items = set(self.view(held))
        changed = items | {value} if f == "add" else items - {value}
        return held.write(self.id, tuple(sorted(changed, key=repr)))

    def view(self, held: MVRegister) -> tuple[Any, ...]:
        return tuple(sorted({item for cart in held.values for item in cart}, key=repr))


class ObservedCart(MultiPrimary):
    """Takes "add" and "remove": a removal takes out the additions that its primary held, and nothing else."""

    empty = ORSet()

    def changed(self, held: ORSet, f: str, value: Any) -> ORSet:
        check_operation(self, f, "read", "add", "remove")
        return held.add(self.id, value) if f == "add" else held.remove(value)

    def view(self, held: ORSet) -> tuple[Any, ...]:
        return tuple(sorted(held.elements, key=repr))


class Stock(MultiPrimary):
    """Takes "add": a number that goes up and down; every addition counts once, wherever it was made."""

    empty = PNCounter()

    def changed(self, held: PNCounter, f: str, value: int) -> PNCounter:
        check_operation(self, f, "read", "add")
        return held.add(self.id, value)

    def view(self, held: PNCounter) -> int:
        return held.value


class EditedText(MultiPrimary):
    """Takes "insert" (place, letters) and "delete" (place, count): a text that several people edit at once.

    The text may have become shorter since the user has read it: what would be beyond its end is at its end.
    """

    empty = SharedText()

    def changed(self, held: SharedText, f: str, value: tuple[int, Any]) -> SharedText:
        check_operation(self, f, "read", "insert", "delete")
        place, what = min(value[0], len(held.shown)), value[1]
        if f == "insert":
            return held.insert(self.id, place, what)
        return held.delete(place, min(what, len(held.shown) - place))

    def view(self, held: SharedText) -> str:
        return str(held)


def lost_writes(history: History, logs: Mapping[str, Sequence[object]]) -> list[int]:
    """The ids of acknowledged writes that are gone although nobody who had them replaced them.

    ``logs`` are the logs of primaries of `LastWriterWins`, when all is over; values of a key must be unique.

    >>> from dscourse.history import Op
    >>> early, late = Changed("x", LWWRegister(1, "a", "milk")), Changed("x", LWWRegister(2, "b", "eggs"))
    >>> milk = Op(0, "c", "write", "x", "milk", "ok", None, 0, 1)
    >>> lost_writes(History([milk]), {"a": [early, late], "b": [late, early]})
    [0]
    >>> lost_writes(History([milk]), {"a": [early, late], "b": [early, late]})
    []
    """
    accounted: set[tuple[Any, Any]] = set()
    for name, log in logs.items():
        held: dict[Any, LWWRegister] = {}
        for record in log:
            if isinstance(record, Changed):
                before = held.get(record.key, LWWRegister())
                if record.delta.replica == name:
                    accounted.add((record.key, before.value))
                held[record.key] = before | record.delta
        accounted |= {(key, value.value) for key, value in held.items()}
    writes = [op for op in history.ok if op.f == "write"]
    return [op.id for op in writes if (op.key, op.value) not in accounted]
