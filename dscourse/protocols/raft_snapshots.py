"""Raft with log compaction: committed entries are replaced by a snapshot, which is sent to followers that lack them.

Source:        Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, section 7
               and figure 13 of the extended version (log compaction, InstallSnapshot).
Assumes:       as `raft`.
Promises:      as `raft`.
Not promised:  a snapshot in parts: it is one message, sent again with every heartbeat until it is confirmed.
Departs:       a snapshot is taken after every ``keep`` committed entries.
Size:          as `raft`; a snapshot 2 messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message
from dscourse.protocols.raft import Appended, Raft
from dscourse.replication.log import START, BinaryLog, Position

__all__ = ["InstallSnapshot", "Snapshot", "SnapshotRaft"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a state machine after the entries up to a position; also a record in the durable log.

    ``members`` is the configuration at that position, empty if members never change.
    """

    position: Position = START
    state: Any = None
    members: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"state at {self.position}"


@dataclass(frozen=True, slots=True)
class InstallSnapshot(Message):
    """I lead this term, and have discarded the entries that your log lacks: take this in their place."""

    term: int
    snapshot: Snapshot


class SnapshotRaft(Raft):
    """Cuts its log after ``keep`` committed entries. A subclass says what is in a snapshot: `kept` and `restore`."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), keep: int = 100, **settings: Any
    ) -> None:
        super().__init__(id, peers, **settings)
        if keep < 1:
            raise ValueError(f"keep={keep}: a log holds at least 1 entry before it is cut")
        self.keep = keep
        self.snapshot = Snapshot()

    def kept(self) -> Any:
        """The state of the state machine, as a value that does not change."""

    def restore(self, state: Any) -> None:
        """Replace the state of the state machine by one that `kept` returned."""

    def members_at(self, index: int) -> tuple[str, ...]:
        """The configuration in force at an index; empty if members never change."""
        return ()

    def recover(self, record: object) -> None:
        """Raises ValueError for a snapshot that is older than the log that is there."""
        if not isinstance(record, Snapshot):
            super().recover(record)
        elif record.position < self.log.base:
            raise ValueError(
                f"snapshot at {record.position}: the log begins after {self.log.base} already"
            )
        else:
            self._take(record)

    def commit_to(self, index: int) -> None:
        super().commit_to(index)
        if self.commit - self.log.base.lsn >= self.keep:
            position, members = self.log.position(self.commit), self.members_at(self.commit)
            self.snapshot = Snapshot(position, self.kept(), members)
            self.write(self.snapshot)
            self.log = self.log.cut(self.commit)

    def bring_up(self, peer: str) -> None:
        if self.next.get(peer, self.log.last.lsn + 1) > self.log.base.lsn:
            super().bring_up(peer)
        else:
            self.send(peer, InstallSnapshot(self.term, self.snapshot))

    def on_install_snapshot(self, sender: str, install: InstallSnapshot) -> None:
        """Install a snapshot that is ahead of what is committed here; keep the entries that follow it."""
        self.observe(install.term)
        if install.term < self.term:
            self.send(sender, Appended(self.term, False, self.log.last))
            return
        self.follow(sender)
        snapshot = install.snapshot
        if snapshot.position.lsn > self.commit:
            self.write(snapshot)
            self._take(snapshot)
        self.send(sender, Appended(self.term, True, snapshot.position))

    def _take(self, snapshot: Snapshot) -> None:
        rest = self.log.after(snapshot.position) if snapshot.position in self.log else ()
        self.snapshot, self.log = snapshot, BinaryLog(snapshot.position, rest)
        if snapshot.position.lsn > self.commit:
            self.restore(snapshot.state)
            self.commit = snapshot.position.lsn
