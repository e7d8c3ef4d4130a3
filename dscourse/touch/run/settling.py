"""The plan of the gestures in a run that they change: each acts on what it was about, or is left out.

Earlier gestures may give a message another name or another time of sending, and may move or prevent the handler in
which a node was to crash. So the first misplaced gesture, in the order of the run's time, is aimed again or left out,
and the world runs again, until none is misplaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dscourse.sim import At, CrashDuring, Trace, World
from dscourse.touch.run.aiming import Sendings, aim
from dscourse.touch.run.anchors import Anchor, causal_paths
from dscourse.touch.run.handlers import Handler, handlers
from dscourse.touch.run.numbers import in_ms
from dscourse.touch.run.touches import Touch, plan_of

__all__ = ["handler_about", "settle"]


def settle(
    build: Callable[[list[At]], World], touches: Sequence[Touch]
) -> tuple[World, tuple[Touch, ...], dict[int, str]]:
    """Run the world under the gestures that are on and still have a place in it.

    Returns the world; the gestures, those on messages under the message's present name, a crash in a handler at the
    handler's present time; and why each gesture that was left out has no place, by its position in the list. One run
    if all are in their place, else at most four more per gesture.
    """
    found = _Settling(list(touches))
    world = build(found.plan)
    while found.improve(world):
        world = build(found.plan)
    return world, tuple(found.touches), found.reasons


_MOST_AIMED = (
    3  # times per gesture: a later run can only confirm the first, or take it back for good
)


@dataclass
class _Settling:
    """Gestures under way to their place; ``reasons`` says why some are left out, by position."""

    touches: list[Touch]
    reasons: dict[int, str] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    aimed: Counter[int] = field(default_factory=Counter)

    @property
    def plan(self) -> list[At]:
        """The plan of those that are not left out."""
        return plan_of(one for at, one in enumerate(self.touches) if at not in self.reasons)

    def improve(self, world: World) -> bool:
        """Put one gesture in its place, or leave one out. Return False if there was nothing to do."""
        return any(self._put_back(at, world.trace) for at in self.reasons) or self._correct(world)

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
        then, now = (in_ms(ms) for ms in (touch.entries[0].ms, handler.event.time_ms))
        text = touch.text.replace(f" at {then} ms, ", f" at {now} ms, ")
        self.touches[at] = replace(touch, text=text, entries=(At(handler.event.time_ms, fault),))
        del self.reasons[at]
        return True

    def _correct(self, world: World) -> bool:
        """Aim the first misplaced gesture again, or leave it out. Return False if there is none."""
        aimed = [
            (at, touch, touch.about)
            for at, touch in enumerate(self.touches)
            if touch.on and touch.about is not None and at not in self.reasons
        ]
        if not aimed:
            return False
        sendings = Sendings(world.trace)
        wrong = []
        for at, touch, about in aimed:
            when, better, why = _placed(touch, about, world, sendings)
            if why or better is not touch:
                wrong.append((when, at, better, why))
        if not wrong:
            return False
        _, at, better, why = min(wrong, key=lambda one: one[:2])
        self.aimed[at] += 1
        if why or self.aimed[at] > _MOST_AIMED:
            self.reasons[at] = why or "no longer sent: each run sends another message in its place"
        self.touches[at] = better
        return True


def _placed(
    touch: Touch, about: Anchor, world: World, sendings: Sendings
) -> tuple[float, Touch, str]:
    """Return when a gesture acts, the gesture in its place in this run, and why it has none, or ""."""
    entry = touch.entries[0]
    if isinstance(entry.fault, CrashDuring):
        return entry.ms, touch, _of_crash(entry, about, world)
    return aim(touch, sendings)


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
