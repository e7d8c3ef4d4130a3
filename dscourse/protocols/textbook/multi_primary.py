"""Primaries that each resolve a conflict on their own, and diverge for ever.

Source:        multi-primary replication as introductions present it: each primary accepts writes, stamps them with a
               vector clock and its own time, sends each to the others once, and calls a conflict resolver for two
               concurrent writes. What is missing: Shapiro, Preguiça, Baquero and Zawirski,
               INRIA research report 7506, 2011, section 2 (when replicas that merge converge).
Assumes:       `LaterOrMine`: that no two clocks show the same time, no message is lost and none overtakes another;
               `CartKeepsOneClock`: that no write follows a merge; `CartJoinsClocks`: that nothing is removed.
Promises:      under this assumption, the same value everywhere once messages have arrived.
Not promised:  agreement otherwise. Of two writes with the same time each primary keeps its own. A merged cart with
               the clock of one of the two is again concurrent with the other. With the joined clock it claims to
               include a removal that it has undone.
Departs:       nothing: these are the versions to break. `dscourse.protocols.multi_primary` is the repair.
Size:          N - 1 messages per write, none per read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from dscourse.clocks import Order, VersionVector
from dscourse.core.wording import text_of
from dscourse.node import Message, Node
from dscourse.protocols.stores import Request, check_operation

__all__ = [
    "CartJoinsClocks", "CartKeepsOneClock", "LaterOrMine", "TextbookPrimary", "Versioned", "values",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Versioned(Message):
    """``key`` has this value, written at ``time_ms`` by its primary's clock; also a record in a primary's log."""

    key: Any
    value: Any
    clock: VersionVector
    time_ms: float = 0.0

    def __str__(self) -> str:
        time = f" at {self.time_ms:g} ms" if self.time_ms else ""
        return f"{self.key}={text_of(self.value)} {self.clock}{time}"


class TextbookPrimary(Node):
    """A primary that sends each write to the others once, and resolves concurrent writes by `resolved`."""

    changes: ClassVar[tuple[str, ...]] = ("write",)  # the operations that change a value

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.data: dict[Any, Versioned] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Versioned):
                self.data[record.key] = record

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", *self.changes)
        stored = self.data.get(request.key)
        if request.f == "read":
            self.reply(sender, request.op, stored and stored.value)
            return
        clock = stored.clock if stored else VersionVector()
        value = self.written(stored.value if stored else None, request)
        version = Versioned(request.key, value, clock.increment(self.id), self.time_ms())
        self._set(version)
        self.reply(sender, request.op)
        self.broadcast(version)

    def on_versioned(self, sender: str, other: Versioned) -> None:
        mine = self.data.get(other.key)
        order = Order.BEFORE if mine is None else mine.clock.compare(other.clock)
        if order is Order.BEFORE:
            self._set(other)
        elif mine and order is Order.CONCURRENT:
            self._set(self.resolved(mine, other))

    def time_ms(self) -> float:
        """Return the time on the clock of this primary."""
        return self.now

    def written(self, stored: Any, request: Request) -> Any:
        """Return the value that results from a request to change the current one."""
        return request.value

    def resolved(self, mine: Versioned, other: Versioned) -> Versioned:
        """Return the version to keep of two concurrent ones."""
        raise NotImplementedError(f"{type(self).__name__} needs a method resolved")

    def _set(self, version: Versioned) -> None:
        if version != self.data.get(version.key):
            self.write(version)
            self.data[version.key] = version


class LaterOrMine(TextbookPrimary):
    """A primary that keeps the later of two concurrent writes; its own if their times are equal."""

    def resolved(self, mine: Versioned, other: Versioned) -> Versioned:
        return other if other.time_ms > mine.time_ms else mine


class CartKeepsOneClock(TextbookPrimary):
    """Carts as sorted tuples of items; two concurrent carts become their union, with the clock of the local one."""

    changes = ("add", "remove")

    def time_ms(self) -> float:
        return 0.0

    def written(self, stored: Any, request: Request) -> Any:
        items = set(stored or ())
        changed = items - {request.value} if request.f == "remove" else items | {request.value}
        return tuple(sorted(changed))

    def resolved(self, mine: Versioned, other: Versioned) -> Versioned:
        return replace(mine, value=tuple(sorted({*mine.value, *other.value})))


class CartJoinsClocks(CartKeepsOneClock):
    """Carts as in `CartKeepsOneClock`; the union of two concurrent carts has the join of their clocks."""

    def resolved(self, mine: Versioned, other: Versioned) -> Versioned:
        return replace(super().resolved(mine, other), clock=mine.clock.join(other.clock))


def values(nodes: Mapping[str, Node]) -> dict[str, dict[Any, Any]]:
    """Return the values of each primary by key, for `checkers.convergent`."""
    return {
        name: {key: version.value for key, version in node.data.items()}
        for name, node in nodes.items()
        if isinstance(node, TextbookPrimary)
    }
