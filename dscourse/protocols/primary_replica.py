"""A store with one primary that writes a log, replicas that copy it, and an election when the primary falls silent.

Source:        Oki and Liskov, "Viewstamped replication: a new primary copy method to support highly-available
               distributed systems", PODC 1988; for the messages and the election rule, Ongaro and Ousterhout, "In
               search of an understandable consensus algorithm", USENIX ATC 2014, sections 5.3 and 5.4.
Assumes:       crash-recovery with a durable log; messages between nodes may be lost, repeated, late and reordered. A
               client's request reaches a node at most once. Restarts: any node, with its log; votes and entries are
               on disk before another node learns of them.
Promises:      `logs_match` and `failover.one_leader_per_epoch` at any moment. If ``acks`` replicas and the primary
               are a majority: `visible_agrees`, hence no acknowledged write is lost (`lost_writes`), and the session
               guarantees for a client that sends the position it has seen. A primary, and answers to writes, once a
               majority and ``acks`` replicas are up and messages are in time, after some election time-outs.
Not promised:  with fewer acks, that an acknowledged write survives its primary. With any number: that a read returns
               the newest write, not even at the primary, which may have been replaced without knowing it yet. That a
               write is acknowledged while fewer than ``acks`` replicas answer.
Departs:       the number of replicas that must have a write on disk is a setting: 0 is asynchronous replication, a
               few semi-synchronous, all synchronous; half of the nodes, rounded down, makes it Raft's rule. A write
               is visible once it is acknowledged, at the primary too. Every ``keep`` visible entries, the log is
               compacted into a snapshot.
Size:          3 (n - 1) messages per write: the entry, its acknowledgement, and that it is visible; 2 (n - 1) without
               acks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dscourse.node import Message
from dscourse.protocols.failover import Beat, FailoverNode, RequestVote
from dscourse.protocols.heartbeats import BeatDue
from dscourse.protocols.primary_replica_messages import (
    AppendAck,
    AppendEntries,
    AppendRejected,
    Candidacy,
    InstallSnapshot,
    Snapshot,
)
from dscourse.protocols.replica_clients import Answer, Get, NotPrimary, Put
from dscourse.replication.binary_log import START, BinaryLog, Entry, Position, applied

__all__ = ["PrimaryReplica"]


class PrimaryReplica(FailoverNode):
    """A replica, or the primary if it is elected.

    A write is acknowledged, and visible, once ``acks`` replicas beside the primary have it on disk. After ``keep``
    visible entries, a node compacts its log into a snapshot. ValueError for more acks than replicas, or keep below 1.
    """

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        acks: int = 1,
        keep: int = 100,
        beat_ms: float = 50.0,
        silence_ms: float = 200.0,
    ) -> None:
        super().__init__(id, peers, beat_ms=beat_ms, silence_ms=silence_ms)
        if not 0 <= acks <= len(self.peers):
            raise ValueError(
                f"acks={acks}: with {len(self.peers)} replicas it must be from 0 to {len(self.peers)}"
            )
        if keep < 1:
            raise ValueError(
                f"keep={keep}: a log must keep at least 1 entry before it is compacted"
            )
        self.acks, self.keep = acks, keep
        self.log, self.snapshot = BinaryLog(), Snapshot()
        self.visible = 0
        self.values: dict[Any, Any] = {}
        self.waiting_reads: dict[int, tuple[str, Get]] = {}  # by operation, with their clients
        # As the primary:
        self.epoch_start = 0  # the number of the first entry of its epoch
        self.acknowledged: dict[str, int] = {}  # the last entry that each replica has confirmed
        self.pending_writes: dict[int, tuple[str, int]] = {}  # client and operation, by entry

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Snapshot):
                later = self.log.after(record.position) if record.position in self.log else ()
                self.snapshot, self.log = record, BinaryLog(record.position, later)
            elif isinstance(record, Entry):
                self.log = self.log.extended([record])
        self._roll_back(self.snapshot.position.lsn)
        super().on_start(log)
        if self.log.last.epoch > self.epoch:  # it has copied its entries without voting in it
            self.epoch, self.voted = self.log.last.epoch, ""

    # --- elections: as in `failover`, but a vote needs a log that is at least as up to date -------

    def request(self) -> Message:
        return Candidacy(self.epoch, self.log.last)

    def on_candidacy(self, sender: str, candidacy: Candidacy) -> None:
        if candidacy.last >= self.log.last:
            self.on_request_vote(sender, RequestVote(candidacy.epoch))
            return
        if candidacy.epoch > self.epoch:
            self._enter(candidacy.epoch)
        self._reject_stale(sender, candidacy.epoch)

    def _enter(self, epoch: int) -> None:
        """Enter a later epoch; an old primary declines its clients' writes from here on."""
        super()._enter(epoch)
        self.pending_writes = {}

    def lead(self) -> None:
        self.acknowledged, self.epoch_start = {}, self.log.last.lsn + 1
        self._append("begin")
        super().lead()

    # --- the primary -----------------------------------------------------------------------------

    def on_put(self, sender: str, put: Put) -> None:
        if self.leader != self.id:
            self.send(sender, NotPrimary(put.op, self.leader))
            return
        self.pending_writes[self.log.last.lsn + 1] = sender, put.op
        before = self.log.last
        entry = self._append(put.f, put.key, put.value)
        self.broadcast(AppendEntries(self.epoch, before, (entry,), self.visible))

    def _append(self, f: str, key: Any = None, value: Any = None) -> Entry:
        """Append an entry to the log; without acks it is visible at once."""
        entry = Entry(Position(self.epoch, self.log.last.lsn + 1), f, key, value)
        self.write(entry)
        self.log = self.log.extended([entry])
        if self.acks == 0:
            self._make_visible(entry.position.lsn)
        return entry

    def on_append_ack(self, sender: str, ack: AppendAck) -> None:
        if ack.epoch == self.epoch and self.leader == self.id:
            self.acknowledged[sender] = max(self.acknowledged.get(sender, 0), ack.position.lsn)
            self._advance_visible()

    def _advance_visible(self) -> None:
        """Make the entries that ``acks`` replicas have visible, if the last of them is of this epoch."""
        if not self.acks:
            return
        confirmed = sorted((self.acknowledged.get(peer, 0) for peer in self.peers), reverse=True)
        lsn = confirmed[self.acks - 1]
        if lsn >= self.epoch_start and lsn > self.visible:
            self._make_visible(lsn)
            self.broadcast(AppendEntries(self.epoch, self.log.position(lsn), (), lsn))

    def on_append_rejected(self, sender: str, rejected: AppendRejected) -> None:
        if rejected.epoch == self.epoch and self.leader == self.id:
            self._replicate_to(sender, rejected.position)

    def on_beat_due(self, timer: BeatDue) -> None:
        """Send each replica the entries that it has not confirmed, and up to which number entries are visible."""
        if self.leader == self.id:
            for peer in self.peers:
                lsn = max(self.acknowledged.get(peer, self.epoch_start - 1), self.log.base.lsn)
                self._replicate_to(peer, self.log.position(lsn))
            self.set_timer(timer, self.beat_ms)

    def _replicate_to(self, peer: str, position: Position) -> None:
        """Send the entries that a log ending at this position lacks, or the snapshot if they are compacted."""
        common = self.log.common(position)
        if common in self.log:
            entries = self.log.after(common)
            self.send(peer, AppendEntries(self.epoch, common, entries, self.visible))
        else:
            self.send(peer, InstallSnapshot(self.epoch, self.snapshot))

    # --- replicas --------------------------------------------------------------------------------

    def on_append_entries(self, sender: str, append: AppendEntries) -> None:
        end = append.entries[-1].position if append.entries else append.after
        self._reject_stale(sender, append.epoch)
        if append.epoch < self.epoch or end < self.log.base:
            return  # from an old primary, or compacted long ago
        self.on_beat(sender, Beat(append.epoch, 0))
        new = self.log.lacking(append.after, append.entries)
        if new is None and append.after == START:
            self._install_snapshot(Snapshot())
            new = append.entries
        if new is None:
            self.send(sender, AppendRejected(self.epoch, self.log.common(append.after)))
            return
        self._replace_tail(new)
        self.send(sender, AppendAck(self.epoch, end))
        self._make_visible(max(self.visible, min(append.visible, end.lsn)))

    def _replace_tail(self, entries: tuple[Entry, ...]) -> None:
        """Append these entries, in place of conflicting ones that an earlier primary left here."""
        for entry in entries:
            self.write(entry)
        self.log = self.log.extended(entries)
        if entries and entries[0].position.lsn <= self.visible:
            self._roll_back(entries[0].position.lsn - 1)

    def on_install_snapshot(self, sender: str, install: InstallSnapshot) -> None:
        self._reject_stale(sender, install.epoch)
        if install.epoch < self.epoch:
            return
        self.on_beat(sender, Beat(install.epoch, 0))
        position, last = install.snapshot.position, self.log.last
        if position not in self.log and (last.epoch < install.epoch or last < position):
            self._install_snapshot(install.snapshot)
        self.send(sender, AppendAck(self.epoch, position))

    def _install_snapshot(self, snapshot: Snapshot) -> None:
        """Replace the state and the log by this snapshot."""
        self.write(snapshot)
        self.snapshot, self.log = snapshot, BinaryLog(snapshot.position)
        self._roll_back(snapshot.position.lsn)

    # --- what is visible -------------------------------------------------------------------------

    def _make_visible(self, lsn: int) -> None:
        """Apply the entries up to this number, and answer the writes and reads that wait for them."""
        base = self.log.base.lsn
        new = self.log.entries[self.visible - base : lsn - base]
        self.values, self.visible = applied(self.values, new), lsn
        self._answer_waiting()
        if lsn - base >= self.keep:
            self._compact()

    def _roll_back(self, lsn: int) -> None:
        """Rebuild the state from the snapshot and the entries up to this number; no later one is visible."""
        entries = self.log.entries[: lsn - self.log.base.lsn]
        self.values, self.visible = applied(dict(self.snapshot.state), entries), lsn

    def _compact(self) -> None:
        pairs = tuple(sorted(self.values.items(), key=lambda pair: repr(pair[0])))
        self.snapshot = Snapshot(self.log.position(self.visible), pairs)
        self.write(self.snapshot)
        self.log = self.log.cut(self.visible)

    def _answer_waiting(self) -> None:
        for lsn in [lsn for lsn in self.pending_writes if lsn <= self.visible]:
            client, op = self.pending_writes.pop(lsn)
            self.reply(client, op, Answer(None, self.log.position(lsn)))
        for op in [op for op, (_, get) in self.waiting_reads.items() if get.after <= self.seen]:
            self._read(*self.waiting_reads.pop(op))

    @property
    def seen(self) -> Position:
        """The position of the newest entry that is visible here."""
        return self.log.position(self.visible)

    def on_get(self, sender: str, get: Get) -> None:
        if get.after <= self.seen:
            self._read(sender, get)
        else:
            self.waiting_reads[get.op] = sender, get

    def _read(self, client: str, get: Get) -> None:
        self.reply(client, get.op, Answer(self.values.get(get.key), self.seen))
