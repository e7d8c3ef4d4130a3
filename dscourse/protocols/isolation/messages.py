"""The messages between a client and a store of transactions, and the records of the store.

Source:        the interface of a transaction in Bernstein, Hadzilacos and Goodman, "Concurrency Control and Recovery
               in Database Systems", 1987, section 1.2 (read, write, commit, abort), one message for each.
Assumes:       as `server`. Restarts: a message names its transaction, whose number is unique for ever.
Promises:      nothing: these are values.
Not promised:  order, or delivery.
Departs:       a transaction begins with its first step. ``epoch`` counts the starts of the store, so that a step
               never goes on with a transaction that a crash has ended.
Size:          one key and one value per step; a list that is read travels whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import text_of
from dscourse.node import Message, Timer

__all__ = [
    "Aborted",
    "Commit",
    "Committed",
    "DoStep",
    "Idle",
    "Started",
    "Step",
    "StepDone",
    "Stored",
]

Step = tuple[str, Any, Any]  # ("r", key, None), ("w", key, value) or ("append", key, element)


@dataclass(frozen=True, slots=True)
class DoStep(Message):
    """Carry out step ``number``, counted from 0, of transaction ``tx``; ``epoch`` is that of the earlier steps."""

    tx: int
    number: int
    step: Step
    epoch: int | None = None

    def __str__(self) -> str:
        f, key, value = self.step
        return (
            f"T{self.tx}: read {key}" if f == "r" else f"T{self.tx}: {f} {text_of(value)} to {key}"
        )


@dataclass(frozen=True, slots=True)
class StepDone(Message):
    """Step ``number`` of ``tx`` is done, with the value that it read."""

    tx: int
    number: int
    value: Any
    epoch: int

    def __str__(self) -> str:
        return (
            f"T{self.tx}: {text_of(self.value)}" if self.value is not None else f"T{self.tx}: done"
        )


@dataclass(frozen=True, slots=True)
class Commit(Message):
    """Commit ``tx``, which had so many steps."""

    tx: int
    steps: int
    epoch: int | None

    def __str__(self) -> str:
        return f"T{self.tx}: commit?"


@dataclass(frozen=True, slots=True)
class Committed(Message):
    """All writes of ``tx`` are durable."""

    tx: int

    def __str__(self) -> str:
        return f"T{self.tx}: committed"


@dataclass(frozen=True, slots=True)
class Aborted(Message):
    """No write of ``tx`` has happened, and none will."""

    tx: int
    reason: str

    def __str__(self) -> str:
        return f"T{self.tx}: aborted, {self.reason}"


@dataclass(frozen=True, slots=True)
class Idle(Timer):
    """The client of ``tx`` has sent nothing for a while."""

    tx: int


@dataclass(frozen=True, slots=True)
class Started:
    """A record: the store has started once more."""

    def __str__(self) -> str:
        return "start"


@dataclass(frozen=True, slots=True)
class Stored:
    """A record: ``tx`` has committed, and these keys have these values now."""

    tx: int
    values: tuple[tuple[Any, Any], ...]

    def __str__(self) -> str:
        return (
            f"T{self.tx} commits {text_of(self.values)}" if self.values else f"T{self.tx} commits"
        )
