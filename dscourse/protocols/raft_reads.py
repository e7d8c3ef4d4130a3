"""Linearizable reads that bypass the log: the leader confirms its leadership with a majority, or relies on a lease.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, sections 6.4 (read
               index) and 6.4.1 (leases).
Assumes:       as `raft_store`. A `LeaseStore` also that the speeds of clocks differ by less than the factor
               election_ms / lease_ms, over restarts as well, and that no leader is halted while it has a lease.
Promises:      `checkers.linearizable`; with a `LeaseStore` as long as its assumptions hold.
Not promised:  a `LeaseStore` under more drift, or with a process that is halted while it has a lease: when it
               continues it may read a value that has been overwritten. A lease does not bound how long messages take:
               no other node leads while it lasts, but what its holder has sent may arrive after it has expired.
Departs:       rounds of confirmation are messages of their own, not heartbeats.
Size:          2 (n - 1) messages per read and no write to disk; none with a lease.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer
from dscourse.protocols.raft_checkquorum import CheckQuorumRaft
from dscourse.protocols.raft_client import ClientRequest
from dscourse.protocols.raft_messages import HeartbeatDue, RequestVote, RequestVoteReply
from dscourse.protocols.raft_store import RaftStore
from dscourse.replication.raft_log import Entry

__all__ = [
    "Confirm", "ConfirmReply", "LeaseExpired", "LeaseStore", "PromiseExpired", "ReadIndexStore",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Confirm(Message):
    """Asks whether the sender is still the leader of this term, in round ``round``."""

    term: int
    round: int

    def __str__(self) -> str:
        return f"do I still lead? (term {self.term})"


@dataclass(frozen=True, slots=True)
class ConfirmReply(Message):
    """The sender's current term, in reply to round ``round``: if it is the leader's own, the leader still leads."""

    term: int
    round: int

    def __str__(self) -> str:
        return f"current term {self.term}"


@dataclass(frozen=True, slots=True)
class LeaseExpired(Timer):
    """The lease that rests on round ``round`` has expired."""

    round: int


@dataclass(frozen=True, slots=True)
class PromiseExpired(Timer):
    """This node has confirmed no leader for ``election_ms``: it may vote again."""


@dataclass(frozen=True, slots=True)
class PendingRead:
    """A read that waits until its round is confirmed and the entry at its read index is applied."""

    client: str
    request: ClientRequest
    round: int
    read_index: int


class ReadIndexStore(RaftStore):
    """Reads the leader's own registers, once a majority has confirmed that it led when the read arrived."""

    def __init__(self, id: str, peers: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.round = 0  # the last round of confirmation
        self.confirmed_round: dict[str, int] = {}  # the last one of this term, by peer
        self.pending_reads: dict[int, PendingRead] = {}  # by operation

    def lead(self) -> None:
        self.confirmed_round = {}
        super().lead()

    def execute(self, sender: str, request: ClientRequest) -> None:
        if request.f == "read":
            self.read(sender, request)
        else:
            super().execute(sender, request)

    def read(self, sender: str, request: ClientRequest) -> None:
        """Begin a round, and keep the read until it is confirmed; a repeated read waits only once."""
        self.begin_round()
        if request.op not in self.pending_reads:
            pending = PendingRead(sender, request, self.round, self.read_index())
            self.pending_reads[request.op] = pending
        self._answer_reads()

    def read_index(self) -> int:
        """Return an index that no committed entry exceeds.

        Until an entry of its own term is committed, a leader does not know the commit index, but has the entries.
        """
        known = self.log.term_at(self.commit_index) == self.term
        return self.commit_index if known else self.log.last_index

    def begin_round(self) -> None:
        """Ask all other servers whether this one still leads."""
        self.round += 1
        for name in self.others:
            self.send(name, Confirm(self.term, self.round))

    def on_confirm(self, sender: str, confirm: Confirm) -> None:
        self.observe_term(confirm.term)
        if confirm.term == self.term:
            self.follow(sender)
        self.send(sender, ConfirmReply(self.term, confirm.round))

    def on_confirm_reply(self, sender: str, reply: ConfirmReply) -> None:
        self.observe_term(reply.term)
        if self.role == "leader" and reply.term == self.term:
            known = self.confirmed_round.get(sender, 0)
            self.confirmed_round[sender] = max(reply.round, known)
            self._answer_reads()

    def is_confirmed(self, round: int) -> bool:
        """Return True if a majority has confirmed this round or a later one of this term."""
        peers = (name for name, last in self.confirmed_round.items() if last >= round)
        return self.is_majority({self.id, *peers})

    def on_heartbeat_due(self, timer: HeartbeatDue) -> None:
        """Begin another round for pending reads, whose own may be lost."""
        super().on_heartbeat_due(timer)
        if self.role == "leader" and self.pending_reads:
            self.begin_round()

    def _answer_reads(self) -> None:
        for op, pending in list(self.pending_reads.items()):
            if self.last_applied >= pending.read_index and self.is_confirmed(pending.round):
                del self.pending_reads[op]
                self.answer_read(pending.client, pending.request)

    def answer_read(self, client: str, request: ClientRequest) -> None:
        """Reply with the register's current value."""
        self.reply(client, request.op, self.values.get(request.key))

    def apply(self, entry: Entry) -> None:
        super().apply(entry)
        self._answer_reads()

    def step_down(self) -> None:
        super().step_down()
        for op, pending in self.pending_reads.items():
            self.refuse(pending.client, op)
        self.pending_reads = {}


class LeaseStore(CheckQuorumRaft, ReadIndexStore):
    """Reads without a round while it has a lease.

    Each heartbeat begins a round. A node that confirms it promises not to vote for ``election_ms``, so the leader has
    a lease for ``lease_ms`` from the start of the round, by its own clock. ValueError if that is longer.
    """

    def __init__(
        self, id: str, peers: Iterable[str] = (), lease_ms: float = 120.0, **settings: Any
    ) -> None:
        super().__init__(id, peers, **settings)
        if not 0 < lease_ms <= self.election_ms:
            raise ValueError(
                f"lease_ms={lease_ms}: a lease must last more than 0 ms, and at most election_ms={self.election_ms}"
            )
        self.lease_ms = lease_ms
        self.leases: frozenset[int] = frozenset()  # the rounds whose leases have not expired
        self.lease_free_term = 0  # the last term in which it gave its leases up
        self.has_promised = True  # not to vote: perhaps before a crash

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        self.set_timer(PromiseExpired(), self.election_ms)

    def on_heartbeat_due(self, timer: HeartbeatDue) -> None:
        super().on_heartbeat_due(timer)
        if self.role == "leader":
            self.begin_round()
            self.leases |= {self.round}
            self.set_timer(LeaseExpired(self.round), self.lease_ms)

    def on_lease_expired(self, timer: LeaseExpired) -> None:
        self.leases -= {timer.round}

    @property
    def has_lease(self) -> bool:
        """True if no other node can lead now, as far as clocks can be trusted."""
        leads = self.role == "leader" and self.lease_free_term != self.term
        return leads and any(map(self.is_confirmed, self.leases))

    def read(self, sender: str, request: ClientRequest) -> None:
        if self.has_lease and self.commit_index >= self.read_index():
            self.answer_read(sender, request)
        else:
            super().read(sender, request)

    def give_up_leases(self) -> None:
        """Have no lease in this term any more: a node that stands with permission is not refused."""
        super().give_up_leases()
        self.lease_free_term = self.term

    def on_confirm(self, sender: str, confirm: Confirm) -> None:
        super().on_confirm(sender, confirm)
        if confirm.term == self.term:
            self.has_promised = True
            self.set_timer(PromiseExpired(), self.election_ms)

    def on_promise_expired(self, timer: PromiseExpired) -> None:
        self.has_promised = False

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        """Stay in this term, and refuse, after confirming a leader (section 4.2.3)."""
        if (self.has_promised or self.has_lease) and not request.permitted:
            self.send(sender, RequestVoteReply(self.term, False))
        else:
            super().on_request_vote(sender, request)

    def step_down(self) -> None:
        super().step_down()
        self.leases = frozenset()
