"""Reads that leave the log alone: a leader asks a majority whether it leads still, or has a lease that says so.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, sections 6.4 (read
               index) and 6.4.1 (leases).
Assumes:       as `raft_store`. A `LeaseStore` also that clocks differ in speed by less than the factor
               election_ms / lease_ms.
Promises:      `checkers.linearizable`, with a `LeaseStore` as long as its clocks keep to that.
Not promised:  a `LeaseStore` under more drift, or if its process is halted between looking at its lease and
               answering: an old leader may read what has been overwritten.
Departs:       a question and its answer are messages of their own, and not heartbeats.
Size:          a read 2 (n - 1) messages and no write to disk; with a lease none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.binary_log import Entry
from dscourse.node import Message, Timer
from dscourse.protocols.raft import HeartbeatDue, RequestVote
from dscourse.protocols.raft_store import Command, RaftStore

__all__ = ["Confirm", "Confirmed", "Free", "LeaseOver", "LeaseStore", "ReadIndexStore"]


@dataclass(frozen=True, slots=True)
class Confirm(Message):
    """Do I lead this term still? Question ``number``."""

    term: int
    number: int


@dataclass(frozen=True, slots=True)
class Confirmed(Message):
    """As far as I know, you do."""

    term: int
    number: int


@dataclass(frozen=True, slots=True)
class LeaseOver(Timer):
    """The lease that question ``number`` has won is over."""

    number: int


@dataclass(frozen=True, slots=True)
class Free(Timer):
    """No leader has been heard for ``election_ms``: this node may vote again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A read that waits: for an answer to question ``number``, and for what was committed when it came."""

    client: str
    command: Command
    index: int


class ReadIndexStore(RaftStore):
    """Answers a read from its own registers, once a majority has confirmed that it led when the read had come."""

    def __init__(self, id: str, peers: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.number = 0
        self.asked: dict[int, Asked] = {}
        self.confirmed: dict[int, frozenset[str]] = {}

    def take(self, sender: str, command: Command) -> None:
        if command.f != "read":
            super().take(sender, command)
        elif self.log.position(self.commit).epoch == self.term:
            self.read(
                sender, command
            )  # before, it cannot know what is committed: the client asks again

    def read(self, sender: str, command: Command) -> None:
        """Ask everybody, and keep the read until a majority has answered."""
        self._question()
        self.asked[self.number] = Asked(sender, command, self.commit)
        self._answer()

    def _question(self) -> None:
        self.number += 1
        self.confirmed[self.number] = frozenset({self.id})
        for name in self.others:
            self.send(name, Confirm(self.term, self.number))

    def on_confirm(self, sender: str, confirm: Confirm) -> None:
        self.observe(confirm.term)
        if confirm.term == self.term:
            self.follow(sender)
            self.send(sender, Confirmed(self.term, confirm.number))

    def on_confirmed(self, sender: str, confirmed: Confirmed) -> None:
        self.observe(confirmed.term)
        if confirmed.term == self.term and confirmed.number in self.confirmed:
            self.confirmed[confirmed.number] |= {sender}
            self.won(confirmed.number)
            self._answer()

    def won(self, number: int) -> None:
        """Somebody has confirmed this question."""

    def _answer(self) -> None:
        for number, asked in list(self.asked.items()):
            if self.is_majority(self.confirmed.get(number, ())) and self.commit >= asked.index:
                del self.asked[number], self.confirmed[number]
                self.tell(asked.client, asked.command)

    def tell(self, client: str, command: Command) -> None:
        """Answer a read from the registers as they are."""
        self.reply(client, command.op, self.values.get(command.key))

    def apply(self, entry: Entry) -> None:
        super().apply(entry)
        self._answer()

    def observe(self, term: int) -> None:
        if term > self.term:
            self.asked, self.confirmed = {}, {}
        super().observe(term)


class LeaseStore(ReadIndexStore):
    """Asks with each heartbeat; who confirms helps no candidate for ``election_ms``, so that the leader may read at
    once for ``lease_ms`` from when it asked, by its own clock.
    """

    def __init__(
        self, id: str, peers: Iterable[str] = (), lease_ms: float = 120.0, **settings: Any
    ) -> None:
        super().__init__(id, peers, **settings)
        if not 0 < lease_ms <= self.election_ms:
            raise ValueError(
                f"lease_ms={lease_ms}: it must be above 0, and election_ms={self.election_ms} at most"
            )
        self.lease_ms = lease_ms
        self.leases: frozenset[int] = frozenset()  # questions whose time is not over
        self.bound = True  # it may have confirmed a leader lately, before a crash as well

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        self.set_timer(Free(), self.election_ms)

    def on_heartbeat_due(self, timer: HeartbeatDue) -> None:
        super().on_heartbeat_due(timer)
        if self.role == "leader":
            self._question()
            self.leases |= {self.number}
            self.set_timer(LeaseOver(self.number), self.lease_ms)

    def on_lease_over(self, timer: LeaseOver) -> None:
        self.leases -= {timer.number}
        if timer.number not in self.asked:
            self.confirmed.pop(timer.number, None)

    def read(self, sender: str, command: Command) -> None:
        if any(self.is_majority(self.confirmed.get(number, ())) for number in self.leases):
            self.tell(sender, command)
        else:
            super().read(sender, command)

    def on_confirm(self, sender: str, confirm: Confirm) -> None:
        super().on_confirm(sender, confirm)
        if confirm.term == self.term:
            self.bound = True
            self.set_timer(Free(), self.election_ms)

    def on_free(self, timer: Free) -> None:
        self.bound = False

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if not self.bound and self.role != "leader":
            super().on_request_vote(sender, request)

    def observe(self, term: int) -> None:
        if term > self.term:
            self.leases = frozenset()
        super().observe(term)
