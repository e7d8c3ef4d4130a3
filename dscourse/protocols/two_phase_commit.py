"""A transaction over several participants that all of them commit, or all of them abort.

Source:        Gray, "Notes on data base operating systems", 1978; Bernstein, Hadzilacos and Goodman, "Concurrency
               Control and Recovery in Database Systems", 1987, chapter 7 (properties AC1 to AC5, log rules,
               cooperative termination); Mohan, Lindsay and Obermarck, "Transaction management in the R* distributed
               database management system", TODS 11(4), 1986 (presumed abort).
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered; no synchrony.
               Restarts: any node, with its log. A transaction's number is unique for ever, and its `Submit` does not
               reach a coordinator again after a crash: it would begin anew what it may have called aborted.
Promises:      `same_outcome` and `coordinator_agrees` (AC1), `decided_once` (AC2) and `commit_needs_every_yes` (AC3)
               always; a commit if all vote yes in time and nothing fails (AC4, `everybody_commits`); an outcome
               everywhere once everything works (AC5, `nobody_waits`).
Not promised:  an outcome while the coordinator is down: who has voted yes must wait, and keeps its keys locked.
Departs:       an abort is not logged at the coordinator and not confirmed: who asks about a transaction that it does
               not know is told "aborted". One coordinator makes all decisions and is no participant.
Size:          4 messages a participant with its acknowledgement, 3 for an abort; 2 forced writes a participant, and 1
               (and 1 lazy one) at the coordinator for a commit, none for an abort.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Client, Invocation, Message, Node, Reply, Timer

__all__ = [
    "Ack", "Coordinator", "Decided", "Decision", "Ended", "Inquire", "Outcome", "Participant", "Prepare", "Prepared",
    "Resend", "StillWaiting", "Submit", "Transaction", "TransactionClient", "Unanswered", "Vote", "VotesDue",
    "commit_needs_every_yes", "coordinator_agrees", "decided_once", "everybody_commits", "nobody_waits", "outcomes",
    "same_outcome",
]  # fmt: skip

Writes = tuple[tuple[str, Any], ...]  # key and new value


@dataclass(frozen=True, slots=True)
class Submit(Message):
    """Client operation ``tx``: make these writes at these participants, all or none."""

    tx: int
    writes: tuple[tuple[str, Writes], ...]


@dataclass(frozen=True, slots=True)
class Prepare(Message):
    """Can you commit these writes of transaction ``tx``? The others that are asked are ``participants``."""

    tx: int
    writes: Writes
    participants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vote(Message):
    """The answer to `Prepare`; a yes binds."""

    tx: int
    yes: bool


@dataclass(frozen=True, slots=True)
class Decision(Message):
    """How transaction ``tx`` ends."""

    tx: int
    commit: bool


@dataclass(frozen=True, slots=True)
class Ack(Message):
    """The commit of ``tx`` is durable here."""

    tx: int


@dataclass(frozen=True, slots=True)
class Inquire(Message):
    """I have voted yes for ``tx`` and heard no decision: do you know it?"""

    tx: int


@dataclass(frozen=True, slots=True)
class VotesDue(Timer):
    """Votes that are not here by now count as no."""

    tx: int


@dataclass(frozen=True, slots=True)
class Resend(Timer):
    """Not everybody has confirmed the commit of ``tx``."""

    tx: int


@dataclass(frozen=True, slots=True)
class StillWaiting(Timer):
    """No decision on ``tx`` has come yet."""

    tx: int


@dataclass(frozen=True, slots=True)
class Unanswered(Timer):
    """The client has waited long enough."""

    tx: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A record of the coordinator: ``tx`` commits, and these participants have to hear of it."""

    tx: int
    participants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """A record of the coordinator: everybody has confirmed ``tx``."""

    tx: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record of a participant: it has voted yes, and can make these writes whatever happens."""

    tx: int
    writes: Writes
    coordinator: str
    participants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A record of a participant: how ``tx`` ended here."""

    tx: int
    commit: bool


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that is not decided: whose it is, who takes part, and who has voted yes."""

    client: str
    participants: tuple[str, ...]
    yes: frozenset[str] = frozenset()


class Coordinator(Node):
    """Asks every participant, decides, and tells everybody until all have confirmed."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), votes_ms: float = 60.0, resend_ms: float = 40.0
    ) -> None:
        super().__init__(id, peers)
        self.votes_ms, self.resend_ms = votes_ms, resend_ms
        self.seen: dict[int, Submit] = {}
        self.answers: dict[int, str] = {}
        self.undecided: dict[int, Transaction] = {}
        self.unconfirmed: dict[int, tuple[str, ...]] = {}

    def on_start(self, log: Sequence[object]) -> None:
        ended = {record.tx for record in log if isinstance(record, Ended)}
        for record in log:
            if isinstance(record, Decided) and record.tx not in ended:
                self.unconfirmed[record.tx] = record.participants
                self._tell(record.tx)

    def on_submit(self, sender: str, submit: Submit) -> None:
        if submit.tx in self.seen:
            self._check_same(submit)
            if submit.tx in self.answers:  # the answer may have been lost
                self.reply(sender, submit.tx, self.answers[submit.tx])
            return
        self.seen[submit.tx] = submit
        participants = tuple(name for name, _ in submit.writes)
        self.undecided[submit.tx] = Transaction(sender, participants)
        for name, writes in submit.writes:
            self.send(name, Prepare(submit.tx, writes, participants))
        self.set_timer(VotesDue(submit.tx), self.votes_ms)

    def _check_same(self, submit: Submit) -> None:
        if self.seen[submit.tx] != submit:
            raise ValueError(
                f"transaction {submit.tx} was submitted before, with other writes: each needs a number of its own"
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
        waiting = tuple(name for name in self.unconfirmed.get(ack.tx, ()) if name != sender)
        if waiting:
            self.unconfirmed[ack.tx] = waiting
        elif self.unconfirmed.pop(ack.tx, None):
            self.cancel_timer(Resend(ack.tx))
            self.write(Ended(ack.tx))

    def on_resend(self, timer: Resend) -> None:
        self._tell(timer.tx)

    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        """What is not known here is aborted: nobody forgets a commit before all have confirmed it."""
        if inquire.tx not in self.undecided:
            self.send(sender, Decision(inquire.tx, inquire.tx in self.unconfirmed))

    def _decide(self, tx: int, commit: bool) -> None:
        """Log a commit, then tell everybody; an abort needs no record."""
        transaction = self.undecided.pop(tx)
        if commit:
            self.write(Decided(tx, transaction.participants))
            self.unconfirmed[tx] = transaction.participants
            self._tell(tx)
        else:
            for name in transaction.participants:
                self.send(name, Decision(tx, False))
        self.answers[tx] = "committed" if commit else "aborted"
        self.reply(transaction.client, tx, self.answers[tx])

    def _tell(self, tx: int) -> None:
        for name in self.unconfirmed[tx]:
            self.send(name, Decision(tx, True))
        self.set_timer(Resend(tx), self.resend_ms)


class Participant(Node):
    """Holds data; votes, keeps what it has voted for locked, and asks around if no decision comes."""

    def __init__(self, id: str, peers: Iterable[str] = (), ask_ms: float = 80.0) -> None:
        super().__init__(id, peers)
        self.ask_ms = ask_ms
        self.data: dict[str, Any] = {}
        self.promised: dict[int, Prepared] = {}
        self.outcomes: dict[int, bool] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Prepared):
                self.promised[record.tx] = record
            elif isinstance(record, Outcome):
                self._apply(record)
        for tx in self.promised:
            if self.waits(tx):
                self.set_timer(StillWaiting(tx), self.ask_ms)

    def waits(self, tx: int) -> bool:
        """True if this participant has voted yes and knows no decision: it can neither commit nor abort."""
        return tx in self.promised and tx not in self.outcomes

    @property
    def locked(self) -> frozenset[str]:
        """The keys that no other transaction may touch."""
        return frozenset(
            key
            for tx, record in self.promised.items()
            if self.waits(tx)
            for key, _ in record.writes
        )

    def can_commit(self, prepare: Prepare) -> bool:
        """True if this participant can make the writes, and promise to."""
        return not any(key in self.locked for key, _ in prepare.writes)

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        tx = prepare.tx
        if tx not in self.promised and tx not in self.outcomes:
            if self.can_commit(prepare):
                self.promised[tx] = Prepared(tx, prepare.writes, sender, prepare.participants)
                self.write(self.promised[tx])
                self.set_timer(StillWaiting(tx), self.ask_ms)
            else:
                self._conclude(Outcome(tx, False))
        self.send(sender, Vote(tx, self.outcomes.get(tx, True)))

    def on_decision(self, sender: str, decision: Decision) -> None:
        if decision.tx not in self.outcomes:
            self._conclude(Outcome(decision.tx, decision.commit))
        if decision.commit:
            self.send(self.promised[decision.tx].coordinator, Ack(decision.tx))

    def on_still_waiting(self, timer: StillWaiting) -> None:
        record = self.promised[timer.tx]
        for name in (record.coordinator, *record.participants):
            if name != self.id:
                self.send(name, Inquire(timer.tx))
        self.set_timer(timer, self.ask_ms)

    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        """Who has not voted may abort alone, and then votes no; who has voted yes knows nothing."""
        if not self.waits(inquire.tx):
            if inquire.tx not in self.outcomes:
                self._conclude(Outcome(inquire.tx, False))
            self.send(sender, Decision(inquire.tx, self.outcomes[inquire.tx]))

    def _conclude(self, outcome: Outcome) -> None:
        """Make the outcome durable, and then true."""
        if self.waits(outcome.tx):
            self.cancel_timer(StillWaiting(outcome.tx))
        self.write(outcome)
        self._apply(outcome)

    def _apply(self, outcome: Outcome) -> None:
        self.outcomes[outcome.tx] = outcome.commit
        if outcome.commit:
            self.data.update(self.promised[outcome.tx].writes)


