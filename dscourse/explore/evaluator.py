"""The judgement of properties in visited states."""

from __future__ import annotations

from typing import Any

from dscourse.core.properties import Property, PropertyError
from dscourse.core.verdict import Verdict
from dscourse.core.wording import count
from dscourse.explore.finding import Finding
from dscourse.explore.visited import Visited

__all__ = ["Evaluator"]


class Evaluator:
    """Judges properties, and counts for each the states in which it could not be judged (``unjudged``).

    ``open_questions`` counts the answers that each further state with the same answer must be counted or tried for.
    """

    def __init__(self, visited: Visited[Any]) -> None:
        self.visited = visited
        self.unjudged: dict[str, int] = {}
        self.open_questions = 0
        self._last_counted: dict[str, int] = {}  # the last state counted, for each property
        self._reasons: dict[str, str] = {}

    def judge(self, one: Property, number: int, variant: int, view: Any) -> Verdict:
        """Return the property's verdict. PropertyError, with the steps to the state if known, if it raises."""
        try:
            verdict = one.judge(view)
        except PropertyError as error:
            steps = self.visited.steps_to(number, variant) or ()
            raise PropertyError(error.property, error.args[1], steps) from error.args[1]
        self.open_questions += verdict.ok is None
        if verdict.ok is None and self._last_counted.get(one.name) != number:
            self._last_counted[one.name] = number
            self.unjudged[one.name] = self.unjudged.get(one.name, 0) + 1
            self._reasons.setdefault(one.name, verdict.reason)
        return verdict

    def undecided(self, name: str) -> Finding | None:
        """Return the finding that a property could not be judged in some states; None if it always could."""
        if name not in self.unjudged:
            return None
        states = count(self.unjudged[name], "state")
        return Finding(None, f"{name} could not be judged in {states}: {self._reasons[name]}", name)
