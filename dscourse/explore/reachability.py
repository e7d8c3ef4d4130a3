"""Properties that must stay within reach: from every state, one in which they hold."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from dscourse.core.properties import Property
from dscourse.core.wording import count
from dscourse.explore.evaluator import Evaluator
from dscourse.explore.finding import Finding

__all__ = ["Reachability"]


class Reachability:
    """The steps between states, and the states in which each property holds, or may hold."""

    def __init__(self, properties: Sequence[Property], evaluator: Evaluator) -> None:
        self.properties, self.evaluator, self.visited = properties, evaluator, evaluator.visited
        self._certain = array("q")  # pairs of states with a certain step between them, flat
        self._doubtful = array("q")  # the same for steps that are not certain
        self._good: dict[str, list[int]] = {one.name: [] for one in properties}
        self._maybe: dict[str, list[int]] = {one.name: [] for one in properties}

    def connect(self, before: int, after: int, step: object) -> None:
        """Note a step from one state to another."""
        edges = self._certain if self.visited.space.certain(step) else self._doubtful
        edges.extend((before, after))

    def judge(self, number: int, views: Sequence[tuple[int, Any]]) -> None:
        """Note for each property whether it holds in every variant of this state, or may hold in one."""
        for one in self.properties:
            verdicts = [self.evaluator.judge(one, number, *view) for view in views]
            if all(verdict.ok and not verdict.vacuous for verdict in verdicts):
                self._good[one.name].append(number)
            elif any(verdict.ok is not False for verdict in verdicts):
                self._maybe[one.name].append(number)

    def findings(self) -> list[Finding]:
        """Return a finding for each property that is out of reach, or may be, from some state."""
        findings = [self._out_of_reach(one.name) for one in self.properties]
        return [finding for finding in findings if finding is not None]

    def _out_of_reach(self, name: str) -> Finding | None:
        able = self._able(self._good[name], [self._certain])
        lost = [number for number, yes in enumerate(able) if not yes]
        if not lost:
            return None
        able = self._able([*self._good[name], *self._maybe[name]], [self._certain, self._doubtful])
        for number in lost:
            if not able[number]:
                for variant, _ in self.visited.views(number):
                    steps = self.visited.steps_to(number, variant)
                    if steps is not None:
                        reason = f"“{name}” is out of reach"
                        return Finding(False, reason, name, number, variant, steps)
        return Finding(None, f"“{name}” may be out of reach from {count(len(lost), 'state')}", name)

    def _able(self, good: Iterable[int], edges: Sequence[array[int]]) -> bytearray:
        """Return for each state whether one of the ``good`` states can be reached from it over these edges."""
        before: dict[int, list[int]] = {}
        for flat in edges:
            for at in range(0, len(flat), 2):
                before.setdefault(flat[at + 1], []).append(flat[at])
        waiting, able = list(good), bytearray(len(self.visited.states))
        for number in waiting:
            able[number] = 1
        while waiting:
            for number in before.get(waiting.pop(), ()):
                if not able[number]:
                    able[number] = 1
                    waiting.append(number)
        return able
