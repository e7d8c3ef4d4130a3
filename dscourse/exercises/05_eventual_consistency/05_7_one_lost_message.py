"""Judge of 05.7: a fault plan under which the textbook store diverges."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
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
    entries = listed(plan, most=20)
    names = (*_CLIENTS, *_NODES)
    wrong = fault_plans.check(entries, _FAULTS, names, "[sim.At(20, sim.Cut('n1', 'n2'))]")
    if wrong is not None or entries is None:
        return wrong
    world = two_carts(entries)
    if not all(world.alive(name) and not world.paused(name) for name in names):
        return Wrong(
            "A replica is down at the end, or a node stands still. What it lacks then is no fault of the store."
        )
    if any(world.link(a, b).cut for a in names for b in names if a != b):
        return Wrong("A link is still cut at the end: no store can make up for that. Heal it.")
    unanswered = [name for name in _CLIENTS if not world.history.by_process(name).ok]
    if unanswered:
        return Wrong(f"{unanswered[0]} got no answer, so it was promised nothing.")
    if agree(world).ok:
        return Wrong(
            "All three replicas hold the same.", spacetime(world.trace, timers=False, end_ms=150)
        )
    return None
