"""Conditions under which a deed counts: the faults of a run, the fate of its messages, the state of its nodes."""

from __future__ import annotations

from dscourse.core.faults import Fault
from dscourse.sim import World
from dscourse.sim.message_faults import MessageFault

__all__ = ["all_arrived", "all_run", "alone", "faults", "messages_alone", "under_way"]


def faults(world: World) -> list[Fault]:
    """Return the faults of the run in the order of time, those of the world's own plan included."""
    return [event.what for event in world.trace.kinds("fault")]


def alone(world: World, *kinds: type[Fault]) -> bool:
    """Return True if nothing but faults of these kinds was done to the run.

    >>> from dscourse.experiments.three_bullies import three_bullies
    >>> from dscourse.sim import At, Crash, Restart
    >>> world = three_bullies([At(60, Crash("n1")), At(90, Restart("n1"))])
    >>> alone(world, Crash, Restart), alone(world, Crash)
    (True, False)
    """
    return all(isinstance(fault, kinds) for fault in faults(world))


def messages_alone(world: World) -> bool:
    """Return True if messages alone were touched: lost, repeated or moved one by one."""
    return alone(world, MessageFault)


def all_run(world: World) -> bool:
    """Return True if every node is up and does not stand still."""
    return all(world.alive(name) and not world.paused(name) for name in world.nodes)


def under_way(world: World) -> bool:
    """Return True if a message has been sent and may still arrive."""
    return any(event.message for event in world.pending())


def all_arrived(world: World) -> bool:
    """Return True if each message that was sent has arrived, exactly once and however late, and no node has crashed.

    A message that would arrive after the end of the run has not.
    """
    sent = sorted(event.id for event in world.trace.kinds("send"))
    arrived = sorted(event.id for event in world.trace.kinds("deliver"))
    return sent == arrived and not world.trace.kinds("crash")
