"""Two runs one above the other: the time that both pictures show, and their first difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dscourse.sim import Trace
from dscourse.touch.compare.differences import Difference, first_difference

__all__ = ["Beside", "beside", "in_words"]

_SAME = "The two runs are the same, event by event."


@dataclass(frozen=True, slots=True)
class Beside:
    """One of two pictures on a common time axis from ``low`` to ``high`` ms.

    ``difference`` is None if the runs are the same; ``side`` is 0 for the upper picture, 1 for the lower one.
    """

    low: float
    high: float
    difference: Difference | None
    side: int


def beside(traces: Sequence[Trace], compared: bool = True) -> tuple[Beside, Beside]:
    """Return how each of two runs is to be drawn; without a difference unless they are ``compared``."""
    events = [event for trace in traces if trace for event in (trace[0], trace[-1])]
    low = min((event.time_ms for event in events), default=0.0)
    high = max((event.time_ms for event in events), default=0.0)
    one, other = traces
    difference = first_difference(one, other) if compared else None
    return Beside(low, high, difference, 0), Beside(low, high, difference, 1)


def in_words(one: Beside, names: tuple[str, str]) -> str:
    """Return the first difference, or that there is none, as a sentence; ``names`` are those of the runs."""
    return _SAME if one.difference is None else one.difference.sentence(names)
