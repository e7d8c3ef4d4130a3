"""Messages in flight that no property reads, so that states may be compared without them.

Explored asynchronously, a state with more messages in flight can do all that the same state with fewer can: each step
of the second is one of the first, and leads to a state with more messages in flight again. So if a state has been
visited that has the same nodes and at least the messages of another one, whatever can be seen of nodes, logs, results
and histories after the other one is seen after the first, by as few steps. The other one is not stored.

Source: Abdulla, Čerāns, Jonsson and Tsay, "General decidability theorems for infinite-state systems", LICS 1996: such
systems are well structured, ordered by the messages in flight.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, TypeVar

from dscourse.core.properties import View
from dscourse.explore.model import Space
from dscourse.explore.tables import Envelope
from dscourse.explore.visited import Visited

__all__ = ["Family", "Largest", "MessagesReadError", "Unread"]

S = TypeVar("S", bound=Hashable)
_FEW = 8


class MessagesReadError(BaseException):
    """A property has read the messages in flight. No error of the property: the search begins again with them."""


class Unread(View):
    """A state as properties see it, whose messages are looked up only when they are read.

    Its field has a function in their place, which returns them, or raises a MessagesReadError. So whatever reads the
    field is noticed: a copy, a comparison and a text of the whole state as well.
    """

    __slots__ = ()

    def _read(self) -> Sequence[Envelope]:
        look_up: Callable[[], Sequence[Envelope]] = _FIELD.__get__(self)
        return look_up()

    def _store(self, look_up: Callable[[], Sequence[Envelope]]) -> None:
        _FIELD.__set__(self, look_up)

    messages = property(_read, _store)

    def with_messages(self) -> View:
        """Return the same state as an ordinary view."""
        return View(self.nodes, self.logs, self.results, self.messages, self.errors, self.past)


_FIELD: Any = View.__dict__["messages"]


class Split(Space[S], Protocol[S]):
    """A space whose states consist of messages in flight, as bits, and of the rest."""

    def split(self, state: S) -> tuple[Hashable, int]:
        """Return the rest of the state, and its messages in flight: a bit for each."""
        ...

    def seen(self, state: S) -> Hashable:
        """Return what properties can see of the state, in all its variants; None if that is not known."""
        ...


class Family:
    """Sets of messages in flight, among which one with certain messages is found without a look at each.

    For each message, the sets that have it are the bits of one number. So the sets with certain messages are the
    bits that all of these numbers have, and thousands of sets are compared in a few operations. A few sets are
    compared one by one.
    """

    __slots__ = ("_having", "_noted", "_numbers", "_sets")

    def __init__(self) -> None:
        self._sets: list[int] = []
        self._numbers: list[int] = []  # the state of each set
        self._having: dict[int, int] = {}  # by the message's bit
        self._noted = 0  # sets

    def with_all(self, messages: int) -> int:
        """Return the number of a state with all these messages; -1 if there is none."""
        if len(self._sets) <= _FEW:
            for at, more in enumerate(self._sets):
                if messages & more == messages:
                    return self._numbers[at]
            return -1
        found = (1 << len(self._sets)) - 1
        while messages and found:
            lowest = messages & -messages
            found &= self._having.get(lowest, 0)
            messages ^= lowest
        return self._numbers[found.bit_length() - 1] if found else -1

    def add(self, messages: int, number: int) -> None:
        """Add the messages in flight in a state with this number."""
        self._sets.append(messages)
        self._numbers.append(number)
        if len(self._sets) > _FEW:
            while self._noted < len(self._sets):
                self._note(self._noted)
                self._noted += 1

    def _note(self, at: int) -> None:
        messages = self._sets[at]
        while messages:
            lowest = messages & -messages
            self._having[lowest] = self._having.get(lowest, 0) | 1 << at
            messages ^= lowest


class Largest(Visited[S]):
    """The visited states, of which none differs from an earlier one only in having fewer messages in flight."""

    def __init__(self, space: Split[S], budget: int) -> None:
        super().__init__(space, budget)
        self._split, self._seen = space.split, space.seen
        self._by_rest: dict[Hashable, Family] = {}

    def add(self, state: S, parent: int, step: object) -> int:
        """Return the number of a state with the same rest and these messages or more; see `Visited.add`."""
        split = self._split(state)
        number = self._numbers.get(split, -1)
        if number >= 0:
            return number
        rest, messages = split
        family = self._by_rest.get(rest)
        if family is None:
            family = self._by_rest[rest] = Family()
        number = family.with_all(messages)
        if number < 0:
            number = self._store(state, parent, step)
            if number >= 0:
                self._numbers[split] = number
                family.add(messages, number)
        return number

    def seen(self, number: int) -> Hashable:
        return self._seen(self.states[number])
