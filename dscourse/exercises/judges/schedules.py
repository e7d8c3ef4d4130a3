"""A schedule found by the explorer, as the picture of a counterexample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.core.schedule import Schedule
from dscourse.node import Node
from dscourse.show import Look, Picture, spacetime
from dscourse.sim import follow

__all__ = ["draw_schedule"]


def draw_schedule(
    nodes: Sequence[Node],
    steps: Schedule,
    operations: Mapping[str, Sequence[tuple[Any, ...]]] | None = None,
) -> Picture:
    """Return the space-time diagram of these new nodes as they follow the schedule, without timers."""
    trace = follow(nodes, steps, operations).trace
    return spacetime(trace, look=Look(scale="order"), timers=False)
