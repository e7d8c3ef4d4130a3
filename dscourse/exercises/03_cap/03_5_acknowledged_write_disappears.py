"""Judge of 03.5: a fault plan under which the any-node store loses a write."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.plan_effects import acts_after, refused
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.cap import any_node_world
from dscourse.protocols.any_node_store import contents, overruled_writes
from dscourse.show import spacetime
from dscourse.sim import At, World

__all__ = ["NAMES", "judge"]

NAMES = fault_plans.names(fault_plans.EVERY_FAULT)

_NODES = ("n1", "n2", "n3")
_WORKS_MS = 150  # any_node_world recovers everything then


def judge(plan: Any) -> Wrong | None:
    entries = listed(plan)
    example = "[At(5, Cut('n1', 'n3'))]"
    wrong = fault_plans.check(
        plan if entries is None else entries,
        fault_plans.EVERY_FAULT,
        ("c1", "c3", *_NODES),
        example,
        4,
    )
    if wrong is not None:
        return wrong
    plan = entries or []
    world = any_node_world(plan)
    return acts_after(_WORKS_MS, plan, world) or _judge_run(plan, world)


def _judge_run(plan: list[At], world: World) -> Wrong | None:
    """Judge the end of a run: an acknowledged write is gone, and all replicas agree."""
    replicas = contents(world.nodes)
    final = replicas["n1"]
    if any(values != final for values in replicas.values()):
        ends = ", ".join(
            f"{name} has {values.get('x', 'nothing')}" for name, values in replicas.items()
        )
        why = "The replicas do not agree in the end, so the write may yet be found at one of them"
        return refused(f"{why}: {ends}.", plan, world, spacetime(world.trace, end_ms=200))
    if overruled_writes(world.history, final):
        return None
    why = "no acknowledged write is gone that began after the one that stayed had ended."
    if not world.history.by_process("c3").ok:
        why = "but the write of 9 was not acknowledged: nobody was told that it is stored."
    ends = f"In the end x is {final.get('x', 'nothing')}: {why}"
    return refused(ends, plan, world, spacetime(world.trace, end_ms=200))
