"""Judge of 06.6: a fault plan under which both participants are blocked."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.atomic_commit import fates, locks
from dscourse.protocols.transaction_client import TransactionClient
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.show import spacetime
from dscourse.sim import At, Constant, Link, Network, World

__all__ = ["LINES", "NAMES", "judge", "transfer_world"]

LINES = 1_000_000
_FAULTS = fault_plans.CUTS_AND_CRASHES
NAMES = fault_plans.names(_FAULTS)

_BOTH = ("p1", "p2")
_NETWORK = Network(Constant(10), client=Link(Constant(10)))


def transfer_world(plan: list[At]) -> World:
    """Run one transfer between p1 and p2 by two-phase commit, under the plan. u begins at 0 ms; messages take 10 ms.

    >>> transfer_world([]).history[0].result
    'committed'
    """
    nodes = [TransactionClient("u", "c"), Coordinator("c", _BOTH)]
    nodes += [Participant(name, ["c", *(n for n in _BOTH if n != name)]) for name in _BOTH]
    world = World(nodes, network=_NETWORK, plan=plan)
    work = [("transfer", None, {"p1": {"x": 1}, "p2": {"x": 2}})]
    return world.submit("u", work).run(until_ms=2_000)


_BLOCKED_MS = 500.0


def judge(plan: Any) -> Wrong | None:
    plan = listed(plan) or plan
    wrong = fault_plans.check(plan, _FAULTS, ("u", "c", *_BOTH), "[sim.At(20, sim.Crash('c'))]")
    if wrong is not None:
        return wrong
    if any(getattr(one.fault, "node", "") in _BOTH for one in plan):
        return Wrong("p1 and p2 must stay up: they shall wait although they both work.")
    return _judge_blocking(transfer_world(plan))


def _judge_blocking(world: World) -> Wrong | None:
    spells = sorted(locks(world), key=lambda spell: spell.node)
    picture = spacetime(world.trace, spells=fates(world), timers=False, end_ms=700)
    locked_ms = {
        spell.node: (spell.end.time_ms if spell.end else world.now_ms) - spell.start.time_ms
        for spell in spells
    }
    if any(spell.end is None for spell in spells):
        return Wrong(
            "A participant still waits at 2,000 ms. Let the coordinator come back.", picture
        )
    for name in _BOTH:
        if name not in locked_ms:
            return Wrong(f"{name} has not voted yes, so it need not wait.", picture)
        if locked_ms[name] < _BLOCKED_MS:
            return Wrong(f"{name} holds its key for {locked_ms[name]:g} ms only.", picture)
    return None
