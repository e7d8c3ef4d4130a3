"""Judge of 17.6: a plan of kills and stops under which an acknowledged write is not read."""

from __future__ import annotations

from typing import Any

from dscourse.checkers import linearizable
from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.real_processes import SERVERS, two_writes_and_a_read
from dscourse.sim import Crash, CrashDuring, Pause, Recover, Restart, Resume

__all__ = ["NAMES", "judge"]

_FAULTS = (Crash, CrashDuring, Restart, Pause, Resume, Recover)
_READ_MS = 2_500
NAMES = fault_plans.names(_FAULTS)


def judge(plan: Any) -> Wrong | None:
    plan = listed(plan) or plan
    wrong = fault_plans.check(plan, _FAULTS, SERVERS, "[sim.At(500, sim.Pause('n3'))]")
    if wrong is not None:
        return wrong
    history = two_writes_and_a_read(plan)
    if linearizable(history).ok is False:
        return None
    by_client = {op.process: op for op in history}
    write, read = (by_client.get(name) for name in ("c1", "c3"))
    if (
        write is None
        or (write.value, write.status) != (2, "ok")
        or (write.returned_ms or 0) > _READ_MS
    ):
        return Wrong("c1's second write is not acknowledged before the read, which may miss it.")
    if read is None or read.status != "ok":
        return Wrong("c3 gets no answer: n3 must be there from 2,500 ms on.")
    if any(entry.fault == Pause("n3") for entry in plan):
        late = "the write waited while n3 was stopped, and came before the read"
        return Wrong(f"c3 reads {read.result}: {late}.")
    return Wrong(f"c3 reads {read.result}: n3 has had the second write.")
