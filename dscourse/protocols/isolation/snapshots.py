"""Snapshot isolation: a transaction reads the state at its beginning, and of two that overwrite one key one aborts.

Source:        Berenson et al., "A critique of ANSI SQL isolation levels", SIGMOD 1995, section 4.2 (first committer
               wins).
Assumes:       as `server`. Restarts: as there; the log is replayed in the order of the commits, and no snapshot
               outlives a crash.
Promises:      promises = ("snapshot_isolation",): a transaction reads all that had committed when its first step
               arrived. No transaction waits for another; one that only reads never aborts because of another.
Not promised:  serializability: two transactions may each read what the other writes (write skew).
Departs:       nothing.
Size:          the versions that some open transaction may still read, and the newest one, per key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dscourse.protocols.isolation.messages import Stored
from dscourse.protocols.isolation.server import Open, TransactionServer

__all__ = ["SnapshotStore", "promises"]

promises = ("snapshot_isolation",)

Versions = list[tuple[int, Any]]  # the number of the commit and the value, oldest first


class SnapshotStore(TransactionServer):
    """A server with the versions of each key; commits are numbered, and a snapshot is the number of the last one."""

    def __init__(self, id: str, peers: Iterable[str] = (), idle_ms: float = 150.0) -> None:
        super().__init__(id, peers, idle_ms)
        self.commits = 0
        self.versions: dict[Any, Versions] = {}
        self.snapshot: dict[int, int] = {}

    def begin(self, one: Open) -> None:
        self.snapshot[one.tx] = self.commits

    def base(self, one: Open, key: Any) -> Any:
        return at_snapshot(self.versions.get(key, []), self.snapshot[one.tx])

    def refusal(self, one: Open) -> str:
        overwritten = [key for _, key, _ in one.writes if self.newest(key) > self.snapshot[one.tx]]
        return f"another has written {overwritten[0]} since it began" if overwritten else ""

    def newest(self, key: Any) -> int:
        """Return the number of the last commit that wrote ``key``; 0 if none did."""
        versions = self.versions.get(key)
        return versions[-1][0] if versions else 0

    def install(self, stored: Stored) -> None:
        super().install(stored)
        self.commits += 1
        oldest = min(self.snapshot.values(), default=self.commits)
        for key, value in stored.values:
            versions = self.versions.setdefault(key, [])
            versions.append((self.commits, value))
            del versions[: _unreachable(versions, oldest)]

    def forget(self, one: Open) -> None:
        self.snapshot.pop(one.tx, None)


def at_snapshot(versions: Versions, snapshot: int) -> Any:
    """Return the last value that was committed up to a snapshot; None if there is none.

    >>> at_snapshot([(1, "a"), (4, "b")], 3)
    'a'
    """
    return next((value for number, value in reversed(versions) if number <= snapshot), None)


def _unreachable(versions: Versions, oldest: int) -> int:
    """Return how many versions, from the first, no snapshot can see that is as old as ``oldest`` or newer."""
    return max(sum(number <= oldest for number, _ in versions) - 1, 0)
