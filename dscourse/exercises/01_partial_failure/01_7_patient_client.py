"""Judge of 01.7: a client that retries until it has an answer."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.payments import NAMES, charged_wrongly, hunt, paying_world
from dscourse.exercises.tasks import Wrong
from dscourse.protocols.payments import IdempotentAccount
from dscourse.sim import World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 3_000_000


def judge(client: Any) -> Wrong | None:
    def complain(world: World) -> str | None:
        late = [op for op in world.history if op.status != "ok"]
        if late and late[0].status == "pending":
            return f"Operation {late[0].id} is still under way, long after everything worked again."
        if late:
            return f"Operation {late[0].id} ended as {late[0].status}: the client gave it up."
        if len(world.history) < 5:
            return f"Only {len(world.history)} of 5 operations began."
        return charged_wrongly(world)

    return hunt(
        lambda plan: paying_world(IdempotentAccount("bank"), client("ann", "bank"), plan), complain
    )
