"""Judge of 01.6: an account that charges once, however often it is asked."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.payments import (
    NAMES,
    TIMEOUT_MS,
    charged_wrongly,
    hunt,
    paying_world,
)
from dscourse.exercises.tasks import Wrong
from dscourse.protocols.payments import charges
from dscourse.protocols.textbook.payments import RetryingClient
from dscourse.sim import World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 3_000_000


def judge(account: Any) -> Wrong | None:
    def complain(world: World) -> str | None:
        wrong = charged_wrongly(world)
        total = 10 * sum(charges(world.log("bank")).values())
        paid = getattr(world.nodes["bank"], "paid", None)
        if wrong is None and paid != total:
            return f"The account says {paid!r}, but its log adds up to {total}."
        stuck = [op.id for op in world.history if op.status != "ok"]
        return wrong or (
            f"Operation {stuck[0]} never got an answer, long after everything worked again."
            if stuck
            else None
        )

    return hunt(lambda plan: paying_world(account("bank"), _Patient("ann", "bank"), plan), complain)


class _Patient(RetryingClient):
    """A client that retries long enough to outlast every fault plan."""

    def __init__(self, id: str, server: str) -> None:
        super().__init__(id, server, timeout_ms=TIMEOUT_MS, attempts=100)
