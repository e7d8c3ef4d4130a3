"""Judge of 10.5: the rule by which a voter accepts a new primary."""

from __future__ import annotations

from itertools import product
from typing import Any

from dscourse.exercises.tasks import Wrong, by_name, plain
from dscourse.replication.binary_log import Position

__all__ = ["LINES", "NAMES", "judge"]

LINES = 500_000
NAMES = by_name(Position)

# Long logs of early epochs, short ones of late epochs, and numbers that compare otherwise as text.
_FAR = (
    (1, 12),
    (1, 1_000),
    (2, 9),
    (2, 10),
    (9, 40),
    (10, 40),
    (11, 39),
    (12, 1_000_000),
    (13, 41),
    (14, 10**30),
    (15, 10**12),
    (16, 1),
)


def judge(may_lead: Any) -> Wrong | None:
    positions = [
        Position(),
        *(Position(epoch, lsn) for epoch in (1, 2, 3) for lsn in range(epoch, 5)),
        *(Position(epoch, lsn) for epoch, lsn in _FAR),
    ]
    pairs = list(product(positions, repeat=2))
    for mine, theirs in pairs:
        answer = plain(may_lead(mine, theirs))
        if not isinstance(answer, bool):
            return Wrong(f"may_lead({mine}, {theirs}) gives {answer!r}: it must be True or False.")
        if answer and theirs < mine:
            return Wrong(_why_not(mine, theirs))
    for mine, theirs in pairs:
        if theirs >= mine and not may_lead(mine, theirs):
            return Wrong(
                f"My log ends at {_in_words(mine)}, the candidate's at {_in_words(theirs)}, and you refuse. It "
                "lacks nothing that I have; if all are as strict as this, nobody may ever be elected."
            )
    return None


def _in_words(position: Position) -> str:
    return f"entry {position.lsn} of epoch {position.epoch}"


def _why_not(mine: Position, theirs: Position) -> str:
    start = f"My log ends at {_in_words(mine)}, the candidate's at {_in_words(theirs)}, and you vote for it. "
    if theirs.lsn >= mine.lsn:
        return start + (
            "It is no shorter, but older: entries of a primary that lost its majority. Mine may have "
            "been acknowledged since."
        )
    return (
        start
        + "It lacks an entry that I have, and that may have been acknowledged because I have it."
    )
