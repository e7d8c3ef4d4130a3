"""Raft with log compaction: a snapshot replaces committed entries, and is sent to followers that lack them.

Source:        Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, section 7
               and figure 13 of the extended version (log compaction, InstallSnapshot).
Assumes:       as `raft`.
Promises:      as `raft`.
Not promised:  a snapshot in chunks: it is one message, sent again with every heartbeat until it is confirmed.
Departs:       a snapshot is taken after every ``keep`` committed entries. A follower answers InstallSnapshot with an
               AppendEntriesReply, so that the leader learns how far its log matches.
Size:          as `raft`; 2 messages per snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import AppendEntriesReply
from dscourse.replication.raft_log import START, Position, ReplicatedLog

__all__ = ["InstallSnapshot", "Snapshot", "SnapshotRaft"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a state machine after the entry at ``last_included``; also a record of the durable log.

    ``members`` is the configuration at that position; empty if members never change.
    """

    last_included: Position = START
    state: Any = None
    members: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"snapshot up to {self.last_included}"


@dataclass(frozen=True, slots=True)
class InstallSnapshot(Message):
    """The leader's snapshot, in place of entries that it has discarded and the follower lacks."""

    term: int
    snapshot: Snapshot

    def __str__(self) -> str:
        return f"install {self.snapshot} (term {self.term})"


class SnapshotRaft(Raft):
    """Takes a snapshot after every ``keep`` committed entries, and discards those entries.

    A subclass says what is in a snapshot, by `machine_state` and `restore`. ValueError if ``keep`` is below 1.
    """

    def __init__(
        self, id: str, peers: Iterable[str] = (), keep: int = 100, **settings: Any
    ) -> None:
        super().__init__(id, peers, **settings)
        if keep < 1:
            raise ValueError(f"keep={keep}: at least 1 entry must be kept before a snapshot")
        self.keep = keep
        self.snapshot = Snapshot()

    def machine_state(self) -> Any:
        """Return the state of the state machine, as a value that does not change."""

    def restore(self, state: Any) -> None:
        """Replace the state of the state machine by one that `machine_state` returned."""

    def members_at(self, index: int) -> tuple[str, ...]:
        """Return the configuration in force at an index; empty if members never change."""
        return ()

    def recover(self, record: object) -> None:
        """Restore a record; ValueError for a snapshot that is older than the log that follows it."""
        if not isinstance(record, Snapshot):
            super().recover(record)
        elif record.last_included < self.log.base:
            raise ValueError(f"{record}: the log begins later already, after {self.log.base}")
        else:
            self.install_snapshot(record)

    def commit_to(self, index: int) -> None:
        super().commit_to(index)
        if self.commit_index - self.log.base.index >= self.keep:
            self.take_snapshot()

    def take_snapshot(self) -> None:
        """Write the state after the last committed entry, and discard the entries up to it."""
        last, members = self.log.position(self.commit_index), self.members_at(self.commit_index)
        self.snapshot = Snapshot(last, self.machine_state(), members)
        self.write(self.snapshot)
        self.log = self.log.cut(self.commit_index)

    def replicate_to(self, peer: str) -> None:
        """Send entries, or the snapshot if the peer's next entry has been discarded."""
        if self.next_index.get(peer, self.log.last_index + 1) > self.log.base.index:
            super().replicate_to(peer)
        else:
            self.send(peer, InstallSnapshot(self.term, self.snapshot))

    def on_install_snapshot(self, sender: str, install: InstallSnapshot) -> None:
        """Install a snapshot that is ahead of the commit index."""
        self.observe_term(install.term)
        if install.term < self.term:
            self.send(sender, AppendEntriesReply(self.term, False, self.log.last))
            return
        self.follow(sender)
        last_included = install.snapshot.last_included
        if last_included.index > self.commit_index:
            self.write(install.snapshot)
            self.install_snapshot(install.snapshot)
        self.send(sender, AppendEntriesReply(self.term, True, last_included))

    def install_snapshot(self, snapshot: Snapshot) -> None:
        """Discard the entries that the snapshot covers, and keep those that follow it."""
        last = snapshot.last_included
        rest = self.log.after(last) if last in self.log else ()
        self.snapshot, self.log = snapshot, ReplicatedLog(last, rest)
        if last.index > self.commit_index:
            self.restore(snapshot.state)
            self.commit_index = self.last_applied = last.index