class TransactionClient(Client):
    """Submits one transaction after the other; an operation's value has each participant's writes.

    Without an answer in ``timeout_ms`` the operation is unknown: it may have been committed.
    """

    def __init__(self, id: str, coordinator: str, timeout_ms: float = 200.0) -> None:
        super().__init__(id)
        self.coordinator, self.timeout_ms = coordinator, timeout_ms
        self.waits_for: int | None = None

    def on_invoke(self, op: Invocation) -> None:
        writes = tuple(
            (name, tuple(sorted(own.items()))) for name, own in sorted(dict(op.value or {}).items())
        )
        if not writes:
            raise ValueError(
                f"transaction {op.id} has no participants: give it at least one, with its writes"
            )
        self.waits_for = op.id
        self.send(self.coordinator, Submit(op.id, writes))
        self.set_timer(Unanswered(op.id), self.timeout_ms)

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self.waits_for == reply.op:
            self.waits_for = None
            self.cancel_timer(Unanswered(reply.op))
            self.complete(reply.op, reply.result)

    def on_unanswered(self, timer: Unanswered) -> None:
        self.waits_for = None
        self.unknown(timer.tx, "no answer")


# --- properties, of the logs by node: what is written stays, so they speak of the whole run ------

Logs = Mapping[str, Sequence[object]]


