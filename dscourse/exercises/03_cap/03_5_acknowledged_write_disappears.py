"""Judge of 03.5: a fault plan under which the any-node store loses a write."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.cap import any_node_world
from dscourse.protocols.any_node_store import contents, overruled_writes
from dscourse.show import spacetime
from dscourse.sim import (
    At,
)
from dscourse.sim.faults import check_plan

__all__ = ["NAMES", "judge"]

NAMES = fault_plans.names(fault_plans.EVERY_FAULT)

_NODES = ("n1", "n2", "n3")


def judge(plan: Any) -> Wrong | None:
    if not isinstance(plan, list) or not all(isinstance(entry, At) for entry in plan):
        return Wrong("`plan` must be a list of At(ms, fault).")
    try:
        check_plan(plan, ["c1", "c3", *_NODES])
    except LookupError as error:
        return Wrong(f"{error}.")
    if len(plan) > 4:
        return Wrong(f"Your plan has {len(plan)} entries; it can be done with 4 or fewer.")
    world = any_node_world(plan)
    final = contents(world.nodes)["n1"]
    if overruled_writes(world.history, final):
        return None
    (last,) = world.history.by_process("c3")
    why = "no acknowledged write is gone that began after the one that stayed had ended."
    if last.status != "ok":
        why = "but the write of 9 was not acknowledged: nobody was told that it is stored."
    return Wrong(f"In the end x is {final.get('x')}: {why}", spacetime(world.trace, end_ms=200))
