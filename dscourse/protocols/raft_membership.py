"""Raft whose members change, one at a time, while it goes on.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, sections 4.1 and 4.2
               and figure 4.1; and his note "bug in single-server membership changes" on the mailing list raft-dev,
               10 July 2015: a leader has to commit an entry of its own term first.
Assumes:       as `raft`; all nodes know each other's addresses. A leader that restarts has forgotten the change that
               it had not put into its log, and whom to answer.
Promises:      as `raft`, through changes. A change is answered: when it is committed, or with the reason why not.
Not promised:  that a change which is repeated, or comes late, is not carried out again: it names all members. That a
               removed node stays quiet until it has heard that it is out: Pre-Vote keeps it from deposing a leader
               (section 4.2.3).
Departs:       a node that is to be added is brought up to date in rounds of an election time-out each, and not in
               rounds as long as they take.
Size:          a change is an entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer
from dscourse.protocols.raft import Appended
from dscourse.protocols.raft_snapshots import SnapshotRaft
from dscourse.replication.log import Entry, Position

__all__ = ["ROUNDS", "Change", "Changed", "MemberRaft", "RoundOver"]

ROUNDS = 10  # so many election time-outs has a node that is to be added (section 4.2.1)


@dataclass(frozen=True, slots=True)
class Change(Message):
    """For the leader: these are to be the members; one more or one less than now."""

    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed(Message):
    """The answer to a `Change` to these members: committed, or why not; and the leader, as far as is known."""

    members: tuple[str, ...]
    done: bool
    reason: str = ""
    leader: str = ""


@dataclass(frozen=True, slots=True)
class RoundOver(Timer):
    """The node that is to be added has had an election time-out to catch up."""

    name: str


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A node that is to be added: it gets entries, and does not count in majorities yet."""

    name: str
    wanted: tuple[str, ...]
    sender: str
    goal: int  # the leader's last index when the round began
    rounds: int = 1


