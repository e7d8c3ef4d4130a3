"""Judge of 05.7: a fault plan under which the textbook store diverges."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.plan_effects import refused
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.two_carts import agree, two_carts
from dscourse.show import spacetime

__all__ = ["NAMES", "judge"]

_FAULTS = fault_plans.TOUCHES
NAMES = fault_plans.names(_FAULTS)

_NODES = ("n1", "n2", "n3")
_CLIENTS = ("c1", "c2")


def judge(plan: Any) -> Wrong | None:
    entries = listed(plan)
    names = (*_CLIENTS, *_NODES)
    wrong = fault_plans.check(entries, _FAULTS, names, "[sim.At(20, sim.Cut('n1', 'n2'))]")
    if wrong is not None or entries is None:
        return wrong
    world = two_carts(entries)
    idle = [name for name in names if not world.alive(name) or world.paused(name)]
    if idle:
        how = "stands still" if world.alive(idle[0]) else "is down"
        return Wrong(f"{idle[0]} {how} at the end. What is missing then is no fault of the store.")
    if any(world.link(a, b).cut for a in names for b in names if a != b):
        return Wrong("A link is still cut at the end: no store can make up for that. Heal it.")
    unanswered = [name for name in _CLIENTS if not world.history.by_process(name).ok]
    if unanswered:
        return Wrong(f"{unanswered[0]} got no answer, so it was promised nothing.")
    if agree(world).ok is False:
        return None
    picture = spacetime(world.trace, timers=False, end_ms=150)
    return refused("All three replicas hold the same.", entries, world, picture)
