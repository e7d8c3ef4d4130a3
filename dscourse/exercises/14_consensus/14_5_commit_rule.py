"""Judge of 14.5: which entries a Raft leader may commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.dispatch import handle_message
from dscourse.core.wording import count
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.node import take_effects
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import AppendEntriesReply, RequestVoteReply, TermAndVote
from dscourse.replication.raft_log import Entry, Position

__all__ = ["LINES", "NAMES", "judge"]

LINES = 1_000_000
NAMES = by_name(Raft)


@dataclass(frozen=True, slots=True)
class _Case:
    """A leader whose log has entries of these earlier terms, then ``own`` entries; and its peers' confirmations."""

    terms: tuple[int, ...]
    own: int
    acks: tuple[
        int, ...
    ]  # one per peer, in the order in which they arrive; 0 for a peer that is silent

    @property
    def right(self) -> int:
        """The highest index that a majority holds, if it is of the leader's own term; 0 otherwise."""
        last = len(self.terms) + self.own
        index = sorted((last, *self.acks), reverse=True)[(len(self.acks) + 1) // 2]
        return index if index > len(self.terms) else 0


_CASES = (
    _Case((1, 2), 1, (2, 2, 0, 0)),  # figure 8: an old entry on three of five
    _Case((1, 2), 1, (1, 0, 0, 0)), _Case((1, 2), 1, (3, 0, 0, 0)), _Case((1, 2), 1, (3, 3, 0, 0)),
    _Case((1, 2), 1, (2, 3, 3, 0)), _Case((1, 2), 1, (3, 3, 3, 3)),
    _Case((1, 2), 3, (3, 4, 0, 0)),  # not the last entry, but one of its own
    _Case((1, 2), 3, (5, 4, 3, 2)), _Case((1, 2), 3, (2, 2, 5, 2)),
    _Case((1,), 1, (2, 0)), _Case((1,), 1, (1, 1)), _Case((1,), 2, (2, 1)),  # three nodes
    _Case((1, 1), 2, (3, 0, 0)), _Case((1, 1), 2, (3, 4, 0)), _Case((1, 1), 2, (2, 2, 2)),  # four
    _Case((1, 3, 3), 2, (4, 4, 0, 0, 0, 0)), _Case((1, 3, 3), 2, (5, 4, 4, 0, 0, 0)),  # seven
    _Case((1, 3, 3), 2, (3, 3, 3, 3, 3, 3)), _Case((), 1, (1, 0)), _Case((), 1, ()),
)  # fmt: skip


def judge(kind: Any) -> Wrong | None:
    if not (isinstance(kind, type) and issubclass(kind, Raft)):
        return Wrong("`CarefulLeader` must be a class derived from Raft.")
    for number, case in enumerate(_CASES):
        names = [f"{'nsx'[number % 3]}{n}" for n in range(1, len(case.acks) + 2)]
        wrong = _judge_case(kind, case, names, number)
        if wrong is not None:
            return wrong
    return None


def _judge_case(kind: Any, case: _Case, names: Sequence[str], number: int) -> Wrong | None:
    class Watched(kind):  # type: ignore[misc]
        applied: tuple[int, ...] = ()

        def apply(self, entry: Entry) -> None:
            self.applied += (entry.index,)
            super().apply(entry)

    leader = _leader(Watched, case, names, gap=number % 2)
    for peer, index in zip(names[1:], case.acks, strict=True):
        if index:
            position = leader.log.position(index)
            handle_message(leader, peer, AppendEntriesReply(leader.term, True, position))
    if leader.commit_index != case.right:
        return Wrong(_described(case, leader))
    if leader.applied != tuple(range(1, case.right + 1)):
        return Wrong(
            f"{_situation(case, leader)} commit_index is {case.right}, but the entries applied are "
            f"{list(leader.applied)}: self.commit_to(index) applies each entry once, in order."
        )
    return None


def _leader(kind: Any, case: _Case, names: Sequence[str], gap: int) -> Any:
    """Return the first node, elected ``gap`` terms later than the next one, with entries of its own."""
    one = kind(names[0], names[1:])
    log = [
        Entry(Position(term, index), "command", index) for index, term in enumerate(case.terms, 1)
    ]
    one.on_start([TermAndVote(max(case.terms, default=0) + gap, ""), *log])
    one.start_election()
    for name in names[1:]:
        handle_message(one, name, RequestVoteReply(one.term, True))
    for number in range(case.own - 1):  # it begins with one
        one.append("command", None, number)
    take_effects(one)
    return one


def _situation(case: _Case, leader: Any) -> str:
    terms = ", ".join(str(entry.term) for entry in leader.log.entries)
    acks = ", ".join(str(index) if index else "nothing" for index in case.acks) or "no peer"
    nodes = count(len(case.acks) + 1, "node")
    return (
        f"A leader of term {leader.term}, of {nodes}, has entries of the terms {terms}. Its peers have confirmed up "
        f"to index {acks}."
    )


def _described(case: _Case, leader: Any) -> str:
    index, last = leader.commit_index, len(leader.log.entries)
    says = f"{_situation(case, leader)} It commits up to {index}, not {case.right}."
    if 0 < index <= len(case.terms):
        return f"{says} An entry of an earlier term can still be replaced."
    if index > case.right:
        return f"{says} Index {index} is not on a majority."
    if index < case.right < last:
        return f"{says} An entry of its own term on a majority is enough, whether it is the last one or not."
    return f"{says} That entry is of its own term, and on a majority with its own copy."
