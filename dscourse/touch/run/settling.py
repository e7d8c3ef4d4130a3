"""Gestures that a run no longer has a place for are left out of its plan, so that they never act on something else.

Whether a message is still the one that a gesture was about depends on the gestures before it. So the first misplaced
gesture, in the order of the run's time, is left out, and the world runs again, until none is misplaced.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dscourse.show.words import short
from dscourse.sim import At, CrashDuring, Trace, World
from dscourse.sim.message_faults import MessageFault
from dscourse.touch.run.anchors import Anchor, causal_paths
from dscourse.touch.run.handlers import Handler, handlers
from dscourse.touch.run.names import MessageName, sending_of
from dscourse.touch.run.touches import Touch, plan_of

__all__ = ["handler_about", "settle"]


def settle(
    build: Callable[[list[At]], World], touches: Sequence[Touch]
) -> tuple[World, tuple[Touch, ...], dict[int, str]]:
    """Run the world under the gestures that are on and still have a place in it.

    Returns the world; the gestures, a crash in a handler at the handler's present time; and why each gesture that was
    left out has no place, by its position in the list. One run if all are in their place, else at most three more per
    gesture.
    """
    found = _Settling(list(touches))
    world = build(found.plan)
    while found.improve(world):
        world = build(found.plan)
    return world, tuple(found.touches), found.reasons


@dataclass
class _Settling:
    """Gestures under way to their place; ``reasons`` says why some are left out, by position."""

    touches: list[Touch]
    reasons: dict[int, str] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)

    @property
    def plan(self) -> list[At]:
        """The plan of those that are not left out."""
        return plan_of(one for at, one in enumerate(self.touches) if at not in self.reasons)

    def improve(self, world: World) -> bool:
        """Put one gesture back at another time, or leave one out. Return False if there was nothing to do."""
        return any(self._put_back(at, world.trace) for at in self.reasons) or self._leave_out(world)

    def _put_back(self, at: int, trace: Trace) -> bool:
        """Put a crash in a handler, left out, where its handler is now; each only once."""
        touch = self.touches[at]
        fault, about = touch.entries[0].fault, touch.about
        if at in self.moved or about is None or not isinstance(fault, CrashDuring):
            return False
        handler = handler_about(trace, about)
        if handler is None:
            return False
        self.moved.add(at)
        self.touches[at] = replace(touch, entries=(At(handler.event.time_ms, fault),))
        del self.reasons[at]
        return True

    def _leave_out(self, world: World) -> bool:
        wrong = [
            (*_misplaced(one.entries[0], one.about, world), at)
            for at, one in enumerate(self.touches)
            if one.on and one.about and at not in self.reasons
        ]
        first = min((one for one in wrong if one[1]), default=None, key=lambda one: one[0])
        if first is not None:
            self.reasons[first[2]] = first[1]
        return first is not None


def _misplaced(entry: At, about: Anchor, world: World) -> tuple[float, str]:
    """Return when a gesture acts, and why this is the wrong place; "" if it is the right one."""
    if isinstance(entry.fault, CrashDuring):
        return entry.ms, _of_crash(entry, about, world)
    assert isinstance(entry.fault, MessageFault)
    sent = sending_of(world.trace, MessageName(*entry.fault.name))
    if sent is None:
        return math.inf, ""  # it acts on nothing
    now = Anchor(short(sent.what), causal_paths(world.trace)[sent.index])
    if about.matches(now):
        return sent.time_ms, ""
    return sent.time_ms, (
        f"no longer sent: this name now means {now.label!r}, and the gesture was about {about.label!r}"
    )


def _of_crash(entry: At, about: Anchor, world: World) -> str:
    [node] = entry.fault.names()
    handler = handler_about(world.trace, about)
    if handler is None or handler.event.time_ms != entry.ms:
        return f"{node} no longer handles this"
    return "" if handler.crashed else f"{node} does not crash in this handler"


def handler_about(trace: Trace, about: Anchor) -> Handler | None:
    """Return the handler of the event that has this anchor's causal path; None if the run has none."""
    paths = causal_paths(trace)
    return next((one for one in handlers(trace) if paths.get(one.event.index) == about.path), None)
