"""A store that carries out each step of a transaction in place, as it comes, and undoes it if the transaction aborts.

Source:        the first attempt at an all-or-nothing transaction in introductions to databases: keep the old value of
               what is overwritten, and put it back at an abort.
Assumes:       that transactions come one after the other.
Promises:      under this assumption, all or nothing.
Not promised:  anything otherwise: what has not committed is read and overwritten, and an abort puts back a value that
               another transaction has replaced.
Departs:       nothing: this is the version to break. `dscourse.protocols.isolation` has the repairs.
Size:          one old value per write of an open transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dscourse.protocols.isolation.messages import Step, Stored
from dscourse.protocols.isolation.server import Open, TransactionServer, applied

__all__ = ["InPlaceStore"]


class InPlaceStore(TransactionServer):
    """A server that reads and writes the data in place."""

    def __init__(self, id: str, peers: Iterable[str] = (), idle_ms: float = 150.0) -> None:
        super().__init__(id, peers, idle_ms)
        self.before: dict[int, list[tuple[Any, Any]]] = {}

    def seen(self, one: Open, key: Any) -> Any:
        return self.data.get(key)

    def take(self, one: Open, step: Step) -> None:
        f, key, _ = step
        if f != "r":
            self.before.setdefault(one.tx, []).append((key, self.data.get(key)))
            self.data[key] = applied(self.data.get(key), [step])
        super().take(one, step)

    def store(self, one: Open) -> None:
        """Commit: make the present values of the keys durable."""
        keys = dict.fromkeys(key for _, key, _ in one.writes)
        self.commit(one, Stored(one.tx, tuple((key, self.data[key]) for key in keys)))

    def abort(self, one: Open, reason: str) -> None:
        """Abort: put the old values back, the last first."""
        for key, value in reversed(self.before.get(one.tx, [])):
            self.data[key] = value
        super().abort(one, reason)

    def forget(self, one: Open) -> None:
        self.before.pop(one.tx, None)
