"""Judge of 06.6: a fault plan under which both participants are blocked."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.atomic_commit import fates, lasted_ms, locks
from dscourse.experiments.one_transfer import BLOCKED_MS, one_transfer
from dscourse.show import spacetime
from dscourse.sim import World

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
    if any(getattr(one.fault, "node", "") in _BOTH for one in plan):
        return Wrong("p1 and p2 must stay up: they shall wait although they both work.")
    return _judge_blocking(one_transfer(plan))


def _judge_blocking(world: World) -> Wrong | None:
    spells = sorted(locks(world), key=lambda spell: spell.node)
    picture = spacetime(world.trace, spells=fates(world), timers=False)
    if any(spell.end is None for spell in spells):
        return Wrong("A participant still waits at 500 ms. Let the coordinator come back.", picture)
    locked_ms = {spell.node: lasted_ms(spell, world.now_ms) for spell in spells}
    for name in _BOTH:
        if name not in locked_ms:
            return Wrong(f"{name} has not voted yes, so it need not wait.", picture)
        if locked_ms[name] < BLOCKED_MS:
            return Wrong(f"{name} holds its key for {locked_ms[name]:g} ms only.", picture)
    return None
