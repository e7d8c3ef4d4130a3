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

    led_before: bool = False  # the last of the earlier terms, too

    def right(self, heard: int) -> int:
        """The highest index that a majority holds by so many acks, if of the leader's own term; 0 otherwise."""
        last = len(self.terms) + self.own
        known = (last, *self.acks[:heard], *(0 for _ in self.acks[heard:]))
        index = sorted(known, reverse=True)[len(known) // 2]
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
    _Case((1, 2, 2), 2, (2, 3, 3, 5), True), _Case((1, 3), 1, (2, 3), True),
    _Case((5, 70, 70), 1, (3, 3, 0, 4), True),
    _Case((1,) * 7 + (400,), 9, (17, 9, 12, 8)), _Case((1,) * 9 + (400,), 30, (0, 40, 9, 11)),  # long logs
    _Case((1, 2), 1, (3, 3, 3, 2, 3, 3, 0, 0)), _Case((1, 2), 9, (11, 10, 9, 2, 2, 2, 3, 2, 4, 2)),
    _Case((1, 2), 2, (3,) * 6 + (4,) * 8), _Case((1, 2), 2, (2,) * 7 + (4,) * 7),  # fifteen
)  # fmt: skip


def judge(kind: Any) -> Wrong | None:
    if not (isinstance(kind, type) and issubclass(kind, Raft)):
        return Wrong("`CarefulLeader` must be a class derived from Raft.")
    # twice: what one leader remembers must not count for another
    for number, case in [*enumerate(_CASES)] * 2:
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
    for heard, (peer, index) in enumerate(zip(names, (0, *case.acks), strict=True)):
        if index:
            position = leader.log.position(index)
            handle_message(leader, peer, AppendEntriesReply(leader.term, True, position))
        wrong = _judge_moment(case, leader, heard)
        if wrong is not None:
            return wrong
    return None


def _judge_moment(case: _Case, leader: Any, heard: int) -> Wrong | None:
    right = case.right(heard)
    if leader.commit_index != right:
        return Wrong(_described(case, leader, heard))
    if leader.applied != tuple(range(1, right + 1)):
        return Wrong(
            f"{_situation(case, leader, heard)} commit_index is {right}, but the entries applied are "
            f"{list(leader.applied)}: self.commit_to(index) applies each entry once, in order."
        )
    return None


def _leader(kind: Any, case: _Case, names: Sequence[str], gap: int) -> Any:
    """Return the first node, elected ``gap`` terms later than the next one, with entries of its own."""
    one = kind(names[0], names[1:])
    last = max(case.terms, default=0)
    old = [term for term in case.terms if term < last or not case.led_before]
    log = [Entry(Position(term, index), "command", index) for index, term in enumerate(old, 1)]
    before = last - 1 if case.led_before else last + gap
    one.on_start([TermAndVote(before, ""), *log])
    if case.led_before:
        _elect(one, names, len(case.terms) - len(old))
        one.observe_term(last + gap)
        one.step_down()
    _elect(one, names, case.own)
    return one


def _elect(one: Any, names: Sequence[str], entries: int) -> None:
    """Let the node win the next term's election, and append so many entries."""
    one.start_election()
    for name in names[1:]:
        handle_message(one, name, RequestVoteReply(one.term, True))
    for number in range(entries - 1):  # it begins with one
        one.append("command", None, number)
    take_effects(one)


def _situation(case: _Case, leader: Any, heard: int) -> str:
    terms = ", ".join(str(entry.term) for entry in leader.log.entries)
    acks = ", ".join(str(index) if index else "nothing" for index in case.acks[:heard]) or "no peer"
    nodes = count(len(case.acks) + 1, "node")
    before = f" and led term {case.terms[-1]} before," if case.led_before else ""
    return (
        f"A leader of term {leader.term}, of {nodes},{before} has entries of the terms {terms}. "
        f"Its peers have confirmed up to index {acks}."
    )


def _described(case: _Case, leader: Any, heard: int) -> str:
    index, right, last = leader.commit_index, case.right(heard), len(leader.log.entries)
    says = f"{_situation(case, leader, heard)} It commits up to {index}, not {right}."
    if right < index <= len(case.terms):
        return f"{says} An entry of an earlier term can still be replaced."
    if index > right:
        return f"{says} Index {index} is not on a majority."
    if index < right < last:
        return f"{says} An entry of its own term on a majority is enough, whether it is the last one or not."
    return f"{says} That entry is of its own term, and on a majority with its own copy."
