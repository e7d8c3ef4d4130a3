"""Rebalancing as introductions write it: everybody gets a new table, and who holds keys of others sends them over.

Source:        sharding by a table of owners; what is left out is what happens meanwhile.
Assumes:       that everybody gets the new table at the same moment, and that no request comes before the keys do.
Promises:      under these assumptions, each key at its new owner.
Not promised:  anything while clients go on: a new owner answers for keys that it has not got, an old one takes writes
               that nobody will look for, and keys that arrive overwrite what was written since; or they get lost.
Departs:       nothing: this is the version to break. `dscourse.protocols.rebalancing` is the repair.
Size:          1 message a pair of nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Node, Timer
from dscourse.protocols.rebalancing import Pairs, Place, Set, as_table, slot_of
from dscourse.protocols.shard_clients import ShardClient
from dscourse.protocols.stores import Request, check_operation

__all__ = ["AnnounceDue", "Announcer", "Keys", "NaiveShard", "NewTable", "TableClient"]


@dataclass(frozen=True, slots=True)
class NewTable(Message):
    """From now on these are the owners, slot by slot."""

    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Keys(Message):
    """These keys are yours now."""

    pairs: Pairs


@dataclass(frozen=True, slots=True)
class AnnounceDue(Timer):
    """Time for the new table."""


class NaiveShard(Node):
    """Answers whoever asks; with a new table it sends away what is not its own any more."""

    def __init__(self, id: str, peers: Iterable[str] = (), table: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.owners = as_table(table)
        self.values: dict[Any, Any] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Set):
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
            gone = [key for key in self.values if self._owner(key) == peer]
            if gone:
                self.send(peer, Keys(tuple((key, self.values.pop(key)) for key in gone)))

    def on_keys(self, sender: str, keys: Keys) -> None:
        for key, value in keys.pairs:
            self._set(key, value)

    def _set(self, key: Any, value: Any) -> None:
        self.write(Set(key, value))
        self.values[key] = value

    def _owner(self, key: Any) -> str:
        return self.owners[slot_of(key, len(self.owners))]


class Announcer(Node):
    """Sends everybody the new table, once."""

    def __init__(
        self, id: str, wanted: Sequence[str], members: Iterable[str], begin_ms: float = 100.0
    ) -> None:
        super().__init__(id)
        self.wanted, self.members, self.begin_ms = tuple(wanted), tuple(members), begin_ms

    def on_start(self, log: Sequence[object]) -> None:
        self.set_timer(AnnounceDue(), self.begin_ms)

    def on_announce_due(self, timer: AnnounceDue) -> None:
        for name in self.members:
            self.send(name, NewTable(self.wanted))


class TableClient(ShardClient):
    """Asks whom its table names."""

    def on_new_table(self, sender: str, table: NewTable) -> None:
        self.slots = {slot: Place(owner) for slot, owner in enumerate(table.owners)}
