"""Judge of 04.7: a fault plan under which a read of the sequential store is stale."""

from __future__ import annotations

from typing import Any

from dscourse import checkers
from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.node import cluster
from dscourse.protocols.sequential_store import SequentialStore
from dscourse.protocols.stores import StoreClient
from dscourse.show import Look, Picture, spacetime
from dscourse.sim import (
    At,
    Constant,
    Network,
    World,
)

__all__ = ["NAMES", "judge", "late_world"]

NAMES = fault_plans.names(fault_plans.EVERY_FAULT)
_NAMES = ("c2", "c3", "n1", "n2", "n3")
_MOST = 200  # faults


def late_world(plan: list[At]) -> World:
    """Run exercise 04.7: c2 writes x at n2 at 50 ms; c3 reads it at n3 at 100 and at 200 ms.

    >>> [op.outcome() for op in late_world([]).history]
    ['ok', 'ok 1', 'ok 1']
    """
    clients = [StoreClient(f"c{n}", f"n{n}") for n in (2, 3)]
    nodes = [*clients, *cluster(SequentialStore, ["n1", "n2", "n3"])]
    world = World(nodes, network=Network(Constant(5)), plan=plan)
    world.submit("c2", [("write", "x", 1)], start_ms=50)
    for start_ms in (100, 200):
        world.submit("c3", [("read", "x")], start_ms=start_ms)
    return world.run(until_ms=400)


def judge(plan: Any) -> Wrong | None:
    entries = listed(plan, most=_MOST + 1)
    example = '[sim.At(60, sim.Pause("n3"))]'
    wrong = fault_plans.check(entries, fault_plans.EVERY_FAULT, _NAMES, example, most=_MOST)
    if wrong is not None or entries is None:
        return wrong
    world = late_world(entries)
    verdict = checkers.linearizable(world.history)
    if verdict.ok is False:
        return None
    answered = {op.process for op in world.history.ok}
    if "c2" not in answered:
        return Wrong("The write was not confirmed, so it may be missing or not.", _run(world))
    if "c3" not in answered:
        return Wrong("No read was answered, so nothing was seen.", _run(world))
    return Wrong("Each read that was answered returned the right value.", _run(world))


def _run(world: World) -> Picture:
    return spacetime(world.trace, timers=False, look=Look(labels=False), start_ms=40, end_ms=215)
