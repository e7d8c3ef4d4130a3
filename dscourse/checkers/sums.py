"""Subset sums by dynamic programming on bit sets: the numbers, of several, that add up to a given one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

__all__ = ["Sums"]

_LARGEST = (
    1 << 23
)  # bits of a table: for each number one for every sum between the smallest and the largest


class Sums:
    """The sums of any of the ``numbers``; not ``exact`` if some are no whole numbers, or the sums spread too widely.

    >>> list(Sums([3, 2, -1, 3]).ways(5)), Sums([2, 4]).reach(3)
    ([[0, 3, 2], [0, 1]], False)
    """

    def __init__(self, numbers: Sequence[Any]) -> None:
        self.numbers = numbers
        whole = all(type(number) is int for number in numbers)
        self.exact = whole and sum(map(abs, numbers)) * len(numbers) <= _LARGEST

    def reach(self, total: int) -> bool:
        """Return False if no choice of the numbers adds up to ``total``; if they are not exact, True."""
        return not self.exact or self._possible(0, total)

    def ways(self, total: int) -> Iterator[list[int]]:
        """Yield the choices, as positions, that add up to ``total`` and to nothing before; for exact numbers only.

        Of equal numbers the first are taken.
        """
        stack: list[tuple[int, int, list[int]]] = [(0, total, [])]
        while stack:
            at, missing, chosen = stack.pop()
            if not missing:
                yield chosen
            elif self._possible(at, missing):
                position = self._order[at]
                number, skip = self.numbers[position], at + 1
                while skip < len(self._order) and self.numbers[self._order[skip]] == number:
                    skip += 1
                stack.append((skip, missing, chosen))
                stack.append((at + 1, missing - number, [*chosen, position]))

    def _possible(self, at: int, total: int) -> bool:
        lowest, sums = self._table[at]
        return total >= lowest and bool(sums >> (total - lowest) & 1)

    @cached_property
    def _order(self) -> list[int]:
        """The positions, equal numbers next to each other and the largest first: small ones fill later gaps."""
        return sorted(range(len(self.numbers)), key=lambda n: -self.numbers[n])

    @cached_property
    def _table(self) -> list[tuple[int, int]]:
        """From each position in the order on: the smallest sum, and all sums as bits counted from it."""
        lowest, sums = 0, 1
        table = [(lowest, sums)]
        for position in reversed(self._order):
            number = self.numbers[position]
            lowest, sums = lowest + min(number, 0), sums | sums << abs(number)
            table.append((lowest, sums))
        return table[::-1]
