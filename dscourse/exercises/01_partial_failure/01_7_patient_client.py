"""Judge of 01.7: a client that retries until it has an answer, and no longer, at a bounded rate."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.judges.patience import outage_mistake
from dscourse.exercises.judges.payments import (
    CALM,
    FAULTS_END_MS,
    NAMES,
    charged_wrongly,
    hunt_in_every_network,
    run_briefly,
    try_late_copies,
)
from dscourse.exercises.judges.requests import (
    asked_too_often,
    asked_wrongly,
    not_answered,
    wrong_result,
)
from dscourse.exercises.tasks import Wrong
from dscourse.protocols.payments import IdempotentAccount
from dscourse.show import spacetime
from dscourse.sim import At, Link, World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 6_000_000
_CLIENTS = ("ann", "bob")
_WORK = {"ann": (0, 7, 3_000_000), "bob": (0, 10)}
_ONE_BY_ONE = {name: range(1, 9) for name in _CLIENTS}
_BOUND_MS = 2_000.0
_PAUSE_MS = 20.0


def judge(client: Any) -> Wrong | None:
    def run(
        plan: list[At], link: Link = CALM, bank: str = "bank", work: Any = _WORK, **options: Any
    ) -> World:
        clients = [client(name, bank) for name in _CLIENTS]
        return run_briefly(IdempotentAccount(bank), clients, work, plan, link, **options)

    def complain(world: World, bank: str = "bank", works_ms: float = FAULTS_END_MS) -> str | None:
        asked: dict[tuple[str, int], Any] = {(op.process, op.id): op.value for op in world.history}
        return (
            asked_wrongly(world)
            or asked_too_often(world, _PAUSE_MS)
            or charged_wrongly(world, bank, asked, ((op.process, op.id) for op in world.history.ok))
            or wrong_result(world, bank)
            or not_answered(world, works_ms, _BOUND_MS)
        )

    for first in (0, 10**9):
        world = run([], first=first)
        calm = complain(world)
        if calm is not None:
            why = "It needs no fault to show it."
            return Wrong(f"{calm} {why}", spacetime(world.trace, end_ms=300))
    return (
        try_late_copies(
            lambda link, seed: run([], link, work=_ONE_BY_ONE, think_ms=0, seed=seed), complain
        )
        or hunt_in_every_network(run, complain, [*_CLIENTS, "bank"], _CLIENTS)
        or outage_mistake(client, complain, _BOUND_MS)
    )
