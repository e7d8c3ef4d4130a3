"""Judge of 05.7: a fault plan under which the textbook store diverges."""

from __future__ import annotations

from typing import Any

from dscourse import checkers
from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.node import cluster
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.eventual_store import TellsOnceStore, values
from dscourse.show import spacetime
from dscourse.sim import At, Constant, Network, World

__all__ = ["NAMES", "judge", "once_world"]

_FAULTS = fault_plans.CUTS_AND_CRASHES
NAMES = fault_plans.names(_FAULTS)

_NODES = ("n1", "n2", "n3")


def once_world(plan: list[At]) -> World:
    """Run exercise 05.7 under the plan, and 1 s beyond it: the textbook store, with a single write, at n1 at 50 ms.

    >>> values(once_world([]).nodes)["n3"]
    {'cart': 'milk'}
    """
    nodes = [StoreClient("c1", "n1"), *cluster(TellsOnceStore, _NODES)]
    end_ms = 1_000 + max((entry.ms for entry in plan), default=0)
    world = World(nodes, network=Network(Constant(5)), plan=plan)
    return world.submit("c1", [("write", "cart", "milk")], start_ms=50).run(until_ms=end_ms)


def judge(plan: Any) -> Wrong | None:
    entries = listed(plan, most=20)
    wrong = fault_plans.check(
        entries, _FAULTS, ("c1", *_NODES), "[sim.At(20, sim.Cut('n1', 'n2'))]"
    )
    if wrong is not None or entries is None:
        return wrong
    world = once_world(entries)
    if not all(world.alive(name) for name in _NODES):
        return Wrong(
            "A replica is down at the end. That it lacks the write then is no fault of the store."
        )
    names = ("c1", *_NODES)
    if any(world.link(a, b).cut for a in names for b in names if a != b):
        return Wrong("A link is still cut at the end: no store can make up for that. Heal it.")
    if not any(op.status == "ok" for op in world.history):
        return Wrong("The client got no answer, so nobody was promised anything.")
    verdict = checkers.convergent(values(world.nodes))
    if verdict.ok:
        return Wrong(
            "All three replicas hold the same.", spacetime(world.trace, timers=False, end_ms=150)
        )
    return None
