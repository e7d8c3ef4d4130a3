"""The remote procedure calls of Raft, and the records that a server stores apart from its log.

Source: Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC 2014, figure 2. A
`Position` stands for the paper's pairs of an index and a term, such as prevLogIndex and prevLogTerm.
"""

from __future__ import annotations

from dataclasses import dataclass

from dscourse.node import Message, Timer
from dscourse.replication.raft_log import Entry, Position

__all__ = [
    "AppendEntries", "AppendEntriesReply", "ElectionTimeout", "HeartbeatDue", "RequestVote", "RequestVoteReply",
    "TermAndVote",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RequestVote(Message):
    """A candidate's request for a vote: its term, and the position of the last entry in its log.

    ``permitted``: the leader of the term before has told the candidate to stand, so hearing that leader is no reason
    to refuse (Ongaro's dissertation, section 4.2.3).
    """

    term: int
    last_log: Position
    permitted: bool = False

    def __str__(self) -> str:
        return f"vote for me? (term {self.term}, log ends at {self.last_log})"


@dataclass(frozen=True, slots=True)
class RequestVoteReply(Message):
    """The voter's current term, and whether the candidate has its vote in it."""

    term: int
    vote_granted: bool

    def __str__(self) -> str:
        return f"{'vote' if self.vote_granted else 'no vote'} (term {self.term})"


@dataclass(frozen=True, slots=True)
class AppendEntries(Message):
    """The leader's entries after ``prev_log``, and its commit index; a heartbeat without entries.

    >>> print(AppendEntries(2, Position(1, 1), (Entry(Position(2, 2), "no-op"),), 0))
    append no-op (term 2, after 1)
    """

    term: int
    prev_log: Position
    entries: tuple[Entry, ...]
    leader_commit: int

    def __str__(self) -> str:
        action = f"append {', '.join(map(str, self.entries))}" if self.entries else "heartbeat"
        return f"{action} (term {self.term}, after {self.prev_log.index})"


@dataclass(frozen=True, slots=True)
class AppendEntriesReply(Message):
    """The follower's current term, and where its log stands.

    On success it matches the leader's up to ``match``; otherwise it can match no further than that.
    """

    term: int
    success: bool
    match: Position

    def __str__(self) -> str:
        outcome = f"matches up to {self.match.index}" if self.success else "rejected"
        return f"{outcome} (term {self.term})"


@dataclass(frozen=True, slots=True)
class ElectionTimeout(Timer):
    """No leader has been heard for an election time-out."""


@dataclass(frozen=True, slots=True)
class HeartbeatDue(Timer):
    """The leader's next heartbeat is due."""


@dataclass(frozen=True, slots=True)
class TermAndVote:
    """A record of the durable log: the paper's currentTerm and votedFor; "" while no vote is given in the term."""

    term: int
    voted_for: str

    def __str__(self) -> str:
        return f"term {self.term}, {f'vote for {self.voted_for}' if self.voted_for else 'no vote'}"
