"""Strict two-phase locking: every step locks its key first, and all locks are kept until the transaction has ended.

Source:        Eswaran, Gray, Lorie and Traiger, "The notions of consistency and predicate locks in a database
               system", CACM 19(11), 1976 (two phases); Bernstein, Hadzilacos and Goodman, "Concurrency Control and
               Recovery in Database Systems", 1987, sections 3.2 to 3.4 (strictness, deadlock detection).
               `WoundWaitStore`: Rosenkrantz, Stearns and Lewis, "System level concurrency control for distributed
               database systems", ACM TODS 3(2), 1978.
Assumes:       as `server`. Restarts: as there; locks are lost with the transactions that held them.
Promises:      promises = ("strict_serializable",): the moment of a transaction is its commit. Of transactions that
               wait for each other one is aborted at once; with `WoundWaitStore` no such cycle arises.
Not promised:  that a transaction commits without waiting, or that it commits.
Departs:       an aborted transaction does not begin again with its old age: its client may send a new one.
Size:          one lock per key that an open transaction has touched.
"""

from __future__ import annotations

from collections.abc import Iterable

from dscourse.protocols.isolation.locks import LockTable
from dscourse.protocols.isolation.messages import Step
from dscourse.protocols.isolation.server import Open, TransactionServer

__all__ = ["DEADLOCK", "LockingStore", "WoundWaitStore", "promises"]

promises = ("strict_serializable",)
DEADLOCK = "it was the youngest in a deadlock"  # the reason of an abort


class LockingStore(TransactionServer):
    """A server that reads under shared and writes under exclusive locks; of a deadlock the youngest is aborted."""

    def __init__(self, id: str, peers: Iterable[str] = (), idle_ms: float = 150.0) -> None:
        super().__init__(id, peers, idle_ms)
        self.locks = LockTable()
        self.waiting: dict[int, Step] = {}

    def take(self, one: Open, step: Step) -> None:
        f, key, _ = step
        if self.locks.ask(one.tx, key, exclusive=f != "r"):
            super().take(one, step)
        else:
            self.waiting[one.tx] = step
            self.blocked(one)

    def blocked(self, one: Open) -> None:
        """React to a transaction that must wait: end the deadlock in which it may be now."""
        cycle = self.locks.cycle(one.tx)
        while cycle:
            victim = max(cycle, key=lambda tx: self.open[tx].begun)
            self.abort(self.open[victim], DEADLOCK)
            cycle = self.locks.cycle(one.tx) if one.tx in self.waiting else []

    def forget(self, one: Open) -> None:
        self.waiting.pop(one.tx, None)
        for tx in self.locks.release(one.tx):
            super().take(self.open[tx], self.waiting.pop(tx))


class WoundWaitStore(LockingStore):
    """A server on which an older transaction aborts the younger ones for which it would wait; a younger one waits."""

    def blocked(self, one: Open) -> None:
        for tx in self.locks.blockers(one.tx):
            if tx in self.open and self.open[tx].begun > one.begun:
                self.abort(self.open[tx], f"T{one.tx}, which is older, needs what it has locked")
