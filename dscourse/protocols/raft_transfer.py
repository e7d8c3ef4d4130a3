"""Raft in which a leader can transfer its leadership to a chosen server.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, section 3.10
               (leadership transfer); 4.2.3 (the request for votes says that the leader permits it).
Assumes:       as `raft`. Restarts: a leader that restarts has forgotten the transfer, and does not answer its caller.
Promises:      as `raft`; and a leader whose transfer fails accepts requests again after ``election_ms``.
Not promised:  that a transfer succeeds; that a repeated or late request is carried out only once.
Departs:       nothing.
Size:          1 message per transfer, and an election.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import AppendEntriesReply

__all__ = [
    "TimeoutNow", "TransferLeadership", "TransferLeadershipReply", "TransferRaft", "TransferTimeout",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class TransferLeadership(Message):
    """Asks the leader to transfer its leadership to the server ``target``."""

    target: str

    def __str__(self) -> str:
        return f"transfer leadership to {self.target}"


@dataclass(frozen=True, slots=True)
class TransferLeadershipReply(Message):
    """The outcome of a transfer to ``target``: success, or the reason why not; and the leader, if known."""

    target: str
    success: bool
    reason: str
    leader: str

    def __str__(self) -> str:
        return f"{self.target} leads" if self.success else f"refused: {self.reason}"


@dataclass(frozen=True, slots=True)
class TimeoutNow(Message):
    """The leader of this term asks the receiver to start an election at once."""

    term: int

    def __str__(self) -> str:
        return f"stand for election now (term {self.term})"


@dataclass(frozen=True, slots=True)
class TransferTimeout(Timer):
    """An election time-out has passed since the transfer began."""


class TransferRaft(Raft):
    """While it transfers its leadership, a leader accepts no requests, and brings the target's log up to date."""

    def __init__(self, id: str, peers: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.transfer_target, self.transfer_caller = "", ""

    @property
    def accepts_requests(self) -> bool:
        return super().accepts_requests and not self.transfer_target

    def on_transfer_leadership(self, sender: str, transfer: TransferLeadership) -> None:
        refusal = self._refuse_transfer(sender, transfer)
        if refusal:
            self.send(sender, TransferLeadershipReply(transfer.target, False, refusal, self.leader))
        elif transfer.target == self.id:
            self.send(sender, TransferLeadershipReply(self.id, True, "", self.id))
        else:
            if not self.transfer_target:  # a repeated request does not put the time-out off
                self.set_timer(TransferTimeout(), self.election_ms)
            self.transfer_target, self.transfer_caller = transfer.target, sender
            self._transfer()

    def _refuse_transfer(self, sender: str, transfer: TransferLeadership) -> str:
        """Return why the transfer cannot be carried out now; "" if it can."""
        if self.role != "leader":
            return f"{self.id} is not the leader"
        if transfer.target not in self.voters:
            return f"{transfer.target} is not a voter: they are {', '.join(sorted(self.voters))}"
        current = self.transfer_target, self.transfer_caller
        if self.transfer_target and (transfer.target, sender) != current:
            return f"the leader is transferring its leadership to {self.transfer_target}"
        return ""

    def _transfer(self) -> None:
        """Ask the target to stand once it has the whole log; until then, send it what it lacks."""
        if self.match_index.get(self.transfer_target, 0) == self.log.last_index:
            self.give_up_leases()
            self.send(self.transfer_target, TimeoutNow(self.term))
        else:
            self.replicate_to(self.transfer_target)

    def on_append_entries_reply(self, sender: str, reply: AppendEntriesReply) -> None:
        super().on_append_entries_reply(sender, reply)
        up_to_date = reply.success and self.match_index.get(sender, 0) == self.log.last_index
        if self.role == "leader" and sender == self.transfer_target and up_to_date:
            self._transfer()

    def on_transfer_timeout(self, timer: TransferTimeout) -> None:
        """Abort: accept requests again."""
        self._end_transfer(
            f"{self.transfer_target} has not become leader within an election time-out"
        )

    def follow(self, leader: str) -> None:
        super().follow(leader)
        self._end_transfer(
            f"{leader} was elected instead" if leader != self.transfer_target else ""
        )

    def _end_transfer(self, failure: str) -> None:
        if self.transfer_target:
            target, caller = self.transfer_target, self.transfer_caller
            self.send(caller, TransferLeadershipReply(target, not failure, failure, self.leader))
            self.transfer_target, self.transfer_caller = "", ""
            self.cancel_timer(TransferTimeout())

    def on_timeout_now(self, sender: str, request: TimeoutNow) -> None:
        """Start an election without waiting and without a pre-vote, with the leader's permission."""
        if request.term == self.term and self.role == "follower" and self.may_stand():
            self.start_election(permitted=True)
