"""Properties that must hold in one state at least."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.core.properties import Property
from dscourse.explore.evaluator import Evaluator
from dscourse.explore.finding import DOUBTFUL, Finding

__all__ = ["Goals"]


class Goals:
    """Properties that must hold in some state and not be vacuous there; ``reached`` has the depth of the first."""

    def __init__(self, properties: Sequence[Property], evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.missing = {one.name: one for one in properties}
        self.reached: dict[str, int] = {}
        self._vacuous: set[str] = set()  # goals that held where there was nothing to judge
        self._spurious: set[str] = set()  # goals seen only where no steps are known to lead

    def look_for(self, number: int, views: Sequence[tuple[int, Any]], depth: int) -> None:
        """Note the missing goals that hold in a variant of this state."""
        for name, goal in list(self.missing.items()):
            if self._holds(goal, number, views):
                del self.missing[name]
                self.reached[name] = depth

    def _holds(self, goal: Property, number: int, views: Sequence[tuple[int, Any]]) -> bool:
        for variant, view in views:
            verdict = self.evaluator.judge(goal, number, variant, view)
            if verdict.ok and verdict.vacuous:
                self._vacuous.add(goal.name)
            elif verdict.ok:
                if self.evaluator.visited.steps_to(number, variant) is not None:
                    return True
                self.evaluator.open_questions += 1
                self._spurious.add(goal.name)
        return False

    def unreached(self) -> Finding | None:
        """Return the finding about the goals that no state reaches; None if all are reached."""
        for name in self.missing:
            unjudged = self.evaluator.undecided(name)
            if unjudged is not None:
                return unjudged
            if name in self._spurious:
                return Finding(None, f"{name} is reached {DOUBTFUL}", name)
            if name in self._vacuous:
                return Finding(None, f"{name} held only where it had nothing to judge", name)
        if not self.missing:
            return None
        first = next(iter(self.missing))
        return Finding(False, f"no state in which {', '.join(self.missing)}", first)
