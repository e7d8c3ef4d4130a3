"""An account or a client as an answer: payments under hundreds of random fault plans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dscourse import sweep
from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.node import Client, Message, Node, Timer
from dscourse.protocols.payments import charges
from dscourse.protocols.textbook.payments import Paid, Pay, RetryDue
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Budget,
    Crash,
    CrashDuring,
    Link,
    Network,
    Pause,
    Recover,
    Restart,
    Resume,
    Uniform,
    World,
    random_plan,
)

__all__ = ["NAMES", "TIMEOUT_MS", "charged_wrongly", "hunt", "paying_world", "plans"]

NAMES = by_name(Client, Message, Node, Paid, Pay, Timer, RetryDue, dataclass)
TIMEOUT_MS = 40
_HORIZON_MS = 200
_MENU = ("loss", "duplicate", "cut", "hold", "pause", "crash", "crash_during")


def paying_world(server: Node, client: Node, plan: list[At]) -> World:
    link = Link(Uniform(2, 12))
    plan = [*plan, At(_HORIZON_MS, Recover())]
    world = World([client, server], seed=2, network=Network(client=link), plan=plan)
    world.submit("ann", [("pay", None, 10)] * 5, start_ms=10, think_ms=60)
    return world.run(until_ms=20_000, max_events=50_000)


def _without_client_faults(plan: list[At]) -> list[At]:
    """Return the plan without faults of the client's node: the exercise is about the network and the bank."""
    of_a_node = (Crash, CrashDuring, Restart, Pause, Resume)
    return [
        entry
        for entry in plan
        if not (isinstance(entry.fault, of_a_node) and entry.fault.node == "ann")
    ]


def hunt(run: Callable[[list[At]], World], complain: Callable[[World], str | None]) -> Wrong | None:
    """Return None if ``complain`` is silent under 300 fault plans; else a small plan, its complaint and diagram.

    The plans are seeded, so the same answer always gets the same verdict.
    """

    def nobody_complains(plan: list[At]) -> Verdict:
        return unless("nobody complains", complain(run(plan)))

    failing = [plan for plan in plans() if not nobody_complains(plan)]
    if not failing:
        return None
    plan, verdict = sweep.shrink(min(failing, key=len), nobody_complains)
    world = run(plan)
    last = max((op.returned_ms or op.invoked_ms for op in world.history), default=1.0)
    picture = spacetime(world.trace, end_ms=min(last + 30, 600))
    return Wrong(f"{verdict.reason} {_in_words(plan)}", picture)


def plans() -> list[list[At]]:
    """Return 300 fault plans, always the same; the first is empty."""
    budget = Budget(_HORIZON_MS, timeout_ms=TIMEOUT_MS, menu=_MENU, recover=False)
    sampled = (random_plan(seed, ["ann", "bank"], budget) for seed in range(299))
    return [[], *(_without_client_faults(plan) for plan in sampled)]


def _in_words(plan: list[At]) -> str:
    if not plan:
        return "It needs no fault to show it."
    return f"The smallest plan found: {plan}; everything works again from {_HORIZON_MS} ms on."


def charged_wrongly(world: World) -> str | None:
    charged = charges(world.log("bank"))
    strange = sorted(set(charged) - {op.id for op in world.history}, key=repr)
    if strange:
        return (
            f"The bank was asked to pay under the number {strange[0]!r}, which is not an operation of the user's: "
            "it cannot know a repetition."
        )
    for op in world.history:
        if charged[op.id] > 1:
            return f"Operation {op.id} was charged {charged[op.id]} times."
        if op.status == "ok" and not charged[op.id]:
            return f"Operation {op.id} ended as ok, but the bank's log holds no charge for it."
    return None
