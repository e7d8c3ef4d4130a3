"""Stores that should agree eventually, and do not.

Source:        the "eventually consistent store" as introductions write it: each node counts its updates in a vector
               clock, sends each to the others once, and resolves a conflict when it meets one. What is missing:
               DeCandia et al., "Dynamo", SOSP 2007, sections 4.4 to 4.7.
Assumes:       `TellsOnceStore`: that no message is lost and no two writes are concurrent. `ForgetsDeletedStore`: that
               no replica misses a delete. `ForgetsInTimeStore`: that none misses it for as long as tombstones stay.
Promises:      under this assumption, the same value everywhere once messages have arrived.
Not promised:  agreement otherwise. A lost update is never sent again. The clock of an ignored update is not merged,
               so the node's next write seems concurrent with that update. Of two concurrent values each node keeps
               its own, which is not the same one everywhere.
Departs:       nothing: these are the versions to break. `dscourse.protocols.eventual_store` is the repair.
Size:          `TellsOnceStore`: N - 1 messages per write, none per read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.clocks import VectorClock
from dscourse.core.wording import text_of
from dscourse.node import Message, Node, Timer
from dscourse.protocols.eventual_store import EventualStore
from dscourse.protocols.stores import Request, check_operation
from dscourse.protocols.versions import Siblings

__all__ = [
    "ForgetsDeletedStore", "ForgetsInTimeStore", "GraceOver", "TellsOnceStore", "Update", "values",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Update(Message):
    """``key`` has this value since the update with this clock; also its record in a replica's log."""

    key: Any
    value: Any
    clock: VectorClock

    def __str__(self) -> str:
        return f"update {self.key}={text_of(self.value)} {self.clock}"


class TellsOnceStore(Node):
    """A node that answers from its own state, sends each update once, and keeps its own value in a conflict."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.clock = VectorClock()
        self.data: dict[Any, Update] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Update):
                self.data[record.key] = record
                self.clock = self.clock.join(record.clock)

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f == "read":
            stored = self.data.get(request.key)
            self.reply(sender, request.op, stored and stored.value)
            return
        self.clock = self.clock.tick(self.id)
        update = Update(request.key, request.value, self.clock)
        self._set(update)
        self.reply(sender, request.op)
        self.broadcast(update)

    def on_update(self, sender: str, update: Update) -> None:
        stored = self.data.get(update.key)
        if stored is None or stored.clock < update.clock:
            self._set(update)
            self.clock = self.clock.join(update.clock)

    def _set(self, update: Update) -> None:
        self.write(update)
        self.data[update.key] = update


class ForgetsDeletedStore(EventualStore):
    """A store that drops a key once all its versions are deleted: no tombstone tells other replicas of the delete."""

    def store(self, key: Any, versions: Siblings) -> bool:
        changed = super().store(key, versions)
        if all(version.deleted for version in self.stored.get(key, ())):
            self.stored.pop(key, None)
        return changed


@dataclass(frozen=True, slots=True)
class GraceOver(Timer):
    """Time to drop the tombstones of ``key``, unless it has been written again."""

    key: Any


class ForgetsInTimeStore(EventualStore):
    """A store that drops a tombstone after ``grace_ms``, by when every replica should have it."""

    grace_ms = 500.0

    def store(self, key: Any, versions: Siblings) -> bool:
        changed = super().store(key, versions)
        if changed and all(version.deleted for version in self.stored[key]):
            self.set_timer(GraceOver(key), self.grace_ms)
        return changed

    def on_grace_over(self, timer: GraceOver) -> None:
        if all(version.deleted for version in self.stored.get(timer.key, ())):
            self.stored.pop(timer.key, None)


def values(nodes: Mapping[str, Node]) -> dict[str, dict[Any, Any]]:
    """Return the values of each replica by key, for `checkers.convergent`."""
    return {
        name: {key: update.value for key, update in node.data.items()}
        for name, node in nodes.items()
        if isinstance(node, TellsOnceStore)
    }
