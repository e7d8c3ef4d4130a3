"""Which event of a trace may have led to which: happened-before, as Lamport defined it (CACM 1978).

An event follows the one before it at its node, and a delivery follows its message's sending. What
an omniscient observer records without any node taking part (a fault, a lost message, a duplicate
under way, a recorded state) is no event of a node and has no clock. A restart follows the crash
before it: the log links them.
"""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.sim.events import OBSERVED_ONLY, Event

__all__ = ["future", "lamport_clocks", "past", "vector_clocks"]


def _causes(trace: Sequence[Event]) -> list[tuple[int, ...] | None]:
    """For each event the places of its direct causes, none, one or two; None for what is no event
    of a node.
    """
    last: dict[str, int] = {}
    sent: dict[int, int] = {}
    causes: list[tuple[int, ...] | None] = []
    for place, event in enumerate(trace):
        if event.kind in OBSERVED_ONLY or event.node is None:
            causes.append(None)
            continue
        found = [last[event.node]] if event.node in last else []
        if event.kind == "send":
            sent[event.id] = place
        elif event.kind == "deliver" and event.id in sent:
            found.append(sent[event.id])
        last[event.node] = place
        causes.append(tuple(found))
    return causes


def past(trace: Sequence[Event], place: int) -> list[int]:
    """The places of all causes of the event at ``place``, and its own, in order."""
    causes = _causes(trace)
    reached, todo = {place}, [place]
    while todo:
        for cause in causes[todo.pop()] or ():
            if cause not in reached:
                reached.add(cause)
                todo.append(cause)
    return sorted(reached)


def future(trace: Sequence[Event], place: int) -> list[int]:
    """The places of all that the event at ``place`` may have led to, and its own, in order."""
    reached = {place}
    for later, causes in enumerate(_causes(trace)):
        if causes and not reached.isdisjoint(causes):
            reached.add(later)
    return sorted(reached)


def lamport_clocks(trace: Sequence[Event]) -> list[int | None]:
    """One more than the largest clock among an event's direct causes."""
    clocks: list[int | None] = []
    for causes in _causes(trace):
        clocks.append(
            None if causes is None else 1 + max((clocks[cause] or 0 for cause in causes), default=0)
        )
    return clocks


def vector_clocks(trace: Sequence[Event]) -> list[dict[str, int] | None]:
    """Entry by entry the largest among an event's direct causes, and one event more at its own
    node.
    """
    clocks: list[dict[str, int] | None] = []
    for event, causes in zip(trace, _causes(trace), strict=True):
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
