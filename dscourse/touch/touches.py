"""Gestures as values: their words, and the entries of a fault plan that stand for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dscourse.sim import At

__all__ = ["Touch", "as_code", "plan_of"]


@dataclass(frozen=True, slots=True)
class Touch:
    """One gesture. Switched off, it stays in the list and is no part of the plan.

    ``label`` are the words of the message that it was about when the gesture was made, as they stand in the picture.
    """

    text: str
    entries: tuple[At, ...]
    on: bool = True
    label: str = ""

    def __str__(self) -> str:
        return self.text


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
