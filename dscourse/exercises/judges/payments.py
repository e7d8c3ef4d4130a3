"""An account or a client as an answer: payments under hundreds of random fault plans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dscourse.exercises.judges import hunt as hunting
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.node import Client, Message, Node, Timer
from dscourse.protocols.payments import charges
from dscourse.protocols.textbook.payments import Paid, Pay, RetryDue
from dscourse.sim import At, Budget, Link, Network, Uniform, World

__all__ = ["NAMES", "TIMEOUT_MS", "charged_wrongly", "hunt", "paying_world", "plans"]

NAMES = by_name(Client, Message, Node, Paid, Pay, Timer, RetryDue, dataclass)
TIMEOUT_MS = 40
_HORIZON_MS = 200
_MENU = ("loss", "duplicate", "cut", "hold", "pause", "crash", "crash_during")


def paying_world(server: Node, client: Node, plan: list[At]) -> World:
    link = Link(Uniform(2, 12))
    world = World([client, server], seed=2, network=Network(client=link), plan=plan)
    world.submit("ann", [("pay", None, 10)] * 5, start_ms=10, think_ms=60)
    return world.run(until_ms=20_000, max_events=50_000)


def hunt(run: Callable[[list[At]], World], complain: Callable[[World], str | None]) -> Wrong | None:
    """Return None if ``complain`` is silent under 300 fault plans; else a small plan, its complaint and diagram."""
    return hunting.hunt(run, complain, plans(), _HORIZON_MS)


def plans() -> list[list[At]]:
    """Return 300 fault plans, always the same; none has a fault of the client: the exercises are about the rest."""
    budget = Budget(_HORIZON_MS, timeout_ms=TIMEOUT_MS, menu=_MENU)
    return hunting.random_plans(["ann", "bank"], budget, 300, spared=["ann"])


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
