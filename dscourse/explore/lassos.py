"""Weakly fair runs through some of the states alone: steps to a cycle that repeats for ever, or to an end."""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from dscourse.explore.components import components

__all__ = ["Edges", "Lasso", "shortest_lasso"]

_BEYOND = 0  # the number of a step that the bounds leave out: fair, and never taken
Path = list[tuple[int, int]]  # each step's number, and the state after it


class Edges:
    """The steps between numbered states; equal steps have one number."""

    def __init__(self) -> None:
        self.before, self.after, self.step = array("q"), array("q"), array("q")
        self.steps: list[object] = [None]
        self.fair = [True]
        self._numbers: dict[object, int] = {}

    def add(self, before: int, after: int, step: object, fair: Callable[[object], bool]) -> None:
        """Note a step from one state to another; TypeError if it has no hash."""
        number = self._numbers.get(step)
        if number is None:
            number = self._numbers[step] = len(self.steps)
            self.steps.append(step)
            self.fair.append(fair(step))
        self.before.append(before)
        self.after.append(after)
        self.step.append(number)


class Lasso(NamedTuple):
    """The ``steps`` to a ``state``, and the ``cycle`` from it to itself, which is empty if the run ends there."""

    steps: tuple[Any, ...]
    cycle: tuple[Any, ...]
    state: int


def shortest_lasso(
    edges: Edges, first: Iterable[int], allowed: Iterable[int], bounded: Iterable[int]
) -> Lasso | None:
    """Return a weakly fair run that begins in a ``first`` state and stays in ``allowed`` ones; None if there is none.

    No other one needs fewer steps to reach the component in which it stays. In the ``bounded`` states a further fair
    step is possible, to which there is no edge.
    """
    region = _Region(edges, allowed, bounded)
    ways = region.ways(first)
    component = region.components(ways)
    unfair = region.unfair(component)
    entry = next((state for state in ways if component[state] not in unfair), None)
    if entry is None:
        return None
    inside = {state for state, number in component.items() if number == component[entry]}
    return region.lasso(_path(ways, entry), entry, inside)


class _Region:
    """The allowed states: the steps among them, and the fair steps that are possible in each, wherever they lead."""

    def __init__(self, edges: Edges, allowed: Iterable[int], bounded: Iterable[int]) -> None:
        self.steps = edges.steps
        self.next: dict[int, Path] = {state: [] for state in allowed}
        self.possible: dict[int, set[int]] = {state: set() for state in self.next}
        for before, after, step in zip(edges.before, edges.after, edges.step, strict=True):
            if before in self.next:
                if edges.fair[step]:
                    self.possible[before].add(step)
                if after in self.next:
                    self.next[before].append((step, after))
        for state in bounded:
            if state in self.possible:
                self.possible[state].add(_BEYOND)

    def ways(self, first: Iterable[int]) -> dict[int, tuple[int, int]]:
        """Return for each state that can be reached, nearest first, its last step and the state before it."""
        ways = {state: (-1, -1) for state in first if state in self.next}
        waiting = deque(ways)
        while waiting:
            before = waiting.popleft()
            for step, after in self.next[before]:
                if after not in ways:
                    ways[after] = step, before
                    waiting.append(after)
        return ways

    def components(self, states: Iterable[int]) -> dict[int, int]:
        """Return the number of the strongly connected component of each state."""
        return components({state: [after for _, after in self.next[state]] for state in states})

    def unfair(self, component: dict[int, int]) -> set[int]:
        """Return the components with a fair step that is possible in every state, and taken between no two."""
        sizes = Counter(component.values())
        possible = Counter(
            (number, step) for state, number in component.items() for step in self.possible[state]
        )
        inner = {
            (number, step)
            for state, number in component.items()
            for step, after in self.next[state]
            if component[after] == number
        }
        return {
            number
            for (number, step), states in possible.items()
            if states == sizes[number] and (number, step) not in inner
        }

    def lasso(self, path: Path, entry: int, inside: set[int]) -> Lasso:
        """Return the run that goes by ``path`` to ``entry``, and stays in its fair component ``inside``."""
        end = self._walk(entry, inside, lambda _, state: not self.possible[state])
        state = end[-1][1] if end else entry
        if not self.possible[state]:
            return Lasso(self._named(path + end), (), state)
        return Lasso(self._named(path), self._named(self._cycle(entry, inside)), entry)

    def _cycle(self, start: int, inside: set[int]) -> Path:
        """Return steps from ``start`` back to it in which each fair step is taken, or somewhere not possible."""
        cycle: Path = []
        here, owed = start, set(self.possible[start])  # the others are not possible in start
        while owed:

            def pays(step: int, state: int, owed: set[int] = owed) -> object:
                return step in owed or owed - self.possible[state]

            walk = self._walk(here, inside, pays)
            for step, here in walk:
                owed = (owed - {step}) & self.possible[here]
            cycle += walk
        return cycle + self._walk(here, inside, lambda _, state: state == start)

    def _walk(self, start: int, inside: set[int], wanted: Callable[[int, int], object]) -> Path:
        """Return the fewest steps from ``start`` that end with a ``wanted`` step and state; none if no walk does."""
        if wanted(-1, start):
            return []
        ways: dict[int, tuple[int, int]] = {start: (-1, -1)}
        waiting = deque(ways)
        while waiting:
            before = waiting.popleft()
            for step, after in self.next[before]:
                if after in inside and wanted(step, after):
                    return [*_path(ways, before), (step, after)]
                if after in inside and after not in ways:
                    ways[after] = step, before
                    waiting.append(after)
        return []

    def _named(self, path: Path) -> tuple[Any, ...]:
        return tuple(self.steps[step] for step, _ in path)


def _path(ways: dict[int, tuple[int, int]], state: int) -> Path:
    """Return the steps by which ``state`` was reached."""
    path = []
    while ways[state][0] >= 0:
        step, before = ways[state]
        path.append((step, state))
        state = before
    return path[::-1]
