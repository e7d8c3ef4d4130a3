"""Failover by majority vote: at most one leader per epoch.

Source:        Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, section
               5.2 (votes, terms, randomised time-outs), without its log. A term is called an epoch here.
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered; no synchrony.
               Restarts: any node, with its log.
Promises:      `one_winner_per_epoch` over the whole run, restarts included, and so `one_leader_per_epoch` at any
               moment. Once no node crashes or restarts any more, a majority is up, and all messages between the nodes
               that are up are in time: eventually a leader, with probability 1 (candidates may split the votes).
Not promised:  a stable leader while a cut link keeps the heartbeats from one node only: that node enters one later
               epoch after the other, and deposes the leader each time. That a deposed leader notices at once: a
               storage has to reject its writes (`dscourse.protocols.fencing`). That a new leader has the data of the
               previous one: there is no log.
Departs:       the leader and its epoch are announced to subscribers (`dscourse.protocols.failover_subscriber`). A
               heartbeat of an old epoch is refused with the later epoch, as a request for votes is.
Size:          at most 2 (n - 1) messages per election, and a forced record at each voter; n - 1 messages per
               heartbeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Message
from dscourse.protocols.elections import clash, winners
from dscourse.protocols.failover_subscriber import LeaderIs, WhoLeads
from dscourse.protocols.fencing import Refused
from dscourse.protocols.heartbeats import BeatDue, HeartbeatWriter, LeaderSilent

__all__ = [
    "Beat", "Denied", "FailoverNode", "Granted", "RequestVote", "Voted", "one_leader_per_epoch",
    "one_winner_per_epoch",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RequestVote(Message):
    """A candidate's request for a vote in its epoch."""

    epoch: int

    def __str__(self) -> str:
        return f"vote for me? (epoch {self.epoch})"


@dataclass(frozen=True, slots=True)
class Granted(Message):
    """The sender's vote in this epoch."""

    epoch: int

    def __str__(self) -> str:
        return f"vote (epoch {self.epoch})"


@dataclass(frozen=True, slots=True)
class Denied(Message):
    """A refusal of a request or heartbeat of an earlier epoch: this later one has begun."""

    epoch: int

    def __str__(self) -> str:
        return f"denied: epoch {self.epoch} has begun"


@dataclass(frozen=True, slots=True)
class Beat(Message):
    """Heartbeat ``number`` of the leader of this epoch."""

    shown_name: ClassVar[str] = "heartbeat"
    epoch: int
    number: int

    def __str__(self) -> str:
        return f"heartbeat {self.number} (epoch {self.epoch})"


@dataclass(frozen=True, slots=True)
class Voted:
    """A record: the candidate that this node has voted for in this epoch."""

    epoch: int
    candidate: str

    def __str__(self) -> str:
        return f"vote for {self.candidate} (epoch {self.epoch})"


