"""Judge of 10.6: a fault plan under which one ack among five is not enough."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.plan_effects import acts_after, refused
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.one_ack import (
    HEALED_MS,
    NODES,
    last_primary,
    lost_in_the_end,
    one_ack_world,
)
from dscourse.protocols.primary_replica import PrimaryReplica

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
    world = one_ack_world(plan, until_ms=HEALED_MS + 600)
    late = acts_after(HEALED_MS, plan, world)
    if late is not None:
        return late
    led = last_primary(world)
    if led is None:
        return Wrong("No node leads in the end: there is no log to compare with.")
    if lost_in_the_end(world):
        return None
    return refused(_kept(len(world.history.ok), led), plan, world)


def _kept(writes: int, led: PrimaryReplica) -> str:
    """Return in words why no acknowledged write is lost."""
    if not writes:
        return "No write is acknowledged, so none can be lost."
    kept = {1: "1 write is acknowledged, and it is not lost"}.get(
        writes, f"{writes} writes are acknowledged and none is lost"
    )
    if led.epoch == 1:
        return f"{kept}: the first primary leads to the end. Another node must take over."
    had = "what was acknowledged before was in its log when it was elected"
    return f"{kept}, although {led.id} leads a later epoch in the end: {had}."
