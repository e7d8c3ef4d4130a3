"""Leaving out what is not needed: a short list that still fails, found from a long one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["thinned"]

T = TypeVar("T")


def thinned(items: Sequence[T], fails: Callable[[list[T]], bool]) -> list[T]:
    """Return items for which ``fails`` is still true, and of which none can be left out alone.

    Halves are left out first, then ever shorter stretches, the last first (Zeller and Hildebrandt, TSE 2002, without
    its complements). ``fails(items)`` must be true. Of n items of which k are needed it asks about 2 k log n times.

    >>> thinned(range(100), lambda rest: {7, 60} <= set(rest))
    [7, 60]
    """
    kept, size = list(items), max(1, len(items) // 2)
    while True:
        before = len(kept)
        for start in reversed(range(0, len(kept), size)):
            rest = kept[:start] + kept[start + size :]
            if len(rest) < len(kept) and fails(rest):
                kept = rest
        if size == 1 and len(kept) == before:
            return kept
        size = max(1, size // 2)
