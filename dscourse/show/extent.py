"""The extent of a space-time diagram: its nodes, its stretch of time, and the axis on which that stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dscourse.show.axis import Axis, OrderAxis, TimeAxis
from dscourse.show.diagram import left_edge
from dscourse.show.words import span

if TYPE_CHECKING:
    from dscourse.sim.trace import Trace

__all__ = ["axis_of", "lines_of", "stretch_of", "window_of"]


def lines_of(trace: Trace, nodes: Sequence[str] | None) -> list[str]:
    """Return the nodes that get a line: as asked for, or clients first."""
    known = [name for name in trace.nodes if name]
    if nodes is None:
        clients = {event.node for event in trace if event.kind == "invoke"}
        return sorted(known, key=lambda name: name not in clients)
    if isinstance(nodes, str):
        raise TypeError(f"nodes={nodes!r}: a list of names is required, such as [{nodes!r}]")
    for name in nodes:
        if name not in known:
            raise LookupError(f"no event at {name!r}: the nodes are {', '.join(known)}")
    return list(nodes)


def stretch_of(trace: Trace, start_ms: float | None, end_ms: float | None) -> tuple[float, float]:
    """Return the first and the last moment that the picture shows."""
    first, last = (trace[0].time_ms, trace[-1].time_ms) if trace else (0.0, 0.0)
    low = first if start_ms is None else float(start_ms)
    high = max(last, low) if end_ms is None else float(end_ms)
    if not low <= high or (low == high and end_ms is not None and start_ms is not None):
        raise ValueError(
            f"start_ms={start_ms!r}, end_ms={end_ms!r}: the start must be before the end"
        )
    return low, high


def window_of(trace: Trace, low: float, high: float, chosen: bool) -> str:
    return span(low, high).capitalize() if chosen else f"in {high - low:g} ms" if trace else ""


def axis_of(
    trace: Trace, scale: str, low: float, high: float, names: Sequence[str], width: float
) -> Axis:
    left = left_edge(names) + 12
    if scale == "order":
        return OrderAxis(trace, low, high, left, width - 22.0)
    return TimeAxis(low, high, left, width - 22.0)
