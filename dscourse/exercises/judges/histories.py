"""A history as an answer: a weaker model allows it, and a stronger one does not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from dscourse import checkers
from dscourse.exercises.judges.values import listed, number
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.consistency_models import Row, history_of
from dscourse.history import History
from dscourse.show import Picture, intervals

__all__ = ["judge_of_rows"]

_MOST = 12


def judge_of_rows(holds: str, fails: str) -> Callable[[Any], Wrong | None]:
    """Return a judge of rows: the model ``holds`` must allow their history, and ``fails`` must not."""

    def judge(rows: Any) -> Wrong | None:
        found = listed(rows, most=_MOST + 1)
        if found is None:
            return Wrong(f"`rows` must be a list of rows, not {rows!r}.")
        if len(found) > _MOST:
            return Wrong("More than 12 operations are not needed: four will do.")
        checked = [_row(row) for row in found]
        wrong = next((row for row in checked if isinstance(row, Wrong)), None)
        rows = [row for row in checked if not isinstance(row, Wrong)]
        wrong = wrong or _twice(rows)
        return wrong or _compare(history_of(rows), holds, fails)

    return judge


def _row(given: Any) -> Row | Wrong:
    """Return the row as a tuple of plain values, or what is wrong with it."""
    row = listed(given, most=7)
    if row is None or len(row) != 6 or row[1] not in ("read", "write"):
        return Wrong(
            f'{given!r}: a row is (client, "read" or "write", key, value, from ms, to ms).'
        )
    client, f, key, value, *times = row
    begin, end = (number(time) for time in times)
    if begin is None or end is None:
        return Wrong(f"{given!r}: its times must be numbers of ms.")
    if not begin < end:
        return Wrong(f"{given!r}: it ends at {end:g} ms and must begin before that.")
    if not all(isinstance(one, str | int | float | None) for one in (client, key, value)):
        return Wrong(f"{given!r}: client, key and value must be texts or numbers.")
    if f == "write" and value is None:
        return Wrong(f"{given!r}: a write has to write a value; None stands for nothing.")
    return str(client), f, key, value, begin, end


def _twice(rows: list[Row]) -> Wrong | None:
    """Refuse two operations of one client at once, and two writes of one value to one key."""
    for client in dict.fromkeys(row[0] for row in rows):
        own = sorted((row for row in rows if row[0] == client), key=lambda row: row[4])
        for one, other in pairwise(own):
            if other[4] <= one[5]:
                return Wrong(
                    f"{client} begins an operation at {other[4]:g} ms and is busy until {one[5]:g} ms: "
                    "a process has one operation at a time."
                )
    written = [(row[2], row[3]) for row in rows if row[1] == "write"]
    for key, value in written:
        if written.count((key, value)) > 1:
            return Wrong(
                f"Two writes give {key} the value {value}: a reader cannot tell which it read. "
                "Write different values."
            )
    return None


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
