"""Atomic commit that does not block when nodes crash, as long as messages take no longer than promised.

Source:        Skeen, "Nonblocking commit protocols", SIGMOD 1981; Bernstein, Hadzilacos and Goodman, "Concurrency
               Control and Recovery in Database Systems", 1987, section 7.5 (termination with a new coordinator).
Assumes:       nodes crash and stay down; no message is lost, and none takes longer than a time-out: who does not
               answer in time is down. The participants do not all crash.
Promises:      `two_phase_commit.same_outcome`, `decided_once` and `commit_needs_every_yes`; an outcome at every
               participant that is up.
Not promised:  any of it under a partition: two groups that each take the other for dead may decide differently.
Departs:       participants take the lead in the order of their names, one a time-out. What a participant knows is
               durable, but nobody comes back to use it: recovery would have to ask the others.
Size:          5 messages a participant for a commit, which nobody confirms, against 4 of two-phase commit with its
               confirmation; 3 forced writes a participant against 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from dscourse.node import Message, Node, Timer
from dscourse.protocols.two_phase_commit import (
    Decision,
    Outcome,
    Prepare,
    Prepared,
    Submit,
    Transaction,
    Vote,
    VotesDue,
)

__all__ = [
    "AskState", "Leading", "NonblockingCoordinator", "NonblockingParticipant", "PreCommit", "PreCommitted", "Ready",
    "State", "StateIs", "Stuck", "Termination",
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
    """Everybody has voted yes: get ready to commit ``tx``."""

    tx: int


@dataclass(frozen=True, slots=True)
class Ready(Message):
    """The answer to `PreCommit`."""

    tx: int


@dataclass(frozen=True, slots=True)
class AskState(Message):
    """I lead now: how far are you with ``tx``?"""

    tx: int


@dataclass(frozen=True, slots=True)
class StateIs(Message):
    """The answer to `AskState`."""

    tx: int
    state: State


@dataclass(frozen=True, slots=True)
class Stuck(Timer):
    """Nothing has been heard of ``tx`` for too long: whoever leads is down."""

    tx: int


@dataclass(frozen=True, slots=True)
class Termination(Timer):
    """Who leads has waited long enough for answers about ``tx``: who has not answered is down."""

    tx: int


@dataclass(frozen=True, slots=True)
class PreCommitted:
    """A record of a participant: everybody has voted yes."""

    tx: int


@dataclass(frozen=True, slots=True)
class Leading:
    """A transaction that somebody leads: whom it concerns, their answers, and whether they are pre-committed."""

    participants: tuple[str, ...]
    answers: frozenset[State]
    ready: bool = False


class NonblockingCoordinator(Node):
    """Collects votes; a commit is announced to everybody, and made once everybody knows of it."""

    def __init__(self, id: str, peers: Iterable[str] = (), votes_ms: float = 60.0) -> None:
        super().__init__(id, peers)
        self.votes_ms = votes_ms
        self.undecided: dict[int, Transaction] = {}
        self.announced: dict[int, Transaction] = {}

    def on_submit(self, sender: str, submit: Submit) -> None:
        participants = tuple(name for name, _ in submit.writes)
        self.undecided[submit.tx] = Transaction(sender, participants)
        for name, writes in submit.writes:
            self.send(name, Prepare(submit.tx, writes, participants))
        self.set_timer(VotesDue(submit.tx), self.votes_ms)

    def on_vote(self, sender: str, vote: Vote) -> None:
        transaction = self.undecided.get(vote.tx)
        if transaction is None:
            return
        transaction = self.undecided[vote.tx] = replace(transaction, yes=transaction.yes | {sender})
        if not vote.yes:
            self._abort(vote.tx)
        elif transaction.yes == {*transaction.participants}:
            self.announced[vote.tx] = replace(self.undecided.pop(vote.tx), yes=frozenset())
            for name in transaction.participants:
                self.send(name, PreCommit(vote.tx))
            self.set_timer(VotesDue(vote.tx), self.votes_ms)

    def on_ready(self, sender: str, ready: Ready) -> None:
        transaction = self.announced.get(ready.tx)
        if transaction is not None:
            transaction = self.announced[ready.tx] = replace(
                transaction, yes=transaction.yes | {sender}
            )
            if transaction.yes == {*transaction.participants}:
                self._commit(ready.tx)

    def on_votes_due(self, timer: VotesDue) -> None:
        """Who has not voted is down, and so is who has not confirmed the announcement."""
        if timer.tx in self.undecided:
            self._abort(timer.tx)
        elif timer.tx in self.announced:
            self._commit(timer.tx)

    def _abort(self, tx: int) -> None:
        transaction = self.undecided.pop(tx)
        self.cancel_timer(VotesDue(tx))
        self._tell(transaction, Decision(tx, False))

    def _commit(self, tx: int) -> None:
        transaction = self.announced.pop(tx)
        self.cancel_timer(VotesDue(tx))
        self._tell(transaction, Decision(tx, True))

    def _tell(self, transaction: Transaction, decision: Decision) -> None:
        self.write(Outcome(decision.tx, decision.commit))
        for name in transaction.participants:
            self.send(name, decision)
        self.reply(transaction.client, decision.tx, "committed" if decision.commit else "aborted")


class NonblockingParticipant(Node):
    """Votes, gets ready, commits; and if nobody leads any more, the participants finish it among themselves."""

    def __init__(self, id: str, peers: Iterable[str] = (), wait_ms: float = 100.0) -> None:
        super().__init__(id, peers)
        self.wait_ms = wait_ms
        self.state_of: dict[int, State] = {}
        self.participants: dict[int, tuple[str, ...]] = {}
        self.round: dict[int, int] = {}
        self.leading: dict[int, Leading] = {}

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
                self.write(Prepared(tx, prepare.writes, sender, prepare.participants))
                self.state_of[tx], self.participants[tx], self.round[tx] = (
                    State.PREPARED,
                    prepare.participants,
                    -1,
                )
                self.set_timer(Stuck(tx), self.wait_ms)
            else:
                self._conclude(tx, False)
        self.send(sender, Vote(tx, self.state_now(tx) is not State.ABORTED))

    def on_pre_commit(self, sender: str, announced: PreCommit) -> None:
        if self.state_now(announced.tx) is State.PREPARED:
            self.write(PreCommitted(announced.tx))
            self.state_of[announced.tx] = State.PRECOMMITTED
        if self.waits(announced.tx):
            self.set_timer(Stuck(announced.tx), self.wait_ms)
        self.send(sender, Ready(announced.tx))

    def on_decision(self, sender: str, decision: Decision) -> None:
        if self.waits(decision.tx) or self.state_now(decision.tx) is State.UNVOTED:
            self._conclude(decision.tx, decision.commit)

    # Termination: the participants lead in turn.

    def on_stuck(self, timer: Stuck) -> None:
        """Whoever led is down: the next participant leads, and asks everybody how far they are."""
        tx = timer.tx
        others = self.participants[tx]
        self.round[tx] = (self.round[tx] + 1) % len(others)
        if others[self.round[tx]] != self.id:
            self.set_timer(timer, self.wait_ms)
            return
        self.leading[tx] = Leading(others, frozenset({self.state_now(tx)}))
        for name in others:
            if name != self.id:
                self.send(name, AskState(tx))
        self.set_timer(Termination(tx), self.wait_ms)

    def on_ask_state(self, sender: str, ask: AskState) -> None:
        """Who has not voted by now never will."""
        if self.state_now(ask.tx) is State.UNVOTED:
            self._conclude(ask.tx, False)
        if self.waits(ask.tx):
            self.set_timer(Stuck(ask.tx), self.wait_ms)
        self.send(sender, StateIs(ask.tx, self.state_now(ask.tx)))

    def on_state_is(self, sender: str, answer: StateIs) -> None:
        leading = self.leading.get(answer.tx)
        if leading is not None and not leading.ready:
            self.leading[answer.tx] = replace(leading, answers=leading.answers | {answer.state})

    def on_ready(self, sender: str, ready: Ready) -> None:
        """Nothing to do: the time-out says when everybody who is up has answered."""

    def on_termination(self, timer: Termination) -> None:
        """Everybody who is up has answered: abort, commit, or announce the commit first."""
        leading = self.leading.pop(timer.tx)
        states = {*leading.answers, self.state_now(timer.tx)}
        if leading.ready or State.COMMITTED in states:
            self._lead_to(leading, Decision(timer.tx, True))
        elif State.ABORTED in states or State.PRECOMMITTED not in states:
            self._lead_to(leading, Decision(timer.tx, False))
        else:
            self.leading[timer.tx] = replace(leading, ready=True)
            for name in leading.participants:
                if name != self.id:
                    self.send(name, PreCommit(timer.tx))
            self.on_pre_commit(self.id, PreCommit(timer.tx))
            self.set_timer(timer, self.wait_ms)

    def _lead_to(self, leading: Leading, decision: Decision) -> None:
        self.on_decision(self.id, decision)
        for name in leading.participants:
            if name != self.id:
                self.send(name, decision)

    def _conclude(self, tx: int, commit: bool) -> None:
        self.write(Outcome(tx, commit))
        self.state_of[tx] = State.COMMITTED if commit else State.ABORTED
        self.cancel_timer(Stuck(tx))
