"""Chapter 14: Raft's four invariants, and mutants of Raft and of its store that each break one rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dscourse.core.properties import Property, View
from dscourse.core.verdict import Verdict
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import AppendEntries, RequestVote, TermAndVote
from dscourse.protocols.raft_properties import (
    election_safety,
    leader_completeness,
    log_matching,
    state_machine_safety,
)
from dscourse.protocols.raft_store import RaftStore
from dscourse.replication.raft_log import Entry

__all__ = [
    "INVARIANTS", "AppliesTwice", "CommitsAlone", "ForgetsItsVote", "SkipsTheCheck", "VotesForAnyLog", "VotesTwice",
]  # fmt: skip


def _of_nodes(name: str, rule: Callable[[Mapping[str, Any]], Verdict]) -> Property:
    def holds(view: View) -> Verdict:
        return rule(view.nodes)

    return Property(name, holds)


INVARIANTS = (
    _of_nodes("one leader per term", election_safety),
    _of_nodes("logs match", log_matching),
    _of_nodes("committed entries agree", state_machine_safety),
    _of_nodes("leaders lack nothing committed", leader_completeness),
)


class VotesTwice(Raft):
    """A mutant: a follower votes for every candidate of its term."""

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if self.role == "follower" and request.term == self.term:
            self.voted_for = ""
        super().on_request_vote(sender, request)


class ForgetsItsVote(Raft):
    """A mutant: its term survives a crash, its vote does not."""

    def recover(self, record: object) -> None:
        super().recover(TermAndVote(record.term, "") if isinstance(record, TermAndVote) else record)


class VotesForAnyLog(Raft):
    """A mutant: a voter does not look at the candidate's log."""

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        complete = max(request.last_log, self.log.last)
        super().on_request_vote(sender, RequestVote(request.term, complete))


class SkipsTheCheck(Raft):
    """A mutant: a follower takes entries at their indexes, whatever its log has before them."""

    def on_append_entries(self, sender: str, append: AppendEntries) -> None:
        before = append.prev_log.index
        if append.term >= self.term and before <= self.log.last_index:
            own = self.log.position(before)
            append = AppendEntries(append.term, own, append.entries, append.leader_commit)
        super().on_append_entries(sender, append)


class CommitsAlone(Raft):
    """A mutant: a leader commits what is in its own log."""

    def advance_commit(self) -> None:
        self.commit_to(self.log.last_index)


class AppliesTwice(RaftStore):
    """A mutant: it takes every command for a new one, as a store without sessions does."""

    def apply_to_session(self, entry: Entry) -> tuple[int, Any] | None:
        if entry.f == "command" and entry.key in self.sessions:
            self.sessions[entry.key] = 0, None
        return super().apply_to_session(entry)
