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

__all__ = ["Largest", "MessagesReadError", "Unread"]

S = TypeVar("S", bound=Hashable)


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


class Largest(Visited[S]):
    """The visited states, of which none differs from an earlier one only in having fewer messages in flight."""

    def __init__(self, space: Split[S], budget: int) -> None:
        super().__init__(space, budget)
        self._split = space.split
        self._by_rest: dict[Hashable, dict[int, int]] = {}  # each state's number, by its messages

    def add(self, state: S, parent: int, step: object) -> int:
        """Return the number of a state with the same rest and these messages or more; see `Visited.add`."""
        rest, messages = self._split(state)
        known = self._by_rest.setdefault(rest, {})
        if messages in known:
            return known[messages]
        for more, number in reversed(known.items()):
            if not messages & ~more:
                return number
        number = self._store(state, parent, step)
        if number >= 0:
            for fewer in [one for one in known if not one & ~messages]:
                del known[fewer]
            known[messages] = number
        return number
