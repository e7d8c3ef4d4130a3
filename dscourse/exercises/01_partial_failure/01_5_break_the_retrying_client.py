"""Judge of 01.5: a fault plan under which a client that retries is charged twice."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.tasks import Wrong
from dscourse.protocols.payments import charges
from dscourse.protocols.textbook.payments import Account, RetryingClient
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Constant,
    Cut,
    Fault,
    Link,
    Network,
    Partition,
    World,
)
from dscourse.sim.faults import check_plan

__all__ = ["NAMES", "judge", "naive_world"]

NAMES = fault_plans.names(fault_plans.EVERY_FAULT)


def naive_world(plan: list[At]) -> World:
    """Run the retrying client and the bank that executes every request: one payment at 1 ms; messages take 10 ms."""
    nodes = [RetryingClient("ann", "bank", timeout_ms=30, attempts=3), Account("bank")]
    world = World(nodes, network=Network(client=Link(Constant(10.0))), plan=plan)
    return world.submit("ann", [("pay", None, 10)], start_ms=1).run(
        until_ms=10_000, max_events=20_000
    )


def _cuts_answers(fault: Fault) -> bool:
    return isinstance(fault, Partition) or (isinstance(fault, Cut) and fault.source == "bank")


def judge(plan: Any) -> Wrong | None:
    if not isinstance(plan, list) or not all(isinstance(entry, At) for entry in plan):
        return Wrong("`plan` must be a list of At(ms, fault).")
    try:
        check_plan(plan, ["ann", "bank"])
    except LookupError as error:
        return Wrong(f"{error}.")
    if any(_cuts_answers(entry.fault) for entry in plan):
        return Wrong(
            "A cut from the bank to ann is the way that the chapter has shown. Find another."
        )
    if len(plan) > 4:
        return Wrong(f"Your plan has {len(plan)} entries; it can be done with 4 or fewer.")
    world = naive_world(plan)
    times = charges(world.log("bank"))[0]
    if times < 2:
        word = {0: "never charged", 1: "charged once"}[times]
        return Wrong(
            f"The bank {word}; the payment ended as {world.history[0].outcome()}.",
            spacetime(world.trace),
        )
    return None
