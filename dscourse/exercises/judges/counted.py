"""Whole numbers that count how often they are compared."""

from __future__ import annotations

__all__ = ["Counted"]


class Counted(int):
    """A position that counts comparisons."""

    comparisons = 0  # of all of them together

    def __lt__(self, other: int) -> bool:
        Counted.comparisons += 1
        return int.__lt__(self, other)

    def __gt__(self, other: int) -> bool:
        Counted.comparisons += 1
        return int.__gt__(self, other)

    def __le__(self, other: int) -> bool:
        Counted.comparisons += 1
        return int.__le__(self, other)

    def __ge__(self, other: int) -> bool:
        Counted.comparisons += 1
        return int.__ge__(self, other)

    def __eq__(self, other: object) -> bool:
        Counted.comparisons += 1
        return int.__eq__(self, other) is True

    __hash__ = int.__hash__
