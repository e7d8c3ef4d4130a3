"""The focus of a space-time diagram: the event to which a verdict points, and the causes and effects of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dscourse.core.deferred import deferred
from dscourse.show import palette

if TYPE_CHECKING:
    from dscourse.sim import events
    from dscourse.sim import trace as traces
    from dscourse.sim.events import Event
    from dscourse.sim.trace import Trace
else:
    events = deferred("dscourse.sim.events")
    traces = deferred("dscourse.sim.trace")

__all__ = ["Focus", "around", "find_event"]


@dataclass(frozen=True, slots=True)
class Focus:
    """The events to which a space-time diagram points, each an event of the trace or its index.

    ``mark`` is the event to which a verdict points; it gets a red ring. ``past_of`` shows what an event may depend
    on, and ``future_of`` what it may have led to: that event gets a black ring, and everything else is faded.
    """

    mark: Event | int | None = None
    past_of: Event | int | None = None
    future_of: Event | int | None = None

    def vivid(self, trace: Trace) -> frozenset[int] | None:
        """Return the trace indices that are not faded; None if none is. LookupError for an unknown event."""
        if self.past_of is None and self.future_of is None:
            return None
        past = [] if self.past_of is None else trace.past(self.past_of)
        future = [] if self.future_of is None else trace.future(self.future_of)
        return frozenset(event.index for event in (*past, *future))

    def rings(self, trace: Trace) -> list[tuple[Event, str]]:
        """Return the events that get a ring, each with its colour. LookupError for an unknown event."""
        asked = (
            (self.past_of, palette.INK), (self.future_of, palette.INK), (self.mark, palette.RED),
        )  # fmt: skip
        return [(find_event(trace, event), colour) for event, colour in asked if event is not None]


def around(trace: Trace, event: Event | int, ms: float = 50.0) -> dict[str, float]:
    """Return the stretch of ``ms`` before and after an event, to pass on as ``spacetime(trace, **around(…))``.

    LookupError if the trace does not hold the event.
    """
    if event is None:
        raise TypeError("event=None: an event of the trace is required, or its index")
    centre = find_event(traces.as_trace(trace), event)
    return {"start_ms": max(0.0, centre.time_ms - ms), "end_ms": centre.time_ms + ms}


def find_event(trace: Trace, event: Event | int) -> Event:
    """Return the event of the trace with this index; LookupError if there is none."""
    index = event.index if isinstance(event, events.Event) else event
    match = next((candidate for candidate in trace if candidate.index == index), None)
    if match is None:
        raise LookupError(f"no event of this trace has the index {index}")
    return match
