"""Transactions over shards with timestamps: those that only read take no locks, and commits wait out the uncertainty.

Source:        Corbett et al., "Spanner: Google's globally-distributed database", OSDI 2012, sections 4.1 and 4.2 (the
               rules start and commit wait, prepare timestamps, safe time, reads at a timestamp).
Assumes:       as `sharded_locking`, and that no clock is further off than ``uncertainty_ms``. Restarts: any node,
               with its log and its clock.
Promises:      promises = ("strict_serializable",): the moment of a transaction is its timestamp. A transaction that
               only reads is never aborted because of another. The rest as `sharded_locking`.
Not promised:  real time, if a clock is further off: a transaction that only reads may miss what committed before it
               began. It still reads one state of all keys as long as each clock only goes forward. A bound on the
               time of a read: one at or after the timestamp of a vote waits for the decision.
Departs:       shards are not replicated. A shard answers a read once its own clock is certainly past the timestamp,
               instead of remembering a minimum for later votes, so that a restart loses nothing; the read waits up
               to four times the uncertainty. Old versions are kept.
Size:          as `sharded_locking`; 2 messages per shard for a transaction that only reads, 1 record more per vote
               and per commit, and a wait of up to four times the uncertainty per commit, locks included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dscourse.protocols.atomicity import Outcome
from dscourse.protocols.isolation.locking_shard import LockingShard
from dscourse.protocols.isolation.messages import Idle
from dscourse.protocols.isolation.server import Open
from dscourse.protocols.isolation.sharded_locking import ShardedStore
from dscourse.protocols.isolation.snapshots import Versions, at_snapshot
from dscourse.protocols.isolation.timestamp_messages import (
    DecisionAt,
    ReadAt,
    ReadDue,
    ReadOnly,
    Snapshot,
    Stamped,
    ValuesAt,
    VoteAt,
)
from dscourse.protocols.isolation.uncertain_clock import UncertainClock
from dscourse.protocols.two_phase_messages import AcksDue, Decision, Inquire, Prepare, Vote

__all__ = ["TimestampShard", "TimestampStore", "promises"]

promises = ("strict_serializable",)


@dataclass(slots=True)
class Read:
    """A transaction that only reads: its client, its timestamp, the keys by shard that are missing, the values."""

    client: str
    us: int
    missing: dict[str, tuple[Any, ...]]
    values: dict[Any, Any] = field(default_factory=dict)


class TimestampStore(UncertainClock, ShardedStore):
    """A coordinator that gives each commit a timestamp, and keeps it secret until that has certainly passed."""

    def __init__(
        self,
        id: str,
        shards: Iterable[str] = (),
        uncertainty_ms: float = 5.0,
        idle_ms: float = 150.0,
    ) -> None:
        super().__init__(id, shards, idle_ms)
        self.uncertainty_ms = uncertainty_ms
        self.stamps: dict[int, int] = {}
        self.least: dict[int, int] = {}
        self.reads: dict[int, Read] = {}

    def on_start(self, log: Sequence[object]) -> None:
        self.stamps = {record.tx: record.us for record in log if isinstance(record, Stamped)}
        super().on_start(log)

    # --- commits --------------------------------------------------------------------------------------------------

    def on_vote_at(self, sender: str, vote: VoteAt) -> None:
        self.least[vote.tx] = max(vote.us, self.least.get(vote.tx, 0))
        self.on_vote(sender, Vote(vote.tx, True))

    def _decide(self, tx: int, commit: bool) -> None:
        """Choose a timestamp that no vote forbids and that has certainly not passed, and make it durable."""
        if commit:
            self.stamps[tx] = max(self.latest, self.least[tx])
            self.write(Stamped(tx, self.stamps[tx]))
        super()._decide(tx, commit)

    def waits(self, tx: int) -> bool:
        """Return whether a transaction has a timestamp that may not have passed."""
        return tx in self.stamps and not self.passed(self.stamps[tx])

    def _send_commit(self, tx: int) -> None:
        if self.waits(tx):
            self.set_timer(AcksDue(tx), self.wait_ms(self.stamps[tx]))
            return
        for name in self.unacknowledged[tx]:
            self.send(name, DecisionAt(tx, self.stamps[tx]))
        self.set_timer(AcksDue(tx), self.acks_ms)

    def on_acks_due(self, timer: AcksDue) -> None:
        super().on_acks_due(timer)
        if timer.tx in self.open:
            self.answer(self.open[timer.tx].client, timer.tx)

    def answer(self, client: str, tx: int) -> None:
        if not self.waits(tx):
            super().answer(client, tx)

    def _going_on(self, client: str, tx: int, epoch: int | None, steps: int) -> Open | None:
        return None if self.waits(tx) else super()._going_on(client, tx, epoch, steps)

    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        """Stay silent during the commit wait: a shard that knew of the commit would release its locks."""
        if inquire.tx not in self.unacknowledged:
            super().on_inquire(sender, inquire)
        elif not self.waits(inquire.tx):
            self.send(sender, DecisionAt(inquire.tx, self.stamps[inquire.tx]))

    # --- transactions that only read ------------------------------------------------------------------------------

    def on_read_only(self, sender: str, request: ReadOnly) -> None:
        tx = request.tx
        if tx not in self.reads:
            missing: dict[str, tuple[Any, ...]] = {}
            for key in request.keys:
                missing[self.home(key)] = (*missing.get(self.home(key), ()), key)
            self.reads[tx] = Read(sender, self.latest, missing)
        for shard, keys in self.reads[tx].missing.items():
            self.send(shard, ReadAt(tx, keys, self.reads[tx].us))
        self.set_timer(Idle(tx), self.idle_ms)

    def on_values_at(self, sender: str, values: ValuesAt) -> None:
        read = self.reads.get(values.tx)
        if read is not None and read.us == values.us and sender in read.missing:
            del read.missing[sender]
            read.values.update(values.values)
            if not read.missing:
                self.send(read.client, Snapshot(values.tx, tuple(read.values.items())))
                del self.reads[values.tx]
                self.cancel_timer(Idle(values.tx))

    def on_idle(self, timer: Idle) -> None:
        if self.reads.pop(timer.tx, None) is None:
            super().on_idle(timer)


class TimestampShard(UncertainClock, LockingShard):
    """A shard that keeps the versions of its keys, and answers a read once no commit can get a timestamp up to it."""

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        uncertainty_ms: float = 5.0,
        idle_ms: float = 250.0,
    ) -> None:
        super().__init__(id, peers, idle_ms=idle_ms)
        self.uncertainty_ms = uncertainty_ms
        self.stamps: dict[int, int] = {}
        self.newest = 0
        self.versions: dict[Any, Versions] = {}
        self.reads: dict[ReadAt, str] = {}

    def on_start(self, log: Sequence[object]) -> None:
        self.stamps = {record.tx: record.us for record in log if isinstance(record, Stamped)}
        self.newest = max(self.stamps.values(), default=0)
        super().on_start(log)

    # --- commits --------------------------------------------------------------------------------------------------

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        """Vote with a timestamp that has certainly not passed, above all earlier ones."""
        if self.can_commit(prepare):
            self._stamp(prepare.tx, max(self.latest, self.newest + 1))
        super().on_prepare(sender, prepare)

    def _stamp(self, tx: int, us: int) -> None:
        self.stamps[tx], self.newest = us, max(us, self.newest)
        self.write(Stamped(tx, us))

    def vote(self, coordinator: str, tx: int) -> None:
        if self.in_doubt(tx):
            self.send(coordinator, VoteAt(tx, self.stamps[tx]))
        else:
            super().vote(coordinator, tx)

    def on_decision_at(self, sender: str, decision: DecisionAt) -> None:
        if decision.tx not in self.outcomes:
            self._stamp(decision.tx, decision.us)
        self.on_decision(sender, Decision(decision.tx, True))

    def on_inquire(self, sender: str, inquire: Inquire) -> None:
        outcome = self.outcomes.get(inquire.tx)
        if outcome is not None and outcome.commit:
            self.send(sender, DecisionAt(inquire.tx, self.stamps[inquire.tx]))
        else:
            super().on_inquire(sender, inquire)

    def _apply(self, outcome: Outcome) -> None:
        """End a transaction, with new versions if it commits, and answer the reads that have waited for it."""
        for key, value in self.prepared[outcome.tx].writes if outcome.commit else ():
            self.versions.setdefault(key, []).append((self.stamps[outcome.tx], value))
        super()._apply(outcome)
        for read in list(self.reads):
            self._try(read)

    # --- reads ----------------------------------------------------------------------------------------------------

    def on_read_at(self, sender: str, read: ReadAt) -> None:
        self.reads[read] = sender
        self._try(read)

    def on_read_due(self, timer: ReadDue) -> None:
        if timer.read in self.reads:
            self._try(timer.read)

    def _try(self, read: ReadAt) -> None:
        """Answer a read if it is safe, and else try again when its moment may have passed, or at an outcome."""
        if not self.passed(read.us):
            self.set_timer(ReadDue(read), self.wait_ms(read.us))
        elif not self.doubtful(read):
            values = ((key, at_snapshot(self.versions.get(key, []), read.us)) for key in read.keys)
            self.send(self.reads.pop(read), ValuesAt(read.tx, read.us, tuple(values)))

    def doubtful(self, read: ReadAt) -> bool:
        """Return whether a transaction in doubt may commit by the moment of a read, on one of its keys."""
        return any(
            self.in_doubt(tx) and self.stamps[tx] <= read.us
            for tx, record in self.prepared.items()
            if any(key in read.keys for key, _ in record.writes)
        )
