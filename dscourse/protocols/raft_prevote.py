"""Raft in which nobody raises its term before a majority has said that it would vote, and a leader may hand over.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, sections 9.6
               (Pre-Vote), 4.2.3 (who has heard a leader lately helps no candidate) and 3.10 (leadership transfer).
Assumes:       as `raft`.
Promises:      as `raft`; and a node that was cut off, and comes back, does not make a leader step down that a
               majority still hears.
Not promised:  that a transfer comes about: the old leader goes on if nobody takes over.
Departs:       nothing.
Size:          an election 4 (n - 1) messages; a transfer 1 more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.binary_log import Position
from dscourse.node import Message, Timer
from dscourse.protocols.raft import ElectionTimeout, Raft

__all__ = ["PreVote", "PreVoteRaft", "PreVoted", "Silence", "TimeoutNow", "Transfer"]


@dataclass(frozen=True, slots=True)
class PreVote(Message):
    """Would you vote for me in this term, with a log that ends at this position?"""

    term: int
    last: Position


@dataclass(frozen=True, slots=True)
class PreVoted(Message):
    """I would vote for you in this term."""

    term: int


@dataclass(frozen=True, slots=True)
class Transfer(Message):
    """For the leader: let this node lead."""

    to: str


@dataclass(frozen=True, slots=True)
class TimeoutNow(Message):
    """The leader of this term wants you to stand for election at once."""

    term: int


@dataclass(frozen=True, slots=True)
class Silence(Timer):
    """No leader has been heard for ``election_ms``, the shortest time-out: this node would vote again."""


class PreVoteRaft(Raft):
    """Asks whether it would win before it stands; ``heard`` says that a leader was heard within ``election_ms``."""

    def __init__(self, id: str, peers: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.heard = False
        self.would: frozenset[str] = frozenset()  # who would vote for this node in the next term

    def follow(self, leader: str) -> None:
        super().follow(leader)
        self.heard, self.would = True, frozenset()
        self.set_timer(Silence(), self.election_ms)

    def on_silence(self, timer: Silence) -> None:
        self.heard = False

    def on_election_timeout(self, timer: ElectionTimeout) -> None:
        self.heard, self.leader = False, ""
        if self.role == "candidate":
            self.role = "follower"
        self.would = frozenset({self.id})
        self.wait()
        for name in self.others:
            self.send(name, PreVote(self.term + 1, self.log.last))
        self._stand_with_majority()

    def on_pre_vote(self, sender: str, ask: PreVote) -> None:
        """Nothing is promised, so nothing is written; who leads, or hears a leader, does not answer."""
        if (
            not self.heard
            and self.role != "leader"
            and ask.term > self.term
            and ask.last >= self.log.last
        ):
            self.send(sender, PreVoted(ask.term))

    def on_pre_voted(self, sender: str, answer: PreVoted) -> None:
        if answer.term == self.term + 1 and self.would:
            self.would |= {sender}
            self._stand_with_majority()

    def _stand_with_majority(self) -> None:
        if self.is_majority(self.would):
            self.would = frozenset()
            self.campaign()

    # --- leadership transfer ---------------------------------------------------------------------

    def on_transfer(self, sender: str, transfer: Transfer) -> None:
        """The node must have the whole log; if it has not, it is brought up, and the request is to be repeated."""
        if self.role != "leader" or transfer.to not in self.others:
            return
        if self.match.get(transfer.to, 0) == self.log.last.lsn:
            self.send(transfer.to, TimeoutNow(self.term))
        else:
            self.bring_up(transfer.to)

    def on_timeout_now(self, sender: str, now: TimeoutNow) -> None:
        if now.term == self.term and self.role == "follower":
            self.campaign()
