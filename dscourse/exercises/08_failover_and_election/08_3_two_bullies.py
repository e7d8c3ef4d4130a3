"""Judge of 08.3: a fault plan under which the bully algorithm has two leaders."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.node import cluster
from dscourse.protocols.bully import Bully, one_leader
from dscourse.show import spacetime
from dscourse.sim import At, Constant, Network, World

__all__ = ["LINES", "NAMES", "bully_world", "judge"]

LINES = 500_000
_FAULTS = fault_plans.CUTS_CRASHES_AND_PAUSES
NAMES = fault_plans.names(_FAULTS)

_NODES = ("n1", "n2", "n3")


def bully_world(plan: list[At]) -> World:
    """Three nodes with the bully algorithm under the plan; messages take 5 ms. n3 leads from the start.

    >>> [node.leader for node in bully_world([]).nodes.values()]
    ['n3', 'n3', 'n3']
    """
    world = World(cluster(Bully, _NODES), network=Network(Constant(5)), plan=plan)
    return world.run(until_ms=1_500)


def judge(plan: Any) -> Wrong | None:
    plan = listed(plan) or plan
    wrong = fault_plans.check(plan, _FAULTS, _NODES, "[sim.At(200, sim.Cut('n3', 'n1'))]")
    if wrong is not None:
        return wrong
    world = bully_world(plan)
    down = [name for name in _NODES if not world.alive(name) or world.paused(name)]
    picture = spacetime(world.trace, timers=False, end_ms=900)
    if down:
        return Wrong(
            f"{down[0]} is not running at the end: a node that does not run does not lead.", picture
        )
    if one_leader(world.nodes):
        return Wrong(
            f"At 1,500 ms only one node believes that it leads: {_leaders(world)}.", picture
        )
    return None


def _leaders(world: World) -> str:
    names = [
        name
        for name, node in world.nodes.items()
        if isinstance(node, Bully) and node.leader == name
    ]
    return " and ".join(names) or "none"
