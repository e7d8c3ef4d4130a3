"""Judge of 14.5: which entries a Raft leader may commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.core.dispatch import handle_message
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.node import take_effects
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import AppendEntriesReply, RequestVoteReply, TermAndVote
from dscourse.replication.raft_log import Entry, Position

__all__ = ["LINES", "NAMES", "judge"]

LINES = 500_000
NAMES = by_name(Raft)


def _leader(kind: Any, terms: Sequence[int]) -> Any:
    """Return node n1 of five, elected for the term after the last one in its log."""
    names = [f"n{n}" for n in range(1, 6)]
    one = kind("n1", names[1:])
    log = [Entry(Position(term, index), "command", index) for index, term in enumerate(terms, 1)]
    one.on_start([TermAndVote(max(terms), ""), *log])
    one.start_election()
    for name in names[1:3]:
        handle_message(one, name, RequestVoteReply(one.term, True))
    take_effects(one)
    return one


def judge(kind: Any) -> Wrong | None:
    if not (isinstance(kind, type) and issubclass(kind, Raft)):
        return Wrong("`CarefulLeader` must be a class derived from Raft.")
    for acks in (
        [(1, 1)],
        [(2, 2), (2, 2)],
        [(3, 3)],
        [(3, 3), (3, 3)],
        [(2, 2), (3, 3), (3, 3)],
        [(3, 3)] * 4,
    ):
        one = _leader(kind, [1, 2])
        right = 0
        for peer, (term, index) in zip(("n2", "n3", "n4", "n5"), acks, strict=False):
            handle_message(one, peer, AppendEntriesReply(one.term, True, Position(term, index)))
        if sum(index == 3 for _, index in acks) >= 2:
            right = 3
        if one.commit_index != right:
            acked = ", ".join(str(index) for _, index in acks)
            return Wrong(
                "A leader of term 3 has entries of the terms 1, 2 and 3. Its peers have confirmed up to "
                f"{acked} (the others nothing). It counts {one.commit_index} as committed, not {right}."
                + (
                    " An entry of an earlier term can still be replaced."
                    if one.commit_index == 2
                    else ""
                )
            )
    return None
