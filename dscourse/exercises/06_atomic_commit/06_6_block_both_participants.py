"""Judge of 06.6: a fault plan under which both participants are blocked."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.plan_effects import refused
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.atomic_commit import fates, lasted_ms, locks
from dscourse.experiments.one_transfer import BLOCKED_MS, one_transfer
from dscourse.show import spacetime
from dscourse.sim import At, Crash, CrashDuring, Pause, World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 1_000_000
_FAULTS = fault_plans.TOUCHES
NAMES = fault_plans.names(_FAULTS)

_BOTH = ("p1", "p2")


def judge(plan: Any) -> Wrong | None:
    plan = listed(plan) or plan
    wrong = fault_plans.check(plan, _FAULTS, ("u", "c", *_BOTH), "[sim.At(20, sim.Crash('c'))]")
    if wrong is not None:
        return wrong
    stops = [one.fault for one in plan if isinstance(one.fault, Crash | CrashDuring | Pause)]
    if any(fault.node in _BOTH for fault in stops):
        return Wrong("p1 and p2 must stay up: they shall wait although they both work.")
    return _judge_blocking(plan, one_transfer(plan))


def _judge_blocking(plan: list[At], world: World) -> Wrong | None:
    spells = sorted(locks(world), key=lambda spell: spell.node)
    picture = spacetime(world.trace, spells=fates(world), timers=False)
    waiting = [spell.node for spell in spells if spell.end is None]
    if waiting:
        message = f"{waiting[0]} still waits at 500 ms. Let it hear of an outcome in time."
        return refused(message, plan, world, picture)
    if not spells and not world.trace.of("c").kinds("send"):
        return refused("c never asks for a vote, so no participant waits.", plan, world, picture)
    locked_ms = {spell.node: lasted_ms(spell, world.now_ms) for spell in spells}
    for name in _BOTH:
        if name not in locked_ms:
            message = f"{name} has not voted yes, so it need not wait."
            return refused(message, plan, world, picture)
        if locked_ms[name] < BLOCKED_MS:
            message = f"{name} holds its key for {locked_ms[name]:g} ms only."
            return refused(message, plan, world, picture)
    return None
