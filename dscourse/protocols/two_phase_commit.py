"""A transaction over several participants that all of them commit, or all of them abort.

Source:        Gray, "Notes on data base operating systems", 1978; Bernstein, Hadzilacos and Goodman, "Concurrency
               Control and Recovery in Database Systems", 1987, chapter 7 (properties AC1 to AC5, log rules,
               cooperative termination); Mohan, Lindsay and Obermarck, "Transaction management in the R* distributed
               database management system", TODS 11(4), 1986 (presumed abort).
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered; no synchrony.
               Restarts: any node, with its log. A transaction's number is unique for ever, and its `Submit` does not
               reach a coordinator again after a crash: it may have called that transaction aborted.
Promises:      of `atomicity`, `same_outcome` and `coordinator_agrees` (AC1), `decided_once` (AC2) and
               `commit_needs_every_yes` (AC3) always; a commit if all vote yes in time and nothing fails (AC4,
               `all_committed`); an outcome everywhere once everything works (AC5, `all_decided`).
Not promised:  an outcome while the coordinator is down: a participant in doubt must wait, and keeps its keys locked.
Departs:       an abort is not logged at the coordinator and not acknowledged: an inquiry about a transaction that it
               does not know is answered with an abort. One coordinator makes all decisions and is no participant.
Size:          4 messages per participant with its acknowledgement, 3 for an abort. Forced writes: for a commit 2 per
               participant and 1 at the coordinator (`Ended` is lazy); for an abort 1 per participant, its promise or
               its no, and none at the coordinator. After a promise the record of an abort may be lazy: without it
               the participant is in doubt again, and is told "abort" again. A no may not: others are told of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from dscourse.node import Node
from dscourse.protocols.atomicity import Decided, Ended, Outcome, Prepared
from dscourse.protocols.transaction_client import Submit
from dscourse.protocols.two_phase_messages import (
    Ack,
    AcksDue,
    Decision,
    DecisionDue,
    Inquire,
    Prepare,
    Transaction,
    Vote,
    VotesDue,
)

__all__ = ["Coordinator", "Participant"]


class Coordinator(Node):
    """A coordinator that collects votes, decides, and repeats a commit until all participants acknowledge it."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), votes_ms: float = 60.0, acks_ms: float = 40.0
    ) -> None:
        super().__init__(id, peers)
        self.votes_ms, self.acks_ms = votes_ms, acks_ms
        self.submitted: dict[int, Submit] = {}
        self.answers: dict[int, str] = {}
        self.undecided: dict[int, Transaction] = {}
        self.unacknowledged: dict[int, tuple[str, ...]] = {}

    def on_start(self, log: Sequence[object]) -> None:
        ended = {record.tx for record in log if isinstance(record, Ended)}
        for record in log:
            if isinstance(record, Decided) and record.tx not in ended:
                self.unacknowledged[record.tx] = record.participants
                self._send_commit(record.tx)

    def on_submit(self, sender: str, submit: Submit) -> None:
        if submit.tx in self.submitted:
            self._check_same(submit)
            if submit.tx in self.answers:  # the reply may have been lost
                self.answer(sender, submit.tx)
            return
        self.submitted[submit.tx] = submit
        participants = tuple(name for name, _ in submit.writes)
        self.undecided[submit.tx] = Transaction(sender, participants)
        for name, writes in submit.writes:
            self.send(name, Prepare(submit.tx, writes, participants))
        self.set_timer(VotesDue(submit.tx), self.votes_ms)

    def _check_same(self, submit: Submit) -> None:
        if self.submitted[submit.tx] != submit:
            raise ValueError(
                f"transaction {submit.tx} was submitted before with other writes: give each a number of its own"
            )

    def on_vote(self, sender: str, vote: Vote) -> None:
        transaction = self.undecided.get(vote.tx)
        if transaction is None:
            return
        yes = transaction.yes | {sender}
        self.undecided[vote.tx] = replace(transaction, yes=yes)
        if not vote.yes or yes == {*transaction.participants}:
            self.cancel_timer(VotesDue(vote.tx))
            self._decide(vote.tx, vote.yes)

    def on_votes_due(self, timer: VotesDue) -> None:
        self._decide(timer.tx, False)

    def on_ack(self, sender: str, ack: Ack) -> None:
        left = tuple(name for name in self.unacknowledged.get(ack.tx, ()) if name != sender)
        if left:
            self.unacknowledged[ack.tx] = left
        elif self.unacknowledged.pop(ack.tx, None):
            self.cancel_timer(AcksDue(ack.tx))
            self.write(Ended(ack.tx))

    def on_acks_due(self, timer: AcksDue) -> None:
        self._send_commit(timer.tx)

    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        """Presume abort: a commit is not forgotten before all participants have acknowledged it."""
        if inquire.tx not in self.undecided:
            self.send(sender, Decision(inquire.tx, inquire.tx in self.unacknowledged))

    def _decide(self, tx: int, commit: bool) -> None:
        """Log a commit before sending it; an abort needs no record."""
        transaction = self.undecided.pop(tx)
        if commit:
            self.write(Decided(tx, transaction.participants))
            self.unacknowledged[tx] = transaction.participants
            self._send_commit(tx)
        else:
            for name in transaction.participants:
                self.send(name, Decision(tx, False))
        self.answers[tx] = "committed" if commit else "aborted"
        self.answer(transaction.client, tx)

    def answer(self, client: str, tx: int) -> None:
        """Tell the client how its transaction has ended."""
        self.reply(client, tx, self.answers[tx])

    def _send_commit(self, tx: int) -> None:
        for name in self.unacknowledged[tx]:
            self.send(name, Decision(tx, True))
        self.set_timer(AcksDue(tx), self.acks_ms)


