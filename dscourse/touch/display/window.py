"""The part of a run in view: a stretch of time, without folded nodes and hidden types of message."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.show.spacetime import Part

__all__ = ["NARROWEST_MS", "Window"]

NARROWEST_MS = 0.2  # below it, neighbouring events of a run are hardly ever told apart


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch in ms of virtual time; None stands for the run's own start or end.

    ``folded`` are the nodes without a line, ``hidden`` the types of message that are left out, by name. ValueError or
    TypeError, in words, for a stretch that ends before it begins and for names other than text.

    >>> Window(10, 30).part(["a", "b"], 0, 20).end_ms
    20
    """

    start_ms: float | None = None
    end_ms: float | None = None
    folded: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("start_ms", "end_ms"):
            _check_time(name, getattr(self, name))
        for name in ("folded", "hidden"):
            object.__setattr__(self, name, _names(name, getattr(self, name)))
        if self.start_ms is not None and self.end_ms is not None and self.start_ms >= self.end_ms:
            raise ValueError(
                f"from {self.start_ms:g} to {self.end_ms:g} ms: the start must be before the end"
            )

    @property
    def is_fit(self) -> bool:
        """Return True if the window shows the run from its start to its end."""
        return self.start_ms is None and self.end_ms is None

    def part(self, nodes: Sequence[str], low: float, high: float) -> Part:
        """Return the part of a run from ``low`` to ``high`` ms that the window shows, at least `NARROWEST_MS` of it.

        ``nodes`` are the run's, in the order of their lines. ValueError if all of them are folded.
        """
        shown = [name for name in nodes if name not in self.folded]
        if nodes and not shown:
            raise ValueError("every node is folded away: at least one must stay in view")
        if self.is_fit:
            return Part(None, None, shown, self.hidden)
        start = low if self.start_ms is None else max(self.start_ms, low)
        start = max(low, min(start, high - NARROWEST_MS))
        end = high if self.end_ms is None else min(self.end_ms, high)
        return Part(start, max(end, start + NARROWEST_MS), shown, self.hidden)


def _check_time(name: str, ms: Any) -> None:
    if ms is None:
        return
    if isinstance(ms, bool) or not isinstance(ms, int | float) or not math.isfinite(ms):
        raise TypeError(f"{name}={ms!r}: a time in ms is required, or None")


def _names(field: str, names: Any) -> frozenset[str]:
    """Return the names as a set. Raise TypeError for anything but a collection of texts."""
    if isinstance(names, str) or not isinstance(names, list | tuple | set | frozenset):
        raise TypeError(f"{field}={names!r}: a list of names is required")
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"{field}: {name!r} is no name")
    return frozenset(names)
