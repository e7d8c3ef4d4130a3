"""Sets of messages in flight as bits of one whole number, so that they are compared and changed in one operation.

A message may be in flight several times: each copy of it has a bit of its own, and the bits of the first copies are
in the order of the messages' numbers.

>>> flight = InFlight(copies=2)
>>> a, b = flight.bit(0), flight.bit(1)
>>> both = flight.plus(0, (b, a, b))
>>> flight.numbers(both), flight.numbers(flight.without(both, b)), flight.plus(both, (b,)) == both
([0, 1, 1], [0, 1], True)
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["InFlight"]


class InFlight:
    """The bits of messages, which are known by number; of each at most so many ``copies``, if that is given."""

    def __init__(self, copies: int | None = None) -> None:
        self.copies = copies
        self._bits: list[int] = []  # the first copy's bit, for each message
        self._firsts = 0  # all of them
        self._numbers: dict[int, int] = {}  # each bit's message
        self._next: dict[
            int, int
        ] = {}  # the next copy's bit, by that of a copy; 0 if no more are kept
        self._count: dict[int, int] = {}  # how many copies a bit and those before it stand for

    def bit(self, number: int) -> int:
        """Return the bit of the first copy of a message."""
        while len(self._bits) <= number:
            bit = self._new_bit(len(self._bits), 1)
            self._bits.append(bit)
            self._firsts |= bit
        return self._bits[number]

    def plus(self, network: int, sent: Iterable[int]) -> int:
        """Return the messages in flight with a further copy of each of those ``sent``, given by their first bits."""
        for bit in sent:
            while network & bit:
                following = self._next.get(bit)
                bit = self._next_bit(bit) if following is None else following
            network |= bit
        return network

    def without(self, network: int, bit: int) -> int:
        """Return the messages in flight with one copy fewer of the one with this first bit."""
        following = self._next.get(bit, 0)
        while network & following:
            bit, following = following, self._next.get(following, 0)
        return network ^ bit

    def distinct(self, network: int) -> list[int]:
        """Return the first bits of the messages in flight, in the order of their numbers."""
        network &= self._firsts
        bits = []
        while network:
            lowest = network & -network
            bits.append(lowest)
            network ^= lowest
        return bits

    def number(self, bit: int) -> int:
        """Return the number of the message of which a copy has this bit."""
        return self._numbers[bit]

    def new_bits(self, known: int) -> list[tuple[int, int]]:
        """Return all bits but the first so many, each after the number of its message."""
        if known == len(self._numbers):
            return []
        return [(number, bit) for bit, number in list(self._numbers.items())[known:]]

    def numbers(self, network: int) -> list[int]:
        """Return the numbers of the messages in flight, sorted, each as often as it has copies."""
        numbers = []
        while network:
            lowest = network & -network
            numbers.append(self._numbers[lowest])
            network ^= lowest
        return sorted(numbers)

    def _new_bit(self, number: int, copy: int) -> int:
        bit = 1 << len(self._numbers)
        self._numbers[bit], self._count[bit] = number, copy
        return bit

    def _next_bit(self, bit: int) -> int:
        """Return the bit of the copy after the one with this bit."""
        copy = self._count[bit] + 1
        room = self.copies is None or copy <= self.copies
        following = self._next[bit] = self._new_bit(self._numbers[bit], copy) if room else 0
        return following
