"""The messages of `primary_replica`, and the snapshot that its nodes log and send.

Source:        Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, figure 2
               (AppendEntries, RequestVote) and figure 13 of the extended version (InstallSnapshot), with the
               positions of Oki and Liskov.
Assumes:       as `primary_replica`. Restarts: a message names its epoch, so none of an earlier one has an effect.
Promises:      nothing: these are values.
Not promised:  order, or delivery.
Departs:       an acknowledgement and a rejection are two messages, where the source has one with a flag.
Size:          entries, or a snapshot, beside one or two positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dscourse.node import Message
from dscourse.replication.binary_log import START, Entry, Position

__all__ = [
    "AppendAck", "AppendEntries", "AppendRejected", "Candidacy", "InstallSnapshot", "Snapshot",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidacy(Message):
    """Vote for me in this epoch; my log ends at this position."""

    epoch: int
    last: Position

    def __str__(self) -> str:
        return f"vote for me? (epoch {self.epoch}, log ends at {self.last})"


@dataclass(frozen=True, slots=True)
class AppendEntries(Message):
    """These entries follow position ``after`` in the primary's log; those up to number ``visible`` are visible."""

    epoch: int
    after: Position
    entries: tuple[Entry, ...]
    visible: int

    def __str__(self) -> str:
        changes = ", ".join(entry.change for entry in self.entries)
        action = f"append {changes}" if changes else "heartbeat"
        return f"{action} (epoch {self.epoch}, after {self.after}, visible {self.visible})"


@dataclass(frozen=True, slots=True)
class AppendAck(Message):
    """My log matches the primary's up to this position."""

    epoch: int
    position: Position

    def __str__(self) -> str:
        return f"matches up to {self.position} (epoch {self.epoch})"


@dataclass(frozen=True, slots=True)
class AppendRejected(Message):
    """I lack the entry before yours: my log can match the primary's no further than this position."""

    epoch: int
    position: Position

    def __str__(self) -> str:
        return f"rejected (epoch {self.epoch}, may match up to {self.position})"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state at a position, as pairs sorted by the text of the key; also a record in the durable log."""

    position: Position = START
    state: tuple[tuple[Any, Any], ...] = ()

    def __str__(self) -> str:
        return f"snapshot at {self.position}"


@dataclass(frozen=True, slots=True)
class InstallSnapshot(Message):
    """I have compacted the entries that you lack: install this snapshot instead."""

    epoch: int
    snapshot: Snapshot

    def __str__(self) -> str:
        return f"install {self.snapshot} (epoch {self.epoch})"
