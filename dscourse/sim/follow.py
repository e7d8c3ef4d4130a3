"""A schedule carried out in a world: a run found by the explorer becomes an ordinary trace with times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dscourse.core.faults import Crash, CrashDuring, Restart
from dscourse.core.frozen import frozen
from dscourse.core.schedule import (
    CrashDuringStep,
    Deliver,
    Drop,
    Duplicate,
    Fire,
    Invoke,
    Schedule,
    Step,
    node_of,
)
from dscourse.core.wording import count
from dscourse.node import Node
from dscourse.sim.network import Network
from dscourse.sim.pending import Pending
from dscourse.sim.world import World

__all__ = ["follow"]

_REQUIRED = "a schedule is a list of steps such as Start('a') or Deliver('a', 'b', message)"


def follow(
    nodes: Sequence[Node],
    schedule: Schedule,
    operations: Mapping[str, Sequence[tuple[Any, ...]]] | None = None,
    network: Network | None = None,
) -> World:
    """Return a world in which these nodes have executed the schedule, step by step, and nothing else.

    Messages take the network's latency (1 ms each by default), or longer if the schedule requires it. Raises
    LookupError for a step that is impossible at its point in the schedule; TypeError if the argument is not a
    schedule, or the operations are not given by client.

    >>> from dscourse.core.schedule import Start
    >>> from dscourse.node import cluster
    >>> print(follow(cluster(Node, ["a", "b"]), [Start("b"), Crash("b"), Start("a")]).trace)
       0.000 ms  b        starts
       0.000 ms  *        Crash('b')
       0.000 ms  b        crashes
       0.000 ms  a        starts
    """
    if isinstance(schedule, str | Step) or not isinstance(schedule, Iterable):
        raise TypeError(f"schedule={schedule!r}: {_REQUIRED}")
    if not isinstance(operations, Mapping | None):
        raise TypeError(
            f"operations={operations!r}: a dict is required, as in {{'client': [('write', 'x', 1)]}}"
        )
    world = World(nodes, network=network)
    for client, todo in (operations or {}).items():
        world.submit(client, todo)
    for step in schedule:
        _carry_out(world, step)
    return world


def _carry_out(world: World, step: Step) -> None:
    if not isinstance(step, Step):
        raise TypeError(f"{step!r}: {_REQUIRED}")
    if isinstance(step, CrashDuringStep):
        world.apply(CrashDuring(node_of(step), step.after))
        _carry_out(world, step.step)
        if world.alive(node_of(step)):
            raise _refused(step, f"its handler asks for no more than {count(step.after, 'effect')}")
    elif isinstance(step, Crash | Restart):
        if world.alive(step.node) == isinstance(step, Restart):
            raise _refused(step, f"{step.node} is {'up' if world.alive(step.node) else 'down'}")
        world.apply(step)
    elif isinstance(step, Drop):
        world.drop(_pending(world, step).id)
    elif isinstance(step, Duplicate):
        world.duplicate(_pending(world, step).id)
    else:
        if isinstance(step, Invoke):
            world.number_operations_from(step.op, node_of(step))
        world.step(_pending(world, step).id)


def _pending(world: World, step: Step) -> Pending:
    """Return the pending event that matches this step."""
    for event in world.pending():
        if _fits(event, step):
            return event
    waiting = "; ".join(map(str, world.pending())) or "nothing"
    raise _refused(step, f"pending: {waiting}")


def _refused(step: Step, why: str) -> LookupError:
    return LookupError(f"{step} is not possible here: {why}")


def _fits(event: Pending, step: Step) -> bool:
    if isinstance(step, Deliver | Drop | Duplicate):
        wanted = ("deliver", step.to, step.sender)
        fits = (event.kind, event.node, event.peer) == wanted and event.what == step.message
        return fits and frozen(event.what) == frozen(
            step.message
        )  # 1 == True, but they are not the same
    if isinstance(step, Fire):
        return (event.kind, event.node) == ("timer", step.node) and event.what == step.timer
    kind = "invoke" if isinstance(step, Invoke) else "start"
    return (event.kind, event.node) == (kind, node_of(step))
