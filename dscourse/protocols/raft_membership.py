"""Raft whose members change, one at a time, while it goes on.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, sections 4.1 and
               4.2; and his note "bug in single-server membership changes" on the mailing list raft-dev, 10 July 2015:
               a leader has to commit an entry of its own term first.
Assumes:       as `raft`; all nodes know each other's addresses.
Promises:      as `raft`, through changes.
Not promised:  that a new member is brought up before it counts (section 4.2.1): the caller waits. That a removed node
               stays quiet: it stands for election until it hears that it is out (Pre-Vote helps).
Departs:       the configuration in a cut log is not kept: it is not to be used with snapshots.
Size:          a change is an entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.binary_log import Entry, Position
from dscourse.node import Message
from dscourse.protocols.raft import ElectionTimeout, Raft

__all__ = ["Change", "Changed", "MemberRaft"]


@dataclass(frozen=True, slots=True)
class Change(Message):
    """For the leader: these are to be the members; one more or one less than now."""

    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed(Message):
    """The answer to a `Change`: taken into the log, or why not."""

    taken: bool
    reason: str = ""


class MemberRaft(Raft):
    """Members are those of the last configuration in the log, committed or not; ``members`` at first.

    ValueError if there is no member at first.
    """

    def __init__(
        self, id: str, peers: Iterable[str] = (), members: Iterable[str] = (), **settings: Any
    ) -> None:
        super().__init__(id, peers, **settings)
        self.first = tuple(sorted(members))
        if not self.first:
            raise ValueError("members is empty: a cluster has at least 1 member at first")

    @property
    def members(self) -> tuple[str, ...]:
        """The members, as the log of this node has them."""
        changes = [entry.value for entry in self.log.entries if entry.f == "members"]
        return changes[-1] if changes else self.first

    @property
    def voters(self) -> frozenset[str]:
        return frozenset(self.members)

    def on_election_timeout(self, timer: ElectionTimeout) -> None:
        if self.id in self.voters:
            super().on_election_timeout(timer)
        else:
            self.wait()

    def on_change(self, sender: str, change: Change) -> None:
        refused = self._why_not(change)
        if not refused:
            self.append("members", None, tuple(sorted(change.members)))
            self.replicate()
        self.send(sender, Changed(not refused, refused))

    def _why_not(self, change: Change) -> str:
        """Why the change cannot be taken now; empty if it can."""
        if self.role != "leader":
            return f"{self.id} does not lead"
        if len(set(change.members) ^ self.voters) != 1 or not change.members:
            return "one member more or less at a time"
        if self.log.position(self.commit).epoch != self.term:
            return "nothing of this term is committed yet"
        if any(e.f == "members" and e.position.lsn > self.commit for e in self.log.entries):
            return "the change before is not committed yet"
        return ""

    def append(self, f: str, key: Any = None, value: Any = None) -> Position:
        position = super().append(f, key, value)
        for name in self.others:
            self.next.setdefault(name, position.lsn)
        return position

    def apply(self, entry: Entry) -> None:
        """A leader that is no member any more steps down once that is committed (section 4.2.2)."""
        if entry.f == "members" and self.role == "leader" and self.id not in self.voters:
            self.role, self.leader = "follower", ""
            self.wait()
