"""The messages and records of transactions with timestamps; a timestamp is a moment in whole µs.

Source:        as `timestamps`.
Assumes:       as `timestamps`. Restarts: a message names its transaction, whose number is unique for ever.
Promises:      nothing: these are values.
Not promised:  order, or delivery.
Departs:       nothing.
Size:          a timestamp per vote and commit; one message per shard and direction for all keys that are read there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import text_of
from dscourse.node import Message, Timer

__all__ = ["DecisionAt", "ReadAt", "ReadDue", "ReadOnly", "Snapshot", "Stamped", "ValuesAt", "VoteAt"]  # fmt: skip

Values = tuple[tuple[Any, Any], ...]  # key and value


@dataclass(frozen=True, slots=True)
class ReadOnly(Message):
    """A client asks for the values of these keys at one moment; it writes nothing."""

    tx: int
    keys: tuple[Any, ...]

    def __str__(self) -> str:
        return f"T{self.tx}: read {', '.join(map(str, self.keys))}"


@dataclass(frozen=True, slots=True)
class Snapshot(Message):
    """The values of the keys that ``tx`` asked for."""

    tx: int
    values: Values

    def __str__(self) -> str:
        return f"T{self.tx}: {text_of(self.values)}"


@dataclass(frozen=True, slots=True)
class ReadAt(Message):
    """A coordinator asks for the values of these keys at moment ``us``."""

    tx: int
    keys: tuple[Any, ...]
    us: int

    def __str__(self) -> str:
        return f"T{self.tx}: read {', '.join(map(str, self.keys))} at {self.us / 1000:g} ms"


@dataclass(frozen=True, slots=True)
class ValuesAt(Message):
    """These were the values at moment ``us``, and no commit will change that."""

    tx: int
    us: int
    values: Values

    def __str__(self) -> str:
        return f"T{self.tx}: {text_of(self.values)} at {self.us / 1000:g} ms"


@dataclass(frozen=True, slots=True)
class VoteAt(Message):
    """A vote of yes on ``tx``, provided that it commits at moment ``us`` or later."""

    tx: int
    us: int

    def __str__(self) -> str:
        return f"vote yes, from {self.us / 1000:g} ms on"


@dataclass(frozen=True, slots=True)
class DecisionAt(Message):
    """Transaction ``tx`` commits at moment ``us``."""

    tx: int
    us: int

    def __str__(self) -> str:
        return f"commit at {self.us / 1000:g} ms"


@dataclass(frozen=True, slots=True)
class Stamped:
    """A record: ``tx`` commits at moment ``us``; before its decision is known, then or later."""

    tx: int
    us: int

    def __str__(self) -> str:
        return f"T{self.tx}: {self.us / 1000:g} ms"


@dataclass(frozen=True, slots=True)
class ReadDue(Timer):
    """The moment of a read may have passed."""

    read: ReadAt
