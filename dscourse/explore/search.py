"""Every state of a model, breadth first, so the first counterexample is one with the fewest steps.

A model has first states and, for each state, the steps that may come next. It knows nothing of nodes: `system`
makes one of a group of nodes, and a protocol written down as a table of steps is one by itself.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from dscourse.core.properties import Property, PropertyError
from dscourse.core.verdict import Verdict
from dscourse.core.wording import count

__all__ = ["Exploration", "Model", "Plain", "Space", "breadth_first"]

S = TypeVar("S", bound=Hashable)
_DOUBTFUL = "only if alike nodes send in another order than they do; explore without alike"


class Model(Protocol[S]):
    """A state machine that can be explored."""

    def initial(self) -> Iterable[S]:
        """Return the states in which it may begin."""
        ...

    def next(self, state: S) -> Iterable[tuple[object, S]]:
        """Return the steps that may come next, each with the state after it."""
        ...


class Space(Model[S], Protocol[S]):
    """A model in which one state may stand for several, each known by the number of its variant.

    Variant 0 of a state is the state itself.
    """

    def key(self, state: S) -> Hashable:
        """Equal for states that count as one."""
        ...

    def views(self, state: S) -> Iterable[tuple[int, Any]]:
        """Return the different variants of a state, each as properties see it."""
        ...

    def certain(self, step: object) -> bool:
        """Return True if the step can be taken from each variant of a state."""
        ...

    def real(self, path: Sequence[tuple[Any, S]], variant: int) -> tuple[Any, ...] | None:
        """Return the steps to this variant of the last state of ``path``; None if none are known."""
        ...


class Plain(Generic[S]):
    """A bare model as a space: each state stands for itself. TypeError for what is no state or no step."""

    def __init__(self, model: Model[S]) -> None:
        self.model = model

    def initial(self) -> Iterable[S]:
        return _iterable(self.model.initial(), "initial() must return a list of states")

    def next(self, state: S) -> Iterator[tuple[object, S]]:
        form = "next(state) must return a list of pairs (step, state after it)"
        for pair in _iterable(self.model.next(state), form):
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise TypeError(f"next({state!r}) gave {pair!r}: {form}")
            yield pair

    def key(self, state: S) -> Hashable:
        try:
            hash(state)
        except TypeError as error:
            raise TypeError(
                f"the state {state!r} can be changed: write it with tuples, frozensets or frozen dataclasses"
            ) from error
        return state

    def views(self, state: S) -> Iterable[tuple[int, Any]]:
        yield 0, state

    def certain(self, step: object) -> bool:
        return True

    def real(self, path: Sequence[tuple[Any, S]], variant: int) -> tuple[Any, ...] | None:
        return tuple(step for step, _ in path)


def _iterable(given: Any, form: str) -> Iterable[Any]:
    if not isinstance(given, Iterable):
        raise TypeError(f"{given!r}: {form}")
    return given


@dataclass(frozen=True, slots=True)
class Exploration:
    """The result of an exploration: whether everything holds (None: undecided), and how much was looked at.

    ``reason`` says why it does not hold or is not decided, and ``violated`` names the property that does not hold.
    ``steps`` leads from a first state to the one that refutes, by the fewest steps there are; ``state`` is that one.
    ``reached`` has for each goal the fewest steps to it, ``unjudged`` for each property the number of states in which
    it was asked and could not be judged. ``depth`` counts steps, ``complete`` says whether every state within the
    bounds was seen; ``not_looked_at`` lists what the bounds leave out. ``seconds`` is no part of the text.
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
    violated: str = ""
    unjudged: Mapping[str, int] = field(default_factory=dict)
    not_looked_at: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def __bool__(self) -> bool:
        return self.ok is True

    def __repr__(self) -> str:
        extent = (
            f"{count(self.states, 'state')}, {count(self.transitions, 'step')}, depth {self.depth}, "
            f"{'all of them' if self.complete else 'not all of them'}"
        )
        goals = "".join(
            f"; {goal} after {count(steps, 'step')}" for goal, steps in self.reached.items()
        )
        head = {
            True: "holds",
            False: f"refuted: {self.reason}",
            None: f"not decided: {self.reason}",
        }[self.ok]
        bounds = f"; not looked at: {', '.join(self.not_looked_at)}" if self.not_looked_at else ""
        return f"{head} ({extent}{goals}){'' if self.ok is False else bounds}"


