"""The messages and timers of `two_phase_commit`, and the state of an undecided transaction at its coordinator.

Source:        Gray, 1978, and, for the inquiry, Mohan, Lindsay and Obermarck, 1986, as in `two_phase_commit`.
Assumes:       as `two_phase_commit`. Restarts: a message names its transaction, whose number is unique for ever.
Promises:      nothing: these are values.
Not promised:  order, or delivery.
Departs:       nothing.
Size:          a prepare carries the writes of its receiver and the names of all participants.
"""

from __future__ import annotations

from dataclasses import dataclass

from dscourse.core.wording import text_of
from dscourse.node import Message, Timer
from dscourse.protocols.atomicity import Writes

__all__ = [
    "Ack", "AcksDue", "Decision", "DecisionDue", "Inquire", "Prepare", "Transaction", "Vote", "VotesDue",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepare(Message):
    """Can you commit these writes of transaction ``tx``, in which ``participants`` take part?"""

    tx: int
    writes: Writes
    participants: tuple[str, ...]

    def __str__(self) -> str:
        return f"prepare {text_of(self.writes)}"


@dataclass(frozen=True, slots=True)
class Vote(Message):
    """My answer to `Prepare`; a yes binds me."""

    tx: int
    yes: bool

    def __str__(self) -> str:
        return "vote yes" if self.yes else "vote no"


@dataclass(frozen=True, slots=True)
class Decision(Message):
    """Transaction ``tx`` commits, or aborts."""

    tx: int
    commit: bool

    def __str__(self) -> str:
        return "commit" if self.commit else "abort"


@dataclass(frozen=True, slots=True)
class Ack(Message):
    """The commit of ``tx`` is durable here."""

    tx: int

    def __str__(self) -> str:
        return "ack commit"


@dataclass(frozen=True, slots=True)
class Inquire(Message):
    """I am in doubt about ``tx``: do you know the decision?"""

    tx: int

    def __str__(self) -> str:
        return "decision?"


@dataclass(frozen=True, slots=True)
class VotesDue(Timer):
    """Votes on ``tx`` that have not arrived by now count as no."""

    tx: int


@dataclass(frozen=True, slots=True)
class AcksDue(Timer):
    """Some participants have not acknowledged the commit of ``tx``."""

    tx: int


@dataclass(frozen=True, slots=True)
class DecisionDue(Timer):
    """No decision on ``tx`` has arrived."""

    tx: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that is not decided yet: its client, its participants, and those that have voted yes."""

    client: str
    participants: tuple[str, ...]
    yes: frozenset[str] = frozenset()
