"""Judge of 10.4: the last entry that enough replicas have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong

__all__ = ["LINES", "judge"]

LINES = 2_000_000


_Call = tuple[list[int], int, int, int]  # have, acks, first, before


def judge(visible: Any) -> Wrong | None:
    for have, acks, first, before in _calls():
        call = f"visible({have}, acks={acks}, first={first}, before={before})"
        mistake = _mistake(
            call, visible(list(have), acks, first, before), (have, acks, first, before)
        )
        if mistake is not None:
            return Wrong(mistake)
    return None


def _calls() -> Iterator[_Call]:
    """Yield every small case of one to three replicas, then larger ones, always the same."""
    for before, (size, first) in product((0, 1, 3), ((1, 1), (2, 1), (3, 1), (3, 3))):
        for have in product(range(5), repeat=size):
            for acks in range(1, size + 1):
                yield list(have), acks, first, before
    draws = Random(10)
    for _ in range(1_000):
        largest = draws.choice((120, 120, 120, 120, 120, 120, 120, 120, 120, 1_500))
        have_more = [draws.randrange(largest) for _ in range(draws.choice((2, 3, 4, 5, 7, 9, 12)))]
        yield (
            have_more,
            draws.randint(1, len(have_more)),
            draws.randrange(1, 120),
            draws.randrange(120),
        )


def _mistake(call: str, given: Any, case: _Call) -> str | None:
    have, acks, first, before = case
    answer = whole(given)
    enough = sorted(have)[-acks]
    right = max(before, enough) if enough >= first else before
    if answer is None:
        return f"{call} gives {given!r:.60}: it must be a whole number."
    if answer == right:
        return None
    if answer < before:
        return f"{call} gives {answer}: what was visible stays visible."
    if answer > enough:
        holders = sum(stored >= answer for stored in have)
        return f"{call} gives {answer}, but {holders} of the replicas have entry {answer}, and {acks} are needed."
    if enough < first:
        return (
            f"{call} gives {answer}: {acks} have entry {enough}, but it is of an earlier epoch (this primary's first "
            f"is {first}). A log that lacks it may still win an election."
        )
    return f"{call} gives {answer}: entry {right} is at {acks} replicas already."
