"""Atomicity of transactions: the records that commit protocols log, and the properties judged on them.

Source:        Bernstein, Hadzilacos and Goodman, "Concurrency Control and Recovery in Database Systems", 1987,
               section 7.3 (the atomic commitment problem, AC1 to AC5).
Assumes:       complete logs. A record is never deleted, so the properties speak of the whole run. Restarts: a node
               appends to the log that it wrote before.
Promises:      nothing: these are values and predicates, for any protocol that logs these records.
Not promised:  that a node acts as its log says; the protocols' tests look at that.
Departs:       AC1 is judged for the coordinator as well, which decides but has no data.
Size:          every property is linear in the number of records, but for `all_committed`, which is quadratic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.core.wording import text_of

__all__ = [
    "Decided", "Ended", "Outcome", "Prepared", "Writes", "all_committed", "all_decided", "commit_needs_every_yes",
    "coordinator_agrees", "decided_once", "outcomes", "same_outcome",
]  # fmt: skip

Writes = tuple[tuple[str, Any], ...]  # key and new value


@dataclass(frozen=True, slots=True)
class Decided:
    """A record of the coordinator: ``tx`` commits, and these participants must learn of it."""

    tx: int
    participants: tuple[str, ...]

    def __str__(self) -> str:
        return "decision: commit"


@dataclass(frozen=True, slots=True)
class Ended:
    """A record of the coordinator: every participant has acknowledged the commit of ``tx``."""

    tx: int

    def __str__(self) -> str:
        return "end of transaction"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record of a participant: it votes yes on ``tx``, and can make these writes whatever happens."""

    tx: int
    writes: Writes
    coordinator: str
    participants: tuple[str, ...]

    def __str__(self) -> str:
        return f"prepared {text_of(self.writes)}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A record of a participant, or of a coordinator that logs aborts too: ``tx`` commits, or aborts."""

    tx: int
    commit: bool

    def __str__(self) -> str:
        return "committed" if self.commit else "aborted"


Logs = Mapping[str, Sequence[object]]


def outcomes(logs: Logs) -> dict[int, dict[str, list[bool]]]:
    """Return the outcomes that each node has logged, by transaction and node, in order."""
    ends: dict[int, dict[str, list[bool]]] = {}
    for name, log in logs.items():
        for record in log:
            if isinstance(record, Outcome):
                ends.setdefault(record.tx, {}).setdefault(name, []).append(record.commit)
    return ends


def _yes_votes(logs: Logs) -> list[tuple[str, Prepared]]:
    """Return every yes vote that was logged, with the participant that logged it."""
    return [
        (name, record) for name, log in logs.items() for record in log if isinstance(record, Prepared)
    ]  # fmt: skip


def same_outcome(logs: Logs) -> Verdict:
    """Judge AC1: all participants that reach an outcome reach the same one.

    >>> same_outcome({"p": [Outcome(1, True)], "q": [Outcome(1, False)]})
    violated: same outcome; transaction 1 commits at p and aborts at q
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
    """Judge AC1 for the coordinator: no participant aborts a transaction that it has decided to commit.

    >>> coordinator_agrees({"c": [Decided(1, ("p", "q"))], "p": [Outcome(1, False)], "q": []})
    violated: coordinator agrees; c commits transaction 1, and p aborts it
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
    """Judge AC2: no participant reaches an outcome twice.

    >>> decided_once({"p": [Outcome(1, True), Outcome(1, True)]})
    violated: decided once; p has ended transaction 1 twice or more
    """
    twice = [
        f"{name} has ended transaction {tx} twice or more"
        for tx, by_name in outcomes(logs).items()
        for name, written in by_name.items()
        if len(written) > 1
    ]
    return unless("decided once", twice[0] if twice else "")


def commit_needs_every_yes(logs: Logs) -> Verdict:
    """Judge AC3: if one node commits a transaction, all its participants have voted yes.

    >>> yes = Prepared(1, (), "c", ("p", "q"))
    >>> commit_needs_every_yes({"p": [yes, Outcome(1, True)], "q": []})
    violated: commit needs every yes; transaction 1 commits at p without a yes vote of q
    """
    needed: dict[int, set[str]] = {}
    commits: dict[int, list[str]] = {}
    for name, log in logs.items():
        for record in log:
            if isinstance(record, Prepared | Decided):
                needed.setdefault(record.tx, set()).update(record.participants)
            if isinstance(record, Decided) or (isinstance(record, Outcome) and record.commit):
                commits.setdefault(record.tx, []).append(name)
    voted = {(record.tx, name) for name, record in _yes_votes(logs)}
    for tx, names in commits.items():
        missing = [
            name for name in sorted(needed.get(tx, {"any participant"})) if (tx, name) not in voted
        ]
        if missing:
            wrong = f"transaction {tx} commits at {_listed(names)} without a yes vote of {_listed(missing)}"
            return unless("commit needs every yes", wrong)
    return unless("commit needs every yes", "")


def all_committed(logs: Logs) -> Verdict:
    """Judge AC4 at the end of a run in which nothing failed and all voted yes: each of them has committed.

    >>> yes = Prepared(1, (), "c", ("p", "q"))
    >>> all_committed({"p": [yes, Outcome(1, True)], "q": [yes, Outcome(1, False)]})
    violated: all committed; q has voted yes on transaction 1 and not committed it
    """
    votes = _yes_votes(logs)
    wrong_votes = [
        f"{name} has voted yes on transaction {record.tx} and not committed it"
        for name, record in votes
        if Outcome(record.tx, True) not in logs[name]
    ]
    wrong = (
        wrong_votes[0]
        if wrong_votes
        else ""
        if votes
        else "no participant has voted yes on anything"
    )
    return unless("all committed", wrong)


def all_decided(logs: Logs) -> Verdict:
    """Judge AC5 once everything has worked for long enough: every participant that voted yes knows the outcome.

    >>> all_decided({"p": [Prepared(1, (), "c", ("p", "q"))], "q": [Outcome(1, False)]})
    violated: all decided; p has voted yes on transaction 1 and knows no outcome
    """
    ended = outcomes(logs)
    waiting = [
        f"{name} has voted yes on transaction {record.tx} and knows no outcome"
        for name, record in _yes_votes(logs)
        if name not in ended.get(record.tx, ())
    ]
    return unless("all decided", waiting[0] if waiting else "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
