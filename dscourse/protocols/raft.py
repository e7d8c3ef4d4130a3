"""Raft: nodes that agree on a log, led by one of them at a time, which a majority has elected.

Source:        Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, sections
               5.1 to 5.4 and figure 2. A position's epoch is the paper's term, its number the index.
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered; no synchrony.
Promises:      `one_winner_per_term`, `election_safety`, `log_matching`, `leader_completeness` and
               `state_machine_safety` always (figure 3). A leader, and entries committed, while the nodes of a
               majority are up, reach each other and hear no leader outside of it, and messages take much less than
               ``election_ms``.
Not promised:  progress without that; a client that is answered (`dscourse.protocols.raft_store`).
Departs:       a leader begins with an entry of its own, which section 8 asks for; a refusal says up to where the logs
               can agree, so that a leader steps back by terms and not by entries (the end of section 5.3).
Size:          an entry 2 (n - 1) messages; an election the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Node, Timer
from dscourse.protocols.failover import winners
from dscourse.replication.log import BinaryLog, Entry, Position, agree, match

__all__ = [
    "AppendEntries", "Appended", "Ballot", "ElectionTimeout", "HeartbeatDue", "Raft", "RequestVote", "Vote",
    "election_safety", "leader_completeness", "log_matching", "one_winner_per_term", "state_machine_safety",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RequestVote(Message):
    """I want to lead this term, and my log ends at this position.

    ``permitted``: the leader of the term before has told me to stand, so hearing it is no reason to refuse.
    """

    term: int
    last: Position
    permitted: bool = False


@dataclass(frozen=True, slots=True)
class Vote(Message):
    """The term that I am in, and whether you have my vote in it."""

    term: int
    granted: bool


@dataclass(frozen=True, slots=True)
class AppendEntries(Message):
    """I lead this term: what follows the previous position in my log, and up to where it is committed."""

    term: int
    previous: Position
    entries: tuple[Entry, ...]
    commit: int


@dataclass(frozen=True, slots=True)
class Appended(Message):
    """On success: my log matches yours up to this position. On failure: it can match no further than this."""

    term: int
    success: bool
    position: Position


@dataclass(frozen=True, slots=True)
class ElectionTimeout(Timer):
    """No leader has been heard for too long."""


@dataclass(frozen=True, slots=True)
class HeartbeatDue(Timer):
    """Time for the leader to be heard."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """A record: the term that this node has entered, and its vote in it, if it is given."""

    term: int
    voted: str


class Raft(Node):
    """A follower, a candidate or the leader. ``election_ms`` is the shortest election time-out, half of the longest.

    ValueError if it is not longer than the time between two heartbeats, or if a name is there twice.
    """

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        heartbeat_ms: float = 50.0,
        election_ms: float = 150.0,
    ) -> None:
        super().__init__(id, peers)
        names = (id, *self.peers)
        if len(set(names)) < len(names):
            raise ValueError(
                f"{id} with the peers {', '.join(self.peers)}: each node has a name of its own"
            )
        if not 0 < heartbeat_ms < election_ms:
            raise ValueError(
                f"heartbeat_ms={heartbeat_ms}, election_ms={election_ms}: 0 < the first < the second is required"
            )
        self.heartbeat_ms, self.election_ms = heartbeat_ms, election_ms
        self.term, self.voted = 0, ""
        self.log = BinaryLog()
        self.role, self.leader = "follower", ""
        self.commit = 0
        self.votes: frozenset[str] = frozenset()  # as a candidate
        self.match: dict[str, int] = {}  # as the leader: up to where each peer's log is its own,
        self.next: dict[str, int] = {}  # and what to send it next

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            self.recover(record)
        self.wait()

    def recover(self, record: object) -> None:
        """Take up what a record in the durable log says."""
        if isinstance(record, Ballot):
            self.term, self.voted = record.term, record.voted
        elif isinstance(record, Entry):
            self.log = self.log.extended([record])

    def wait(self) -> None:
        """Wait for a leader, for a time of one's own."""
        self.set_timer(ElectionTimeout(), (self.election_ms, 2 * self.election_ms))

    @property
    def voters(self) -> frozenset[str]:
        """The nodes that make up majorities."""
        return frozenset((self.id, *self.peers))

    @property
    def others(self) -> tuple[str, ...]:
        """The nodes to which this one sends its requests."""
        return tuple(sorted(self.voters - {self.id}))

    def is_majority(self, names: Iterable[str]) -> bool:
        """True if more than half of the voters are among these."""
        return 2 * len(self.voters & frozenset(names)) > len(self.voters)

    def enter(self, term: int, voted: str = "") -> None:
        """A later term, or one's own vote: durable before anything is said in it."""
        if (term, voted) != (self.term, self.voted):
            self.term, self.voted = term, voted
            self.write(Ballot(term, voted))

    def observe(self, term: int) -> None:
        """Enter a later term as a follower (figure 2, rules for all servers)."""
        if term > self.term:
            self.step_down()
            self.enter(term)

    def step_down(self) -> None:
        """Follow, without knowing whom; a leader waits for its successor from now on."""
        if self.role == "leader":
            self.wait()
        self.role, self.leader = "follower", ""

    @property
    def accepts(self) -> bool:
        """True if this node takes new requests: it leads."""
        return self.role == "leader"

    def give_up_leases(self) -> None:
        """Called before this leader lets another node stand: a subclass gives up what rests on leading alone."""

    # --- elections (section 5.2) -----------------------------------------------------------------

    def on_election_timeout(self, timer: ElectionTimeout) -> None:
        if self.may_stand():
            self.stand()
        else:
            self.wait()

    def may_stand(self) -> bool:
        """True if this node may become leader; a subclass says when it may not."""
        return True

    def stand(self) -> None:
        """Try to become leader, because none is heard; a subclass may ask first."""
        self.campaign()

    def campaign(self, permitted: bool = False) -> None:
        """Enter the next term, vote for oneself, and ask the others."""
        self.enter(self.term + 1, self.id)
        self.role, self.leader, self.votes = "candidate", "", frozenset({self.id})
        self.wait()
        for name in self.others:
            self.send(name, RequestVote(self.term, self.log.last, permitted))
        self.lead_with_majority()

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        self.observe(request.term)
        granted = (
            request.term == self.term
            and self.voted in ("", sender)
            and self.role == "follower"
            and request.last >= self.log.last
        )
        if granted:
            self.enter(self.term, sender)
            self.wait()
        self.send(sender, Vote(self.term, granted))

    def on_vote(self, sender: str, vote: Vote) -> None:
        self.observe(vote.term)
        if vote.granted and vote.term == self.term and self.role == "candidate":
            self.votes |= {sender}
            self.lead_with_majority()

    def lead_with_majority(self) -> None:
        """Become leader once a majority has granted its vote."""
        if self.is_majority(self.votes):
            self.lead()

    def lead(self) -> None:
        """Begin to lead: append a no-op entry and replicate it."""
        self.role, self.leader = "leader", self.id
        self.match, self.next = {}, dict.fromkeys(self.others, self.log.last.lsn + 1)
        self.cancel_timer(ElectionTimeout())
        self.append("begin")
        self.on_heartbeat_due(HeartbeatDue())

    # --- the leader (section 5.3) ----------------------------------------------------------------

    def append(self, f: str, key: Any = None, value: Any = None) -> Position:
        """A new entry at the end of the leader's log."""
        entry = Entry(Position(self.term, self.log.last.lsn + 1), f, key, value)
        self.write(entry)
        self.log = self.log.extended([entry])
        self.advance()
        return entry.position

    def on_heartbeat_due(self, timer: HeartbeatDue) -> None:
        if self.role == "leader":
            self.replicate()
            self.set_timer(timer, self.heartbeat_ms)

    def replicate(self) -> None:
        """Send every peer what its log lacks, as far as is known."""
        for peer in self.others:
            self.bring_up(peer)

    def bring_up(self, peer: str) -> None:
        """Send one peer what its log lacks; an empty message is a heartbeat."""
        previous = self.log.position(self.next.setdefault(peer, self.log.last.lsn + 1) - 1)
        entries = self.log.after(previous)
        self.send(peer, AppendEntries(self.term, previous, entries, self.commit))

    def on_appended(self, sender: str, appended: Appended) -> None:
        self.observe(appended.term)
        if self.role != "leader" or appended.term != self.term or sender not in self.next:
            return
        reached = self.match.get(sender, 0)
        if not appended.success:  # one that comes late does not undo what has been confirmed since
            again = min(self.next[sender], self.log.common(appended.position).lsn + 1)
            self.next[sender] = max(again, reached + 1)
            self.bring_up(sender)
        elif appended.position.lsn > reached:
            self.match[sender] = appended.position.lsn
            self.next[sender] = max(self.next[sender], appended.position.lsn + 1)
            self.advance()

    def advance(self) -> None:
        """Commit what a majority has, if it is of this term; with it all before it (section 5.4.2)."""
        for index in sorted({self.log.last.lsn, *self.match.values()}, reverse=True):
            holders = {self.id, *(peer for peer, reached in self.match.items() if reached >= index)}
            if index > self.commit and self.is_majority(holders):
                if self.log.position(index).epoch == self.term:
                    self.commit_to(index)
                return

    # --- followers -------------------------------------------------------------------------------

    def on_append_entries(self, sender: str, append: AppendEntries) -> None:
        self.observe(append.term)
        if append.term < self.term:
            self.send(sender, Appended(self.term, False, self.log.last))
            return
        self.follow(sender)
        new = self.log.lacking(append.previous, append.entries)
        if new is None:
            self.send(sender, Appended(self.term, False, self.log.common(append.previous)))
            return
        for entry in new:
            self.write(entry)
        self.log = self.log.extended(new)
        end = append.entries[-1].position if append.entries else append.previous
        self.send(sender, Appended(self.term, True, end))
        self.commit_to(min(append.commit, end.lsn))

    def follow(self, leader: str) -> None:
        """The leader of this term has been heard."""
        self.role, self.leader = "follower", leader
        self.wait()

    # --- what is committed -----------------------------------------------------------------------

    def commit_to(self, index: int) -> None:
        """What stands up to this index is committed: carry it out, one entry after the other."""
        while self.commit < index:
            self.commit += 1
            self.apply(self.log.after(self.log.position(self.commit - 1))[0])

    def apply(self, entry: Entry) -> None:
        """Carry out a committed entry; a state machine says how in a subclass."""


