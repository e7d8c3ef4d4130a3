"""Raft: a log that is the same at all nodes, replicated by a leader that a majority has elected.

Source:        Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, sections
               5.1 to 5.4 and figure 2. Names are the paper's.
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered; no synchrony.
               Restarts: any node, with its log.
Promises:      figure 3, always: `one_winner_per_term`, `election_safety`, `log_matching`, `leader_completeness` and
               `state_machine_safety` of `raft_properties`. A leader, and entries committed, while the nodes of a
               majority are up, reach each other and hear no leader outside it, and messages take much less time than
               ``election_ms``.
Not promised:  progress without that; an answer to a client (`dscourse.protocols.raft_store`).
Departs:       a new leader appends a no-op entry, which section 8 of the extended version asks for. A rejected
               AppendEntries says how far the logs can match, so the leader backs up by terms, not by entries (the end
               of section 5.3).
Size:          2 (n - 1) messages per entry and per election.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dscourse.node import Node
from dscourse.protocols.raft_messages import (
    AppendEntries,
    AppendEntriesReply,
    ElectionTimeout,
    HeartbeatDue,
    RequestVote,
    RequestVoteReply,
    TermAndVote,
)
from dscourse.replication.raft_log import Entry, Position, ReplicatedLog

__all__ = ["Raft"]


class Raft(Node):
    """A server: follower, candidate or leader.

    An election time-out is drawn from ``election_ms`` to twice that. ValueError unless it exceeds ``heartbeat_ms``,
    the time between two heartbeats.
    """

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        heartbeat_ms: float = 50.0,
        election_ms: float = 150.0,
    ) -> None:
        super().__init__(id, peers)
        if not 0 < heartbeat_ms < election_ms:
            raise ValueError(
                f"heartbeat_ms={heartbeat_ms}, election_ms={election_ms}: "
                "a heartbeat must take more than 0 ms, and less than an election time-out"
            )
        self.heartbeat_ms, self.election_ms = heartbeat_ms, election_ms
        self.term, self.voted_for = 0, ""  # durable, as is the log
        self.log = ReplicatedLog()
        self.role, self.leader = "follower", ""
        self.commit_index = self.last_applied = 0
        self.votes: frozenset[str] = frozenset()  # as a candidate: the nodes that vote for it
        self.next_index: dict[str, int] = {}  # as the leader, by peer
        self.match_index: dict[str, int] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            self.recover(record)
        self.reset_election_timeout()

    def recover(self, record: object) -> None:
        """Restore what one record of the durable log says."""
        if isinstance(record, TermAndVote):
            self.term, self.voted_for = record.term, record.voted_for
        elif isinstance(record, Entry):
            self.log = self.log.extended([record])

    # --- servers, terms and majorities (sections 5.1 and 5.2) ------------------------------------

    @property
    def voters(self) -> frozenset[str]:
        """The servers that make up majorities."""
        return frozenset((self.id, *self.peers))

    @property
    def others(self) -> tuple[str, ...]:
        """The servers to which this one sends its requests."""
        return tuple(sorted(self.voters - {self.id}))

    def is_majority(self, names: Iterable[str]) -> bool:
        """Return True if more than half of the voters are among these."""
        voters = self.voters
        return 2 * len(voters & frozenset(names)) > len(voters)

    @property
    def accepts_requests(self) -> bool:
        """True if this node leads, so that clients may send it their requests."""
        return self.role == "leader"

    @property
    def shown_role(self) -> str:
        return "leads" if self.role == "leader" else ""

    def reset_election_timeout(self) -> None:
        """Wait for a leader, for a time drawn at random."""
        self.set_timer(ElectionTimeout(), (self.election_ms, 2 * self.election_ms))

    def enter_term(self, term: int, voted_for: str = "") -> None:
        """Set the current term and the vote in it, durably, before any message of the term is sent."""
        if (term, voted_for) != (self.term, self.voted_for):
            self.term, self.voted_for = term, voted_for
            self.write(TermAndVote(term, voted_for))

    def observe_term(self, term: int) -> None:
        """Become a follower in a later term (figure 2, rules for all servers)."""
        if term > self.term:
            self.step_down()
            self.enter_term(term)

    def step_down(self) -> None:
        """Become a follower without a leader; a former leader waits for its successor."""
        if self.role == "leader":
            self.reset_election_timeout()
        self.role, self.leader = "follower", ""

    def follow(self, leader: str) -> None:
        """Become a follower of this term's leader, which has just been heard."""
        self.role, self.leader = "follower", leader
        self.reset_election_timeout()

    # --- elections (sections 5.2 and 5.4.1) ------------------------------------------------------

    def on_election_timeout(self, timer: ElectionTimeout) -> None:
        if self.may_stand():
            self.stand()
        else:
            self.reset_election_timeout()

    def may_stand(self) -> bool:
        """Return True if this node may become leader; a subclass says when it may not."""
        return True

    def stand(self) -> None:
        """Stand for election; a subclass may hold a pre-vote first."""
        self.start_election()

    def start_election(self, permitted: bool = False) -> None:
        """Enter the next term as a candidate, vote for itself, and request the others' votes."""
        self.enter_term(self.term + 1, self.id)
        self.role, self.leader, self.votes = "candidate", "", frozenset({self.id})
        self.reset_election_timeout()
        request = RequestVote(self.term, self.log.last, permitted)
        for name in self.others:
            self.send(name, request)
        self.lead_if_elected()

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        """Vote once per term, and only for a log that is at least as up to date as this node's."""
        self.observe_term(request.term)
        granted = (
            request.term == self.term
            and self.voted_for in ("", sender)
            and self.role == "follower"
            and request.last_log >= self.log.last
        )
        if granted:
            self.enter_term(self.term, sender)
            self.reset_election_timeout()
        self.send(sender, RequestVoteReply(self.term, granted))

    def on_request_vote_reply(self, sender: str, reply: RequestVoteReply) -> None:
        self.observe_term(reply.term)
        if reply.vote_granted and reply.term == self.term and self.role == "candidate":
            self.votes |= {sender}
            self.lead_if_elected()

    def lead_if_elected(self) -> None:
        """Become leader once a majority has granted its vote."""
        if self.is_majority(self.votes):
            self.lead()

    def lead(self) -> None:
        """Become leader: append a no-op entry and replicate it."""
        self.role, self.leader = "leader", self.id
        self.match_index, self.next_index = {}, dict.fromkeys(self.others, self.log.last_index + 1)
        self.cancel_timer(ElectionTimeout())
        self.append("no-op")
        self.on_heartbeat_due(HeartbeatDue())

    def give_up_leases(self) -> None:
        """Give up any right that rests on being the only leader, before another node may stand; none here."""

    # --- the leader (sections 5.3 and 5.4.2) -----------------------------------------------------

    def append(self, f: str, key: Any = None, value: Any = None) -> Position:
        """Append an entry to the leader's own log. Return its position."""
        entry = Entry(Position(self.term, self.log.last_index + 1), f, key, value)
        self.write(entry)
        self.log = self.log.extended([entry])
        self.advance_commit()
        return entry.position

    def on_heartbeat_due(self, timer: HeartbeatDue) -> None:
        if self.role == "leader":
            self.replicate()
            self.set_timer(timer, self.heartbeat_ms)

    def replicate(self) -> None:
        """Send every other server the entries that it may lack."""
        for peer in self.others:
            self.replicate_to(peer)

    def replicate_to(self, peer: str) -> None:
        """Send one server the entries from its next index on; none is a heartbeat."""
        next_index = self.next_index.setdefault(peer, self.log.last_index + 1)
        previous = self.log.position(next_index - 1)
        entries = self.log.after(previous)
        self.send(peer, AppendEntries(self.term, previous, entries, self.commit_index))

    def on_append_entries_reply(self, sender: str, reply: AppendEntriesReply) -> None:
        self.observe_term(reply.term)
        if self.role != "leader" or reply.term != self.term or sender not in self.next_index:
            return
        matched = self.match_index.get(sender, 0)
        if not reply.success:  # a late rejection does not undo a later success
            backed_up = min(self.next_index[sender], self.log.common(reply.match).index + 1)
            self.next_index[sender] = max(backed_up, matched + 1)
            self.replicate_to(sender)
        elif reply.match.index > matched:
            self.match_index[sender] = reply.match.index
            self.next_index[sender] = max(self.next_index[sender], reply.match.index + 1)
            self.advance_commit()

    def advance_commit(self) -> None:
        """Commit the highest index that a majority has, if its entry is of this term (section 5.4.2)."""
        matched = {**self.match_index, self.id: self.log.last_index}
        highest_first = sorted((matched.get(name, 0) for name in self.voters), reverse=True)
        index = highest_first[len(self.voters) // 2]
        if index > self.commit_index and self.log.term_at(index) == self.term:
            self.commit_to(index)

    # --- followers (section 5.3) -----------------------------------------------------------------

    def on_append_entries(self, sender: str, append: AppendEntries) -> None:
        """Copy the entries after ``prev_log``, in place of conflicting ones; reject them if this log lacks it."""
        self.observe_term(append.term)
        if append.term < self.term:
            self.send(sender, AppendEntriesReply(self.term, False, self.log.last))
            return
        self.follow(sender)
        missing = self.log.lacking(append.prev_log, append.entries)
        if missing is None:
            can_match = self.log.common(append.prev_log)
            self.send(sender, AppendEntriesReply(self.term, False, can_match))
            return
        for entry in missing:
            self.write(entry)
        self.log = self.log.extended(missing)
        end = append.entries[-1].position if append.entries else append.prev_log
        self.send(sender, AppendEntriesReply(self.term, True, end))
        self.commit_to(min(append.leader_commit, end.index))

    # --- committed entries (figure 2, rules for all servers) -------------------------------------

    def commit_to(self, index: int) -> None:
        """Raise the commit index, and apply the entries up to it in order."""
        self.commit_index = max(self.commit_index, index)
        while self.last_applied < self.commit_index:
            self.last_applied += 1
            self.apply(self.log.entry_at(self.last_applied))

    def apply(self, entry: Entry) -> None:
        """Apply a committed entry; the state machine is a subclass."""
