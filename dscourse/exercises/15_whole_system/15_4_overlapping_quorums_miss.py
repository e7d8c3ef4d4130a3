"""Judge of 15.4: a fault plan under which overlapping quorums miss a write."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.plan_effects import refused
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.missed_quorum import (
    NODES,
    cart_world,
    is_acknowledged,
    missed_reads,
    without_gossip,
)
from dscourse.show import spacetime

__all__ = ["LINES", "NAMES", "judge"]

LINES = 3_000_000
_FAULTS = fault_plans.TOUCHES
NAMES = fault_plans.names(_FAULTS)


def judge(plan: Any) -> Wrong | None:
    entries = listed(plan)
    plan = plan if entries is None else entries
    wrong = fault_plans.check(plan, _FAULTS, ("c1", "c2", *NODES), "[At(60, Crash('n1'))]", most=4)
    if wrong is not None:
        return wrong
    world = cart_world(plan, until_ms=900)
    ends = [op.returned_ms or op.invoked_ms for op in world.history]
    picture = spacetime(without_gossip(world.trace), end_ms=max(ends, default=360) + 30)
    if not is_acknowledged(world):
        message = "The write is not acknowledged: a read need not see it."
        return refused(message, plan, world, picture)
    if not missed_reads(world):
        return refused("No read that is answered misses the write.", plan, world, picture)
    return None