# --- properties (figure 3) -----------------------------------------------------------------------


def _of(nodes: Mapping[str, Any]) -> list[Raft]:
    return [node for node in nodes.values() if isinstance(node, Raft)]


def election_safety(nodes: Mapping[str, Any]) -> bool:
    """At this moment, no two leaders of the same term. Of the whole run speaks `one_winner_per_term`.

    >>> a, b = Raft("a", ["b"]), Raft("b", ["a"])
    >>> a.role = b.role = "leader"
    >>> election_safety({"a": a, "b": b})
    False
    """
    led = [node.term for node in _of(nodes) if node.role == "leader"]
    return len(led) == len(set(led))


def one_winner_per_term(logs: Mapping[str, Sequence[object]]) -> bool:
    """No two candidates have ever had the votes of a majority in the same term, by the logs of all members.

    This speaks of the whole run, as figure 3 does, but knows only of votes that were written, and of no members that
    come or go.

    >>> a, b = [Ballot(1, "a")], [Ballot(1, "b")]
    >>> one_winner_per_term({"a": a, "b": b, "c": a}), one_winner_per_term({"a": a, "b": b, "c": a + b})
    (True, False)
    """
    votes = {
        name: [
            (record.term, record.voted)
            for record in log
            if isinstance(record, Ballot) and record.voted
        ]
        for name, log in logs.items()
    }
    return all(len(names) == 1 for names in winners(votes).values())


