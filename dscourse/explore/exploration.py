"""The result of an exploration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dscourse.core.cards import card
from dscourse.core.wording import count

__all__ = ["Exploration"]


@dataclass(frozen=True, slots=True)
class Exploration:
    """The result of an exploration: whether everything holds (None: undecided), and how much was looked at.

    ``reason`` says why it does not hold or is not decided, and ``violated`` names the property that does not hold.
    ``steps`` leads from a first state to the one that refutes, breadth first by the fewest steps there are; ``state``
    is that one, and the steps of ``cycle``, if there are any, repeat from there for ever. ``reached`` has for each
    goal the steps to it, breadth first the fewest, ``unjudged`` for each property the number of states in which
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
    cycle: tuple[Any, ...] = ()
    state: Any = None
    reached: Mapping[str, int] = field(default_factory=dict)
    violated: str = ""
    unjudged: Mapping[str, int] = field(default_factory=dict)
    not_looked_at: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def __bool__(self) -> bool:
        return self.ok is True

    def __repr__(self) -> str:
        bounds = f"; {self._bounds}" if self._bounds and self.ok is not False else ""
        return f"{self._head} ({self._extent}){bounds}"

    def _repr_html_(self) -> str:
        bounds = "" if self.ok is False else self._bounds
        return card(self.ok, self._head, [self._extent, bounds])

    @property
    def _head(self) -> str:
        return {
            True: "holds",
            False: f"refuted: {self.reason}",
            None: f"not decided: {self.reason}",
        }[self.ok]

    @property
    def _extent(self) -> str:
        extent = (
            f"{count(self.states, 'state')}, {count(self.transitions, 'step')}, depth {self.depth}, "
            f"{'all of them' if self.complete else 'not all of them'}"
        )
        goals = (f"; {goal} after {count(steps, 'step')}" for goal, steps in self.reached.items())
        return extent + "".join(goals)

    @property
    def _bounds(self) -> str:
        return f"not looked at: {', '.join(self.not_looked_at)}" if self.not_looked_at else ""
