"""Judge of 13.4: a split after which the ranges still cover every key once."""

from __future__ import annotations

from itertools import product
from typing import Any

from dscourse.exercises.tasks import Wrong
from dscourse.placement import Range, gapless

__all__ = ["LINES", "judge"]

LINES = 500_000

_TABLES: tuple[list[tuple[str | None, str | None, str]], ...] = (
    [(None, None, "n1")],
    [(None, "m", "n1"), ("m", None, "n2")],
    [(None, "f", "n1"), ("f", "p", "n2"), ("p", None, "n3")],
)


def judge(split: Any) -> Wrong | None:
    for table, key in product(_TABLES, "afgmpqz"):
        argument = list(table)
        ranges = split(argument, key, "new")
        wrong = _split_wrong(table, key, ranges)
        if wrong is not None:
            return Wrong(f"split({table}, {key!r}, 'new') gives {ranges!r}: {wrong}")
        if argument != table:
            return Wrong(
                f"split({table}, {key!r}, 'new') changes the list that it was given: make a new one."
            )
    return None


def _split_wrong(
    table: list[tuple[str | None, str | None, str]], key: str, ranges: Any
) -> str | None:
    if not isinstance(ranges, list) or not all(
        isinstance(one, tuple) and len(one) == 3 for one in ranges
    ):
        return "it must be a list of (start, end, node)."
    begins = any(start == key for start, _, _ in table)
    if begins:
        return None if ranges == table else "a range begins there already, so nothing may change."
    if not gapless(Range(*one) for one in ranges):
        return "there is a gap, an overlap, or an end that should be open."
    if len(ranges) != len(table) + 1:
        return f"{len(table) + 1} ranges are needed, not {len(ranges)}."
    if (key, "new") not in [(start, node) for start, _, node in ranges]:
        return f"the part from {key!r} on belongs to 'new'."
    old = [one for one in table if one not in ranges]
    owners = [node for _, end, node in ranges if end == key]
    return (
        None
        if owners == [old[0][2]]
        else f"the part before {key!r} stays where it was, on {old[0][2]!r}."
    )
