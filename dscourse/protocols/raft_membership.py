"""Raft whose members change, one at a time, while it keeps running.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, sections 4.1 and 4.2
               and figure 4.1; and his note "bug in single-server membership changes" on the mailing list raft-dev,
               10 July 2015: a leader has to commit an entry of its own term first.
Assumes:       as `raft`; all nodes know each other's addresses. Restarts: a leader that restarts has forgotten the
               change that is not in its log yet, and which callers wait for an answer.
Promises:      as `raft`, through changes. A change is answered: when it is committed, or with the reason why not.
Not promised:  that a repeated or late change is carried out only once: it names all members. That a removed node
               stays quiet until it has heard of its removal: Pre-Vote keeps it from deposing a leader (4.2.3).
Departs:       one request names all members, in place of AddServer and RemoveServer. A new server catches up in
               rounds of one election time-out each, not in rounds as long as they take.
Size:          a change is an entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from dscourse.core.wording import text_of
from dscourse.node import Message, Timer
from dscourse.protocols.raft_messages import AppendEntriesReply
from dscourse.protocols.raft_snapshots import SnapshotRaft
from dscourse.replication.raft_log import Entry, Position

__all__ = ["ROUNDS", "ChangeMembers", "ChangeMembersReply", "MemberRaft", "RoundTimeout"]

ROUNDS = 10  # election time-outs in which a new server must catch up (section 4.2.1)


@dataclass(frozen=True, slots=True)
class ChangeMembers(Message):
    """Asks the leader to make these the members: one more or one less than now."""

    members: tuple[str, ...]

    def __str__(self) -> str:
        return f"change members to {text_of(self.members)}"


@dataclass(frozen=True, slots=True)
class ChangeMembersReply(Message):
    """The outcome of a change to these members: committed, or the reason why not; and the leader, if known."""

    members: tuple[str, ...]
    success: bool
    reason: str = ""
    leader: str = ""

    def __str__(self) -> str:
        return f"members are {text_of(self.members)}" if self.success else f"refused: {self.reason}"


@dataclass(frozen=True, slots=True)
class RoundTimeout(Timer):
    """The new server has had an election time-out to catch up."""

    name: str

    def __str__(self) -> str:
        return f"round time-out of {self.name}"


@dataclass(frozen=True, slots=True)
class Request:
    """A caller's wish for these members."""

    sender: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewServer:
    """A server to be added: it receives entries, and does not count towards majorities yet."""

    name: str
    request: Request
    goal: int  # the leader's last index when the round began
    rounds: int = 1


