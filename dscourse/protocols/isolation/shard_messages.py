"""The messages between a coordinator of transactions and the shards that lock their keys, and a record of a shard.

Source:        as `sharded_locking`, with one message per lock.
Assumes:       as `sharded_locking`. Restarts: ``epoch`` counts the starts of a shard, so that a lock from before a
               crash is never taken for one that is held.
Promises:      nothing: these are values.
Not promised:  order, or delivery.
Departs:       a granted lock carries the value of its key, so that no further message reads it.
Size:          one key per message; a list that is read travels whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import text_of
from dscourse.node import Message, Timer

__all__ = ["GivenUp", "Lock", "LockDue", "Locked", "ReadLocks", "Restarted"]


@dataclass(frozen=True, slots=True)
class Lock(Message):
    """Lock ``key`` for transaction ``tx``, if the shard has started ``epoch`` times."""

    tx: int
    key: Any
    exclusive: bool
    epoch: int

    def __str__(self) -> str:
        return f"T{self.tx}: lock {self.key} to {'write' if self.exclusive else 'read'}"


@dataclass(frozen=True, slots=True)
class Locked(Message):
    """``tx`` has the lock, and this is the committed value of ``key``."""

    tx: int
    key: Any
    exclusive: bool
    epoch: int
    value: Any

    def __str__(self) -> str:
        return f"T{self.tx}: {self.key} locked, {text_of(self.value)}"


@dataclass(frozen=True, slots=True)
class Restarted(Message):
    """No lock for ``tx``: this shard has started ``epoch`` times, and has lost the locks from before."""

    tx: int
    epoch: int

    def __str__(self) -> str:
        return f"T{self.tx}: restarted"


@dataclass(frozen=True, slots=True)
class GivenUp(Message):
    """This shard has aborted ``tx``, before it voted."""

    tx: int
    reason: str

    def __str__(self) -> str:
        return f"T{self.tx}: given up, {self.reason}"


@dataclass(frozen=True, slots=True)
class LockDue(Timer):
    """The lock for which ``tx`` waits has not been granted yet."""

    tx: int


@dataclass(frozen=True, slots=True)
class ReadLocks:
    """A record: if ``tx`` gets a vote of yes, it has these keys locked to read."""

    tx: int
    keys: tuple[Any, ...]

    def __str__(self) -> str:
        return f"T{self.tx} has read {', '.join(map(str, self.keys))}"
