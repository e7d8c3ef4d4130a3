"""Judge of 16.6: a fault plan that leads to write skew under snapshot isolation."""

from __future__ import annotations

from typing import Any

from dscourse.checkers.transactions import anomalies
from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.plan_effects import refused
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.two_withdrawals import both_withdrew, two_withdrawals
from dscourse.history import Op
from dscourse.show import spacetime
from dscourse.sim import World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 1_000_000
_FAULTS = fault_plans.TOUCHES
NAMES = fault_plans.names(_FAULTS)

_EXAMPLE = '[sim.At(0, sim.Lose("c1", "n1", "Commit", 1))]'


def judge(plan: Any) -> Wrong | None:
    plan = listed(plan) or plan
    wrong = fault_plans.check(plan, _FAULTS, ("c0", "c1", "c2", "n1"), _EXAMPLE)
    if wrong is not None:
        return wrong
    world = two_withdrawals(plan)
    complaint = _complaint(world)
    if complaint is None:
        return None
    return refused(complaint, plan, world, spacetime(world.trace, timers=False, end_ms=260))


def _complaint(world: World) -> str | None:
    if both_withdrew(world):
        found = [anomaly.also for anomaly in anomalies(world.history)]
        return (
            None if "write skew" in found else "Both withdrew, and the checker finds no write skew."
        )
    ends = {op.process: op for op in world.history}
    for name in ("c0", "c1", "c2"):
        if name not in ends:
            return f"{name} has not even begun."
        if ends[name].status != "ok":
            return f"{_end(ends[name])} Write skew needs two withdrawals that both commit."
    return None


def _end(op: Op) -> str:
    what = "deposit" if op.process == "c0" else "withdrawal"
    if op.result == "not enough money":
        return f"{op.process}'s withdrawal is given up: it has read what the other one left."
    if op.status == "fail":
        return f"{op.process}'s {what} has failed: {op.result}."
    return f"{op.process} does not learn whether its {what} has committed."
