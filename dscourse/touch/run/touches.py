"""Gestures as values: their words, and the entries of a fault plan that stand for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from dscourse.sim import At
from dscourse.touch.run.anchors import Anchor

__all__ = ["NUMBERS", "Touch", "as_code", "plan_of"]

NUMBERS = {
    "ms": "at (ms)", "start_ms": "from (ms)", "end_ms": "to (ms)", "arrives_ms": "arrives at (ms)",
    "skew_ms": "ahead by (ms)", "drift_ppm": "drift (ppm)",
}  # fmt: skip
"""The arguments of gestures that are numbers which can be edited, with their labels."""


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
    def label(self) -> str:
        """The words of the message or event that it is about, as they stood in the picture."""
        return "" if self.about is None else self.about.label

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
    """Return the plan of the gestures that are switched on, in the order of time; equal times keep their order."""
    entries = [entry for touch in touches if touch.on for entry in touch.entries]
    return sorted(entries, key=lambda entry: entry.ms)


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


def _types(fault: object) -> list[str]:
    """Return the types that the code of a fault names: its own, and those of changed settings of a link."""
    settings = getattr(fault, "settings", ())
    inner = [type(value).__name__ for _, value in settings if hasattr(value, "quantile")]
    return [type(fault).__name__, *inner]
