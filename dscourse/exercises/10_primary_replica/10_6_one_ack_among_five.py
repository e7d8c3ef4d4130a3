"""Judge of 10.6: a fault plan under which one ack among five is not enough."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.one_ack import (
    HEALED_MS,
    NODES,
    last_primary,
    lost_in_the_end,
    one_ack_world,
)

__all__ = ["LINES", "NAMES", "judge"]

LINES = 500_000
_FAULTS = fault_plans.TOUCHES
NAMES = fault_plans.names(_FAULTS)


def judge(plan: Any) -> Wrong | None:
    plan = listed(plan) or plan
    wrong = fault_plans.check(
        plan, _FAULTS, ("c", *NODES), "[sim.At(300, sim.Crash('n2'))]", most=3
    )
    if wrong is not None:
        return wrong
    late = [one for one in plan if one.ms >= HEALED_MS]
    if late:
        return Wrong(
            f"{late[0]!r} comes too late: from {HEALED_MS:g} ms on everything works again."
        )
    world = one_ack_world(plan, until_ms=HEALED_MS + 600)
    led = last_primary(world)
    if led is None:
        return Wrong("No node leads in the end: there is no log to compare with.")
    if lost_in_the_end(world):
        return None
    done = sum(op.status == "ok" for op in world.history)
    if led.epoch == 1:
        return Wrong(
            f"{done} writes are acknowledged and none is lost: the first primary leads to the end. "
            "Another node must take over."
        )
    return Wrong(
        f"{done} writes are acknowledged and none is lost, although {led.id} leads a later epoch in the end: each "
        "acknowledged write was at a node that the new primary needed for its votes."
    )