class MemberRaft(SnapshotRaft):
    """The members are those of the last configuration in the log, committed or not; ``members`` at first.

    ValueError if ``members`` is empty.
    """

    def __init__(
        self, id: str, peers: Iterable[str] = (), members: Iterable[str] = (), **settings: Any
    ) -> None:
        super().__init__(id, peers, **settings)
        self.first_members = tuple(sorted(members))
        if not self.first_members:
            raise ValueError("members is empty: a cluster needs at least 1 member at first")
        self.new_server: NewServer | None = None
        self.unanswered: tuple[tuple[Request, int], ...] = ()  # each with the index of its entry

    def members_at(self, index: int) -> tuple[str, ...]:
        changes = [entry.value for entry in self._changes() if entry.index <= index]
        return changes[-1] if changes else self.snapshot.members or self.first_members

    def _changes(self) -> list[Entry]:
        return [entry for entry in self.log.entries if entry.f == "members"]

    @property
    def members(self) -> tuple[str, ...]:
        """The members, by the log of this node."""
        return self.members_at(self.log.last_index)

    @property
    def voters(self) -> frozenset[str]:
        return frozenset(self.members)

    @property
    def others(self) -> tuple[str, ...]:
        extra = {self.new_server.name} if self.new_server else set()
        return tuple(sorted((self.voters | extra) - {self.id}))

    def _uncommitted_change(self) -> Entry | None:
        """The last change in the log, unless this node knows it to be committed."""
        return next((one for one in self._changes()[-1:] if one.index > self.commit_index), None)

    def may_stand(self) -> bool:
        """A server that is not a member stands only while its removal may be uncommitted: it may count (4.2.2)."""
        change = self._uncommitted_change()
        before = self.members_at(change.index - 1) if change else ()
        return super().may_stand() and (self.id in self.voters or self.id in before)

    # --- requests (figure 4.1) -------------------------------------------------------------------

    def on_change_members(self, sender: str, change: ChangeMembers) -> None:
        request = Request(sender, tuple(sorted(set(change.members))))
        added = set(request.members) - self.voters
        refusal = self._refuse_change(request)
        if refusal:
            self._reply_to(request, refusal)
        elif request.members == self.members:
            pending = self._uncommitted_change()
            self._reply_when_committed(request, pending.index if pending else self.commit_index)
        elif not added:
            self._append_change(request)
        elif self.new_server is None:
            self._begin_round(NewServer(min(added), request, self.log.last_index))

    def _refuse_change(self, request: Request) -> str:
        """Return why the change cannot be made now; "" if it can."""
        if self.role != "leader":
            return f"{self.id} is not the leader"
        if not self.accepts_requests:
            return f"{self.id} is transferring its leadership"
        if self.log.term_at(self.commit_index) != self.term:
            return "no entry of this term is committed yet"
        if request.members == self.members:
            return ""
        if len(set(request.members) ^ self.voters) != 1 or not request.members:
            return f"only one member may be added or removed at a time: they are {', '.join(self.members)}"
        if self._uncommitted_change():
            return "the previous change is not committed yet"
        if self.new_server and self.new_server.request != request:
            return f"{self.new_server.name} is being added"
        return ""

    def _append_change(self, request: Request) -> None:
        position = self.append("members", None, request.members)
        self._reply_when_committed(request, position.index)
        self.replicate()

    def _reply_when_committed(self, request: Request, index: int) -> None:
        known = tuple(pair for pair in self.unanswered if pair != (request, index))
        self.unanswered = (*known, (request, index))
        self._reply_to_committed()

    def _reply_to_committed(self) -> None:
        for request, index in self.unanswered:
            if index <= self.last_applied:
                self._reply_to(request)
        self.unanswered = tuple(pair for pair in self.unanswered if pair[1] > self.last_applied)

    def _reply_to(self, request: Request, refusal: str = "") -> None:
        reply = ChangeMembersReply(request.members, not refusal, refusal, self.leader)
        self.send(request.sender, reply)

    # --- new servers (section 4.2.1) -------------------------------------------------------------

    def _begin_round(self, new: NewServer) -> None:
        """Bring the new server's log up to the leader's last index."""
        self.new_server = new
        self.next_index.setdefault(new.name, self.log.last_index + 1)
        self.set_timer(RoundTimeout(new.name), self.election_ms)
        self.replicate_to(new.name)

    def on_append_entries_reply(self, sender: str, reply: AppendEntriesReply) -> None:
        super().on_append_entries_reply(sender, reply)
        new = self.new_server
        if new and sender == new.name and self.match_index.get(sender, 0) >= new.goal:
            self._add(new)

    def _add(self, new: NewServer) -> None:
        """Append the configuration with the new server, which has caught up."""
        self.new_server = None
        self.cancel_timer(RoundTimeout(new.name))
        refusal = self._refuse_change(new.request)
        if refusal:
            self._reply_to(new.request, refusal)
        else:
            self._append_change(new.request)

    def on_round_timeout(self, timer: RoundTimeout) -> None:
        """Begin another round, or give up: a server this slow would keep the cluster from committing."""
        new = self.new_server
        if new is None or new.name != timer.name:
            return
        if new.rounds < ROUNDS:
            self._begin_round(replace(new, goal=self.log.last_index, rounds=new.rounds + 1))
        else:
            self.new_server = None
            del self.next_index[new.name]
            refusal = f"{new.name} has not caught up within {ROUNDS} election time-outs"
            self._reply_to(new.request, refusal)

    # --- after a change --------------------------------------------------------------------------

    def append(self, f: str, key: Any = None, value: Any = None) -> Position:
        position = super().append(f, key, value)
        for name in self.others:
            self.next_index.setdefault(name, position.index)
        return position

    def apply(self, entry: Entry) -> None:
        """Inform removed servers; a leader that is removed steps down (section 4.2.2)."""
        super().apply(entry)
        if entry.f != "members" or self.role != "leader":
            return
        for name in sorted(self.next_index.keys() - {self.id, *self.others}):
            self.replicate_to(name)
            del self.next_index[name]
        if self.id not in self.voters:
            self._reply_to_committed()
            self.replicate()
            self.step_down()

    def commit_to(self, index: int) -> None:
        super().commit_to(index)
        self._reply_to_committed()

    def step_down(self) -> None:
        """Refer all callers to the next leader."""
        super().step_down()
        waiting = [request for request, _ in self.unanswered]
        if self.new_server:
            waiting.append(self.new_server.request)
        for request in waiting:
            self._reply_to(request, f"{self.id} is no longer the leader")
        self.unanswered, self.new_server = (), None
