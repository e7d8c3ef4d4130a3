"""Conditions under which a deed counts: each returns why it does not, from faults, messages and nodes of the run."""

from __future__ import annotations

from collections import Counter

from dscourse.core.faults import Fault
from dscourse.core.wording import spaced
from dscourse.sim import World

__all__ = ["all_run", "not_all_arrived", "not_alone", "not_over"]


def not_alone(world: World, *kinds: type[Fault]) -> str:
    """Return the first fault of the run that is of none of these kinds, in words; "" if there is none.

    Faults of the world's own plan count too.

    >>> from dscourse.experiments.three_bullies import three_bullies
    >>> from dscourse.sim import At, Crash, Restart
    >>> world = three_bullies([At(60, Crash("n1")), At(90, Restart("n1"))])
    >>> not_alone(world, Crash)
    'the run has another fault: restart n1'
    >>> not_alone(world, Crash, Restart)
    ''
    """
    faults = (event.what for event in world.trace.kinds("fault"))
    other = next((fault for fault in faults if not isinstance(fault, kinds)), None)
    if other is None:
        return ""
    names = ", ".join(sorted(other.names()))
    return f"the run has another fault: {spaced(type(other).__name__)} {names}".strip()


def all_run(world: World) -> bool:
    """Return True if every node is up and does not stand still."""
    return not _resting(world)


def _resting(world: World) -> str:
    """Return the first node that is down or stands still at the end, in words; "" if all run."""
    for name in world.nodes:
        if not world.alive(name):
            return f"{name} is down at the end"
        if world.paused(name):
            return f"{name} is paused at the end"
    return ""


def not_over(world: World) -> str:
    """Return why nodes may still change: one does not run, or a message is under way; "" if they may not."""
    under_way = any(event.message for event in world.pending())
    return _resting(world) or ("a message is still under way at the end" if under_way else "")


def not_all_arrived(world: World) -> str:
    """Return the first message that has not arrived exactly once, or the first crash, in words; "" without one.

    A message that would arrive after the end of the run has not.
    """
    arrived = Counter(event.id for event in world.trace.kinds("deliver"))
    for event in world.trace.kinds("send"):
        if arrived[event.id] != 1:
            fate = "arrives more than once" if arrived[event.id] else "does not arrive"
            return f"a message from {event.node} to {event.peer} {fate}"
    crash = next(iter(world.trace.kinds("crash")), None)
    return f"{crash.node} crashes" if crash else ""
