"""Recorded runs: which can be looked at, and continued in the simulator from one of their moments."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from dscourse.sim import At, World
from dscourse.sim.message_faults import MessageFault
from dscourse.touch.run.names import MessageName, sending_of
from dscourse.touch.run.numbers import in_ms
from dscourse.touch.run.touches import Touch

if TYPE_CHECKING:
    from dscourse.run import Recording

__all__ = ["HAPPENED", "Recorded", "continued", "of_future", "recording_of"]

HAPPENED = (
    "This run happened, and nothing can change it. Continue from one of its moments in the simulator: "
    "what follows can be changed there."
)
LONGER_MS = 1_000
"""The time for which a continued run goes on at least."""


class Recorded(Protocol):
    """Anything that has been recorded, such as a `run.Cluster`."""

    @property
    def recording(self) -> Recording:
        """Everything that has happened so far."""


def recording_of(source: Any) -> Recording | None:
    """Return the recording that this is or has; None for anything else.

    Where its module has not been imported there is none. In the browser it never is: it needs packages of its own.
    """
    recordings = sys.modules.get("dscourse.run.recording")
    if recordings is None:
        return None
    found: Recording | None = next(
        (
            one
            for one in (source, getattr(source, "recording", None))
            if isinstance(one, recordings.Recording)
        ),
        None,
    )
    return found


def continued(recording: Recording, at_ms: float, rest: bool) -> Callable[[list[At]], World]:
    """Return the function of a plan that continues the recording from this moment, for 1 s at least.

    With ``rest``, what followed in the recording is planned too: its faults and operations.
    """

    def build(plan: list[At]) -> World:
        from dscourse.run.continuing import world

        return world(recording, at_ms, plan, rest).run(end_of(recording, at_ms))

    return build


def end_of(recording: Recording, at_ms: float) -> float:
    """Return the time in ms to which a run is continued from this moment."""
    return max(recording.end_us / 1000, at_ms + LONGER_MS)


def of_future(touch: Touch, running: World, since_ms: float | None) -> Touch:
    """Return the gesture. Raise ValueError, in words, if it would change what happened until ``since_ms``."""
    if since_ms is None:
        return touch
    for entry in touch.entries:
        if isinstance(entry.fault, MessageFault):
            _require_under_way(entry.fault, running, since_ms)
        elif entry.ms < since_ms:
            raise _past(f"{in_ms(entry.ms)} ms", since_ms)
    return touch


def _require_under_way(fault: MessageFault, running: World, since_ms: float) -> None:
    """Raise ValueError for a message that had ended, or an arrival before ``since_ms``."""
    name = MessageName(*fault.name)
    sent = sending_of(running.trace, name)
    if sent is None or sent.time_ms > since_ms:
        return
    for end in running.trace.kinds("deliver", "drop"):
        if end.id == sent.id and end.time_ms <= since_ms and end.detail != "dropped":
            raise _past(f"the end of {name}", since_ms)
    latency_ms = getattr(fault, "latency_ms", None)
    if latency_ms is not None and sent.time_ms + latency_ms < since_ms:
        raise _past(f"{in_ms(sent.time_ms + latency_ms)} ms", since_ms)


def _past(what: str, since_ms: float) -> ValueError:
    return ValueError(
        f"{what} is recorded: the run happened until {in_ms(since_ms)} ms, and can be changed after it"
    )