class FailoverNode(HeartbeatWriter):
    """A follower, a candidate or the leader of its epoch.

    The leader sends a heartbeat every ``beat_ms``. A node that receives none for an election time-out, drawn from
    ``silence_ms`` to twice that, requests votes for the next epoch. ``subscribers`` are informed of each new leader.
    """

    def __init__(
        self, id: str, peers: Iterable[str] = (), subscribers: Iterable[str] = (), **settings: Any
    ) -> None:
        super().__init__(id, peers, **settings)
        self.subscribers = tuple(subscribers)
        self.epoch, self.voted = 0, ""
        self.leader = ""
        self.votes: frozenset[str] = frozenset()
        self.number = 0  # of heartbeats sent

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Voted):
                self.epoch, self.voted = record.epoch, record.candidate
        self._wait_for_leader()

    @property
    def epoch_led(self) -> int | None:
        return self.epoch if self.leader == self.id else None

    def is_majority(self, names: frozenset[str]) -> bool:
        """Return True if these are more than half of the nodes."""
        return 2 * len(names) > len(self.peers) + 1

    def _wait_for_leader(self) -> None:
        self.set_timer(LeaderSilent(), (self.silence_ms, 2 * self.silence_ms))

    # --- elections -------------------------------------------------------------------------------

    def on_leader_silent(self, timer: LeaderSilent) -> None:
        self._enter(self.epoch + 1)
        self.voted, self.votes = self.id, frozenset({self.id})
        self.write(Voted(self.epoch, self.id))
        self.broadcast(self.request())
        self._wait_for_leader()
        self._lead_with_majority()

    def request(self) -> Message:
        """Return the message that requests a vote."""
        return RequestVote(self.epoch)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        """Vote once per epoch, durably before the reply."""
        if request.epoch > self.epoch:
            self._enter(request.epoch)
        if request.epoch == self.epoch and self.voted in ("", sender):
            if not self.voted:
                self.voted = sender
                self.write(Voted(self.epoch, sender))
            self._wait_for_leader()
            self.send(sender, Granted(self.epoch))
        self._reject_stale(sender, request.epoch)

    def _reject_stale(self, sender: str, epoch: int) -> None:
        """Inform a node in an earlier epoch of the later one, which it may learn from no other node."""
        if epoch < self.epoch:
            self.send(sender, Denied(self.epoch))

    def on_denied(self, sender: str, denied: Denied) -> None:
        if denied.epoch > self.epoch:
            self._enter(denied.epoch)

    def on_granted(self, sender: str, granted: Granted) -> None:
        if granted.epoch == self.epoch and self.voted == self.id and not self.leader:
            self.votes |= {sender}
            self._lead_with_majority()

    def _lead_with_majority(self) -> None:
        if self.is_majority(self.votes):
            self.lead()

    def lead(self) -> None:
        """Become the leader of this epoch."""
        self.cancel_timer(LeaderSilent())
        self._follow(self.id)
        self.on_beat_due(BeatDue())
        self.begin_writing()

    def _enter(self, epoch: int) -> None:
        """Enter a later epoch, without a vote in it and without a leader."""
        if self.leader == self.id:
            self._wait_for_leader()
        self.epoch, self.voted, self.leader, self.votes = epoch, "", "", frozenset()

    def _follow(self, leader: str) -> None:
        if leader != self.leader:
            self.leader = leader
            for name in self.subscribers:
                self.send(name, LeaderIs(self.epoch, leader))

    # --- heartbeats ------------------------------------------------------------------------------

    def on_beat_due(self, timer: BeatDue) -> None:
        if self.leader == self.id:
            self.number += 1
            self.broadcast(Beat(self.epoch, self.number))
            self.set_timer(timer, self.beat_ms)

    def on_beat(self, sender: str, beat: Beat) -> None:
        if beat.epoch > self.epoch:
            self._enter(beat.epoch)
        if beat.epoch == self.epoch:
            self._follow(sender)
            self._wait_for_leader()
        self._reject_stale(sender, beat.epoch)

    def on_who_leads(self, sender: str, query: WhoLeads) -> None:
        """Reply if this node knows a leader; other nodes are asked as well."""
        if self.leader:
            self.send(sender, LeaderIs(self.epoch, self.leader))

    def on_refused(self, sender: str, refused: Refused) -> None:
        if refused.epoch > self.epoch:
            self._enter(refused.epoch)


# --- properties ----------------------------------------------------------------------------------


def one_leader_per_epoch(nodes: Mapping[str, Any]) -> Verdict:
    """No two of these nodes lead the same epoch at this moment, by their own belief.

    >>> a, b = FailoverNode("a", ["b"]), FailoverNode("b", ["a"])
    >>> a.leader, b.leader = "a", "b"
    >>> one_leader_per_epoch({"a": a, "b": b})
    violated: one leader per epoch; a and b both lead epoch 0
    """
    led: dict[int, list[str]] = {}
    for name, node in sorted(nodes.items()):
        if node.epoch_led is not None:
            led.setdefault(node.epoch_led, []).append(name)
    return unless("one leader per epoch", clash(led, "lead epoch"))


def one_winner_per_epoch(
    logs: Mapping[str, Sequence[object]], voters: Iterable[str] | None = None
) -> Verdict:
    """No two candidates ever had the votes of a majority in the same epoch, by the logs of all ``voters``.

    This judges the whole run (election safety, figure 3), but knows only votes that were written. Without ``voters``
    every log is a voter's; the log of a storage would raise the majority, and could hide a second winner.

    >>> a, b = [Voted(1, "a")], [Voted(1, "b")]
    >>> one_winner_per_epoch({"a": a, "b": b, "c": a})
    one winner per epoch
    >>> one_winner_per_epoch({"a": a, "b": b, "c": a + b, "s": []}, voters="abc")
    violated: one winner per epoch; a and b both have a majority in epoch 1
    """
    votes = {
        name: [(record.epoch, record.candidate) for record in logs[name] if isinstance(record, Voted)]
        for name in (logs if voters is None else voters)
    }  # fmt: skip
    return unless("one winner per epoch", clash(winners(votes), "have a majority in epoch"))
