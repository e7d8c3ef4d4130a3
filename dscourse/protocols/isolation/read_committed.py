"""Read committed: each read returns the last committed value, and written keys stay locked until the commit.

Source:        Berenson et al., "A critique of ANSI SQL isolation levels", SIGMOD 1995, sections 2.3 and 4.2; the
               level PL-2 of Adya, "Weak consistency: a generalized theory and optimistic implementations for
               distributed transactions", MIT, 1999, section 3.2.2.
Assumes:       as `server`. Restarts: as there; locks are lost with the transactions that held them.
Promises:      promises = ("monotonic_atomic_view",), which implies read committed: all writes of a transaction appear
               in one handler. A read never waits.
Not promised:  that two reads of one transaction fit together (read skew), or that a value is still the same when a
               value computed from it is written (lost update).
Departs:       the source reads under short locks; a handler that reads committed values needs none.
Size:          one lock per key that an open transaction has written.
"""

from __future__ import annotations

from dscourse.protocols.isolation.locking import LockingStore
from dscourse.protocols.isolation.messages import Step
from dscourse.protocols.isolation.server import Open, TransactionServer

__all__ = ["ReadCommittedStore", "promises"]

promises = ("monotonic_atomic_view",)


class ReadCommittedStore(LockingStore):
    """A server that locks what is written, and reads without locks."""

    def take(self, one: Open, step: Step) -> None:
        if step[0] == "r":
            TransactionServer.take(self, one, step)
        else:
            super().take(one, step)
