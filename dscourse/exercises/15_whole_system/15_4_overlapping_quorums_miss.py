"""Judge of 15.4: a fault plan under which overlapping quorums miss a write."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.scores import stale_reads
from dscourse.experiments.whole_system import anomalies, conversation, two_clients
from dscourse.show import spacetime

__all__ = ["LINES", "NAMES", "judge"]

LINES = 3_000_000
_FAULTS = fault_plans.CUTS_CRASHES_AND_PAUSES
NAMES = fault_plans.names(_FAULTS)


def judge(plan: Any) -> Wrong | None:
    names, clients = ("n1", "n2", "n3", "n4"), ("c1", "c2")
    entries = listed(plan)
    plan = plan if entries is None else entries
    wrong = fault_plans.check(plan, _FAULTS, (*clients, *names), "[At(300, Crash('n1'))]", most=4)
    if wrong is not None:
        return wrong
    world = two_clients(plan)
    ends = [op.returned_ms or op.invoked_ms for op in world.history]
    picture = spacetime(
        conversation(world),
        timers=False,
        start_ms=490,
        end_ms=max(ends) + 30,
        highlight=anomalies(world),
    )
    write, *_ = world.history
    if write.status != "ok":
        return Wrong("The write is not acknowledged: a read need not see it.", picture)
    if not stale_reads(world.history, {name: world.log(name) for name in names}):
        return Wrong("No read that is answered misses the write.", picture)
    return None
