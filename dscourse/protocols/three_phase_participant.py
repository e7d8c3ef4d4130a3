"""A participant of `three_phase_commit`, with its termination and recovery protocols.

Source:        as `three_phase_commit`: Bernstein, Hadzilacos and Goodman, 1987, section 7.5.
Assumes:       as `three_phase_commit`. Restarts: with its log; a participant that has voted and knows no outcome is
               then *recovering*: the others may have ended the transaction without it.
Promises:      as `three_phase_commit`. A recovering participant does not lead, its state does not count for a leader,
               and it asks for the outcome until it learns it.
Not promised:  as `three_phase_commit`.
Departs:       a leader does not count the reports: it waits for a time-out, after which it takes silence for a crash.
Size:          n - 1 state requests and as many reports per leader, then a decision, or a pre-commit and a decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dscourse.node import Message, Node, Timer
from dscourse.protocols.atomicity import Outcome, Prepared
from dscourse.protocols.three_phase_commit import (
    ParticipantState,
    PreCommit,
    PreCommitAck,
    StateReport,
    StateRequest,
)
from dscourse.protocols.two_phase_messages import Decision, Inquire, Prepare, Vote

__all__ = [
    "InquiryDue",
    "LeaderDue",
    "NonblockingParticipant",
    "PreCommitted",
    "ReportsDue",
    "Termination",
]


@dataclass(frozen=True, slots=True)
class LeaderDue(Timer):
    """No message about ``tx`` has arrived for too long: its leader is down."""

    tx: int


@dataclass(frozen=True, slots=True)
class ReportsDue(Timer):
    """A participant that has not reported its state of ``tx`` by now is down."""

    tx: int


@dataclass(frozen=True, slots=True)
class InquiryDue(Timer):
    """Time for a recovering participant to ask again how ``tx`` ended."""

    tx: int


@dataclass(frozen=True, slots=True)
class PreCommitted:
    """A record of a participant: all participants of ``tx`` have voted yes."""

    tx: int

    def __str__(self) -> str:
        return "pre-committed"


@dataclass(frozen=True, slots=True)
class Termination:
    """A run of the termination protocol, at its leader: the participants, the states reported, and whether the leader
    has pre-committed.
    """

    participants: tuple[str, ...]
    states: frozenset[ParticipantState]
    precommitted: bool = False


class NonblockingParticipant(Node):
    """A participant that votes, pre-commits and commits; if the coordinator is down, participants lead in turn."""

    def __init__(self, id: str, peers: Iterable[str] = (), wait_ms: float = 100.0) -> None:
        super().__init__(id, peers)
        self.wait_ms = wait_ms
        self.state_of: dict[int, ParticipantState] = {}
        self.prepared: dict[int, Prepared] = {}
        self.round: dict[int, int] = {}
        self.terminating: dict[int, Termination] = {}
        self.recovering: dict[int, dict[str, ParticipantState]] = {}  # their states, by participant

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            match record:
                case Prepared():
                    self.prepared[record.tx] = record
                    self.state_of[record.tx] = ParticipantState.PREPARED
                case PreCommitted(tx):
                    self.state_of[tx] = ParticipantState.PRECOMMITTED
                case Outcome(tx, commit):
                    self.state_of[tx] = (
                        ParticipantState.COMMITTED if commit else ParticipantState.ABORTED
                    )
        for tx in self.prepared:
            if self.in_doubt(tx):
                self.recovering[tx] = {}
                self.on_inquiry_due(InquiryDue(tx))

    def state_now(self, tx: int) -> ParticipantState:
        """Return the state of a transaction at this participant."""
        return self.state_of.get(tx, ParticipantState.UNVOTED)

    def in_doubt(self, tx: int) -> bool:
        """Return whether this participant has voted yes and knows no outcome."""
        return self.state_now(tx) in (ParticipantState.PREPARED, ParticipantState.PRECOMMITTED)

    def can_commit(self, prepare: Prepare) -> bool:
        """Return whether this participant can make the writes."""
        return True

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        tx = prepare.tx
        if self.state_now(tx) is ParticipantState.UNVOTED:
            if self.can_commit(prepare):
                self.prepared[tx] = Prepared(tx, prepare.writes, sender, prepare.participants)
                self.write(self.prepared[tx])
                self.state_of[tx] = ParticipantState.PREPARED
                self.set_timer(LeaderDue(tx), self.wait_ms)
            else:
                self._record_outcome(tx, False)
        self.send(sender, Vote(tx, self.state_now(tx) is not ParticipantState.ABORTED))

    def on_pre_commit(self, sender: str, pre_commit: PreCommit) -> None:
        """Get ready to commit. A participant that knows the outcome tells it, and a recovering one takes no part."""
        tx = pre_commit.tx
        if tx in self.recovering:
            return
        if not self.in_doubt(tx):
            self._send_outcome(sender, tx)
            return
        if self.state_now(tx) is ParticipantState.PREPARED:
            self.write(PreCommitted(tx))
            self.state_of[tx] = ParticipantState.PRECOMMITTED
        self.set_timer(LeaderDue(tx), self.wait_ms)
        self.send(sender, PreCommitAck(tx))

    def on_decision(self, sender: str, decision: Decision) -> None:
        if self.in_doubt(decision.tx) or self.state_now(decision.tx) is ParticipantState.UNVOTED:
            self._record_outcome(decision.tx, decision.commit)

    # --- termination: the participants lead in turn ----------------------------------------------

    def on_leader_due(self, timer: LeaderDue) -> None:
        """Take the next participant for the leader. If it is this one, request the state of all others, and of the
        coordinator, so that one which is up after all does not go on by itself.
        """
        tx = timer.tx
        participants = self.prepared[tx].participants
        self.round[tx] = (self.round.get(tx, -1) + 1) % len(participants)
        if participants[self.round[tx]] != self.id:
            self.set_timer(timer, self.wait_ms)
            return
        if participants == (self.id,) and tx in self.terminating:
            return  # it is always the next, and leads already
        self.terminating[tx] = Termination(participants, frozenset({self.state_now(tx)}))
        self._send_others(tx, StateRequest(tx))
        self.send(self.prepared[tx].coordinator, StateRequest(tx))
        self.set_timer(ReportsDue(tx), self.wait_ms)

    def on_state_request(self, sender: str, request: StateRequest) -> None:
        """Report the state. A participant that has not voted aborts, and will vote no."""
        self._abort_unvoted(request.tx)
        if self.in_doubt(request.tx) and request.tx not in self.recovering:
            self.set_timer(LeaderDue(request.tx), self.wait_ms)
        self._report_state(sender, request.tx)

    def on_state_report(self, sender: str, report: StateReport) -> None:
        if report.tx in self.recovering:
            self._recover(sender, report)
        run = self.terminating.get(report.tx)
        if run is not None and not run.precommitted and not report.recovering:
            self.terminating[report.tx] = replace(run, states=run.states | {report.state})

    def on_pre_commit_ack(self, sender: str, ack: PreCommitAck) -> None:
        """Do nothing: after `ReportsDue`, every participant that is up has acknowledged."""

    def on_reports_due(self, timer: ReportsDue) -> None:
        """Abort, commit, or pre-commit first: every participant that is up has reported, or acknowledged."""
        tx = timer.tx
        run = self.terminating.pop(tx)
        states = {*run.states, self.state_now(tx)}
        if run.precommitted or ParticipantState.COMMITTED in states:
            self._end_for_all(tx, True)
        elif ParticipantState.ABORTED in states or ParticipantState.PRECOMMITTED not in states:
            self._end_for_all(tx, False)
        else:
            self.terminating[tx] = replace(run, precommitted=True)
            self._send_others(tx, PreCommit(tx))
            self.on_pre_commit(self.id, PreCommit(tx))
            self.set_timer(timer, self.wait_ms)

    # --- recovery: inquire, follow the others, and decide only if no node can have decided -------

    def on_inquiry_due(self, timer: InquiryDue) -> None:
        self._send_others(timer.tx, Inquire(timer.tx))
        self.send(self.prepared[timer.tx].coordinator, Inquire(timer.tx))
        self.set_timer(timer, self.wait_ms)
        self._recover(self.id, StateReport(timer.tx, self.state_now(timer.tx), recovering=True))

    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        """Tell the outcome, or report the state. A participant that has not voted aborts, and will vote no."""
        self._abort_unvoted(inquire.tx)
        if self.in_doubt(inquire.tx):
            self._report_state(sender, inquire.tx)
        else:
            self._send_outcome(sender, inquire.tx)

    def _recover(self, sender: str, report: StateReport) -> None:
        """End the transaction once all participants are recovering (a total failure): then no other node can end it,
        and none can have committed it unless one of them has pre-committed.
        """
        tx, known = report.tx, self.recovering[report.tx]
        if report.recovering:
            known[sender] = report.state
        if {*known} == {*self.prepared[tx].participants}:
            self._end_for_all(tx, ParticipantState.PRECOMMITTED in known.values())

    # --- helpers ---------------------------------------------------------------------------------

    def _send_others(self, tx: int, message: Message) -> None:
        for name in self.prepared[tx].participants:
            if name != self.id:
                self.send(name, message)

    def _report_state(self, to: str, tx: int) -> None:
        self.send(to, StateReport(tx, self.state_now(tx), tx in self.recovering))

    def _send_outcome(self, to: str, tx: int) -> None:
        self.send(to, Decision(tx, self.state_now(tx) is ParticipantState.COMMITTED))

    def _abort_unvoted(self, tx: int) -> None:
        if self.state_now(tx) is ParticipantState.UNVOTED:
            self._record_outcome(tx, False)

    def _end_for_all(self, tx: int, commit: bool) -> None:
        """Make the outcome durable here, then send it to the other participants."""
        self.on_decision(self.id, Decision(tx, commit))
        self._send_others(tx, Decision(tx, commit))

    def _record_outcome(self, tx: int, commit: bool) -> None:
        self.write(Outcome(tx, commit))
        self.state_of[tx] = ParticipantState.COMMITTED if commit else ParticipantState.ABORTED
        recovering = self.recovering.pop(tx, None) is not None
        self.cancel_timer(InquiryDue(tx) if recovering else LeaderDue(tx))
