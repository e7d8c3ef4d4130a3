"""Happened-before: which events of a trace may have caused which (Lamport, CACM 1978).

An event follows the one before it at its node, and a delivery follows the sending of its message.
Records made by the omniscient observer alone (a fault, a lost message, a duplicate in flight, a
recorded state) are not events of a node and have no clock. A restart follows the crash before it:
the log links them.
"""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.sim.events import OBSERVED_ONLY, Event

__all__ = ["direct_causes", "future", "lamport_clocks", "past", "vector_clocks"]


def direct_causes(trace: Sequence[Event]) -> list[tuple[int, ...] | None]:
    """Return the indices of each event's direct causes, at most two; None for an observer's record."""
    last: dict[str, int] = {}
    sent: dict[int, int] = {}
    causes: list[tuple[int, ...] | None] = []
    for index, event in enumerate(trace):
        if event.kind in OBSERVED_ONLY or event.node is None:
            causes.append(None)
            continue
        direct = [last[event.node]] if event.node in last else []
        if event.kind == "send":
            sent[event.id] = index
        elif event.kind == "deliver" and event.id in sent:
            direct.append(sent[event.id])
        last[event.node] = index
        causes.append(tuple(direct))
    return causes


def past(trace: Sequence[Event], index: int) -> list[int]:
    """Return the indices of the event's causal past, itself included, in order."""
    causes = direct_causes(trace)
    reached, todo = {index}, [index]
    while todo:
        for cause in causes[todo.pop()] or ():
            if cause not in reached:
                reached.add(cause)
                todo.append(cause)
    return sorted(reached)


def future(trace: Sequence[Event], index: int) -> list[int]:
    """Return the indices of the event's causal future, itself included, in order."""
    reached = {index}
    for later, causes in enumerate(direct_causes(trace)):
        if causes and not reached.isdisjoint(causes):
            reached.add(later)
    return sorted(reached)


def lamport_clocks(trace: Sequence[Event]) -> list[int | None]:
    """Return each event's Lamport clock: one more than the largest clock among its direct causes."""
    clocks: list[int | None] = []
    for causes in direct_causes(trace):
        clocks.append(
            None if causes is None else 1 + max((clocks[cause] or 0 for cause in causes), default=0)
        )
    return clocks


def vector_clocks(trace: Sequence[Event]) -> list[dict[str, int] | None]:
    """Return each event's vector clock: the entry-wise maximum over its direct causes, plus one at its own node."""
    clocks: list[dict[str, int] | None] = []
    for event, causes in zip(trace, direct_causes(trace), strict=True):
        if causes is None or event.node is None:
            clocks.append(None)
            continue
        clock: dict[str, int] = {}
        for cause in causes:
            for node, count in (clocks[cause] or {}).items():
                clock[node] = max(count, clock.get(node, 0))
        clock[event.node] = clock.get(event.node, 0) + 1
        clocks.append(clock)
    return clocks
