"""Judge of 14.3: the rule by which a Raft node grants its vote."""

from __future__ import annotations

from itertools import product
from typing import Any

from dscourse.exercises.tasks import Wrong, by_name, plain
from dscourse.replication.raft_log import Position

__all__ = ["LINES", "NAMES", "judge"]

LINES = 500_000
NAMES = by_name(Position)


def judge(grant: Any) -> Wrong | None:
    positions = [Position(0, 0), Position(1, 1), Position(1, 2), Position(2, 2)]
    for term, asked, voted, mine, theirs in product(
        (2, 3), (1, 2, 3), ("", "b", "c"), positions, positions
    ):
        known = max(term, asked)
        vote = "" if asked > term else voted
        right = asked == known and vote in ("", "b") and theirs >= mine
        answer = plain(grant(term, voted, mine, asked, "b", theirs))
        call = f"grant(term={term}, voted={voted!r}, mine={mine}, asked={asked}, candidate='b', theirs={theirs})"
        if not isinstance(answer, bool):
            return Wrong(f"{call} gives {answer!r}: it must be True or False.")
        if answer and not right:
            return Wrong(f"{call} gives True: {_grant_reason(term, asked, vote, mine, theirs)}")
        if right and not answer:
            return Wrong(f"{call} gives False: {_grant_missing(term, asked, vote)}")
    return None


def _grant_missing(term: int, asked: int, vote: str) -> str:
    if asked > term:
        return "in a later term, no vote has been given yet, and b's log lacks nothing."
    if vote == "b":
        return "b has this vote already; it asks again because the answer may be lost."
    return "no vote has been given in this term, and b's log lacks nothing."


def _grant_reason(term: int, asked: int, vote: str, mine: Position, theirs: Position) -> str:
    if asked < term:
        return "that term is over."
    if vote not in ("", "b"):
        return f"the vote of this term is {vote}'s already."
    return f"my log ends at {mine}, b's at {theirs}, and mine may hold what is committed."