def breadth_first(
    space: Space[S],
    *,
    always: Sequence[Property],
    sometimes: Sequence[Property],
    within_reach: Sequence[Property],
    budget: int,
) -> Exploration:
    """Look at every state that can be reached, and store ``budget`` of them at most.

    Each property of ``always`` must hold in all of them, each of ``sometimes`` in one at least. From every state, one
    in which each property of ``within_reach`` holds must still be reachable.
    """
    return _Search(space, always, sometimes, within_reach, budget).run()


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding that decides a search: the verdict, the reason, and the state, as its number and variant."""

    ok: bool | None
    reason: str
    name: str = ""
    state: int = -1
    variant: int = 0
    steps: tuple[Any, ...] = ()


class _Search(Generic[S]):
    """One search: the states seen, by number, each with the one it was reached from first; level by level."""

    def __init__(
        self,
        space: Space[S],
        always: Sequence[Property],
        sometimes: Sequence[Property],
        within_reach: Sequence[Property],
        budget: int,
    ) -> None:
        self.space, self.budget = space, budget
        self.always, self.within_reach = always, within_reach
        self.missing = {one.name: one for one in sometimes}
        self.numbers: dict[Hashable, int] = {}
        self.states: list[S] = []
        self.parents = array("q")
        self.via: list[object] = []  # the step from its parent, for each state
        self.edges = array("q")  # pairs of states with a certain step between them, flat
        self.doubtful = array("q")  # the same for steps that are not certain
        self.full = False
        self.expanded = self.transitions = self.depth = 0
        self.reached: dict[str, int] = {}
        self.unjudged: dict[str, int] = {}
        self.unjudged_last: dict[str, int] = {}  # the last state that was counted, for each of them
        self.why: dict[str, str] = {}
        self.not_vacuous: set[str] = set()  # properties that were not vacuous somewhere
        self.vacuous: set[str] = set()  # goals that held where there was nothing to judge
        self.spurious: set[str] = set()  # goals seen only where no steps are known to lead
        self.doubts: list[_Found] = []  # and what must not hold, but does not there
        self.good: dict[str, list[int]] = {one.name: [] for one in within_reach}
        self.maybe: dict[str, list[int]] = {one.name: [] for one in within_reach}
        self.started = time.perf_counter()

    def run(self) -> Exploration:
        for state in self.space.initial():
            if not self._add(state, -1, None):
                break
        level = range(len(self.states))
        while level or self.full:
            found = self._judge(level)
            if found is None and self.full:
                found = _Found(None, f"the budget of {count(self.budget, 'state')} is used up")
            if found is not None:
                return self._result(found)
            self._expand(level)
            level = range(level.stop, len(self.states))
            self.depth += bool(level)
        return self._result(self._at_the_end())

    def _expand(self, level: range) -> None:
        for number in level:
            for step, after in self.space.next(self.states[number]):
                self.transitions += 1
                if not self._add(after, number, step):
                    return
            self.expanded += 1

    def _add(self, state: S, parent: int, step: object) -> bool:
        """Store the state unless it has been seen; False if there is no room for it."""
        key = self.space.key(state)
        number = self.numbers.get(key)
        if number is None:
            if len(self.states) >= self.budget:
                self.full = True
                return False
            number = self.numbers[key] = len(self.states)
            self.states.append(state)
            self.parents.append(parent)
            self.via.append(step)
        if self.within_reach and parent >= 0:
            edges = self.edges if self.space.certain(step) else self.doubtful
            edges.extend((parent, number))
        return True

    # --- judging ---------------------------------------------------------------------------------

    def _judge(self, level: range) -> _Found | None:
        """Return the refutation, if a property does not hold in a state of this level."""
        for number in level:
            views = list(self.space.views(self.states[number]))
            for one in self.always:
                found = self._hold(one, number, views)
                if found is not None:
                    return found
            for name, goal in list(self.missing.items()):
                self._look_for(name, goal, number, views)
            for goal in self.within_reach:
                verdicts = [self._ask(goal, number, *view) for view in views]
                if all(verdict.ok and not verdict.vacuous for verdict in verdicts):
                    self.good[goal.name].append(number)
                elif any(verdict.ok is not False for verdict in verdicts):
                    self.maybe[goal.name].append(number)
        return None

    def _hold(self, one: Property, number: int, views: Sequence[tuple[int, Any]]) -> _Found | None:
        """Return the refutation of the property in some variant of the state, if there is one."""
        for variant, view in views:
            verdict = self._ask(one, number, variant, view)
            if not verdict.vacuous:
                self.not_vacuous.add(one.name)
            if verdict.ok is False:
                steps = self.space.real(self._path(number), variant)
                reason = f"{one.name} does not hold"
                if steps is not None:
                    reason += f": {verdict.reason}" if verdict.reason else ""
                    return _Found(False, reason, one.name, number, variant, steps)
                self.doubts.append(_Found(None, f"{reason} {_DOUBTFUL}", one.name))
        return None

    def _look_for(
        self, name: str, goal: Property, number: int, views: Sequence[tuple[int, Any]]
    ) -> None:
        for variant, view in views:
            verdict = self._ask(goal, number, variant, view)
            if verdict.ok and verdict.vacuous:
                self.vacuous.add(name)
            elif verdict.ok:
                if self.space.real(self._path(number), variant) is not None:
                    del self.missing[name]
                    self.reached[name] = self.depth
                    return
                self.spurious.add(name)

    def _ask(self, one: Property, number: int, variant: int, view: Any) -> Verdict:
        """Return the property's verdict; its errors keep the steps to this variant of the state, if known."""
        try:
            verdict = one.judge(view)
        except PropertyError as error:
            steps = self.space.real(self._path(number), variant) or ()
            raise PropertyError(error.property, error.args[1], steps) from error.args[1]
        if verdict.ok is None and self.unjudged_last.get(one.name) != number:
            self.unjudged_last[one.name] = number
            self.unjudged[one.name] = self.unjudged.get(one.name, 0) + 1
            self.why.setdefault(one.name, verdict.reason)
        return verdict

    # --- the end ---------------------------------------------------------------------------------

    def _at_the_end(self) -> _Found:
        """Return the verdict once every state has been seen."""
        if not self.states:
            return _Found(None, "the model has no first state")
        for name in self.missing:
            if name in self.unjudged:
                return self._not_judged(name)
            if name in self.spurious:
                return _Found(None, f"{name} is reached {_DOUBTFUL}", name)
            if name in self.vacuous:
                return _Found(None, f"{name} held only where it had nothing to judge", name)
        if self.missing:
            first = next(iter(self.missing))
            return _Found(False, f"no state in which {', '.join(self.missing)}", first)
        lost = [found for one in self.within_reach if (found := self._lost(one.name))]
        for found in lost:
            if found.ok is False:
                return found
        for one in self.always:
            if one.name in self.unjudged:
                return self._not_judged(one.name)
            if one.name not in self.not_vacuous:
                return _Found(None, f"{one.name} had nothing to judge in any state", one.name)
        return next(iter([*self.doubts[:1], *lost]), _Found(True, ""))

    def _not_judged(self, name: str) -> _Found:
        states = count(self.unjudged[name], "state")
        return _Found(None, f"{name} could not be judged in {states}: {self.why[name]}", name)

    def _lost(self, name: str) -> _Found | None:
        """Return the finding that the goal is out of reach, or may be, from some state; None if it is not."""
        able = self._able(self.good[name], [self.edges])
        lost = [number for number in range(len(self.states)) if not able[number]]
        if not lost:
            return None
        reason = f"{name} is out of reach"
        able = self._able([*self.good[name], *self.maybe[name]], [self.edges, self.doubtful])
        for number in lost:
            if not able[number]:
                for variant, _ in self.space.views(self.states[number]):
                    steps = self.space.real(self._path(number), variant)
                    if steps is not None:
                        return _Found(False, reason, name, number, variant, steps)
        return _Found(None, f"{name} may be out of reach from {count(len(lost), 'state')}", name)

    def _able(self, good: Iterable[int], edges: Sequence[array[int]]) -> bytearray:
        """For each state, whether one of the ``good`` ones can be reached over these steps."""
        before: dict[int, list[int]] = {}
        for flat in edges:
            for at in range(0, len(flat), 2):
                before.setdefault(flat[at + 1], []).append(flat[at])
        waiting, able = list(good), bytearray(len(self.states))
        for number in waiting:
            able[number] = 1
        while waiting:
            for number in before.get(waiting.pop(), ()):
                if not able[number]:
                    able[number] = 1
                    waiting.append(number)
        return able

    def _result(self, found: _Found) -> Exploration:
        complete = self.expanded == len(self.states) and not self.full
        left = len(self.states) - self.expanded
        violated = found.name if found.ok is False else ""
        beyond = (f"the steps from {left:,} of these states",) if found.ok is None and left else ()
        return Exploration(
            found.ok, found.reason, len(self.states), self.transitions, self.depth, complete, found.steps,
            self._shown(found), dict(self.reached), violated, dict(self.unjudged), beyond,
            time.perf_counter() - self.started,
        )  # fmt: skip

    def _shown(self, found: _Found) -> Any:
        """Return the state that refutes, as properties see it."""
        if found.state < 0:
            return None
        return dict(self.space.views(self.states[found.state]))[found.variant]

    def _path(self, number: int) -> list[tuple[Any, S]]:
        """Return the steps from a first state to this one, each with the state after it."""
        path = []
        while self.parents[number] >= 0:
            path.append((self.via[number], self.states[number]))
            number = self.parents[number]
        return path[::-1]
