"""Judge of 13.4: a split after which the ranges still cover every key once, and none of them is empty."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise, product
from typing import Any

from dscourse.exercises.judges.values import distinct, listed
from dscourse.exercises.tasks import Wrong
from dscourse.placement import Range, gapless

__all__ = ["LINES", "judge"]

LINES = 500_000

Table = list[tuple[str | None, str | None, str]]

_TABLES: tuple[Table, ...] = (
    [(None, None, "n1")],
    [(None, "m", "n1"), ("m", None, "n2")],
    [(None, "f", "n1"), ("f", "p", "n2"), ("p", None, "n1")],
    [(None, "b", "x"), ("b", "é", "x"), ("é", "\U0001f600", "y"), ("\U0001f600", None, "z")],
)
_KEYS = (
    "a", "s", "f", "g", "m", "p", "q", "z", "A", "zz", "é", "日", "\U0001f680", "\U0010ffff" * 50, "",
)  # fmt: skip
_TEXTS = (
    "9",
    "10",
    "B",
    "b",
    " b",
    "b ",
    "bb",
    "e\u0301",
    "é",
    "\ue000",
    "\U0001f600",
    "order 9",
    "order 10",
)


def judge(split: Any) -> Wrong | None:
    for table, key, node in [*product(_TABLES, _KEYS, ("new", "n1")), *_random_calls()]:
        argument = list(table)
        answer = split(argument, distinct(key), node)
        call = f"split({table}, {key!r:.40}, {node!r})"
        ranges = _ranges(answer)
        wrong = (
            "it must be a list of (start, end, node)."
            if ranges is None
            else _split_wrong(table, key, node, ranges)
        )
        if wrong is not None:
            return Wrong(f"{call} gives {answer if ranges is None else ranges!r}: {wrong}")
        if argument != table:
            return Wrong(f"{call} changes the list that it was given: make a new one.")
    return None


def _random_calls() -> Iterator[tuple[Table, str, str]]:
    """Tables of 2 to 40 ranges, two of each size, and keys in and between all of them."""
    draws = random.Random(13)
    for size in (1, 1, 2, 2, 3, 3, 5, 5, 12, 12, 39, 39):
        texts = [*_TEXTS, *(f"{draws.choice(_TEXTS)}-{n}" for n in range(size))]
        starts: list[str | None] = [None, *sorted(draws.sample(texts, size)), None]
        table = [(low, high, f"n{draws.randint(1, 4)}") for low, high in pairwise(starts)]
        for key in ["", *draws.sample(texts, 12)]:
            yield table, key, draws.choice(("n1", "n2", "new"))


def _ranges(answer: Any) -> Table | None:
    found = listed(answer, 100)
    if found is None:
        return None
    rows = [listed(one, 4) for one in found]
    if any(row is None or len(row) != 3 for row in rows):
        return None
    return [(row[0], row[1], row[2]) for row in rows if row]


def _split_wrong(table: Table, key: str, node: str, ranges: Table) -> str | None:
    if ranges == table and (key == "" or any(start == key for start, _, _ in table)):
        return None
    if any(start == key for start, _, _ in table):
        return "a range begins there already, so nothing may change."
    if key == "" and (len(ranges) > len(table) or _covers(ranges)):
        return "no key is lower than the empty text, so nothing lies before it, and nothing may change."
    if not _covers(ranges):
        return "there is a gap, an overlap, or an end that should be open."
    if len(ranges) != len(table) + 1:
        return f"{len(table) + 1} ranges are needed, not {len(ranges)}."
    if (key, node) not in [(start, owner) for start, _, owner in ranges]:
        return f"the part from {key!r} on belongs to {node!r}."
    cut = next(one for one in table if Range(*one).holds(key))
    owners = [owner for _, end, owner in ranges if end == key]
    if owners != [cut[2]]:
        return f"the part before {key!r} stays where it was, on {cut[2]!r}."
    kept = [one for one in table if one != cut]
    moved = [one for one in kept if one not in ranges]
    return f"the range {moved[0]} is not the one to cut, and stays as it is." if moved else None


def _covers(ranges: Table) -> bool:
    ends = [end for start, end, _ in ranges for end in (start, end)]
    known = all(end is None or isinstance(end, str) for end in ends)
    return known and gapless(Range(*one) for one in ranges)
