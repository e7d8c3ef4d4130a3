"""Two-phase commit as introductions present it: ask all participants, count the votes, send the decision, forget.

Source:        the two phases of Gray, "Notes on data base operating systems", 1978, without its logs and time-outs.
Assumes:       that no node crashes, every message arrives once, and every participant votes. `ImpatientParticipant`:
               that a decision which has not arrived in time was an abort.
Promises:      under this assumption, the same outcome everywhere.
Not promised:  an outcome otherwise. The coordinator logs no decision before it sends it, waits for votes for ever,
               and sends each decision once; a participant that misses it keeps its keys locked for ever, or, if
               it is impatient, may abort what the others commit. A vote that arrives twice counts as two.
Departs:       nothing: these are the versions to break. `dscourse.protocols.two_phase_commit` is the repair.
Size:          3 messages per participant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dscourse.node import Node
from dscourse.protocols.atomicity import Outcome, Prepared
from dscourse.protocols.transaction_client import Submit
from dscourse.protocols.two_phase_commit import Participant
from dscourse.protocols.two_phase_messages import (
    Decision,
    DecisionDue,
    Prepare,
    Transaction,
    Vote,
)

__all__ = ["ForgetfulCoordinator", "ForgetfulParticipant", "ImpatientParticipant"]


class ForgetfulCoordinator(Node):
    """A coordinator that waits for all votes, sends the decision once, and forgets the transaction."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.open: dict[int, Transaction] = {}
        self.votes: dict[int, tuple[bool, ...]] = {}

    def on_submit(self, sender: str, submit: Submit) -> None:
        participants = tuple(name for name, _ in submit.writes)
        self.open[submit.tx], self.votes[submit.tx] = Transaction(sender, participants), ()
        for name, writes in submit.writes:
            self.send(name, Prepare(submit.tx, writes, participants))

    def on_vote(self, sender: str, vote: Vote) -> None:
        if vote.tx not in self.open:
            return
        self.votes[vote.tx] += (vote.yes,)
        transaction = self.open[vote.tx]
        if len(self.votes[vote.tx]) == len(transaction.participants):
            commit = all(self.votes.pop(vote.tx))
            for name in self.open.pop(vote.tx).participants:
                self.send(name, Decision(vote.tx, commit))
            self.reply(transaction.client, vote.tx, "committed" if commit else "aborted")


class ForgetfulParticipant(Node):
    """A participant that votes, obeys the decision, and forgets the transaction."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.data: dict[str, object] = {}
        self.prepared: dict[int, Prepared] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Prepared):
                self.prepared[record.tx] = record
            elif isinstance(record, Outcome):
                self._end(record)

    @property
    def locked(self) -> frozenset[str]:
        """The keys of prepared transactions, which no other transaction may write."""
        return frozenset(key for record in self.prepared.values() for key, _ in record.writes)

    def can_commit(self, prepare: Prepare) -> bool:
        """Return whether this participant can make the writes: none of their keys is locked."""
        return not any(key in self.locked for key, _ in prepare.writes)

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        yes = self.can_commit(prepare)
        if yes:
            record = Prepared(prepare.tx, prepare.writes, sender, prepare.participants)
            self.write(record)
            self.prepared[prepare.tx] = record
        self.send(sender, Vote(prepare.tx, yes))

    def on_decision(self, sender: str, decision: Decision) -> None:
        if decision.tx in self.prepared:
            outcome = Outcome(decision.tx, decision.commit)
            self.write(outcome)
            self._end(outcome)

    def _end(self, outcome: Outcome) -> None:
        record = self.prepared.pop(outcome.tx)
        if outcome.commit:
            self.data.update(record.writes)


class ImpatientParticipant(Participant):
    """A participant that aborts on its own, after a yes vote, if the decision is late."""

    def on_decision_due(self, timer: DecisionDue) -> None:
        self._record_outcome(Outcome(timer.tx, False))
