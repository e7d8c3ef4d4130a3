"""Judge of 03.3: the overlap of two quorums, and the number of nodes that may be down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dscourse.exercises.judges.values import listed, whole
from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_Guess = Callable[[int, int, int], int]
_SLIPS: tuple[tuple[int, _Guess, str], ...] = (
    (0, lambda n, r, w: r + w - n, "It cannot be below 0"),
    (0, lambda n, r, w: min(r, w), "That is how many they can have in common at most"),
    (0, lambda n, r, w: max(0, r + w - n - 1), "That is one too few: count the nodes in both"),
    (1, lambda n, r, w: n - min(r, w), "The larger quorum needs its nodes too"),
    (1, lambda n, r, w: (n - 1) // 2, "That holds for majorities alone"),
    (1, lambda n, r, w: n - r - w, "The same nodes may be in both quorums"),
)
_LARGE = ((12, 7, 9), (25, 5, 20), (25, 13, 13), (100, 51, 60), (999, 1, 999), (1_000, 700, 800))


def judge(quorums: Any) -> Wrong | None:
    asked: set[tuple[int, int, int]] = set()
    for sizes in (*_small(), *_LARGE, *_small(most=4)):
        wrong = _wrong_pair(quorums(*sizes), sizes)
        if wrong:
            again = ", asked a second time" if sizes in asked else ""
            return Wrong(f"quorums{sizes}{again}: {wrong}")
        asked.add(sizes)
    return None


def _small(most: int = 11) -> Iterator[tuple[int, int, int]]:
    for n in range(1, most + 1):
        yield from ((n, r, w) for r in range(1, n + 1) for w in range(1, n + 1))


def _wrong_pair(pair: Any, sizes: tuple[int, int, int]) -> str | None:
    items = None if isinstance(pair, set | frozenset) else listed(pair)
    if items is None or len(items) != 2:
        return f"it must return a pair (common, down), not {pair!r}."
    n, r, w = sizes
    wanted = (max(0, r + w - n), n - max(r, w))
    for index, name in enumerate(("common", "down")):
        if whole(items[index]) != wanted[index]:
            why = [
                f" {why}."
                for at, rule, why in _SLIPS
                if at == index and rule(n, r, w) == whole(items[index])
            ]
            return f"{name} is {wanted[index]}, not {items[index]!r}.{why[0] if why else ''}"
    return None
