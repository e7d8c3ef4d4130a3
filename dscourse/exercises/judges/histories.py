"""A history as an answer: a weaker model allows it, and a stronger one does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dscourse import checkers
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.consistency_models import history_of
from dscourse.history import History
from dscourse.show import Picture, intervals

__all__ = ["judge_of_rows"]


def judge_of_rows(holds: str, fails: str) -> Callable[[Any], Wrong | None]:
    """Return a judge of rows: the model ``holds`` must allow their history, and ``fails`` must not."""

    def judge(rows: Any) -> Wrong | None:
        if not isinstance(rows, list | tuple):
            return Wrong(f"`rows` must be a list of rows, not {rows!r}.")
        try:
            history = history_of(rows)
        except (ValueError, TypeError) as error:
            return Wrong(f"{error}.")
        if len(history) > 12:
            return Wrong("More than 12 operations are not needed: four will do.")
        return _compare(history, holds, fails)

    return judge


def _compare(history: History, holds: str, fails: str) -> Wrong | None:
    upper, lower = checkers.BY_NAME[fails](history), checkers.BY_NAME[holds](history)
    for verdict in (upper, lower):
        if verdict.ok is None:
            return Wrong(f"This decides nothing: {verdict.reason}.")
    if not lower.ok:
        return Wrong(f"It is not {lower.model}: {lower.reason}.", _picture(history, lower.refuting))
    if upper.ok:
        order = f" in the order {', '.join(map(str, upper.witness))}" if upper.witness else ""
        return Wrong(f"It is {upper.model} as well{order}.", _picture(history))
    return None


def _picture(history: History, refuting: tuple[int, ...] = ()) -> Picture:
    return intervals(history, highlight=refuting, names=True)
