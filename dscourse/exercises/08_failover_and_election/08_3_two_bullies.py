"""Judge of 08.3: a fault plan under which the bully algorithm has two leaders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dscourse import sim
from dscourse.exercises.judges import fault_plans
from dscourse.exercises.tasks import Wrong
from dscourse.node import cluster
from dscourse.protocols.bully import Bully, one_leader
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Cut,
    Heal,
    Network,
    Partition,
    Pause,
    Recover,
    Restart,
    Resume,
    World,
)

__all__ = ["LINES", "NAMES", "bully_world", "judge"]

LINES = 500_000

_NAMES = ("n1", "n2", "n3")


def bully_world(plan: list[At]) -> World:
    """Three nodes with the bully algorithm under the plan; messages take 5 ms. n3 leads from the start.

    >>> [node.leader for node in bully_world([]).nodes.values()]
    ['n3', 'n3', 'n3']
    """
    world = World(cluster(Bully, _NAMES), network=Network(Constant(5)), plan=plan)
    return world.run(until_ms=1_500)


_FAULTS = (Cut, Heal, Partition, Crash, Restart, Recover, Pause, Resume)


def judge(plan: Any) -> Wrong | None:
    wrong = fault_plans.check(plan, _FAULTS, _NAMES, "[sim.At(200, sim.Cut('n3', 'n1'))]")
    if wrong is not None:
        return wrong
    world = bully_world(plan)
    down = [name for name in _NAMES if not world.alive(name) or world.paused(name)]
    picture = spacetime(world.trace, timers=False, end_ms=900)
    if down:
        return Wrong(
            f"{down[0]} is not running at the end: who does not run does not lead.", picture
        )
    if one_leader(world.nodes):
        return Wrong("At 1,500 ms one node believes to lead, and no more.", picture)
    return None


NAMES: Mapping[str, Any] = {
    "sim": sim, "At": At, "Crash": Crash, "Cut": Cut, "Heal": Heal, "Partition": Partition, "Pause": Pause, "Recover": Recover,
    "Restart": Restart, "Resume": Resume,
}  # fmt: skip
