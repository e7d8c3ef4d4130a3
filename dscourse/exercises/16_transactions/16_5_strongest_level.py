"""Judge of 16.5: the strongest level that each of seven histories satisfies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dscourse.checkers.transactions import LEVELS, isolation
from dscourse.exercises.judges.isolation_levels import FIVE, NONE, level_named, strongest
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.isolation_histories import HISTORIES

__all__ = ["judge"]


def judge(levels: Any) -> Wrong | None:
    if isinstance(levels, Mapping):
        levels = {str(name).strip().upper(): level for name, level in levels.items()}
    if not isinstance(levels, Mapping) or set(levels) != set(HISTORIES):
        return Wrong(f"`levels` must be a dictionary with the keys {', '.join(HISTORIES)}.")
    for name in HISTORIES:
        level = level_named(levels[name])
        if level is None:
            return Wrong(
                f"{name}: {levels[name]!r:.60} is no level: it must be one of {', '.join((NONE, *FIVE))}."
            )
        wrong = _mistake(name, level)
        if wrong is not None:
            return wrong
    return None


def _mistake(name: str, level: str) -> Wrong | None:
    order = (NONE, *FIVE)
    wanted = strongest(HISTORIES[name])
    if order.index(level) < order.index(wanted):
        return (
            Wrong(
                f"{name}: it satisfies {level}, and more than that: no anomaly rules out the next level."
            )
            if level != NONE
            else Wrong(f"{name}: it satisfies at least read uncommitted.")
        )
    if level != wanted:
        key = next(key for key, one in LEVELS.items() if one.title == level)
        reason = isolation(HISTORIES[name]).verdicts[key].reason
        return Wrong(f"{name} does not satisfy {level}: {reason}.")
    return None
