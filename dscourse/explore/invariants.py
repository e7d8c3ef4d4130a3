"""Properties that must hold in every state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.core.properties import Property
from dscourse.explore.evaluator import Evaluator
from dscourse.explore.finding import DOUBTFUL, Finding

__all__ = ["Invariants"]


class Invariants:
    """Properties that must hold in every state, and must not be vacuous in all of them.

    ``doubt`` is the first violation to which no steps are known.
    """

    def __init__(self, properties: Sequence[Property], evaluator: Evaluator) -> None:
        self.properties, self.evaluator = properties, evaluator
        self.doubt: Finding | None = None
        self._not_vacuous: set[str] = set()  # somewhere

    def violation(self, number: int, views: Sequence[tuple[int, Any]]) -> Finding | None:
        """Return the refutation of a property in some variant of the state, if there is one."""
        for one in self.properties:
            for variant, view in views:
                verdict = self.evaluator.judge(one, number, variant, view)
                if not verdict.vacuous:
                    self._not_vacuous.add(one.name)
                if verdict.ok is False:
                    violation = self._violated(one.name, verdict.reason, number, variant)
                    if violation is not None:
                        return violation
        return None

    def _violated(self, name: str, reason: str, number: int, variant: int) -> Finding | None:
        """Return the refutation if steps lead to it; otherwise it is only a doubt."""
        steps = self.evaluator.visited.steps_to(number, variant)
        claim = f"“{name}” does not hold"
        if steps is None:
            self.evaluator.open_questions += 1
            self.doubt = self.doubt or Finding(None, f"{claim} {DOUBTFUL}", name)
            return None
        claim += f": {reason}" if reason else ""
        return Finding(False, claim, name, number, variant, steps)

    def undecided(self) -> Finding | None:
        """Return the finding that a property could not be judged, or was vacuous in every state; None if neither."""
        for one in self.properties:
            unjudged = self.evaluator.undecided(one.name)
            if unjudged is not None:
                return unjudged
            if one.name not in self._not_vacuous:
                return Finding(None, f"{one.name} had nothing to judge in any state", one.name)
        return None
