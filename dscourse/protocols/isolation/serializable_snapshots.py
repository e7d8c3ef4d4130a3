"""Serializable snapshot isolation: snapshots, and no transaction commits as the middle of two read-write conflicts.

Source:        Cahill, Röhm and Fekete, "Serializable isolation for snapshot databases", SIGMOD 2008, section 3: in a
               run of snapshot isolation that is not serializable, some transaction (the pivot) has read what a
               concurrent one overwrites, and has overwritten what a concurrent one read (Fekete et al., "Making
               snapshot isolation serializable", TODS 30(2), 2005).
Assumes:       as `server`. Restarts: as there.
Promises:      promises = ("strict_serializable",). No transaction waits for another.
Not promised:  that only transactions abort which would break the order: two conflicts in a row may be on no cycle.
Departs:       two flags per transaction, as in the paper's basic algorithm. Steps come one at a time, so the paper's
               markers of reads (SIREAD locks) are the steps that the server keeps.
Size:          the steps and flags of every transaction that was open together with one that is still open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from dscourse.protocols.isolation.messages import Step
from dscourse.protocols.isolation.server import Open
from dscourse.protocols.isolation.snapshots import SnapshotStore

__all__ = ["Conflicts", "SerializableSnapshotStore", "promises"]

promises = ("strict_serializable",)


@dataclass(frozen=True, slots=True)
class Conflicts:
    """The reads and writes of a transaction, and its conflicts with concurrent ones.

    ``overwritten`` is True if another overwrites what it read, and ``overwrites`` if it overwrites what another read;
    ``committed`` is the number of its commit, None while it is open.
    """

    reads: frozenset[Any] = frozenset()
    writes: frozenset[Any] = frozenset()
    overwritten: bool = False
    overwrites: bool = False
    committed: int | None = None


class SerializableSnapshotStore(SnapshotStore):
    """A store of snapshots that tracks conflicts when a key is read and when a transaction commits."""

    def __init__(self, id: str, peers: Iterable[str] = (), idle_ms: float = 150.0) -> None:
        super().__init__(id, peers, idle_ms)
        self.conflicts: dict[int, Conflicts] = {}

    def begin(self, one: Open) -> None:
        super().begin(one)
        self.conflicts[one.tx] = Conflicts()

    def take(self, one: Open, step: Step) -> None:
        f, key, _ = step
        if f != "r" or self._reads(one, key):
            super().take(one, step)

    def _reads(self, one: Open, key: Any) -> bool:
        """Record a read of ``key`` and its conflicts; return False if they abort the transaction."""
        own = self.conflicts[one.tx]
        newer = [
            tx
            for tx, other in self.conflicts.items()
            if key in other.writes and self._together(one, other)
        ]
        pivots = [tx for tx in newer if self.conflicts[tx].overwritten]
        if pivots:
            self.abort(one, f"T{pivots[0]} has committed, and would be a pivot")
            return False
        for tx in newer:
            self.conflicts[tx] = replace(self.conflicts[tx], overwrites=True)
        self.conflicts[one.tx] = replace(
            own, reads=own.reads | {key}, overwritten=own.overwritten or bool(newer)
        )
        return True

    def refusal(self, one: Open) -> str:
        own, readers = self.conflicts[one.tx], self._readers(one)
        pivots = [tx for tx in readers if self._committed(tx) and self.conflicts[tx].overwrites]
        if pivots:
            return f"T{pivots[0]} has committed, and would be a pivot"
        if own.overwritten and (own.overwrites or readers):
            return "it is a pivot"
        return super().refusal(one)

    def store(self, one: Open) -> None:
        readers = self._readers(one)
        for tx in readers:
            self.conflicts[tx] = replace(self.conflicts[tx], overwritten=True)
        own = self.conflicts[one.tx]
        self.conflicts[one.tx] = replace(
            own,
            writes=frozenset(key for _, key, _ in one.writes),
            overwrites=own.overwrites or bool(readers),
            committed=self.commits + 1,
        )
        super().store(one)

    def _readers(self, one: Open) -> list[int]:
        """Return the transactions, open together with this one, that have read what it overwrites."""
        written = {key for _, key, _ in one.writes}
        return [
            tx
            for tx, other in self.conflicts.items()
            if tx != one.tx and other.reads & written and self._together(one, other)
        ]

    def _committed(self, tx: int) -> bool:
        return self.conflicts[tx].committed is not None

    def _together(self, one: Open, other: Conflicts) -> bool:
        """Return whether another transaction ended after the open one began, or has not ended."""
        return other.committed is None or other.committed > self.snapshot[one.tx]

    def forget(self, one: Open) -> None:
        """Keep a committed transaction while one is open that began before the commit."""
        super().forget(one)
        if one.tx in self.conflicts and not self._committed(one.tx):
            del self.conflicts[one.tx]
        oldest = min(self.snapshot.values(), default=self.commits)
        self.conflicts = {
            tx: other
            for tx, other in self.conflicts.items()
            if other.committed is None or other.committed > oldest
        }