def log_matching(nodes: Mapping[str, Any]) -> bool:
    """Logs that hold the same position are equal up to it, as far as both hold entries.

    >>> a, b = Raft("a", ["b"]), Raft("b", ["a"])
    >>> one, other, then = (Entry(Position(*at), "command", at) for at in ((1, 1), (2, 1), (3, 2)))
    >>> a.log, b.log = BinaryLog().extended([one, then]), BinaryLog().extended([other, then])
    >>> log_matching({"a": a, "b": b})
    False
    """
    return match(node.log for node in _of(nodes))


def leader_completeness(nodes: Mapping[str, Any]) -> bool:
    """What a node knows to be committed is in the log of every leader of its term or a later one.

    >>> a, b = Raft("a", ["b"]), Raft("b", ["a"])
    >>> a.log, a.commit = BinaryLog().extended([Entry(Position(1, 1), "begin")]), 1
    >>> b.role, b.term = "leader", 2
    >>> leader_completeness({"a": a, "b": b})
    False
    """
    leaders = [node for node in _of(nodes) if node.role == "leader"]
    return all(
        entry.position in leader.log or entry.position.lsn < leader.log.base.lsn
        for leader in leaders
        for node in _of(nodes)
        if node.term <= leader.term
        for entry in node.log.entries
        if entry.position.lsn <= node.commit
    )


def state_machine_safety(nodes: Mapping[str, Any]) -> bool:
    """No two nodes have committed different entries at the same index.

    >>> a, b = Raft("a", ["b"]), Raft("b", ["a"])
    >>> a.log, b.log = (BinaryLog().extended([Entry(Position(term, 1), "begin")]) for term in (1, 2))
    >>> a.commit = b.commit = 1
    >>> state_machine_safety({"a": a, "b": b})
    False
    """
    return agree((node.log, node.commit) for node in _of(nodes))
