"""The isolation levels that the exercises ask for, and their names as learners write them."""

from __future__ import annotations

from typing import Any

from dscourse.checkers.transactions import LEVELS, isolation
from dscourse.exercises.tasks import plain
from dscourse.history import History

__all__ = ["FIVE", "NONE", "level_named", "strongest"]

NONE = "none"
_ASKED = (
    "read_uncommitted", "read_committed", "snapshot_isolation", "serializable", "strict_serializable",
)  # fmt: skip
_SHORT = {"ru": "read uncommitted", "rc": "read committed", "si": "snapshot isolation"}
FIVE = tuple(LEVELS[name].title for name in _ASKED)  # from the weakest to the strongest


def level_named(value: Any) -> str | None:
    """Return the level, or "none", that a text names; None for anything else.

    >>> level_named("Read_Committed"), level_named("serialisable"), level_named("SI"), level_named(3)
    ('read committed', 'serializable', 'snapshot isolation', None)
    """
    value = plain(value)
    if not isinstance(value, str):
        return None
    text = " ".join(value.replace("_", " ").replace("-", " ").lower().split())
    text = _SHORT.get(text, text.replace("serialis", "serializ"))
    return text if text in (*FIVE, NONE) else None


def strongest(history: History) -> str:
    """Return the strongest of the five levels that a history does not refute; "none" if it refutes them all."""
    verdicts = isolation(history).verdicts
    left = [LEVELS[name].title for name in _ASKED if verdicts[name].ok is not False]
    return left[-1] if left else NONE
