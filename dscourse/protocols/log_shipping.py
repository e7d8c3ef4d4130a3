"""A fixed primary that ships its log to replicas until each has confirmed all of it.

Source:        Oki and Liskov, "Viewstamped replication: a new primary copy method to support highly-available
               distributed systems", PODC 1988, section 3, without its views: the primary never changes.
Assumes:       crash-recovery with a durable log; messages between nodes may be lost, repeated, late and reordered. A
               client's request reaches the primary at most once. Restarts: any node, with its log; a write that the
               primary had not answered before is not answered after. A replica confirms only what is on its disk.
Promises:      a write is answered once ``acks`` replicas have confirmed its entry. Once a replica is up and messages
               arrive, it is sent all that it lacks. When all have confirmed everything, no message is sent.
Not promised:  answers while the primary is down: nothing replaces it.
Departs:       the replica is left out: exercise 10.7 builds it.
Size:          2 (n - 1) messages per write; every ``ship_ms``, 1 for each replica that lags, of at most ``BATCH``
               entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dscourse.node import Message, Node, Timer
from dscourse.protocols.replica_clients import Answer, Put
from dscourse.protocols.textbook.primary_replica import Logged
from dscourse.replication.binary_log import Position

__all__ = ["BATCH", "Have", "Lacking", "Ship", "ShipDue", "ShippingPrimary"]

BATCH = 20  # the most entries in a message


@dataclass(frozen=True, slots=True)
class Ship(Message):
    """These entries follow the entry with the number ``after`` in the primary's log."""

    after: int
    entries: tuple[Logged, ...]

    def __str__(self) -> str:
        return f"after {self.after}: {', '.join(map(str, self.entries))}"


@dataclass(frozen=True, slots=True)
class Have(Message):
    """All entries up to this number are on my disk."""

    lsn: int

    def __str__(self) -> str:
        return f"have all up to {self.lsn}"


@dataclass(frozen=True, slots=True)
class Lacking(Message):
    """I lack the entry before yours: my log ends at this number."""

    lsn: int

    def __str__(self) -> str:
        return f"lacking what follows {self.lsn}"


@dataclass(frozen=True, slots=True)
class ShipDue(Timer):
    """Time to send each replica again what it has not confirmed."""


class ShippingPrimary(Node):
    """The node that accepts writes, and answers them once ``acks`` replicas have their entries on disk.

    ValueError for fewer than 0 acks, or more than there are replicas.
    """

    def __init__(
        self, id: str, peers: Iterable[str] = (), acks: int = 1, ship_ms: float = 40.0
    ) -> None:
        super().__init__(id, peers)
        if not 0 <= acks <= len(self.peers):
            raise ValueError(
                f"acks={acks}: it must be from 0 to {len(self.peers)}, the number of replicas"
            )
        self.acks, self.ship_ms = acks, ship_ms
        self.entries: tuple[Logged, ...] = ()
        self.confirmed = dict.fromkeys(self.peers, 0)
        self.pending: dict[int, tuple[str, int]] = {}  # client and operation, by entry

    def on_start(self, log: Sequence[object]) -> None:
        self.entries = tuple(record for record in log if isinstance(record, Logged))
        self.set_timer(ShipDue(), self.ship_ms)

    def on_put(self, sender: str, put: Put) -> None:
        before = len(self.entries)
        entry = Logged(before + 1, put.key, put.value)
        self.write(entry)
        self.entries += (entry,)
        self.pending[entry.lsn] = sender, put.op
        self.broadcast(Ship(before, (entry,)))
        self._answer()

    def on_have(self, sender: str, have: Have) -> None:
        self.confirmed[sender] = max(self.confirmed[sender], have.lsn)
        self._answer()

    def on_lacking(self, sender: str, lacking: Lacking) -> None:
        self._ship(sender, lacking.lsn)

    def on_ship_due(self, timer: ShipDue) -> None:
        for peer, lsn in self.confirmed.items():
            self._ship(peer, lsn)
        self.set_timer(timer, self.ship_ms)

    def _ship(self, peer: str, after: int) -> None:
        entries = self.entries[after : after + BATCH]
        if entries:
            self.send(peer, Ship(after, entries))

    def _answer(self) -> None:
        """Answer the writes that enough replicas have."""
        reached = sorted([*self.confirmed.values(), len(self.entries)], reverse=True)[self.acks]
        for lsn in [lsn for lsn in self.pending if lsn <= reached]:
            client, op = self.pending.pop(lsn)
            self.reply(client, op, Answer(None, Position(0, lsn)))
