"""Optimistic concurrency control: work without waiting, and abort at the commit if something read has changed.

Source:        Kung and Robinson, "On optimistic methods for concurrency control", ACM TODS 6(2), 1981, section 4
               (serial validation: what was read is compared with what others have written since).
Assumes:       as `server`. Restarts: as there.
Promises:      promises = ("strict_serializable",): the moment of a transaction is its validation, in one handler. No
               transaction waits for another.
Not promised:  that a transaction which will abort has read values that fit together. That a transaction ever
               commits: one that others always overtake starves.
Departs:       a version per key is compared instead of sets of transactions, which aborts the same transactions.
Size:          one version per key, and one per key that an open transaction has read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dscourse.protocols.isolation.messages import Step, Stored
from dscourse.protocols.isolation.server import Open, TransactionServer

__all__ = ["OptimisticStore", "promises"]

promises = ("strict_serializable",)


class OptimisticStore(TransactionServer):
    """A server that remembers which version of a key each transaction read first."""

    def __init__(self, id: str, peers: Iterable[str] = (), idle_ms: float = 150.0) -> None:
        super().__init__(id, peers, idle_ms)
        self.version: dict[Any, int] = {}
        self.read: dict[int, dict[Any, int]] = {}

    def take(self, one: Open, step: Step) -> None:
        f, key, _ = step
        if f == "r":
            self.read.setdefault(one.tx, {}).setdefault(key, self.version.get(key, 0))
        super().take(one, step)

    def refusal(self, one: Open) -> str:
        read = self.read.get(one.tx, {})
        stale = [key for key, seen in read.items() if self.version.get(key, 0) != seen]
        return f"{stale[0]} has changed since it was read" if stale else ""

    def install(self, stored: Stored) -> None:
        super().install(stored)
        for key, _ in stored.values:
            self.version[key] = self.version.get(key, 0) + 1

    def forget(self, one: Open) -> None:
        self.read.pop(one.tx, None)