class MemberRaft(SnapshotRaft):
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
        self.newcomer: Newcomer | None = None
        self.requests: tuple[tuple[str, tuple[str, ...], int], ...] = ()  # sender, change, index

    def members_at(self, index: int) -> tuple[str, ...]:
        changes = [entry.value for entry in self._changes() if entry.position.lsn <= index]
        return changes[-1] if changes else self.snapshot.members or self.first

    def _changes(self) -> list[Entry]:
        return [entry for entry in self.log.entries if entry.f == "members"]

    @property
    def members(self) -> tuple[str, ...]:
        """The members, by the log of this node."""
        return self.members_at(self.log.last.lsn)

    @property
    def voters(self) -> frozenset[str]:
        return frozenset(self.members)

    @property
    def others(self) -> tuple[str, ...]:
        extra = {self.newcomer.name} if self.newcomer else set()
        return tuple(sorted((self.voters | extra) - {self.id}))

    def _pending(self) -> Entry | None:
        """The last change in the log, if this node does not know it to be committed."""
        return next((e for e in self._changes()[-1:] if e.position.lsn > self.commit), None)

    def may_stand(self) -> bool:
        """A node that is not a member stands only while its removal may be uncommitted: it may be needed (4.2.2)."""
        pending = self._pending()
        before = self.members_at(pending.position.lsn - 1) if pending else ()
        return super().may_stand() and (self.id in self.voters or self.id in before)

    # --- requests (figure 4.1) -------------------------------------------------------------------

    def on_change(self, sender: str, change: Change) -> None:
        wanted, pending = tuple(sorted(set(change.members))), self._pending()
        added = set(wanted) - self.voters
        refused = self._refuse_change(sender, wanted)
        if refused:
            self.send(sender, Changed(wanted, False, refused, self.leader))
        elif wanted == self.members:
            self._answer_at(sender, pending.position.lsn if pending else self.commit)
        elif self.newcomer is None and added:
            self._bring_in(Newcomer(min(added), wanted, sender, self.log.last.lsn))
        elif not added:
            self._configure(sender, wanted)

    def _refuse_change(self, sender: str, wanted: tuple[str, ...]) -> str:
        """Why the change cannot be made now; empty if it can."""
        if self.role != "leader":
            return f"{self.id} does not lead"
        if not self.accepts:
            return f"{self.id} is handing over"
        if self.log.position(self.commit).epoch != self.term:
            return "nothing of this term is committed yet"
        if wanted == self.members:
            return ""
        if len(set(wanted) ^ self.voters) != 1 or not wanted:
            return f"one member more or less at a time: they are {', '.join(self.members)}"
        if self._pending():
            return "the change before is not committed yet"
        if self.newcomer and (self.newcomer.wanted, self.newcomer.sender) != (wanted, sender):
            return f"{self.newcomer.name} is being added"
        return ""

    def _configure(self, sender: str, wanted: tuple[str, ...]) -> None:
        position = self.append("members", None, wanted)
        self._answer_at(sender, position.lsn)
        self.replicate()

    def _answer_at(self, sender: str, index: int) -> None:
        """Answer once the configuration at this index is committed."""
        request = sender, self.members, index
        self.requests = (*(one for one in self.requests if one != request), request)
        self._answer_requests()

    def _answer_requests(self) -> None:
        for sender, members, index in self.requests:
            if index <= self.commit:
                self.send(sender, Changed(members, True, "", self.leader))
        self.requests = tuple(one for one in self.requests if one[2] > self.commit)

    # --- a node that is to be added (section 4.2.1) ----------------------------------------------

    def _bring_in(self, newcomer: Newcomer) -> None:
        self.newcomer = newcomer
        self.next.setdefault(newcomer.name, self.log.last.lsn + 1)
        self.set_timer(RoundOver(newcomer.name), self.election_ms)
        self.bring_up(newcomer.name)

    def on_appended(self, sender: str, appended: Appended) -> None:
        super().on_appended(sender, appended)
        new = self.newcomer
        if new and sender == new.name and self.match.get(sender, 0) >= new.goal:
            self.newcomer = None
            self.cancel_timer(RoundOver(new.name))
            refused = self._refuse_change(new.sender, new.wanted)
            if refused:
                self.send(new.sender, Changed(new.wanted, False, refused, self.leader))
            else:
                self._configure(new.sender, new.wanted)

    def on_round_over(self, timer: RoundOver) -> None:
        """Begin another round, or give up: a node this slow would keep the cluster from committing."""
        new = self.newcomer
        if new is None or new.name != timer.name:
            return
        if new.rounds < ROUNDS:
            goal, rounds = self.log.last.lsn, new.rounds + 1
            self._bring_in(Newcomer(new.name, new.wanted, new.sender, goal, rounds))
        else:
            self.newcomer = None
            del self.next[new.name]
            reason = f"{new.name} has not caught up within {ROUNDS} election time-outs"
            self.send(new.sender, Changed(new.wanted, False, reason, self.leader))

    # --- what follows from a configuration -------------------------------------------------------

    def append(self, f: str, key: Any = None, value: Any = None) -> Position:
        position = super().append(f, key, value)
        for name in self.others:
            self.next.setdefault(name, position.lsn)
        return position

    def apply(self, entry: Entry) -> None:
        """A leader that is removed steps down once that is committed (section 4.2.2), and tells who is removed."""
        super().apply(entry)
        if entry.f != "members" or self.role != "leader":
            return
        for name in sorted(self.next.keys() - {self.id, *self.others}):
            self.bring_up(name)
            del self.next[name]
        if self.id not in self.voters:
            self._answer_requests()
            self.replicate()
            self.step_down()

    def commit_to(self, index: int) -> None:
        super().commit_to(index)
        self._answer_requests()

    def step_down(self) -> None:
        """Whoever asked this leader for a change is told to ask the next one."""
        super().step_down()
        waiting = [(sender, members) for sender, members, _ in self.requests]
        if self.newcomer:
            waiting.append((self.newcomer.sender, self.newcomer.wanted))
        for sender, members in waiting:
            self.send(sender, Changed(members, False, f"{self.id} leads no more", self.leader))
        self.requests, self.newcomer = (), None
