"""Judge of 15.4: a fault plan under which overlapping quorums miss a write."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.scores import stale_reads
from dscourse.experiments.whole_system import anomalies, conversation, two_clients
from dscourse.show import spacetime

__all__ = ["LINES", "NAMES", "judge"]

LINES = 3_000_000
_FAULTS = fault_plans.CUTS_CRASHES_AND_PAUSES
NAMES = fault_plans.names(_FAULTS)


def judge(plan: Any) -> Wrong | None:
    names = ("n1", "n2", "n3", "n4")
    wrong = fault_plans.check(plan, _FAULTS, names, "[At(300, Crash('n1'))]", most=4)
    if wrong is not None:
        return wrong
    world = two_clients(plan)
    picture = spacetime(
        conversation(world), timers=False, start_ms=490, end_ms=800, highlight=anomalies(world)
    )
    write, *_ = world.history
    if write.status != "ok":
        return Wrong("The write is not acknowledged: a read need not see it.", picture)
    if not stale_reads(world.history, {name: world.log(name) for name in names}):
        return Wrong("No read that is answered misses the write.", picture)
    return None