class Participant(Node):
    """A participant that votes, locks keys while in doubt, and inquires if no decision arrives."""

    def __init__(self, id: str, peers: Iterable[str] = (), decision_ms: float = 80.0) -> None:
        super().__init__(id, peers)
        self.decision_ms = decision_ms
        self.data: dict[str, Any] = {}
        self.prepared: dict[int, Prepared] = {}
        self.outcomes: dict[int, Outcome] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Prepared):
                self.prepared[record.tx] = record
            elif isinstance(record, Outcome):
                self._apply(record)
        for tx in self.prepared:
            if self.in_doubt(tx):
                self.set_timer(DecisionDue(tx), self.decision_ms)

    def in_doubt(self, tx: int) -> bool:
        """Return whether this participant has voted yes and knows no decision: it may neither commit nor abort."""
        return tx in self.prepared and tx not in self.outcomes

    @property
    def locked(self) -> frozenset[str]:
        """The keys of the transactions in doubt, which no other transaction may write."""
        return frozenset(
            key
            for tx, record in self.prepared.items()
            if self.in_doubt(tx)
            for key, _ in record.writes
        )

    def can_commit(self, prepare: Prepare) -> bool:
        """Return whether this participant can make the writes: none of their keys is locked."""
        return not any(key in self.locked for key, _ in prepare.writes)

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        tx = prepare.tx
        if tx not in self.prepared and tx not in self.outcomes:
            if self.can_commit(prepare):
                self.prepared[tx] = Prepared(tx, prepare.writes, sender, prepare.participants)
                self.write(self.prepared[tx])
                self.set_timer(DecisionDue(tx), self.decision_ms)
            else:
                self._record_outcome(Outcome(tx, False))
        self.vote(sender, tx)

    def vote(self, coordinator: str, tx: int) -> None:
        """Send the vote: yes on a transaction that is in doubt here, or has committed."""
        self.send(coordinator, Vote(tx, self.in_doubt(tx) or self.outcomes[tx].commit))

    def on_decision(self, sender: str, decision: Decision) -> None:
        if decision.tx not in self.outcomes:
            self._record_outcome(Outcome(decision.tx, decision.commit))
        if decision.commit:
            self.send(self.prepared[decision.tx].coordinator, Ack(decision.tx))

    def on_decision_due(self, timer: DecisionDue) -> None:
        record = self.prepared[timer.tx]
        for name in (record.coordinator, *record.participants):
            if name != self.id:
                self.send(name, Inquire(timer.tx))
        self.set_timer(timer, self.decision_ms)

    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        """Tell the outcome. A participant that has not voted aborts, and will vote no; one in doubt stays silent."""
        if not self.in_doubt(inquire.tx):
            if inquire.tx not in self.outcomes:
                self._record_outcome(Outcome(inquire.tx, False))
            self.send(sender, Decision(inquire.tx, self.outcomes[inquire.tx].commit))

    def _record_outcome(self, outcome: Outcome) -> None:
        """Make the outcome durable, then apply it."""
        if self.in_doubt(outcome.tx):
            self.cancel_timer(DecisionDue(outcome.tx))
        self.write(outcome)
        self._apply(outcome)

    def _apply(self, outcome: Outcome) -> None:
        self.outcomes[outcome.tx] = outcome
        if outcome.commit:
            self.data.update(self.prepared[outcome.tx].writes)
