"""Primary and replicas as introductions write them: the state first, then the log, then a message to each replica.

Source:        asynchronous replication by a binary log.
Assumes:       that no message is lost and nobody crashes, and that there is always room for the log.
Promises:      under these assumptions, replicas that come to hold what the primary holds.
Not promised:  that a replica which has missed an entry ever takes another; that a write which failed leaves the value
               as it was; that an acknowledged write is anywhere but at the primary; that a primary which crashed
               between state and log holds what its log says.
Departs:       nothing: this is the version to break. `dscourse.protocols.primary_replica` is the repair.
Size:          n - 1 messages a write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Node
from dscourse.protocols.primary_replica import Answer, Declined, Get, Put
from dscourse.replication.log import Position

__all__ = ["Logged", "Primary", "Replica", "Replicate", "Set", "states"]


@dataclass(frozen=True, slots=True)
class Logged:
    """A record in the primary's binary log: what happened, under its number."""

    lsn: int
    key: Any
    value: Any

    def __str__(self) -> str:
        return f"{self.lsn} {self.key}={self.value}"


@dataclass(frozen=True, slots=True)
class Set:
    """A record in the durable storage: this key has this value now; None if it has been deleted."""

    key: Any
    value: Any


@dataclass(frozen=True, slots=True)
class Replicate(Message):
    """Apply this entry."""

    entry: Logged


class _Holder(Node):
    """A durable state, key by key, that answers reads."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.values: dict[Any, Any] = {}
        self.lsn = 0

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Set | Logged):
                self.values[record.key] = record.value
            if isinstance(record, Logged):
                self.lsn = record.lsn

    def set(self, key: Any, value: Any) -> None:
        """Store the value, durably."""
        self.write(Set(key, value))
        self.values[key] = value

    def on_get(self, sender: str, get: Get) -> None:
        self.reply(sender, get.op, Answer(self.values.get(get.key), Position(0, self.lsn)))


class Primary(_Holder):
    """Takes writes; there is room for ``room`` entries in its log."""

    def __init__(self, id: str, peers: Iterable[str] = (), room: int = 1_000) -> None:
        super().__init__(id, peers)
        self.room = room

    def on_put(self, sender: str, put: Put) -> None:
        self.set(put.key, put.value)
        if self.lsn == self.room:
            self.set(put.key, None)  # roll back
            self.send(sender, Declined(put.op, ""))
            return
        self.lsn += 1
        entry = Logged(self.lsn, put.key, put.value)
        self.write(entry)
        self.reply(sender, put.op, Answer(None, Position(0, self.lsn)))
        self.broadcast(Replicate(entry))


class Replica(_Holder):
    """Applies the entry that follows the last one; any other marks it as lagging."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.lagging = False

    def on_put(self, sender: str, put: Put) -> None:
        self.send(sender, Declined(put.op, ""))

    def on_replicate(self, sender: str, replicate: Replicate) -> None:
        entry = replicate.entry
        if entry.lsn != self.lsn + 1:
            self.lagging = True
            return
        self.set(entry.key, entry.value)
        self.lsn = entry.lsn
        self.write(entry)
        self.lagging = False


# --- properties ----------------------------------------------------------------------------------


def states(nodes: Mapping[str, Any]) -> dict[str, dict[Any, Any]]:
    """What each node holds by key, for `checkers.convergent`.

    >>> one = Primary("p")
    >>> one.values["x"] = 5
    >>> states({"p": one})
    {'p': {'x': 5}}
    """
    return {
        name: dict(node.values)
        for name, node in nodes.items()
        if isinstance(getattr(node, "values", None), dict)
    }
