"""Raft in which no node raises its term before a majority has said that it would vote for it.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, section 9.6 (Pre-Vote).
Assumes:       as `raft`. Nothing is remembered over a restart: a pre-vote promises nothing.
Promises:      as `raft`; and a node that was cut off and comes back does not depose a leader that a majority
               still hears.
Not promised:  a leader, if the one that leads is heard without hearing a majority itself: those who hear it keep all
               others from standing. Combine it with `dscourse.protocols.raft_checkquorum`, in which such a leader
               steps down.
Departs:       a refusal carries the voter's term and the leader that it hears. Without the term, a node with a longer
               log and one in a later term would refuse each other for ever.
Size:          an election 4 (n - 1) messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer
from dscourse.protocols.raft import ElectionTimeout, Raft
from dscourse.replication.log import Position

__all__ = ["PreVote", "PreVoteRaft", "PreVoted", "Silence"]


@dataclass(frozen=True, slots=True)
class PreVote(Message):
    """Would you vote for me in this term, with a log that ends at this position?"""

    term: int
    last: Position


@dataclass(frozen=True, slots=True)
class PreVoted(Message):
    """Whether I would vote for you in the term ``asked``; my own term, and the leader that I hear ("" if none)."""

    term: int
    asked: int
    granted: bool
    leader: str = ""


@dataclass(frozen=True, slots=True)
class Silence(Timer):
    """No leader has been heard for ``election_ms``, the shortest time-out: this node would vote again."""


class PreVoteRaft(Raft):
    """Asks whether it would win before it stands; ``heard`` says that a leader was heard within ``election_ms``."""

    def __init__(self, id: str, peers: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.heard = False
        self.would: frozenset[str] = (
            frozenset()
        )  # the nodes that would vote for it in the next term

    def follow(self, leader: str) -> None:
        super().follow(leader)
        self.heard, self.would = True, frozenset()
        self.set_timer(Silence(), self.election_ms)

    def on_silence(self, timer: Silence) -> None:
        self.heard = False

    def on_election_timeout(self, timer: ElectionTimeout) -> None:
        self.heard, self.leader = False, ""
        super().on_election_timeout(timer)

    def stand(self) -> None:
        """Ask all others for a pre-vote, in the term that this node is in."""
        self.role = "follower"
        self.would = frozenset({self.id})
        self.wait()
        for name in self.others:
            self.send(name, PreVote(self.term + 1, self.log.last))
        self._campaign_with_majority()

    def on_pre_vote(self, sender: str, ask: PreVote) -> None:
        """Nothing is promised, so nothing is written; a node that leads, or hears a leader, refuses."""
        led = self.heard or self.role == "leader"
        granted = not led and ask.term > self.term and ask.last >= self.log.last
        self.send(sender, PreVoted(self.term, ask.term, granted, self.leader if led else ""))

    def on_pre_voted(self, sender: str, answer: PreVoted) -> None:
        self.observe(answer.term)
        if answer.leader and answer.term == self.term and not self.leader:
            self.leader = answer.leader  # for clients: this node does not hear it itself
        if answer.granted and answer.asked == self.term + 1 and self.would:
            self.would |= {sender}
            self._campaign_with_majority()

    def _campaign_with_majority(self) -> None:
        if self.is_majority(self.would):
            self.would = frozenset()
            self.campaign()
