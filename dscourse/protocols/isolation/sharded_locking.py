"""Keys over several shards: strict two-phase locking, and a two-phase commit that keeps the locks across the vote.

This is the coordinator; `dscourse.protocols.isolation.locking_shard` has the shards.

Source:        Bernstein, Hadzilacos and Goodman, "Concurrency Control and Recovery in Database Systems", 1987,
               sections 3.11 (locks at several sites) and 7.4 (two-phase commit); Mohan, Lindsay and Obermarck,
               "Transaction management in the R* distributed database management system", TODS 11(4), 1986; wound-wait
               from Rosenkrantz, Stearns and Lewis, "System level concurrency control for distributed database
               systems", ACM TODS 3(2), 1978.
Assumes:       as `dscourse.protocols.two_phase_commit`, and less: a request to commit may come again after a crash of
               the coordinator, which refuses its epoch. Restarts: any node, with its log.
Promises:      promises = ("strict_serializable",): the moment of a transaction is between its last lock and its first
               vote. `same_outcome`, `coordinator_agrees`, `decided_once` and `commit_needs_every_yes` of `atomicity`.
               No cycle of waiting, on one shard or across them: a transaction waits for older ones, and for those in
               doubt, which wait for nothing but the decision. No lock for ever: a transaction whose coordinator falls
               silent is given up before the vote after ``idle_ms``, and after it when the coordinator is back.
Not promised:  that a transaction commits. Anything for keys in doubt while the coordinator is down: they stay locked.
Departs:       every shard that was read from takes part in the commit. The age of a transaction is its number.
Size:          2 messages per lock, and those of the steps and of the commit; 1 lock per key and open transaction; 1
               record more per vote on a transaction that has read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dscourse.placement.hashing import hash_of
from dscourse.protocols.atomicity import Decided
from dscourse.protocols.isolation.locking_shard import LockingShard
from dscourse.protocols.isolation.messages import Aborted, Committed, Step
from dscourse.protocols.isolation.server import Open, TransactionServer, applied
from dscourse.protocols.isolation.shard_messages import GivenUp, Lock, LockDue, Locked, Restarted
from dscourse.protocols.transaction_client import Submit
from dscourse.protocols.two_phase_commit import Coordinator
from dscourse.protocols.two_phase_messages import Decision

__all__ = ["LockingShard", "ShardedStore", "promises"]

promises = ("strict_serializable",)


@dataclass(slots=True)
class OwnLocks:
    """The locks of a transaction by key, its shards with their epochs, and the step that waits for a lock."""

    locks: dict[Any, Locked] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)
    step: Step | None = None


class ShardedStore(TransactionServer, Coordinator):
    """A coordinator: to its clients a server of transactions, to the ``shards`` the coordinator of their commit.

    There may be several. A lock is asked for again every ``retry_ms``.
    """

    def __init__(
        self, id: str, shards: Iterable[str] = (), idle_ms: float = 150.0, retry_ms: float = 25.0
    ) -> None:
        super().__init__(id, shards, idle_ms)
        self.retry_ms = retry_ms
        self.own: dict[int, OwnLocks] = {}
        self.epochs: dict[str, int] = {}

    def on_start(self, log: Sequence[object]) -> None:
        TransactionServer.on_start(self, log)
        Coordinator.on_start(self, log)
        for record in log:
            if isinstance(record, Decided):
                self.ended[record.tx] = Committed(record.tx)

    def home(self, key: Any) -> str:
        """Return the shard of a key."""
        return self.peers[hash_of(key) % len(self.peers)]

    # --- steps: each needs a lock ----------------------------------------------------------------------------------

    def begin(self, one: Open) -> None:
        self.own[one.tx] = OwnLocks()

    def base(self, one: Open, key: Any) -> Any:
        return self.own[one.tx].locks[key].value

    def take(self, one: Open, step: Step) -> None:
        own, (f, key, _) = self.own[one.tx], step
        if key in own.locks and own.locks[key].exclusive >= (f != "r"):
            super().take(one, step)
        else:
            own.step = step
            self._ask(one.tx, step)

    def _ask(self, tx: int, step: Step) -> None:
        f, key, _ = step
        shard = self.home(key)
        self.send(shard, Lock(tx, key, f != "r", self._epoch(tx, shard)))
        self.set_timer(LockDue(tx), self.retry_ms)

    def _epoch(self, tx: int, shard: str) -> int:
        """Return the epoch in which a transaction has locks at a shard, or else the last one that was heard of."""
        return self.own[tx].epochs.get(shard, self.epochs.get(shard, 1))

    def on_lock_due(self, timer: LockDue) -> None:
        step = self.own[timer.tx].step
        if step is not None:
            self._ask(timer.tx, step)

    def on_locked(self, sender: str, lock: Locked) -> None:
        own = self.own.get(lock.tx)
        if own is None or own.step is None or lock.epoch != self._epoch(lock.tx, sender):
            return
        f, key, _ = step = own.step
        if (lock.key, lock.exclusive) == (key, f != "r"):
            own.locks[key], own.epochs[sender], own.step = lock, lock.epoch, None
            self.cancel_timer(LockDue(lock.tx))
            super().take(self.open[lock.tx], step)

    def on_restarted(self, sender: str, restarted: Restarted) -> None:
        """Ask again in the new epoch, unless the transaction had locks in the one before."""
        tx, own = restarted.tx, self.own.get(restarted.tx)
        self.epochs[sender] = max(restarted.epoch, self.epochs.get(sender, 1))
        if own is None:
            return
        if own.epochs.get(sender, restarted.epoch) < restarted.epoch:
            self.abort(self.open[tx], f"{sender} has restarted")
        elif own.step is not None and self.home(own.step[1]) == sender:
            self._ask(tx, own.step)

    def on_given_up(self, sender: str, given_up: GivenUp) -> None:
        if given_up.tx in self.open:
            self.abort(self.open[given_up.tx], given_up.reason)

    # --- the end: by votes, or before them ------------------------------------------------------------------------

    def store(self, one: Open) -> None:
        """Begin the two-phase commit among all shards that have locked something."""
        own, writes = self.own[one.tx], dict[Any, Any]()
        for key in dict.fromkeys(key for _, key, _ in one.writes):
            writes[key] = applied(own.locks[key].value, one.written(key))
        by_shard = (
            (shard, tuple((key, new) for key, new in writes.items() if self.home(key) == shard))
            for shard in own.epochs
        )
        self.on_submit(one.client, Submit(one.tx, tuple(by_shard)))

    def answer(self, client: str, tx: int) -> None:
        committed = self.answers[tx] == "committed"
        self.ended[tx] = Committed(tx) if committed else Aborted(tx, "a shard has not voted yes")
        self._end(self.open[tx])

    def abort(self, one: Open, reason: str) -> None:
        """Abort, and tell the shards. Once the votes have been asked for, they alone decide."""
        if one.tx in self.submitted:
            return
        own = self.own.get(one.tx, OwnLocks())
        asked = [self.home(own.step[1])] if own.step else []
        for shard in dict.fromkeys([*own.epochs, *asked]):
            self.send(shard, Decision(one.tx, False))
        super().abort(one, reason)

    def forget(self, one: Open) -> None:
        if self.own.pop(one.tx, OwnLocks()).step is not None:
            self.cancel_timer(LockDue(one.tx))