def outcomes(logs: Logs) -> dict[int, dict[str, list[bool]]]:
    """For each transaction the outcomes that each participant has written, in order."""
    found: dict[int, dict[str, list[bool]]] = {}
    for name, log in logs.items():
        for record in log:
            if isinstance(record, Outcome):
                found.setdefault(record.tx, {}).setdefault(name, []).append(record.commit)
    return found


def _promises(logs: Logs) -> list[tuple[str, Prepared]]:
    """Every promise, with the participant that has given it."""
    return [
        (name, record) for name, log in logs.items() for record in log if isinstance(record, Prepared)
    ]  # fmt: skip


def same_outcome(logs: Logs) -> Verdict:
    """AC1: all participants that reach an outcome reach the same one.

    >>> same_outcome({"p": [Outcome(1, True)], "q": [Outcome(1, False)]})
    not same outcome: transaction 1 commits at p and aborts at q
    """
    wrong = ""
    for tx, by_name in outcomes(logs).items():
        ends = {
            end: [n for n, written in by_name.items() if end in written] for end in (True, False)
        }
        if all(ends.values()):
            wrong = f"transaction {tx} commits at {_listed(ends[True])} and aborts at {_listed(ends[False])}"
    return unless("same outcome", wrong)


def coordinator_agrees(logs: Logs) -> Verdict:
    """AC1 for the coordinator: no participant aborts what it has decided to commit.

    >>> coordinator_agrees({"c": [Decided(1, ("p", "q"))], "p": [Outcome(1, False)], "q": []})
    not coordinator agrees: c commits transaction 1, and p aborts it
    """
    ended = outcomes(logs)
    wrong = [
        f"{name} commits transaction {record.tx}, and {participant} aborts it"
        for name, log in logs.items()
        for record in log
        if isinstance(record, Decided)
        for participant, ends in ended.get(record.tx, {}).items()
        if False in ends
    ]
    return unless("coordinator agrees", wrong[0] if wrong else "")


