"""Judge of 14.3: the rule by which a Raft node grants its vote."""

from __future__ import annotations

import pickle
from itertools import product
from typing import Any

from dscourse.exercises.tasks import Wrong, by_name, plain
from dscourse.replication.raft_log import Position

__all__ = ["LINES", "NAMES", "judge"]

LINES = 500_000
NAMES = by_name(Position)

# a candidate and its rival: other letters, one name within the other, other cases, the same letters
_PAIRS = (
    ("b", "c"),
    ("n12", "n1"),
    ("ann", "bob"),
    ("n1", "n12"),
    ("node", "Node"),
    ("eva", "ave"),
)
_TERMS = (3, 40, 70_000)


def judge(grant: Any) -> Wrong | None:
    for (candidate, rival), term in product(_PAIRS, _TERMS):
        positions = _positions(term)
        for asked, voted in product(
            (1, term - 1, term, term + 1, 30 * term), ("", candidate, rival)
        ):
            for mine, theirs in product(reversed(positions), positions):
                if (
                    theirs.term < asked
                ):  # a log holds no entry of the term for which its node stands
                    wrong = _judge_call(grant, term, voted, mine, asked, candidate, theirs)
                    if wrong is not None:
                        return wrong
    return None


def _positions(term: int) -> list[Position]:
    """Return positions in logs of a node in this term; terms and lengths differ by orders of magnitude."""
    ends = (
        (0, 0),
        (1, 1),
        (1, 2),
        (1, 10**12),
        (2, 9),
        (2, 10),
        (term - 1, 3),
        (term, 2),
        (term, 11),
    )
    return [Position(*end) for end in ends]


def _judge_call(grant: Any, *call: Any) -> Wrong | None:
    right, reason = _rule(*call)
    answer = plain(grant(*map(_copied, call)))
    if answer in (True, False) and bool(answer) == right:
        return None
    term, voted, mine, asked, candidate, theirs = call
    text = f"grant(term={term}, voted={voted!r}, mine={mine}, asked={asked}, {candidate=}, theirs={theirs})"
    if answer not in (True, False):
        return Wrong(f"{text} gives {answer!r:.40}: it must be True or False.")
    return Wrong(f"{text} gives {bool(answer)}: {reason}")


def _copied(value: Any) -> Any:
    """Return an equal value that is another object, as one is that came in a message."""
    return value if isinstance(value, Position) else pickle.loads(pickle.dumps(value))


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
    elif theirs.term == mine.term:
        log = f"{candidate}'s log, which ends in the same term as mine, is longer"
    return f"{begun} has been given yet, and {log}."
