"""Atomic commit that does not block when nodes crash, as long as every message arrives within the time-outs.

Source:        Skeen, "Nonblocking commit protocols", SIGMOD 1981; Bernstein, Hadzilacos and Goodman, "Concurrency
               Control and Recovery in Database Systems", 1987, section 7.5 (termination with a new coordinator, and
               recovery); Skeen, "Determining the last process to fail", ACM TOCS 3(1), 1985 (total failure).
Assumes:       crash-recovery with a durable log; messages may be repeated, but none is lost, and a question and its
               answer take no longer than a time-out, so that a node that does not answer in time is down. Restarts:
               any node may restart, with its log. A client's transaction does not reach a coordinator again after
               that coordinator has crashed.
Promises:      `two_phase_commit.same_outcome`, `decided_once` and `commit_needs_every_yes` always. Every participant
               that is up reaches an outcome, whoever else is down, as long as one participant has not crashed since
               it voted: the others end without it, and a participant that restarts follows them.
Not promised:  any of it if silence does not mean a crash: two sides of a partition may decide differently. After a
               total failure, in which every participant has crashed with the transaction undecided, an outcome before
               all of them are back; the transaction then waits, and in a database its keys stay locked.
Departs:       participants hold no data and no locks (`two_phase_commit.Participant` has both). They lead in the
               order of their names, one per time-out. After a total failure the source lets
               the participants end once the last one to fail is back; here they wait for all, which needs no record
               of who failed when. A coordinator that restarts leaves its open transactions to the participants.
Size:          5 messages per participant for a commit, which nobody confirms, against 4 of two-phase commit with its
               confirmation; 3 forced writes per participant against 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from dscourse.node import Message, Node, Timer
from dscourse.protocols.two_phase_commit import (
    Decision,
    Inquire,
    Outcome,
    Prepare,
    Prepared,
    Submit,
    Transaction,
    Vote,
    VotesDue,
)

__all__ = [
    "AskAgain", "AskState", "Leading", "NonblockingCoordinator", "NonblockingParticipant", "PreCommit",
    "PreCommitted", "Ready", "State", "StateIs", "Stuck", "Termination",
]  # fmt: skip


class State(Enum):
    """How far a participant is with a transaction."""

    UNVOTED = "unvoted"
    PREPARED = "prepared"
    PRECOMMITTED = "precommitted"
    COMMITTED = "committed"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class PreCommit(Message):
    """All participants have voted yes: get ready to commit ``tx``."""

    tx: int


@dataclass(frozen=True, slots=True)
class Ready(Message):
    """The answer to `PreCommit`: that all have voted yes is durable here."""

    tx: int


@dataclass(frozen=True, slots=True)
class AskState(Message):
    """I lead now: how far are you with ``tx``?"""

    tx: int


@dataclass(frozen=True, slots=True)
class StateIs(Message):
    """The answer to a question about an open ``tx``; a ``recovering`` participant has crashed since it voted."""

    tx: int
    state: State
    recovering: bool = False


@dataclass(frozen=True, slots=True)
class Stuck(Timer):
    """Nothing has been heard of ``tx`` for too long: its leader is down."""

    tx: int


@dataclass(frozen=True, slots=True)
class Termination(Timer):
    """The leader has waited long enough: a participant that has not answered about ``tx`` is down."""

    tx: int


@dataclass(frozen=True, slots=True)
class AskAgain(Timer):
    """A recovering participant still does not know how ``tx`` ended."""

    tx: int


@dataclass(frozen=True, slots=True)
class PreCommitted:
    """A record of a participant: all participants have voted yes."""

    tx: int


@dataclass(frozen=True, slots=True)
class Leading:
    """A transaction that this participant leads: its participants, their answers, and whether the commit has been
    announced.
    """

    participants: tuple[str, ...]
    answers: frozenset[State]
    ready: bool = False


class NonblockingCoordinator(Node):
    """Collects the votes, announces a commit to all participants, and commits once they have confirmed that."""

    def __init__(self, id: str, peers: Iterable[str] = (), votes_ms: float = 60.0) -> None:
        super().__init__(id, peers)
        self.votes_ms = votes_ms
        self.undecided: dict[int, Transaction] = {}
        self.announced: dict[int, Transaction] = {}
        self.decided: dict[int, bool] = {}

    def on_start(self, log: Sequence[object]) -> None:
        self.decided = {record.tx: record.commit for record in log if isinstance(record, Outcome)}

    def on_submit(self, sender: str, submit: Submit) -> None:
        tx = submit.tx
        if tx in self.decided:
            self._answer(sender, tx)
        elif tx not in self.undecided and tx not in self.announced:
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
            self.announced[vote.tx] = replace(self.undecided.pop(vote.tx), yes=frozenset())
            self._announce(vote.tx)

    def _announce(self, tx: int) -> None:
        for name in self.announced[tx].participants:
            self.send(name, PreCommit(tx))
        self.set_timer(VotesDue(tx), self.votes_ms)

    def on_ready(self, sender: str, ready: Ready) -> None:
        transaction = self.announced.get(ready.tx)
        if transaction is not None:
            transaction = self.announced[ready.tx] = replace(
                transaction, yes=transaction.yes | {sender}
            )
            if transaction.yes == {*transaction.participants}:
                self._decide(ready.tx, True)

    def on_votes_due(self, timer: VotesDue) -> None:
        """A participant that has not voted, or not confirmed the announcement, is down. If all of them are down, none
        may know of the commit: announce it again, and they answer with what they have decided in the meantime.
        """
        if timer.tx in self.undecided:
            self._decide(timer.tx, False)
        elif self.announced[timer.tx].yes:
            self._decide(timer.tx, True)
        else:
            self._announce(timer.tx)

    def on_decision(self, sender: str, decision: Decision) -> None:
        """The participants have ended the transaction without this coordinator."""
        if decision.tx in self.announced:
            self._decide(decision.tx, decision.commit)

    def on_ask_state(self, sender: str, ask: AskState) -> None:
        """A participant leads now: end what can still be aborted, and tell how far the transaction is."""
        if ask.tx in self.undecided:
            self._decide(ask.tx, False)
        if ask.tx in self.announced:
            self.send(sender, StateIs(ask.tx, State.PRECOMMITTED))
        else:
            self.on_inquire(sender, Inquire(ask.tx))

    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        """A participant that asks about an open transaction hears of the decision when it is made."""
        if inquire.tx in self.decided:
            self.send(sender, Decision(inquire.tx, self.decided[inquire.tx]))

    def _decide(self, tx: int, commit: bool) -> None:
        transaction = self.undecided.pop(tx, None) or self.announced.pop(tx)
        self.cancel_timer(VotesDue(tx))
        self.write(Outcome(tx, commit))
        self.decided[tx] = commit
        for name in transaction.participants:
            self.send(name, Decision(tx, commit))
        self._answer(transaction.client, tx)

    def _answer(self, client: str, tx: int) -> None:
        self.reply(client, tx, "committed" if self.decided[tx] else "aborted")


class NonblockingParticipant(Node):
    """Votes, gets ready, commits; if the leader is down, the participants end the transaction among themselves.

    A participant that has crashed since it voted is *recovering*: the others may have ended the transaction without
    it. So it does not lead, its state does not count for a leader, and it asks for the outcome.
    """

    def __init__(self, id: str, peers: Iterable[str] = (), wait_ms: float = 100.0) -> None:
        super().__init__(id, peers)
        self.wait_ms = wait_ms
        self.state_of: dict[int, State] = {}
        self.promised: dict[int, Prepared] = {}
        self.round: dict[int, int] = {}
        self.leading: dict[int, Leading] = {}
        self.recovering: dict[int, dict[str, State]] = {}  # the states of recovering participants

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            match record:
                case Prepared():
                    self.promised[record.tx] = record
                    self.state_of[record.tx] = State.PREPARED
                case PreCommitted(tx):
                    self.state_of[tx] = State.PRECOMMITTED
                case Outcome(tx, commit):
                    self.state_of[tx] = State.COMMITTED if commit else State.ABORTED
        for tx in self.promised:
            if self.waits(tx):
                self.recovering[tx] = {}
                self.on_ask_again(AskAgain(tx))

    def state_now(self, tx: int) -> State:
        """How far this participant is with a transaction."""
        return self.state_of.get(tx, State.UNVOTED)

    def waits(self, tx: int) -> bool:
        """True while this participant has promised and knows no outcome."""
        return self.state_now(tx) in (State.PREPARED, State.PRECOMMITTED)

    def can_commit(self, prepare: Prepare) -> bool:
        """True if this participant can make the writes, and promise to."""
        return True

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        tx = prepare.tx
        if self.state_now(tx) is State.UNVOTED:
            if self.can_commit(prepare):
                self.promised[tx] = Prepared(tx, prepare.writes, sender, prepare.participants)
                self.write(self.promised[tx])
                self.state_of[tx] = State.PREPARED
                self.set_timer(Stuck(tx), self.wait_ms)
            else:
                self._conclude(tx, False)
        self.send(sender, Vote(tx, self.state_now(tx) is not State.ABORTED))

    def on_pre_commit(self, sender: str, announced: PreCommit) -> None:
        """Get ready; a participant that knows the outcome says so, and a recovering one takes no part."""
        tx = announced.tx
        if tx in self.recovering:
            return
        if not self.waits(tx):
            self._tell_outcome(sender, tx)
            return
        if self.state_now(tx) is State.PREPARED:
            self.write(PreCommitted(tx))
            self.state_of[tx] = State.PRECOMMITTED
        self.set_timer(Stuck(tx), self.wait_ms)
        self.send(sender, Ready(tx))

    def on_decision(self, sender: str, decision: Decision) -> None:
        if self.waits(decision.tx) or self.state_now(decision.tx) is State.UNVOTED:
            self._conclude(decision.tx, decision.commit)

    # Termination: the participants lead in turn.

    def on_stuck(self, timer: Stuck) -> None:
        """The leader is down: the next participant leads, and asks all others how far they are. It asks the
        coordinator as well, so that one which is up after all does not go on by itself.
        """
        tx = timer.tx
        others = self.promised[tx].participants
        self.round[tx] = (self.round.get(tx, -1) + 1) % len(others)
        if others[self.round[tx]] != self.id:
            self.set_timer(timer, self.wait_ms)
            return
        self.leading[tx] = Leading(others, frozenset({self.state_now(tx)}))
        self._send_others(tx, AskState(tx))
        self.send(self.promised[tx].coordinator, AskState(tx))
        self.set_timer(Termination(tx), self.wait_ms)

    def on_ask_state(self, sender: str, ask: AskState) -> None:
        """Tell how far this participant is; it will not vote any more if it has not voted."""
        self._abort_unvoted(ask.tx)
        if self.waits(ask.tx) and ask.tx not in self.recovering:
            self.set_timer(Stuck(ask.tx), self.wait_ms)
        self._tell_state(sender, ask.tx)

    def on_state_is(self, sender: str, answer: StateIs) -> None:
        if answer.tx in self.recovering:
            self._recover(sender, answer)
        leading = self.leading.get(answer.tx)
        if leading is not None and not leading.ready and not answer.recovering:
            self.leading[answer.tx] = replace(leading, answers=leading.answers | {answer.state})

    def on_ready(self, sender: str, ready: Ready) -> None:
        """Nothing to do: the time-out says when every participant that is up has answered."""

    def on_termination(self, timer: Termination) -> None:
        """Every participant that is up has answered: abort, commit, or announce the commit first."""
        tx = timer.tx
        leading = self.leading.pop(tx)
        states = {*leading.answers, self.state_now(tx)}
        if leading.ready or State.COMMITTED in states:
            self._end(tx, True)
        elif State.ABORTED in states or State.PRECOMMITTED not in states:
            self._end(tx, False)
        else:
            self.leading[tx] = replace(leading, ready=True)
            self._send_others(tx, PreCommit(tx))
            self.on_pre_commit(self.id, PreCommit(tx))
            self.set_timer(timer, self.wait_ms)

    # Recovery: ask, follow the others, and decide only if nobody can have decided.

    def on_ask_again(self, timer: AskAgain) -> None:
        self._send_others(timer.tx, Inquire(timer.tx))
        self.send(self.promised[timer.tx].coordinator, Inquire(timer.tx))
        self.set_timer(timer, self.wait_ms)
        self._recover(self.id, StateIs(timer.tx, self.state_now(timer.tx), recovering=True))

    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        """Tell the outcome, or how far this participant is; it will not vote any more if it has not voted."""
        self._abort_unvoted(inquire.tx)
        if self.waits(inquire.tx):
            self._tell_state(sender, inquire.tx)
        else:
            self._tell_outcome(sender, inquire.tx)

    def _recover(self, sender: str, answer: StateIs) -> None:
        """Once all participants are recovering (a total failure) nobody can end the transaction behind their backs,
        and what they know together decides: nobody can have committed unless one of them is pre-committed.
        """
        tx, known = answer.tx, self.recovering[answer.tx]
        if answer.recovering:
            known[sender] = answer.state
        if {*known} == {*self.promised[tx].participants}:
            self._end(tx, State.PRECOMMITTED in known.values())

    # Helpers.

    def _send_others(self, tx: int, message: Message) -> None:
        for name in self.promised[tx].participants:
            if name != self.id:
                self.send(name, message)

    def _tell_state(self, to: str, tx: int) -> None:
        self.send(to, StateIs(tx, self.state_now(tx), tx in self.recovering))

    def _tell_outcome(self, to: str, tx: int) -> None:
        self.send(to, Decision(tx, self.state_now(tx) is State.COMMITTED))

    def _abort_unvoted(self, tx: int) -> None:
        if self.state_now(tx) is State.UNVOTED:
            self._conclude(tx, False)

    def _end(self, tx: int, commit: bool) -> None:
        """Make the outcome durable here, and tell the others."""
        self.on_decision(self.id, Decision(tx, commit))
        self._send_others(tx, Decision(tx, commit))

    def _conclude(self, tx: int, commit: bool) -> None:
        self.write(Outcome(tx, commit))
        self.state_of[tx] = State.COMMITTED if commit else State.ABORTED
        asked = self.recovering.pop(tx, None) is not None
        self.cancel_timer(AskAgain(tx) if asked else Stuck(tx))
