"""Raft in which a leader can hand over to a node of the caller's choice.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, section 3.10
               (leadership transfer); 4.2.3 (the request for votes says that the leader permits it).
Assumes:       as `raft`. A transfer is forgotten if the leader restarts; the caller is not answered then.
Promises:      as `raft`; and a leader that nobody takes over from accepts requests again after ``election_ms``.
Not promised:  that a transfer comes about. That a request which is repeated or late is not carried out again.
Departs:       nothing.
Size:          a transfer 1 message and an election.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer
from dscourse.protocols.raft import Appended, Raft

__all__ = ["TimeoutNow", "Transfer", "TransferOver", "TransferRaft", "Transferred"]


@dataclass(frozen=True, slots=True)
class Transfer(Message):
    """For the leader: hand over to this node."""

    to: str


@dataclass(frozen=True, slots=True)
class Transferred(Message):
    """The answer to a `Transfer` to this node: whether it came about, why not, and the leader as far as is known."""

    to: str
    done: bool
    reason: str
    leader: str


@dataclass(frozen=True, slots=True)
class TimeoutNow(Message):
    """The leader of this term wants you to stand for election at once."""

    term: int


@dataclass(frozen=True, slots=True)
class TransferOver(Timer):
    """An election time-out has passed since the transfer began."""


class TransferRaft(Raft):
    """While it hands over to ``successor``, a leader accepts no requests, and sends it what its log lacks."""

    def __init__(self, id: str, peers: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.successor, self.caller = "", ""

    @property
    def accepts(self) -> bool:
        return super().accepts and not self.successor

    def on_transfer(self, sender: str, transfer: Transfer) -> None:
        refused = self._refuse_transfer(sender, transfer)
        if refused:
            self.send(sender, Transferred(transfer.to, False, refused, self.leader))
        elif transfer.to == self.id:
            self.send(sender, Transferred(self.id, True, "", self.id))
        else:
            self.successor, self.caller = transfer.to, sender
            self.set_timer(TransferOver(), self.election_ms)
            self._hand_over()

    def _refuse_transfer(self, sender: str, transfer: Transfer) -> str:
        """Why the transfer cannot be carried out now; empty if it can."""
        if self.role != "leader":
            return f"{self.id} does not lead"
        if transfer.to not in self.voters:
            return f"{transfer.to} is not a voter: they are {', '.join(sorted(self.voters))}"
        if self.successor and (transfer.to, sender) != (self.successor, self.caller):
            return f"the leader is handing over to {self.successor}"
        return ""

    def _hand_over(self) -> None:
        """Tell the successor to stand once it has the whole log; send it what it lacks before."""
        if self.match.get(self.successor, 0) == self.log.last.lsn:
            self.give_up_leases()
            self.send(self.successor, TimeoutNow(self.term))
        else:
            self.bring_up(self.successor)

    def on_appended(self, sender: str, appended: Appended) -> None:
        super().on_appended(sender, appended)
        caught_up = appended.success and self.match.get(sender, 0) == self.log.last.lsn
        if self.role == "leader" and sender == self.successor and caught_up:
            self._hand_over()

    def on_transfer_over(self, timer: TransferOver) -> None:
        """Abort: accept requests again."""
        self._end_transfer(f"{self.successor} has not taken over within an election time-out")

    def follow(self, leader: str) -> None:
        super().follow(leader)
        self._end_transfer(f"{leader} was elected instead" if leader != self.successor else "")

    def _end_transfer(self, reason: str) -> None:
        if self.successor:
            self.send(self.caller, Transferred(self.successor, not reason, reason, self.leader))
            self.successor, self.caller = "", ""
            self.cancel_timer(TransferOver())

    def on_timeout_now(self, sender: str, now: TimeoutNow) -> None:
        """Stand without waiting and without a pre-vote, with the leader's permission."""
        if now.term == self.term and self.role == "follower" and self.may_stand():
            self.campaign(permitted=True)
