"""Judge of 01.5: a fault plan under which a client that retries is charged twice."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.plan_effects import refused
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.experiments.partial_failure import charged, retried_payment
from dscourse.node import Reply
from dscourse.show import spacetime
from dscourse.sim import At, Constant, SetClock, Uniform, World

__all__ = ["NAMES", "judge"]

_FAULTS = (*fault_plans.EVERY_FAULT, SetClock)
_EXAMPLE = '[At(5, Crash("bank"))]'
_MOST = 4

NAMES = fault_plans.names(_FAULTS) | by_name(Constant, Uniform)


def judge(plan: Any) -> Wrong | None:
    entries = listed(plan)
    if entries is None:
        return Wrong(f"`plan` must be a list of At(ms, fault), as in {_EXAMPLE}.")
    wrong = fault_plans.check(entries, _FAULTS, ["ann", "bank"], _EXAMPLE, _MOST)
    return wrong or _charged_twice(entries)


def _charged_twice(plan: list[At]) -> Wrong | None:
    world = retried_payment(plan)
    lost = _lost_answer(world)
    if lost:
        must = "Here every answer that the bank sends must reach ann, however late."
        return Wrong(f"{lost}. {must}", spacetime(world.trace))
    times = charged(world)
    if times >= 2:
        return None
    how = {0: "never charged", 1: "charged once"}[times]
    return refused(f"The bank {how}; {_ended(world)}.", plan, world, spacetime(world.trace))


def _ended(world: World) -> str:
    """Return the number of requests and the outcome of the payment, in words."""
    attempts = len(world.trace.of("ann").kinds("send"))
    asked = {0: "did not ask", 1: "asked once", 2: "asked twice"}.get(
        attempts, f"asked {attempts} times"
    )
    status = world.history[0].status if len(world.history) else "not begun"
    ended = "has not ended" if status == "pending" else f"ended as {status}"
    return f"ann {asked}, and the payment {'never began' if status == 'not begun' else ended}"


def _lost_answer(world: World) -> str:
    """Return in words that an answer never reached the client, by whatever fault; an empty text if all did."""
    answers = [event for event in world.trace if isinstance(event.what, Reply)]
    arrived = {event.id for event in answers if event.kind == "deliver"}
    missing = {event.id: "held back for ever" for event in answers if event.kind == "send"}
    missing |= {
        event.id: "lost: the chapter has shown that way"
        for event in answers
        if event.kind == "drop"
    }
    how = [way for number, way in missing.items() if number not in arrived]
    return f"An answer of the bank is {how[0]}" if how else ""