def decided_once(logs: Logs) -> Verdict:
    """AC2: no participant reaches an outcome twice.

    >>> decided_once({"p": [Outcome(1, True), Outcome(1, True)]})
    not decided once: p has ended transaction 1 twice or more
    """
    again = [
        f"{name} has ended transaction {tx} twice or more"
        for tx, by_name in outcomes(logs).items()
        for name, written in by_name.items()
        if len(written) > 1
    ]
    return unless("decided once", again[0] if again else "")


def commit_needs_every_yes(logs: Logs) -> Verdict:
    """AC3: where one node commits, all that take part had promised to.

    >>> promise = Prepared(1, (), "c", ("p", "q"))
    >>> commit_needs_every_yes({"p": [promise, Outcome(1, True)], "q": []})
    not commit needs every yes: transaction 1 commits at p without a promise of q
    """
    needed: dict[int, set[str]] = {}
    commits: dict[int, list[str]] = {}
    for name, log in logs.items():
        for record in log:
            if isinstance(record, Prepared | Decided):
                needed.setdefault(record.tx, set()).update(record.participants)
            if isinstance(record, Decided) or (isinstance(record, Outcome) and record.commit):
                commits.setdefault(record.tx, []).append(name)
    promised = {(record.tx, name) for name, record in _promises(logs)}
    for tx, names in commits.items():
        missing = [
            name for name in sorted(needed.get(tx, {"anybody"})) if (tx, name) not in promised
        ]
        if missing:
            wrong = f"transaction {tx} commits at {_listed(names)} without a promise of {_listed(missing)}"
            return unless("commit needs every yes", wrong)
    return unless("commit needs every yes", "")


def everybody_commits(logs: Logs) -> Verdict:
    """AC4, at the end of a run in which nothing failed and all voted yes: every promise became a commit.

    >>> promise = Prepared(1, (), "c", ("p", "q"))
    >>> everybody_commits({"p": [promise, Outcome(1, True)], "q": [promise, Outcome(1, False)]})
    not everybody commits: q has promised transaction 1 and not committed it
    """
    promises = _promises(logs)
    broken = [
        f"{name} has promised transaction {record.tx} and not committed it"
        for name, record in promises
        if Outcome(record.tx, True) not in logs[name]
    ]
    wrong = broken[0] if broken else "" if promises else "no participant has promised anything"
    return unless("everybody commits", wrong)


def nobody_waits(logs: Logs) -> Verdict:
    """AC5, once everything has worked for long enough: whoever has promised knows the outcome.

    >>> nobody_waits({"p": [Prepared(1, (), "c", ("p", "q"))], "q": [Outcome(1, False)]})
    not nobody waits: p has promised transaction 1 and knows no outcome
    """
    ended = outcomes(logs)
    waiting = [
        f"{name} has promised transaction {record.tx} and knows no outcome"
        for name, record in _promises(logs)
        if name not in ended.get(record.tx, ())
    ]
    return unless("nobody waits", waiting[0] if waiting else "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
