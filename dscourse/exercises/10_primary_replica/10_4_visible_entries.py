"""Judge of 10.4: the last entry that enough replicas have."""

from __future__ import annotations

from itertools import product
from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["LINES", "judge"]

LINES = 2_000_000


def judge(visible: Any) -> Wrong | None:
    for size, first in ((2, 1), (3, 1), (4, 3)):
        for have in product(range(5), repeat=size):
            for acks in range(1, size + 1):
                wrong = _visible_wrong(visible, have, acks, first)
                if wrong is not None:
                    return wrong
    return None


def _visible_wrong(visible: Any, have: tuple[int, ...], acks: int, first: int) -> Wrong | None:
    before = 1 if first > 1 else 0
    enough = max(n for n in range(5) if n == 0 or sum(stored >= n for stored in have) >= acks)
    right = max(before, enough) if enough >= first else before
    answer = visible(list(have), acks, first, before)
    call = f"visible({list(have)}, acks={acks}, first={first}, before={before})"
    if answer == right:
        return None
    if not isinstance(answer, int):
        return Wrong(f"{call} gives {answer!r}: it must be a whole number.")
    if answer > enough and answer > before:
        holders = sum(stored >= answer for stored in have)
        return Wrong(
            f"{call} gives {answer}, but {holders} of the replicas have entry {answer}, and {acks} are needed."
        )
    if answer < before:
        return Wrong(f"{call} gives {answer}: what was visible stays visible.")
    if enough < first:
        return Wrong(
            f"{call} gives {answer}: {acks} have entry {enough}, but it is of an earlier epoch (this primary's "
            f"first is {first}). A log that lacks it may still win an election."
        )
    return Wrong(f"{call} gives {answer}: entry {right} is at {acks} replicas already.")
