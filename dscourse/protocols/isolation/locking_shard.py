"""A shard of `dscourse.protocols.isolation.sharded_locking`: its locks, and its votes.

Source:        Bernstein, Hadzilacos and Goodman 1987, sections 3.11 and 7.4; wound-wait from Rosenkrantz, Stearns and
               Lewis, ACM TODS 3(2), 1978.
Assumes:       as the coordinator. Restarts: with its log, in a new epoch.
Promises:      locks are kept until the decision is known: across the vote, and over a restart.
Not promised:  that a transaction may commit: an older one may take its locks before the vote.
Departs:       as the coordinator.
Size:          1 lock per key and open transaction; 1 record per vote, and 1 more if the transaction has read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dscourse.protocols.atomicity import Outcome, Prepared
from dscourse.protocols.isolation.locks import LockTable
from dscourse.protocols.isolation.messages import Idle, Started
from dscourse.protocols.isolation.shard_messages import GivenUp, Lock, Locked, ReadLocks, Restarted
from dscourse.protocols.two_phase_commit import Participant
from dscourse.protocols.two_phase_messages import Prepare

__all__ = ["LockingShard"]


class LockingShard(Participant):
    """A shard that locks its keys for transactions, and keeps the locks until it knows how they end.

    It gives a transaction up that an older one waits for, or whose coordinator is silent for ``idle_ms``, unless it
    has voted: ``open`` names the coordinators of those that have not.
    """

    def __init__(
        self, id: str, peers: Iterable[str] = (), decision_ms: float = 80.0, idle_ms: float = 250.0
    ) -> None:
        super().__init__(id, peers, decision_ms)
        self.idle_ms = idle_ms
        self.epoch = 0
        self.locks = LockTable()
        self.open: dict[int, str] = {}
        self.waiting: dict[int, Lock] = {}

    @property
    def shown_role(self) -> str:
        return "in doubt" if any(self.in_doubt(tx) for tx in self.prepared) else ""

    def on_start(self, log: Sequence[object]) -> None:
        """Lock what is in doubt before anything else can."""
        super().on_start(log)
        self.epoch = 1 + sum(isinstance(record, Started) for record in log)
        self.write(Started())
        for record in log:
            if isinstance(record, Prepared) and self.in_doubt(record.tx):
                for key, _ in record.writes:
                    self.locks.ask(record.tx, key, exclusive=True)
            elif isinstance(record, ReadLocks) and self.in_doubt(record.tx):
                for key in record.keys:
                    self.locks.ask(record.tx, key, exclusive=False)

    def on_lock(self, sender: str, lock: Lock) -> None:
        tx = lock.tx
        if tx in self.outcomes or tx in self.prepared:
            if tx in self.outcomes and not self.outcomes[tx].commit:
                self.send(sender, GivenUp(tx, f"it has ended at {self.id}"))
        elif lock.epoch != self.epoch:
            self.send(sender, Restarted(tx, self.epoch))
        else:
            self.open[tx] = sender
            self.set_timer(Idle(tx), self.idle_ms)
            if self.waiting.get(tx) != lock:
                self._lock(lock)

    def _lock(self, lock: Lock) -> None:
        if self.locks.ask(lock.tx, lock.key, lock.exclusive):
            self._grant(lock)
            return
        self.waiting[lock.tx] = lock
        for other in self.locks.blockers(lock.tx):
            if other > lock.tx and other in self.open:
                self.give_up(other, f"T{lock.tx}, which is older, needs what it has locked")

    def _grant(self, lock: Lock) -> None:
        value = self.data.get(lock.key)
        self.send(self.open[lock.tx], Locked(lock.tx, lock.key, lock.exclusive, self.epoch, value))

    def on_idle(self, timer: Idle) -> None:
        self.give_up(timer.tx, "its coordinator fell silent")

    def give_up(self, tx: int, reason: str) -> None:
        """Abort a transaction that this shard has not voted on."""
        coordinator = self.open[tx]
        self._record_outcome(Outcome(tx, False))
        self.send(coordinator, GivenUp(tx, reason))

    def can_commit(self, prepare: Prepare) -> bool:
        """Return whether the transaction has kept all its locks here."""
        return prepare.tx in self.open

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        """Vote, and make all locks durable with a vote of yes."""
        locks = self.locks.holders.items()
        read = tuple(key for key, holders in locks if holders.get(prepare.tx) is False)
        if read and self.can_commit(prepare):
            self.write(ReadLocks(prepare.tx, read))
        super().on_prepare(sender, prepare)
        self._close(prepare.tx)

    def _apply(self, outcome: Outcome) -> None:
        super()._apply(outcome)
        self._close(outcome.tx)
        self.release(outcome.tx)

    def _close(self, tx: int) -> None:
        """Note that a transaction has been voted on, or has ended."""
        if self.open.pop(tx, None) is not None:
            self.cancel_timer(Idle(tx))

    def release(self, tx: int) -> None:
        """Release the locks of a transaction, and grant them to those that wait for them."""
        self.waiting.pop(tx, None)
        for other in self.locks.release(tx):
            self._grant(self.waiting.pop(other))
