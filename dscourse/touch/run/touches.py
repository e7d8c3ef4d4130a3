"""Gestures as values: their words, and the entries of a fault plan that stand for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from dscourse.sim import At, CrashDuring
from dscourse.touch.run.anchors import Anchor
from dscourse.touch.run.numbers import NUMBERS
from dscourse.touch.run.stretches import without_covered_ends

__all__ = ["Touch", "as_cell", "as_code", "plan_of"]


@dataclass(frozen=True, slots=True)
class Touch:
    """One gesture. Switched off, it stays in the list and is no part of the plan.

    ``gesture`` and ``arguments`` are the name of the function in `dscourse.touch.run.gestures` that made it, and what
    it was given. ``about`` is the message or handler that it was about when it was made.
    """

    text: str
    entries: tuple[At, ...]
    on: bool = True
    about: Anchor | None = None
    gesture: str = ""
    arguments: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return self.text

    @property
    def numbers(self) -> dict[str, float]:
        """The numbers that can be edited, by the names of arguments."""
        return {name: value for name, value in self.arguments if name in NUMBERS}

    def stands_for(self, other: Touch) -> bool:
        """Return True if this gesture takes the place of an earlier one: another time for the same message."""
        same = self.gesture == other.gesture == "move"
        return same and self.arguments[0] == other.arguments[0]

    def switched(self, on: bool) -> Touch:
        """Return the same gesture, switched on or off."""
        return replace(self, on=on)


def plan_of(touches: Iterable[Touch]) -> list[At]:
    """Return the plan of the gestures that are switched on, in the order of time; equal times keep their order.

    The end of a pause or cut is left out where another gesture goes on with it. A crash in a handler comes before
    all else at its time, for a restart or the end of a pause at that time may begin the handler.
    """
    stretches = [touch.entries for touch in touches if touch.on]
    entries = [entry for rest in without_covered_ends(stretches) for entry in rest]
    return sorted(entries, key=lambda entry: (entry.ms, not isinstance(entry.fault, CrashDuring)))


def as_code(plan: list[At], build: str = "build") -> str:
    """Return Python code that makes the run of this plan, with the imports that it needs.

    >>> from dscourse.sim import Crash
    >>> print(as_code([At(5, Crash("a"))]))
    from dscourse.sim import At, Crash
    <BLANKLINE>
    world = build([
        At(5, Crash('a')),
    ])
    """
    if not plan:
        return f"world = {build}([])"
    names = sorted({"At", *(name for entry in plan for name in _types(entry.fault))})
    lines = [f"from dscourse.sim import {', '.join(names)}", "", f"world = {build}(["]
    return "\n".join([*lines, *(f"    {entry!r}," for entry in plan), "])"])


def as_cell(code: str) -> str:
    """Return the code of a run as a cell that also draws the run.

    >>> print(as_cell("world = build([])"))
    from dscourse import show
    world = build([])
    show.spacetime(world.trace)
    """
    return f"from dscourse import show\n{code}\nshow.spacetime(world.trace)"


def _types(fault: object) -> list[str]:
    """Return the types that the code of a fault names: its own, and those of changed settings of a link."""
    settings = getattr(fault, "settings", ())
    inner = [type(value).__name__ for _, value in settings if hasattr(value, "quantile")]
    return [type(fault).__name__, *inner]
