"""Models made of processes, each of which reads and changes a few variables of the state.

What a process does depends only on what it reads. So its steps are worked out once for all states that agree in the
variables it has read, and looked up in the others: a state is a whole number, a step adds a number to it, and the
search asks a process only for what it has not done before. What properties say is looked up in the same way.

Source of the form, a specification by variables and actions: Lamport, "The temporal logic of actions", TOPLAS 16(3),
1994. Source of the numbers in place of values: Holzmann, "State compression in SPIN", SPIN workshop 1997.

>>> from typing import NamedTuple
>>> class Counters(NamedTuple):
...     counts: tuple[int, ...]
>>> class Clock:
...     asked = 0
...     def initial(self):
...         return [Counters((0, 0, 0))]
...     def processes(self):
...         return [lambda state, at=at: self.count(state, at) for at in range(3)]
...     def count(self, state, at):
...         self.asked += 1
...         yield f"count {at}", {"counts": {at: (state.counts[at] + 1) % 10}}
>>> from dscourse.explore import explore_model
>>> clock = Clock()
>>> explore_model(clock)
holds (1,000 states, 3,000 steps, depth 27, all of them)
>>> clock.asked - 10 * 30 * 3  # without the random walks on which they are asked again
30
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from random import Random
from typing import Any, Protocol

from dscourse.explore.layout import Layout
from dscourse.explore.model import Bare, iterable, pairs
from dscourse.explore.visited import Visited
from dscourse.explore.watched import (
    Reader,
    Watched,
    WatchedByElement,
    plain_throughout,
    watching,
)

__all__ = ["AsPlain", "Packed", "ProcessModel", "Processes"]

Process = Callable[[Any], Iterable[tuple[object, dict[str, Any]]]]
Steps = tuple[tuple[object, int], ...]


class ProcessModel(Protocol):
    """A model whose steps are those of its processes."""

    def initial(self) -> Iterable[Any]:
        """Return the states in which it may begin."""
        ...

    def processes(self) -> Iterable[Process]:
        """Return the processes.

        Each is a function that returns its steps in a state, each with what it changes: for each field its new value,
        or a dict with the elements of a tuple that change.
        """
        ...


class _Process(Reader):
    """A process, and its steps by the variables that it has ever read or changed: those of its bits in ``read``."""

    __slots__ = ("_known", "_layout", "_process", "_watched")

    def __init__(self, layout: Layout, process: Process) -> None:
        super().__init__()
        self._layout, self._process = layout, process
        self._watched = watching(WatchedByElement, layout.kind)
        self._known: dict[int, Steps] = {}

    def steps(self, state: int) -> Steps:
        """Return its steps in a state, each with the number that it adds to that of the state."""
        known = self._known.get(state & self.read)
        return known if known is not None else self._ask(state)

    def ask_again(self, state: int, plain: Any) -> None:
        """Raise ValueError if it gives other steps or changes in a plain state than those known."""
        known, again = self.steps(state), self._asked(state, plain)
        if again != known:
            raise ValueError(
                f"asked again in {plain!r}, a process gives {_names(again)}, and before "
                f"{_names(known)}, or other changes: it must depend on nothing but the state"
            )

    def _ask(self, state: int) -> Steps:
        # Those of a state in which it read less are kept: they are looked up where all that was read later is as in
        # the first state, and hold there, too.
        steps = self._asked(state, self._watched(self._layout, state, self))
        self._known[state & self.read] = steps
        return steps

    def _asked(self, state: int, given: Any) -> Steps:
        steps = pairs(self._process(given), "(step, dict of what changes)", "process", given)
        return tuple(
            (plain_throughout(step), self._added(state, plain_throughout(changes)))
            for step, changes in steps
        )

    def _added(self, state: int, changes: Any) -> int:
        added = 0
        for variable, bits in self._layout.changes(changes):
            self.read |= variable.mask
            added += bits - (state & variable.mask)
        return added


def _names(steps: Steps) -> str:
    return ", ".join(repr(step) for step, _ in steps) or "no step"


class Processes(Bare[int]):
    """A model of processes as a space: each state is a number, and stands for itself."""

    def __init__(self, model: ProcessModel) -> None:
        super().__init__(model)
        self._first: list[int] = []
        self._processes: list[_Process] = []
        self.properties = Reader()  # of the states that are judged
        first = list(iterable(model.initial(), "initial() must return a list of states"))
        if first:
            self.layout = Layout(first[0])
            self._watched = watching(Watched, self.layout.kind)
            self._first = [self.layout.packed(state) for state in first]
            form = "processes() must return a list of functions, from a state to steps"
            self._processes = [
                _Process(self.layout, process) for process in iterable(model.processes(), form)
            ]

    def initial(self) -> Iterable[int]:
        return self._first

    def next(self, state: int) -> Iterator[tuple[object, int]]:
        checks = bool(self._processes) and self.layout.checks
        for process in self._processes:
            for step, added in process.steps(state):
                after = state + added
                yield step, self._construct(after) if checks else after

    def _construct(self, state: int) -> int:
        """Return the state as its class makes it from its values, which may also refuse them."""
        return self.layout.packed(self.layout.plain(state))

    def views(self, state: int) -> Iterable[tuple[int, Any]]:
        yield 0, self._watched(self.layout, state, self.properties)

    def walk(self, draws: Random, steps: int) -> None:
        """Take at most so many steps at random, and ask each process again on the way.

        ValueError if one gives other steps than before in a state that is the same in all that it reads. It is given
        the plain state now, and so has to take a watched one for the same.
        """
        if not self._first:
            return
        state = draws.choice(self._first)
        for _ in range(steps):
            plain = self.layout.plain(state)
            for process in self._processes:
                process.ask_again(state, plain)
            following = list(self.next(state))
            if not following:
                return
            _, state = draws.choice(following)


class Packed(Visited[int]):
    """The visited states of a model of processes."""

    space: Processes

    def seen(self, number: int) -> Hashable:
        return self.states[number] & self.space.properties.read


class AsPlain:
    """A model of processes as one of plain states, each of which is written out once."""

    def __init__(self, model: ProcessModel) -> None:
        self._space = Processes(model)
        self._plain: dict[int, Any] = {}
        self._packed: dict[Any, int] = {}

    def initial(self) -> list[Any]:
        return [self._written_out(state) for state in self._space.initial()]

    def next(self, state: Any) -> Iterator[tuple[object, Any]]:
        packed = self._packed.get(state)
        if packed is None:
            packed = self._packed[state] = self._space.layout.packed(state)
        for step, after in self._space.next(packed):
            yield step, self._written_out(after)

    def _written_out(self, state: int) -> Any:
        known = self._plain.get(state)
        if known is None:
            known = self._plain[state] = self._space.layout.plain(state)
        return known
