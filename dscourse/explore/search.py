"""Breadth-first search of a model's states, so the first counterexample is one with the fewest steps."""

from __future__ import annotations

import time
from collections.abc import Generator, Hashable, Sequence
from typing import Any, Generic, TypeVar

from dscourse.core.properties import Property
from dscourse.core.wording import count
from dscourse.explore.evaluator import Evaluator
from dscourse.explore.exploration import Exploration
from dscourse.explore.finding import Finding
from dscourse.explore.goals import Goals
from dscourse.explore.invariants import Invariants
from dscourse.explore.model import Space
from dscourse.explore.reachability import Reachability
from dscourse.explore.visited import Visited

__all__ = ["breadth_first", "completed", "in_parts"]

S = TypeVar("S", bound=Hashable)
R = TypeVar("R")
Parts = Generator[int, None, R]
"""Work that can be left and taken up again: it yields the number of states stored so far, and returns its result."""


def breadth_first(
    space: Space[S],
    *,
    always: Sequence[Property],
    sometimes: Sequence[Property],
    within_reach: Sequence[Property],
    budget: int,
) -> Exploration:
    """Visit every state that can be reached, and store ``budget`` of them at most.

    Each property of ``always`` must hold in all of them, each of ``sometimes`` in one at least. From every state, one
    in which each property of ``within_reach`` holds must still be reachable.
    """
    return completed(
        in_parts(
            space, always=always, sometimes=sometimes, within_reach=within_reach, budget=budget
        )
    )


def in_parts(
    space: Space[S],
    *,
    always: Sequence[Property],
    sometimes: Sequence[Property],
    within_reach: Sequence[Property],
    budget: int,
) -> Parts[Exploration]:
    """Search as `breadth_first` does, with a pause after each state that is judged or expanded."""
    return _Search(Visited(space, budget), always, sometimes, within_reach).run()


def completed(parts: Parts[R]) -> R:
    """Do all parts of the work without a pause, and return its result."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            result: R = end.value
            return result


class _Search(Generic[S]):
    """One search, level by level: the states of a level are judged, then expanded."""

    def __init__(
        self,
        visited: Visited[S],
        always: Sequence[Property],
        sometimes: Sequence[Property],
        within_reach: Sequence[Property],
    ) -> None:
        self.space, self.visited = visited.space, visited
        self.evaluator = Evaluator(visited)
        self.invariants = Invariants(always, self.evaluator)
        self.goals = Goals(sometimes, self.evaluator)
        self.reachability = Reachability(within_reach, self.evaluator)
        self.expanded = self.transitions = self.depth = 0
        self.started = time.perf_counter()

    def run(self) -> Parts[Exploration]:
        visited = self.visited
        for state in self.space.initial():
            if visited.add(state, -1, None) < 0:
                break
        level = range(len(visited.states))
        while level or visited.full:
            finding = yield from self._judge(level)
            if finding is None and visited.full:
                budget = count(visited.budget, "state")
                finding = Finding(None, f"the budget of {budget} is used up")
            if finding is not None:
                return self._result(finding)
            yield from self._expand(level)
            level = range(level.stop, len(visited.states))
            self.depth += bool(level)
        return self._result(self._conclusion())

    def _judge(self, level: range) -> Parts[Finding | None]:
        """Return the refutation, if a property does not hold in a state of this level."""
        for number in level:
            views = list(self.visited.views(number))
            violation = self.invariants.violation(number, views)
            if violation is not None:
                return violation
            if self.goals.missing:
                self.goals.look_for(number, views, self.depth)
            if self.reachability.properties:
                self.reachability.judge(number, views)
            yield len(self.visited.states)
        return None

    def _expand(self, level: range) -> Parts[None]:
        """Take every step from the states of this level, until there is no room for another state."""
        visited, successors = self.visited, self.space.next
        connect = self.reachability.connect if self.reachability.properties else None
        for number in level:
            for step, after in successors(visited.states[number]):
                self.transitions += 1
                reached = visited.add(after, number, step)
                if reached < 0:
                    return
                if connect is not None:
                    connect(number, reached, step)
            self.expanded += 1
            yield len(visited.states)

    def _conclusion(self) -> Finding:
        """Return the verdict once every state has been visited."""
        if not self.visited.states:
            return Finding(None, "the model has no first state")
        unreached = self.goals.unreached()
        if unreached is not None:
            return unreached
        out_of_reach = self.reachability.findings()
        for finding in out_of_reach:
            if finding.ok is False:
                return finding
        undecided = [self.invariants.undecided(), self.invariants.doubt, *out_of_reach]
        return next(filter(None, undecided), Finding(True, ""))

    def _result(self, finding: Finding) -> Exploration:
        stored = len(self.visited.states)
        left = stored - self.expanded
        beyond = (
            (f"the steps from {left:,} of these states",) if finding.ok is None and left else ()
        )
        return Exploration(
            finding.ok,
            finding.reason,
            states=stored,
            transitions=self.transitions,
            depth=self.depth,
            complete=not left and not self.visited.full,
            steps=finding.steps,
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
