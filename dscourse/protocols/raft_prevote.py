"""Raft in which a candidate increments its term only after a majority has said that it would vote for it.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, section 9.6 (Pre-Vote).
Assumes:       as `raft`. Restarts: nothing about pre-votes is remembered, since a pre-vote promises nothing.
Promises:      as `raft`; and a node that was cut off does not depose, on its return, a leader that a majority still
               hears.
Not promised:  the latter, if a grant arrives late: an answer names the term that was asked for, and so counts for a
               second pre-vote in the same term, even if the node has heard the leader in between. Progress, if the
               leader is heard but does not hear a majority itself: the nodes that hear it keep all others from
               standing. Combine it with `dscourse.protocols.raft_checkquorum`, in which such a leader steps down.
Departs:       a refusal carries the voter's term and the leader that it hears. Without the term, a node with a longer
               log and a node in a later term would refuse each other for ever.
Size:          4 (n - 1) messages per election.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import ElectionTimeout
from dscourse.replication.raft_log import Position

__all__ = ["MinimumElectionTimeout", "PreVote", "PreVoteRaft", "PreVoteReply"]


@dataclass(frozen=True, slots=True)
class PreVote(Message):
    """Asks whether the receiver would vote for the sender in this term, with a log that ends at ``last_log``."""

    term: int
    last_log: Position

    def __str__(self) -> str:
        return f"would you vote for me? (term {self.term}, log ends at {self.last_log})"


@dataclass(frozen=True, slots=True)
class PreVoteReply(Message):
    """I would, or would not, grant a vote in the term ``asked``; my own term, and the leader I hear, if any."""

    term: int
    asked: int
    vote_granted: bool
    leader: str = ""

    def __str__(self) -> str:
        return f"{'would vote' if self.vote_granted else 'would not vote'} (term {self.asked})"


@dataclass(frozen=True, slots=True)
class MinimumElectionTimeout(Timer):
    """No leader has been heard for ``election_ms``, the shortest election time-out: this node would vote again."""


class PreVoteRaft(Raft):
    """Holds a pre-vote before it stands for election."""

    def __init__(self, id: str, peers: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.hears_leader = False  # within the last ``election_ms``
        self.pre_votes: frozenset[str] = frozenset()  # the nodes that would vote for this one

    def follow(self, leader: str) -> None:
        super().follow(leader)
        self.hears_leader, self.pre_votes = True, frozenset()
        self.set_timer(MinimumElectionTimeout(), self.election_ms)

    def on_minimum_election_timeout(self, timer: MinimumElectionTimeout) -> None:
        self.hears_leader = False

    def on_election_timeout(self, timer: ElectionTimeout) -> None:
        self.hears_leader, self.leader = False, ""
        super().on_election_timeout(timer)

    def stand(self) -> None:
        """Hold a pre-vote for the next term, without entering it."""
        self.role = "follower"
        self.pre_votes = frozenset({self.id})
        self.reset_election_timeout()
        request = PreVote(self.term + 1, self.log.last)
        for name in self.others:
            self.send(name, request)
        self._start_election_with_majority()

    def on_pre_vote(self, sender: str, request: PreVote) -> None:
        """Answer without promising or writing anything; refuse while this node leads, or hears a leader."""
        led = self.hears_leader or self.role == "leader"
        granted = not led and request.term > self.term and request.last_log >= self.log.last
        reply = PreVoteReply(self.term, request.term, granted, self.leader if led else "")
        self.send(sender, reply)

    def on_pre_vote_reply(self, sender: str, reply: PreVoteReply) -> None:
        self.observe_term(reply.term)
        if reply.leader and reply.term == self.term and not self.leader:
            self.leader = reply.leader  # for clients: this node does not hear it itself
        if reply.vote_granted and reply.asked == self.term + 1 and self.pre_votes:
            self.pre_votes |= {sender}
            self._start_election_with_majority()

    def _start_election_with_majority(self) -> None:
        if self.is_majority(self.pre_votes):
            self.pre_votes = frozenset()
            self.start_election()
