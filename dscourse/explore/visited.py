"""The states that a search has visited."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable
from typing import Any, Generic, TypeVar

from dscourse.explore.model import Space, changeable

__all__ = ["Visited"]

S = TypeVar("S", bound=Hashable)


class Visited(Generic[S]):
    """The visited states, by number, each with the state and the step by which it was first reached."""

    def __init__(self, space: Space[S], budget: int) -> None:
        self.space, self.budget = space, budget
        self.states: list[S] = []
        self.full = False
        self._key = space.key
        self._numbers: dict[Hashable, int] = {}
        self._parents = array("q")
        self._steps: list[object] = []  # the step from its parent, for each state

    def add(self, state: S, parent: int, step: object) -> int:
        """Return the number of the state, stored if it is new; -1 if there is no room for it."""
        key, new = self._key(state), len(self.states)
        try:
            number = self._numbers.setdefault(key, new)
        except TypeError as error:
            raise changeable(state) from error
        if number == new and self._store(state, parent, step) < 0:
            del self._numbers[key]
            return -1
        return number

    def _store(self, state: S, parent: int, step: object) -> int:
        if len(self.states) >= self.budget:
            self.full = True
            return -1
        self.states.append(state)
        self._parents.append(parent)
        self._steps.append(step)
        return len(self.states) - 1

    def seen(self, number: int) -> Hashable:
        """Return what properties can see of a state, in all its variants; None if that may be all of it."""
        return None

    def views(self, number: int) -> Iterable[tuple[int, Any]]:
        """Return the different variants of a state, each as properties see it."""
        return self.space.views(self.states[number])

    def steps_to(self, number: int, variant: int) -> tuple[Any, ...] | None:
        """Return the steps from an initial state to this variant of a state; None if none are known."""
        path = []
        while self._parents[number] >= 0:
            path.append((self._steps[number], self.states[number]))
            number = self._parents[number]
        return self.space.real(path[::-1], variant)
