"""Judge of 11.4: a plan of clock skews or other faults by which last-writer-wins loses the later write."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.plan_effects import refused
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.page_with_clocks import (
    acknowledged_after_reading,
    keeps_the_draft,
    page_world,
    stamps,
)
from dscourse.protocols.multi_primary import contents
from dscourse.show import spacetime
from dscourse.sim import At, SetClock

__all__ = ["NAMES", "judge"]

_FAULTS = (SetClock, *fault_plans.TOUCHES)
NAMES = fault_plans.names(_FAULTS)
_MOST_MS = 250


def judge(plan: Any) -> Wrong | None:
    plan = [plan] if isinstance(plan, At) else listed(plan) or plan
    nodes = ("n1", "n2", "Ann", "Bob")
    wrong = fault_plans.check(plan, _FAULTS, nodes, '[sim.At(0, sim.SetClock("n1", skew_ms=10))]')
    if wrong is not None:
        return wrong
    for entry in plan:
        clock = entry.fault
        if isinstance(clock, SetClock) and (abs(clock.skew_ms) > _MOST_MS or clock.drift_ppm):
            return Wrong(f"{entry!r}: skews up to {_MOST_MS} ms, and no drift, are allowed.")
    world = page_world(plan)
    if keeps_the_draft(world):
        return None
    picture = spacetime(world.trace, timers=False, end_ms=420)
    if not acknowledged_after_reading(world):
        need = "Bob must read the draft, and his final version must be acknowledged"
        return refused(f"{need}: otherwise nothing is lost.", plan, world, picture)
    pages = {name: data.get("page") for name, data in contents(world.nodes).items()}
    if set(pages.values()) == {"final"} and len(pages) == 2:
        times = stamps(world)
        both = "Both primaries end with 'final', which is what Bob wrote last."
        return refused(f"{both} {times[0].upper()}{times[1:]}.", plan, world, picture)
    ends = ", ".join(f"{name} ends with {page!r}" for name, page in pages.items())
    need = "The draft must be at both primaries"
    return refused(f"{need}: {ends}.", plan, world, picture)
