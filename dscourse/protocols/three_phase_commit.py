"""Atomic commit that does not block when nodes crash, as long as every message arrives within the time-outs.

Source:        Skeen, "Nonblocking commit protocols", SIGMOD 1981; Bernstein, Hadzilacos and Goodman, "Concurrency
               Control and Recovery in Database Systems", 1987, section 7.5 (termination with a new coordinator, and
               recovery); Skeen, "Determining the last process to fail", ACM TOCS 3(1), 1985 (total failure).
Assumes:       crash-recovery with a durable log; messages may be repeated, but none is lost, and a question and its
               answer take no longer than a time-out, so that a node that does not answer in time is down. Restarts:
               any node may restart, with its log. A client's transaction does not reach a coordinator again after
               that coordinator has crashed.
Promises:      `atomicity.same_outcome`, `decided_once` and `commit_needs_every_yes` always. Every participant that is
               up reaches an outcome (`all_decided`), whichever other nodes are down, as long as one participant has
               not crashed since it voted: the others end without it, and one that restarts follows them.
Not promised:  any of it if silence does not mean a crash: two sides of a partition may decide differently. After a
               total failure, in which every participant has crashed with the transaction undecided, an outcome before
               all of them are back; the transaction then waits, and in a database its keys stay locked.
Departs:       participants hold no data and no locks (`two_phase_commit.Participant` has both). They lead in the
               order of their names, one per time-out. After a total failure the source lets the participants end once
               the last one to fail is back; here they wait for all, which needs no record of the order of failures. A
               coordinator that restarts leaves its open transactions to the participants.
Size:          5 messages per participant for a commit, which is not acknowledged, against 4 of two-phase commit with
               its acknowledgement; 3 forced writes per participant against 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from dscourse.node import Message, Node
from dscourse.protocols.atomicity import Outcome
from dscourse.protocols.transaction_client import Submit
from dscourse.protocols.two_phase_messages import (
    Decision,
    Inquire,
    Prepare,
    Transaction,
    Vote,
    VotesDue,
)

__all__ = [
    "NonblockingCoordinator", "ParticipantState", "PreCommit", "PreCommitAck", "StateReport",
    "StateRequest",
]  # fmt: skip


class ParticipantState(Enum):
    """The state of a transaction at a participant."""

    UNVOTED = "unvoted"
    PREPARED = "prepared"
    PRECOMMITTED = "pre-committed"
    COMMITTED = "committed"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class PreCommit(Message):
    """All participants have voted yes: be ready to commit ``tx``."""

    tx: int

    def __str__(self) -> str:
        return "pre-commit"


@dataclass(frozen=True, slots=True)
class PreCommitAck(Message):
    """My answer to `PreCommit`: that all have voted yes is on my disk."""

    tx: int

    def __str__(self) -> str:
        return "ack pre-commit"


@dataclass(frozen=True, slots=True)
class StateRequest(Message):
    """I lead now: what is your state of ``tx``?"""

    tx: int

    def __str__(self) -> str:
        return "state?"


@dataclass(frozen=True, slots=True)
class StateReport(Message):
    """My state of ``tx``, which is open here; I am ``recovering`` if I have crashed since I voted."""

    tx: int
    state: ParticipantState
    recovering: bool = False

    def __str__(self) -> str:
        return f"{self.state.value}, recovering" if self.recovering else self.state.value


class NonblockingCoordinator(Node):
    """A coordinator that collects votes, pre-commits, and commits once the pre-commit is acknowledged."""

    def __init__(self, id: str, peers: Iterable[str] = (), votes_ms: float = 60.0) -> None:
        super().__init__(id, peers)
        self.votes_ms = votes_ms
        self.undecided: dict[int, Transaction] = {}
        self.precommitted: dict[int, Transaction] = {}
        self.decided: dict[int, bool] = {}

    def on_start(self, log: Sequence[object]) -> None:
        self.decided = {record.tx: record.commit for record in log if isinstance(record, Outcome)}

    def on_submit(self, sender: str, submit: Submit) -> None:
        tx = submit.tx
        if tx in self.decided:
            self._reply_outcome(sender, tx)
        elif tx not in self.undecided and tx not in self.precommitted:
            participants = tuple(name for name, _ in submit.writes)
            self.undecided[tx] = Transaction(sender, participants)
            for name, writes in submit.writes:
                self.send(name, Prepare(tx, writes, participants))
            self.set_timer(VotesDue(tx), self.votes_ms)

    def on_vote(self, sender: str, vote: Vote) -> None:
        transaction = self.undecided.get(vote.tx)
        if transaction is None:
            return
        transaction = self.undecided[vote.tx] = replace(transaction, yes=transaction.yes | {sender})
        if not vote.yes:
            self._decide(vote.tx, False)
        elif transaction.yes == {*transaction.participants}:
            self.precommitted[vote.tx] = replace(self.undecided.pop(vote.tx), yes=frozenset())
            self._send_precommit(vote.tx)

    def _send_precommit(self, tx: int) -> None:
        for name in self.precommitted[tx].participants:
            self.send(name, PreCommit(tx))
        self.set_timer(VotesDue(tx), self.votes_ms)

    def on_pre_commit_ack(self, sender: str, ack: PreCommitAck) -> None:
        transaction = self.precommitted.get(ack.tx)
        if transaction is None:
            return
        transaction = self.precommitted[ack.tx] = replace(
            transaction, yes=transaction.yes | {sender}
        )
        if transaction.yes == {*transaction.participants}:
            self._decide(ack.tx, True)

    def on_votes_due(self, timer: VotesDue) -> None:
        """Take participants that have not answered for down. If all are, none may know of the pre-commit: send it
        again; they answer with what they have decided in the meantime.
        """
        if timer.tx in self.undecided:
            self._decide(timer.tx, False)
        elif self.precommitted[timer.tx].yes:
            self._decide(timer.tx, True)
        else:
            self._send_precommit(timer.tx)

    def on_decision(self, sender: str, decision: Decision) -> None:
        """Adopt the outcome: the participants have ended the transaction without this coordinator."""
        if decision.tx in self.precommitted:
            self._decide(decision.tx, decision.commit)

    def on_state_request(self, sender: str, request: StateRequest) -> None:
        """Abort an undecided transaction, because a participant leads now; report the state of any other."""
        if request.tx in self.undecided:
            self._decide(request.tx, False)
        if request.tx in self.precommitted:
            self.send(sender, StateReport(request.tx, ParticipantState.PRECOMMITTED))
        else:
            self.on_inquire(sender, Inquire(request.tx))

    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        """Tell the decision; a participant that asks about an open transaction will hear of it in time."""
        if inquire.tx in self.decided:
            self.send(sender, Decision(inquire.tx, self.decided[inquire.tx]))

    def _decide(self, tx: int, commit: bool) -> None:
        transaction = self.undecided.pop(tx, None) or self.precommitted.pop(tx)
        self.cancel_timer(VotesDue(tx))
        self.write(Outcome(tx, commit))
        self.decided[tx] = commit
        for name in transaction.participants:
            self.send(name, Decision(tx, commit))
        self._reply_outcome(transaction.client, tx)

    def _reply_outcome(self, client: str, tx: int) -> None:
        self.reply(client, tx, "committed" if self.decided[tx] else "aborted")
