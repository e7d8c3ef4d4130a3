"""Judge of 14.3: the rule by which a Raft node grants its vote."""

from __future__ import annotations

from itertools import product
from typing import Any

from dscourse.exercises.tasks import Wrong, by_name, plain
from dscourse.replication.raft_log import Position

__all__ = ["LINES", "NAMES", "judge"]

LINES = 500_000
NAMES = by_name(Position)

_PAIRS = (("b", "c"), ("n12", "n1"), ("ann", "bob"))  # a candidate and its rival
_POSITIONS = [
    Position(term, index)
    for term, index in ((0, 0), (1, 1), (1, 2), (2, 2), (1, 4), (2, 3), (3, 1))
]


def judge(grant: Any) -> Wrong | None:
    for (candidate, rival), term, asked in product(_PAIRS, (3, 4, 9), (1, 3, 4, 5, 9, 12)):
        for voted, mine, theirs in product(("", candidate, rival), _POSITIONS[::-1], _POSITIONS):
            right, reason = _rule(term, voted, mine, asked, candidate, theirs)
            answer = plain(grant(term, voted, mine, asked, candidate, theirs))
            call = f"grant(term={term}, voted={voted!r}, mine={mine}, asked={asked}, {candidate=}, theirs={theirs})"
            if answer not in (True, False):
                return Wrong(f"{call} gives {answer!r:.40}: it must be True or False.")
            if bool(answer) != right:
                return Wrong(f"{call} gives {bool(answer)}: {reason}")
    return None


def _rule(
    term: int, voted: str, mine: Position, asked: int, candidate: str, theirs: Position
) -> tuple[bool, str]:
    """Return whether the vote is given, and why it is or is not."""
    if asked < term:
        return False, "that term is over."
    if asked == term and voted not in ("", candidate):
        return False, f"the vote of this term is {voted}'s already."
    if theirs < mine:
        return False, _lacking(candidate, mine, theirs)
    return True, _complete(term, asked, voted, candidate, mine, theirs)


def _lacking(candidate: str, mine: Position, theirs: Position) -> str:
    if theirs.index >= mine.index:
        return (
            f"{candidate}'s log is long enough, but its last entry is of term {theirs.term}, and mine of term "
            f"{mine.term}. The term counts first: mine may hold what is committed."
        )
    if theirs.term == mine.term:
        return f"of two logs that end in the same term the longer one counts, and {candidate}'s is shorter."
    return f"my log ends at {mine}, {candidate}'s at {theirs}, and mine may hold what is committed."


def _complete(
    term: int, asked: int, voted: str, candidate: str, mine: Position, theirs: Position
) -> str:
    if asked == term and voted == candidate:
        return f"{candidate} has this vote already; it asks again because the answer may be lost."
    begun = "in a later term no vote" if asked > term else "no vote"
    log = f"{candidate}'s log lacks nothing"
    if theirs == mine:
        log = f"{candidate}'s log, which ends where mine does, lacks nothing"
    elif theirs.index < mine.index:
        log = f"{candidate}'s log, though shorter, ends in a later term than mine"
    return f"{begun} has been given yet, and {log}."
