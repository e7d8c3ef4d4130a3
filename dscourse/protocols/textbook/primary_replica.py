"""Primary and replicas as introductions present them: change the state, then the log, then message each replica.

Source:        asynchronous replication by a binary log.
Assumes:       that no message is lost and none overtakes another, no node crashes, and there is always room for the
               log.
Promises:      under these assumptions, replicas that reach the state of the primary.
Not promised:  that a replica which has missed an entry ever applies another; that a write which failed leaves the
               value as it was; that an acknowledged write is anywhere but at the primary; that the state of a primary
               which crashed between state and log is what its log says. `VotesForAnybody`: that a new primary has the
               acknowledged writes.
Departs:       nothing: these are the versions to break. `dscourse.protocols.primary_replica` is the repair.
Size:          n - 1 messages per write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import text_of
from dscourse.node import Message, Node
from dscourse.protocols.failover import RequestVote
from dscourse.protocols.primary_replica import PrimaryReplica
from dscourse.protocols.primary_replica_messages import Candidacy
from dscourse.protocols.replica_clients import Answer, Get, NotPrimary, Put
from dscourse.protocols.stores import Written
from dscourse.replication.binary_log import Position

__all__ = ["Logged", "Primary", "Replica", "Replicate", "VotesForAnybody", "states"]


@dataclass(frozen=True, slots=True)
class Logged:
    """A record in the primary's binary log: a write and its number."""

    lsn: int
    key: Any
    value: Any

    def __str__(self) -> str:
        return f"{self.lsn}: {self.key}={text_of(self.value)}"


@dataclass(frozen=True, slots=True)
class Replicate(Message):
    """Apply this entry of the log."""

    entry: Logged

    def __str__(self) -> str:
        return f"entry {self.entry}"


class _KeyValueNode(Node):
    """A node with a durable key-value state that answers reads."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.values: dict[Any, Any] = {}
        self.lsn = 0

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Written | Logged):
                self.values[record.key] = record.value
            if isinstance(record, Logged):
                self.lsn = record.lsn

    def set(self, key: Any, value: Any) -> None:
        """Store the value, durably."""
        self.write(Written(key, value))
        self.values[key] = value

    def on_get(self, sender: str, get: Get) -> None:
        self.reply(sender, get.op, Answer(self.values.get(get.key), Position(0, self.lsn)))


class Primary(_KeyValueNode):
    """The node that accepts writes; its log has room for ``room`` entries."""

    def __init__(self, id: str, peers: Iterable[str] = (), room: int = 1_000) -> None:
        super().__init__(id, peers)
        self.room = room

    def on_put(self, sender: str, put: Put) -> None:
        self.set(put.key, put.value)
        if self.lsn == self.room:
            self.set(put.key, None)  # roll back
            self.send(sender, NotPrimary(put.op, ""))
            return
        self.lsn += 1
        entry = Logged(self.lsn, put.key, put.value)
        self.write(entry)
        self.reply(sender, put.op, Answer(None, Position(0, self.lsn)))
        self.broadcast(Replicate(entry))


class Replica(_KeyValueNode):
    """A node that applies the entry that follows its last one; any other marks it as lagging."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.lagging = False

    def on_put(self, sender: str, put: Put) -> None:
        self.send(sender, NotPrimary(put.op, ""))

    def on_replicate(self, sender: str, replicate: Replicate) -> None:
        entry = replicate.entry
        if entry.lsn != self.lsn + 1:
            self.lagging = True
            return
        self.set(entry.key, entry.value)
        self.lsn = entry.lsn
        self.write(entry)
        self.lagging = False


class VotesForAnybody(PrimaryReplica):
    """`PrimaryReplica` with the election of chapter 08: a candidate that lacks acknowledged writes may win."""

    def on_candidacy(self, sender: str, candidacy: Candidacy) -> None:
        self.on_request_vote(sender, RequestVote(candidacy.epoch))


# --- properties ----------------------------------------------------------------------------------


def states(nodes: Mapping[str, Any]) -> dict[str, dict[Any, Any]]:
    """Return the state of each node, for `checkers.convergent`.

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
