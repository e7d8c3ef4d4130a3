"""The search of a model's states: every state that can be reached is judged by every property, within a budget."""

from __future__ import annotations

import time
from collections.abc import Generator, Hashable, Iterator
from random import Random
from typing import Any, Generic, TypeVar

from dscourse.core.garbage import rare_collections
from dscourse.core.wording import count
from dscourse.explore.claims import Claims
from dscourse.explore.evaluator import Evaluator
from dscourse.explore.eventually import Eventually, Fairness
from dscourse.explore.exploration import Exploration
from dscourse.explore.finding import Finding
from dscourse.explore.goals import Goals
from dscourse.explore.invariants import Invariants
from dscourse.explore.orders import BREADTH_FIRST, Order
from dscourse.explore.reachability import Reachability
from dscourse.explore.visited import Visited

__all__ = ["completed", "in_parts", "search"]

S = TypeVar("S", bound=Hashable)
R = TypeVar("R")
Parts = Generator[int, None, R]
"""Work that can be left and taken up again: it yields the number of states stored so far, and returns its result."""


def search(
    visited: Visited[S],
    claims: Claims,
    *,
    order: Order = BREADTH_FIRST,
    fairness: Fairness | None = None,
) -> Exploration:
    """Visit the states that can be reached, in this order, and store them in ``visited``."""
    with rare_collections():
        return completed(in_parts(visited, claims, order=order, fairness=fairness))


def in_parts(
    visited: Visited[S],
    claims: Claims,
    *,
    order: Order = BREADTH_FIRST,
    fairness: Fairness | None = None,
) -> Parts[Exploration]:
    """Search as `search` does, with a pause after each state that is judged or expanded."""
    return _Search(visited, claims, order, fairness).run()


def completed(parts: Parts[R]) -> R:
    """Do all parts of the work without a pause, and return its result."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            result: R = end.value
            return result


class _Search(Generic[S]):
    """One search: an order asks it to judge states, and to take the steps from them."""

    def __init__(
        self, visited: Visited[S], claims: Claims, order: Order, fairness: Fairness | None
    ) -> None:
        self.space, self.visited, self.order = visited.space, visited, order
        self.evaluator = Evaluator(visited)
        self.invariants = Invariants(claims.always, self.evaluator)
        self.goals = Goals(claims.sometimes, self.evaluator)
        self.reachability = Reachability(claims.within_reach, self.evaluator)
        self.eventually = Eventually(claims.eventually, self.evaluator, fairness)
        watching = self.reachability, self.eventually
        self.connects = [one.connect for one in watching if one.properties]
        self.expanded = self.transitions = self.depth = self.first_states = 0
        self._passed: set[Hashable] = (
            set()
        )  # what properties have seen of states, and need not see again
        self.started = time.perf_counter()

    def run(self) -> Parts[Exploration]:
        visits = self.order.visits(self)
        while True:
            try:
                next(visits)
            except StopIteration as end:
                finding: Finding | None = end.value
                break
            yield len(self.visited.states)
        if finding is None and self.full:
            finding = Finding(
                None, f"the budget of {count(self.visited.budget, 'state')} is used up"
            )
        return self._result(finding or self._conclusion())

    @property
    def full(self) -> bool:
        return self.visited.full

    def first(self) -> list[int]:
        """Store the first states, and return their numbers."""
        for state in self.space.initial():
            if self.visited.add(state, -1, None) < 0:
                break
        self.first_states = len(self.visited.states)
        return list(range(self.first_states))

    def judge(self, number: int, depth: int) -> Finding | None:
        """Return the refutation if a property does not hold in this state, ``depth`` steps from a first one."""
        self.depth = max(self.depth, depth)
        seen = None if self.connects else self.visited.seen(number)
        if seen is not None and seen in self._passed:
            return None
        open_questions = self.evaluator.open_questions
        views = list(self.visited.views(number))
        violation = self.invariants.violation(number, views)
        if violation is not None:
            return violation
        if self.goals.missing:
            self.goals.look_for(number, views, depth)
        if self.reachability.properties:
            self.reachability.judge(number, views)
        if self.eventually.properties:
            self.eventually.judge(number, views[0][1])
        if seen is not None and open_questions == self.evaluator.open_questions:
            self._passed.add(self.visited.seen(number))  # which may be more than before
        return None

    def new_states(self, number: int) -> Iterator[int]:
        """Take every step from this state, and yield the numbers of states not seen before."""
        visited, connects = self.visited, self.connects
        new = len(visited.states)
        for step, after in self.space.next(visited.states[number]):
            self.transitions += 1
            reached = visited.add(after, number, step)
            if reached < 0:
                return
            for connect in connects:
                connect(number, reached, step)
            if reached == new:
                yield reached
                new = len(visited.states)  # depth first, there are more of them by now
        self.expanded += 1

    def walk_on(self, number: int, draws: Random) -> tuple[int, bool]:
        """Take one of the steps from this state at random: the state after it, and whether it is new.

        The number is -1 if there is no step, or no room for the state.
        """
        steps = list(self.space.next(self.visited.states[number]))
        if not steps:
            return -1, False
        step, after = draws.choice(steps)
        self.transitions += 1
        known = len(self.visited.states)
        reached = self.visited.add(after, number, step)
        return reached, reached == known

    def _conclusion(self) -> Finding:
        """Return the verdict once every state has been visited."""
        if not self.visited.states:
            return Finding(None, "the model has no first state")
        unreached = self.goals.unreached()
        if unreached is not None:
            return unreached
        further = [*self.reachability.findings(), *self.eventually.findings(self.first_states)]
        for finding in further:
            if finding.ok is False:
                return finding
        undecided = [self.invariants.undecided(), self.invariants.doubt, *further]
        return next(filter(None, undecided), Finding(True, ""))

    def _result(self, finding: Finding) -> Exploration:
        stored = len(self.visited.states)
        left = stored - self.expanded
        beyond = self.order.beyond(left) if finding.ok is None else ()
        if self.eventually.properties:
            beyond = (*beyond, "runs that are not weakly fair")
        return Exploration(
            finding.ok,
            finding.reason,
            states=stored,
            transitions=self.transitions,
            depth=self.depth,
            complete=not left and not self.visited.full,
            steps=finding.steps,
            cycle=finding.cycle,
            state=self._refuting_view(finding),
            reached=dict(self.goals.reached),
            violated=finding.name if finding.ok is False else "",
            unjudged=dict(self.evaluator.unjudged),
            not_looked_at=beyond,
            seconds=time.perf_counter() - self.started,
        )

    def _refuting_view(self, finding: Finding) -> Any:
        """Return the state that refutes, as properties see it."""
        return (
            dict(self.visited.views(finding.state))[finding.variant] if finding.state >= 0 else None
        )
