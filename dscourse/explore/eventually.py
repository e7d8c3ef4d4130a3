"""Properties that must hold at some moment of every weakly fair run.

A run is weakly fair if no fair step that stays possible from some moment on is put off for ever (Lamport, "The
temporal logic of actions", TOPLAS 16(3), 1994; here every step is an action of its own). A run in which the property
never holds stays in the end in one strongly connected component of the states without it. Such a component has a
weakly fair run if and only if each fair step that is possible in all of its states is also taken between two of them.
If so, the run that takes every step of the component again and again is fair. If not, no run that stays in the
component, or in a part of it, is fair: the step stays possible, and is never taken. A run that ends is the same case,
in a component of one state. So one pass over the components decides.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, Protocol

from dscourse.core.properties import Property
from dscourse.core.wording import count
from dscourse.explore.evaluator import Evaluator
from dscourse.explore.finding import Finding
from dscourse.explore.lassos import Edges, Lasso, shortest_lasso

__all__ = ["Eventually", "Fairness"]


class Fairness(Protocol):
    """The assumptions about the steps of a model."""

    def fair(self, step: object) -> bool:
        """Return True if the step is not put off for ever while it stays possible."""
        ...

    def bounded(self, state: Any) -> bool:
        """Return True if a fair step from this state is left out by the bounds of the exploration."""
        ...

    def endures(self, steps: Sequence[Any], cycle: Sequence[Any]) -> bool:
        """Return True if the run, fair within the bounds, is fair without their limit of copies as well."""
        ...


class Eventually:
    """The steps between states, and the states in which each property does not hold, or may not."""

    def __init__(
        self, properties: Sequence[Property], evaluator: Evaluator, fairness: Fairness | None
    ) -> None:
        self.properties, self.evaluator = properties, evaluator
        self.fairness = fairness if properties else None
        self.edges = Edges()
        self._bounded = array("q")
        self._without: dict[str, list[int]] = {one.name: [] for one in properties}
        self._maybe: dict[str, list[int]] = {one.name: [] for one in properties}

    def connect(self, before: int, after: int, step: object) -> None:
        """Note a step from one state to another. TypeError if the step cannot be told from others by a hash."""
        assert self.fairness is not None
        try:
            hash(step)
        except TypeError as error:
            raise TypeError(
                f"the step {step!r} can be changed: for eventually=…, name steps by strings or tuples"
            ) from error
        self.edges.add(before, after, step, self.fairness.fair)

    def judge(self, number: int, view: Any) -> None:
        """Note for each property whether it does not hold in this state, or could not be judged."""
        assert self.fairness is not None
        if self.fairness.bounded(self.evaluator.visited.states[number]):
            self._bounded.append(number)
        for one in self.properties:
            verdict = self.evaluator.judge(one, number, 0, view)
            if verdict.ok is None:
                self._maybe[one.name].append(number)
            elif not verdict.ok or verdict.vacuous:
                self._without[one.name].append(number)

    def findings(self, first: int) -> list[Finding]:
        """Return a finding for each property that some fair run from the ``first`` states avoids, or may."""
        findings = [self._avoided(one.name, first) for one in self.properties]
        return [finding for finding in findings if finding is not None]

    def _avoided(self, name: str, first: int) -> Finding | None:
        without = self._without[name]
        lasso = shortest_lasso(self.edges, range(first), without, self._bounded)
        if lasso is not None:
            assert self.fairness is not None
            if not self.fairness.endures(lasso.steps, lasso.cycle):
                return Finding(None, f"“{name}” may never hold: {_COPIES}", name)
            reason = f"“{name}” never holds in a weakly fair run: {_in_words(lasso)}"
            return Finding(False, reason, name, lasso.state, 0, lasso.steps, lasso.cycle)
        unjudged = self.evaluator.undecided(name) if self._maybe[name] else None
        if shortest_lasso(self.edges, range(first), [*without, *self._maybe[name]], ()) is None:
            return None
        beyond = f"“{name}” may never hold: what comes after the last time-out within the bounds is not known"
        return unjudged or Finding(None, beyond, name)


_COPIES = "a run avoids it, but further copies of its messages than the bounds keep may change that"


def _in_words(lasso: Lasso) -> str:
    if not lasso.cycle:
        return "it ends"
    steps = count(len(lasso.cycle), "step")
    return f"in the end {steps} {'repeats' if len(lasso.cycle) == 1 else 'repeat'} for ever"
