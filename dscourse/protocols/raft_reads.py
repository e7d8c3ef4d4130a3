"""Reads that leave the log alone: a leader asks a majority whether it leads still, or has a lease that says so.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, sections 6.4 (read
               index) and 6.4.1 (leases).
Assumes:       as `raft_store`. A `LeaseStore` also that clocks differ in speed by less than the factor
               election_ms / lease_ms, over restarts as well, and that a leader is not halted while it has a lease.
Promises:      `checkers.linearizable`, with a `LeaseStore` as long as its clocks keep to that.
Not promised:  a `LeaseStore` under more drift, or if its process is halted while it has a lease: when it goes on it
               may answer from what has been overwritten. A lease does not bound how long messages are under way: it
               says that no other leads while it lasts, not that what its holder has sent arrives before it ends.
Departs:       a question and its answer are messages of their own, and not heartbeats.
Size:          a read 2 (n - 1) messages and no write to disk; with a lease none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer
from dscourse.protocols.raft import HeartbeatDue, RequestVote, Vote
from dscourse.protocols.raft_checkquorum import CheckQuorumRaft
from dscourse.protocols.raft_store import Command, RaftStore
from dscourse.replication.log import Entry

__all__ = ["Confirm", "Confirmed", "Free", "LeaseOver", "LeaseStore", "ReadIndexStore"]


@dataclass(frozen=True, slots=True)
class Confirm(Message):
    """Do I lead this term still? Question ``number``."""

    term: int
    number: int


@dataclass(frozen=True, slots=True)
class Confirmed(Message):
    """The term that I am in: if it is yours you lead, as far as I know. The answer to question ``number``."""

    term: int
    number: int


@dataclass(frozen=True, slots=True)
class LeaseOver(Timer):
    """The lease that rests on question ``number`` is over."""

    number: int


@dataclass(frozen=True, slots=True)
class Free(Timer):
    """No leader has been confirmed for ``election_ms``: this node may vote again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A read that waits until question ``number`` is confirmed and index ``index`` is applied."""

    client: str
    command: Command
    number: int
    index: int


class ReadIndexStore(RaftStore):
    """Answers a read from its own registers, once a majority has confirmed that it led when the read had come."""

    def __init__(self, id: str, peers: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.number = 0  # of the last question
        self.answers: dict[
            str, int
        ] = {}  # by peer: the last question of this term that it has confirmed
        self.asked: dict[int, Asked] = {}  # by operation

    def lead(self) -> None:
        self.answers = {}
        super().lead()

    def take(self, sender: str, command: Command) -> None:
        if command.f == "read":
            self.read(sender, command)
        else:
            super().take(sender, command)

    def read(self, sender: str, command: Command) -> None:
        """Ask everybody, and keep the read until a majority has answered; one that comes again waits already."""
        self.question()
        if command.op not in self.asked:
            self.asked[command.op] = Asked(sender, command, self.number, self.read_index())
        self._answer()

    def read_index(self) -> int:
        """An index that is not before any committed entry.

        Until an entry of its own term is committed, a leader does not know how far that is, but it has them all.
        """
        known = self.log.position(self.commit).epoch == self.term
        return self.commit if known else self.log.last.lsn

    def question(self) -> None:
        """Ask all others whether this node leads still."""
        self.number += 1
        for name in self.others:
            self.send(name, Confirm(self.term, self.number))

    def on_confirm(self, sender: str, confirm: Confirm) -> None:
        self.observe(confirm.term)
        if confirm.term == self.term:
            self.follow(sender)
        self.send(sender, Confirmed(self.term, confirm.number))

    def on_confirmed(self, sender: str, confirmed: Confirmed) -> None:
        self.observe(confirmed.term)
        if self.role == "leader" and confirmed.term == self.term:
            self.answers[sender] = max(confirmed.number, self.answers.get(sender, 0))
            self._answer()

    def is_confirmed(self, number: int) -> bool:
        """True if a majority has confirmed this question or a later one of this term."""
        return self.is_majority({self.id, *(p for p, n in self.answers.items() if n >= number)})

    def on_heartbeat_due(self, timer: HeartbeatDue) -> None:
        """Ask again for reads whose question may be lost."""
        super().on_heartbeat_due(timer)
        if self.role == "leader" and self.asked:
            self.question()

    def _answer(self) -> None:
        for op, asked in list(self.asked.items()):
            if self.commit >= asked.index and self.is_confirmed(asked.number):
                del self.asked[op]
                self.tell(asked.client, asked.command)

    def tell(self, client: str, command: Command) -> None:
        """Answer a read from the registers as they are."""
        self.reply(client, command.op, self.values.get(command.key))

    def apply(self, entry: Entry) -> None:
        super().apply(entry)
        self._answer()

    def step_down(self) -> None:
        super().step_down()
        for op, asked in self.asked.items():
            self.redirect(asked.client, op)
        self.asked = {}


class LeaseStore(CheckQuorumRaft, ReadIndexStore):
    """Asks with each heartbeat; a node that confirms refuses its vote for ``election_ms``, so that the leader may
    read at once for ``lease_ms`` from when it asked, by its own clock.
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
        self.released = 0  # the last term in which it has told another node to stand
        self.bound = True  # it may have confirmed a leader lately, before a crash as well

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        self.set_timer(Free(), self.election_ms)

    def on_heartbeat_due(self, timer: HeartbeatDue) -> None:
        super().on_heartbeat_due(timer)
        if self.role == "leader":
            self.question()
            self.leases |= {self.number}
            self.set_timer(LeaseOver(self.number), self.lease_ms)

    def on_lease_over(self, timer: LeaseOver) -> None:
        self.leases -= {timer.number}

    @property
    def has_lease(self) -> bool:
        """True while no other node can lead, as far as clocks are to be trusted."""
        led = self.role == "leader" and self.released != self.term
        return led and any(map(self.is_confirmed, self.leases))

    def read(self, sender: str, command: Command) -> None:
        if self.has_lease and self.commit >= self.read_index():
            self.tell(sender, command)
        else:
            super().read(sender, command)

    def give_up_leases(self) -> None:
        """A node that stands with permission is not refused: there are no leases in this term any more."""
        super().give_up_leases()
        self.released = self.term

    def on_confirm(self, sender: str, confirm: Confirm) -> None:
        super().on_confirm(sender, confirm)
        if confirm.term == self.term:
            self.bound = True
            self.set_timer(Free(), self.election_ms)

    def on_free(self, timer: Free) -> None:
        self.bound = False

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        """A node that has confirmed a leader lately does not even enter the term (section 4.2.3)."""
        if (self.bound or self.has_lease) and not request.permitted:
            self.send(sender, Vote(self.term, False))
        else:
            super().on_request_vote(sender, request)

    def step_down(self) -> None:
        super().step_down()
        self.leases = frozenset()
