"""Judge of 08.3: a fault plan under which the bully algorithm has two leaders."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.plan_effects import refused
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.three_bullies import leaders, three_bullies
from dscourse.show import spacetime

__all__ = ["LINES", "NAMES", "judge"]

LINES = 500_000
_FAULTS = fault_plans.TOUCHES
NAMES = fault_plans.names(_FAULTS)

_NODES = ("n1", "n2", "n3")


def judge(plan: Any) -> Wrong | None:
    plan = listed(plan) or plan
    wrong = fault_plans.check(plan, _FAULTS, _NODES, "[sim.At(100, sim.Cut('n3', 'n1'))]")
    if wrong is not None:
        return wrong
    world = three_bullies(plan)
    down = [name for name in _NODES if not world.alive(name) or world.paused(name)]
    picture = spacetime(world.trace, timers=False)
    if down:
        return Wrong(
            f"{down[0]} is not running at the end: a node that does not run does not lead.", picture
        )
    found = leaders(world)
    if len(found) < 2:
        one = f"only one node believes that it leads: {found[0]}" if found else "no node leads"
        return refused(f"At 400 ms {one}.", plan, world, picture)
    return None
