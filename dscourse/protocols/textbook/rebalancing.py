"""Rebalancing as introductions present it: every node gets a new table, and sends away the keys of other owners.

Source:        sharding by a table of owners, without regard to requests during the change.
Assumes:       that all nodes get the new table at the same moment, no message is lost, no node crashes, and no
               request arrives before the keys do.
Promises:      under these assumptions, each key at its new owner.
Not promised:  anything while clients keep working. A new owner answers for keys that it has not received; an old one
               accepts writes that no client will look for there; arriving keys overwrite later writes, or are lost.
Departs:       nothing: this is the version to break. `dscourse.protocols.rebalancing` is the repair.
Size:          1 message per pair of nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import text_of
from dscourse.node import Message, Node, Timer
from dscourse.protocols.rebalancing_messages import Pairs
from dscourse.protocols.shard_clients import ShardClient
from dscourse.protocols.slots import Ownership, as_table, slot_of
from dscourse.protocols.stores import Request, Written, check_operation

__all__ = ["AnnounceDue", "Announcer", "Keys", "NaiveShard", "NewTable", "TableClient"]


@dataclass(frozen=True, slots=True)
class NewTable(Message):
    """From now on the slots have these owners, in slot order."""

    owners: tuple[str, ...]

    def __str__(self) -> str:
        return f"owners of slots: {text_of(self.owners)}"


@dataclass(frozen=True, slots=True)
class Keys(Message):
    """You own these keys now."""

    pairs: Pairs

    def __str__(self) -> str:
        return f"keys {text_of(self.pairs)}" if self.pairs else "no keys"


@dataclass(frozen=True, slots=True)
class AnnounceDue(Timer):
    """Time to announce the new table."""


class NaiveShard(Node):
    """A node that answers every request, and sends keys to their new owners when it receives a new table."""

    def __init__(self, id: str, peers: Iterable[str] = (), table: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.owners = as_table(table)
        self.values: dict[Any, Any] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Written):
                self.values[record.key] = record.value

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f == "write":
            self._set(request.key, request.value)
        self.reply(
            sender, request.op, self.values.get(request.key) if request.f == "read" else None
        )

    def on_new_table(self, sender: str, table: NewTable) -> None:
        self.owners = table.owners
        for peer in self.peers:
            moving = [key for key in self.values if self._owner(key) == peer]
            if moving:
                self.send(peer, Keys(tuple((key, self.values.pop(key)) for key in moving)))

    def on_keys(self, sender: str, keys: Keys) -> None:
        for key, value in keys.pairs:
            self._set(key, value)

    def _set(self, key: Any, value: Any) -> None:
        self.write(Written(key, value))
        self.values[key] = value

    def _owner(self, key: Any) -> str:
        return self.owners[slot_of(key, len(self.owners))]


class Announcer(Node):
    """A node that sends the new table to all members, once."""

    def __init__(
        self, id: str, target: Sequence[str], members: Iterable[str], begin_ms: float = 100.0
    ) -> None:
        super().__init__(id)
        self.target, self.members, self.begin_ms = tuple(target), tuple(members), begin_ms

    def on_start(self, log: Sequence[object]) -> None:
        self.set_timer(AnnounceDue(), self.begin_ms)

    def on_announce_due(self, timer: AnnounceDue) -> None:
        for name in self.members:
            self.send(name, NewTable(self.target))


class TableClient(ShardClient):
    """A client that asks the owner in its table, which changes only when a new table arrives."""

    def on_new_table(self, sender: str, table: NewTable) -> None:
        self.slots = {slot: Ownership(owner) for slot, owner in enumerate(table.owners)}
