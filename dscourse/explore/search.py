"""Every state of a model, breadth first, so that what is found first is reached by the fewest steps.

A model has first states and, for each state, the steps that may come next. It knows nothing of nodes: `system`
makes one of a group of nodes, and a protocol written down as a table of steps is one by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["Exploration", "Model", "search"]

S = TypeVar("S", bound=Hashable)
Property = Callable[[Any], object]


class Model(Protocol[S]):
    """What can be explored."""

    def initial(self) -> Iterable[S]:
        """The states in which it may begin."""
        ...

    def next(self, state: S) -> Iterable[tuple[object, S]]:
        """The steps that may come next, each with the state after it."""
        ...


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was found: whether everything holds (None: not decided), and how much was looked at.

    ``steps`` leads from a first state to the one that refutes, by the fewest steps there are; ``state`` is that
    state. ``reached`` has for each goal the fewest steps to it. ``depth`` counts steps, ``complete`` says whether
    every state was seen, ``seconds`` how long it took; it is no part of the text.
    """

    ok: bool | None
    reason: str
    states: int
    transitions: int
    depth: int
    complete: bool
    steps: tuple[Any, ...] = ()
    state: Any = None
    reached: Mapping[str, int] = field(default_factory=dict)
    seconds: float = field(default=0.0, compare=False)

    def __bool__(self) -> bool:
        return self.ok is True

    def __repr__(self) -> str:
        extent = (
            f"{self.states:,} states, {self.transitions:,} steps, depth {self.depth}, "
            f"{'all of them' if self.complete else 'not all of them'}"
        )
        goals = "".join(f"; {goal} after {steps} steps" for goal, steps in self.reached.items())
        head = {
            True: "holds",
            False: f"refuted: {self.reason}",
            None: f"not decided: {self.reason}",
        }[self.ok]
        return f"{head} ({extent}{goals})"


def search(
    model: Model[S],
    *,
    always: Mapping[str, Property],
    sometimes: Mapping[str, Property],
    within_reach: Mapping[str, Property],
    budget: int,
    view: Callable[[S], Any],
    key: Callable[[S], Hashable],
) -> Exploration:
    """Look at every state that can be reached, up to ``budget`` states.

    Each property of ``always`` must hold in all of them, each of ``sometimes`` in one at least. From every state, one
    in which each property of ``within_reach`` holds must still be reachable. Properties are asked of ``view(state)``,
    and states with the same ``key`` count as one.
    """
    return _Search(model, always, sometimes, within_reach, budget, view, key).run()


class _Search(Generic[S]):
    """One search: the states seen, each with the one it was reached from first, level by level."""

    def __init__(
        self,
        model: Model[S],
        always: Mapping[str, Property],
        sometimes: Mapping[str, Property],
        within_reach: Mapping[str, Property],
        budget: int,
        view: Callable[[S], Any],
        key: Callable[[S], Hashable],
    ) -> None:
        if budget < 1:
            raise ValueError(f"budget={budget}: at least 1 state must be looked at")
        self.model, self.view, self.key, self.budget = model, view, key, budget
        self.always, self.missing, self.within_reach = always, dict(sometimes), within_reach
        self.seen: dict[
            Hashable, tuple[S, Hashable, object]
        ] = {}  # by key: state, key before it, step
        self.reached: dict[str, int] = {}
        self.before: dict[Hashable, list[Hashable]] = {}
        self.good: dict[str, list[Hashable]] = {name: [] for name in within_reach}
        self.transitions = self.depth = 0
        self.complete = False
        self.started = time.perf_counter()

    def run(self) -> Exploration:
        level = self._new((state, None, None) for state in self.model.initial())
        while level:
            refuted = self._judge(level)
            if refuted is not None:
                return self._result(False, *refuted)
            if len(self.seen) >= self.budget:
                return self._result(None, f"the budget of {self.budget:,} states is used up")
            following = self._new(self._steps(level))
            self.depth += bool(following)
            level = following
        return self._at_the_end()

    def _steps(self, level: list[Hashable]) -> Iterable[tuple[S, Hashable, object]]:
        for key in level:
            for step, after in self.model.next(self.seen[key][0]):
                self.transitions += 1
                yield after, key, step

    def _new(self, found: Iterable[tuple[S, Hashable, object]]) -> list[Hashable]:
        """The keys of the states that had not been seen."""
        seen, fresh = self.seen, []
        for state, before, step in found:
            key = self.key(state)
            if key not in seen:
                seen[key] = (state, before, step)
                fresh.append(key)
            if self.within_reach and before is not None:
                self.before.setdefault(key, []).append(before)
        return fresh

    def _judge(self, level: list[Hashable]) -> tuple[str, Hashable] | None:
        """The first property that does not hold in a state of this level, with the state's key."""
        for key in level:
            seen = self.view(self.seen[key][0])
            for name, holds in self.always.items():
                if not holds(seen):
                    return f"{name} does not hold", key
            for name in [name for name, goal in self.missing.items() if goal(seen)]:
                del self.missing[name]
                self.reached[name] = self.depth
            for name, goal in self.within_reach.items():
                if goal(seen):
                    self.good[name].append(key)
        return None

    def _at_the_end(self) -> Exploration:
        """The verdict once every state has been seen."""
        self.complete = True
        if self.missing:
            return self._result(False, f"no state in which {', '.join(self.missing)}")
        for name, good in self.good.items():
            lost = self._out_of_reach(good)
            if lost is not None:
                return self._result(False, f"{name} is out of reach", lost)
        return self._result(True, "")

    def _out_of_reach(self, good: list[Hashable]) -> Hashable | None:
        """The first state found from which none of the ``good`` ones can be reached any more."""
        able, waiting = set(good), list(good)
        while waiting:
            for before in self.before.get(waiting.pop(), ()):
                if before not in able:
                    able.add(before)
                    waiting.append(before)
        return next((key for key in self.seen if key not in able), None)

    def _result(self, ok: bool | None, reason: str, key: Hashable | None = None) -> Exploration:
        state = None if key is None else self.view(self.seen[key][0])
        return Exploration(
            ok, reason, len(self.seen), self.transitions, self.depth, self.complete, self._path(key), state,
            dict(self.reached), time.perf_counter() - self.started,
        )  # fmt: skip

    def _path(self, key: Hashable | None) -> tuple[Any, ...]:
        """The steps from a first state to this one."""
        steps = []
        while key is not None:
            _, key, step = self.seen[key]
            steps.append(step)
        return tuple(reversed(steps[:-1]))
