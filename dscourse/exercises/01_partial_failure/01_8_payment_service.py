"""Judge of 01.8: a client and a bank that together charge every payment once, soon, and with few messages.

Each side is judged with the course's other side first, and then both together.
"""

from __future__ import annotations

import math
from typing import Any

from dscourse.exercises.judges import accounts
from dscourse.exercises.judges.outside import Outside
from dscourse.exercises.judges.patience import outage_mistake
from dscourse.exercises.judges.payments import (
    CALM,
    FAULTS_END_MS,
    NAMES,
    charged_wrongly,
    hunt_in_every_network,
    run_briefly,
    try_late_copies,
    wrong_answer,
)
from dscourse.exercises.judges.requests import (
    asked_otherwise,
    asked_too_often,
    not_answered,
    requests_of,
    wrong_result,
)
from dscourse.exercises.judges.values import listed
from dscourse.exercises.judges.wire import over_a_wire
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.statistics import percentile
from dscourse.node import Client, Node
from dscourse.show import spacetime
from dscourse.sim import At, Constant, Crash, Link, Restart, Uniform, World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 6_000_000
_BANK, _CLIENTS = "bank", ("ann", "bob")
_WORK = {"ann": (10, 7, 3), "bob": (5, 10)}
_CALM_WORK = {"ann": (0, 7, *range(58)), "bob": (0, *range(39))}
_PAYMENTS = sum(map(len, _CALM_WORK.values()))
_STEADY = Link(Constant(12))
_BOUND_MS, _P90_MS, _MOST_REQUESTS = 3_000.0, 300.0, 150
_OUTAGE_END_MS = 60_000.0
_LOSSY = Link(Uniform(2, 12), loss=0.2)
_ONE_BY_ONE = {name: range(1, 9) for name in _CLIENTS}
_MANY = {"ann": (1,) * 100}


def judge(service: Any) -> Wrong | None:
    answer = service()
    classes = listed(answer)
    if classes is None or len(classes) != 2 or not all(map(callable, classes)):
        return Wrong(
            f"payment_service() must return two classes, the client's and the bank's, not {answer!r:.80}."
        )
    if not isinstance(classes[0], type) or not issubclass(classes[0], Client):
        return Wrong("The first of the two must be the client's class, derived from Client.")
    outside = Outside(*classes)
    with over_a_wire(*classes):
        wrong, shared = _judge_classes(*classes), outside.mistake()
    return wrong if wrong or not shared else Wrong(shared)


def _judge_classes(client: Any, bank: Any) -> Wrong | None:
    if not isinstance(bank(_BANK), Node):
        return Wrong("The second of the two must be the bank's class, derived from Node.")

    def run(
        plan: list[At],
        link: Link = CALM,
        work: Any = _WORK,
        until_ms: float = 5_000,
        **options: Any,
    ) -> World:
        clients = [client(name, _BANK) for name in work]
        return run_briefly(bank(_BANK), clients, work, plan, link, until_ms, **options)

    return (
        _judge_calm(run([], _STEADY, _CALM_WORK), "It needs no fault to show it.")
        or _judge_calm(
            run([], CALM, _CALM_WORK),
            "A new bank with an empty log took payments for ones that it had executed: "
            "memory in a class or a global variable outlives a crash here, but not in a real bank.",
        )
        or try_late_copies(
            lambda link, seed: run([], link, _ONE_BY_ONE, think_ms=0, seed=seed), _complain
        )
        or hunt_in_every_network(run, _complain, [*_CLIENTS, _BANK])
        or accounts.numbering_mistake(lambda: bank(_BANK))
        or accounts.memory_mistake(lambda: bank(_BANK))
        or outage_mistake(client, _complain_of_client, _BOUND_MS)
        or _judge_outage(run)
        or _judge_speed(run([], _LOSSY, _MANY, until_ms=400_000))
    )


def _complain_of_client(
    world: World, bank: str = _BANK, works_ms: float = FAULTS_END_MS
) -> str | None:
    asked: dict[tuple[str, int], Any] = {(op.process, op.id): op.value for op in world.history}
    clients = [name for name in world.nodes if name != bank]
    return (
        asked_otherwise(world, clients)
        or asked_too_often(world, 1)
        or charged_wrongly(world, bank, asked, ((op.process, op.id) for op in world.history.ok))
        or wrong_result(world, bank)
        or not_answered(world, works_ms, _BOUND_MS)
    )


def _complain(world: World, works_ms: float = FAULTS_END_MS) -> str | None:
    clients = [name for name in world.nodes if name != _BANK]
    return (
        asked_otherwise(world, clients)
        or wrong_answer(world, _BANK)
        or _complain_of_client(world, works_ms=works_ms)
    )


def _judge_calm(world: World, why: str) -> Wrong | None:
    complaint = _complain(world)
    messages = len(world.trace.kinds("send"))
    if complaint is None and messages > 2 * _PAYMENTS:
        complaint = (
            f"{messages} messages for {_PAYMENTS} payments, of whatever kind: an answer takes at most 24 ms, and two "
            "messages per payment are enough."
        )
    if complaint is None:
        return None
    return Wrong(f"{complaint} {why}", spacetime(world.trace, end_ms=300))


def _judge_outage(run: Any) -> Wrong | None:
    """Judge a minute in which the bank is down: few requests, and then a prompt answer."""
    plan = [At(20, Crash(_BANK)), At(_OUTAGE_END_MS, Restart(_BANK))]
    world = run(plan, until_ms=3 * _OUTAGE_END_MS)
    complaint = _complain(world, works_ms=_OUTAGE_END_MS)
    most = max(map(len, requests_of(world).values()), default=0)
    if most > _MOST_REQUESTS:
        complaint = f"A client sent {most} requests for one payment: {_MOST_REQUESTS} are allowed."
    if complaint is None:
        return None
    return Wrong(
        f"{complaint} The bank was down from 20 ms to {_OUTAGE_END_MS:g} ms.",
        spacetime(world.trace, end_ms=600),
    )


def _judge_speed(world: World) -> Wrong | None:
    complaint = _complain(world, works_ms=math.inf)
    waits = world.history.latencies_ms()
    if complaint is None and percentile(waits, 0.9) > _P90_MS:
        complaint = (
            f"Nine payments in ten were answered within {percentile(waits, 0.9):.0f} ms: at most {_P90_MS:g} ms "
            "are allowed."
        )
    if complaint is None:
        return None
    return Wrong(
        f"{complaint} Each message was lost with a probability of 0.2.",
        spacetime(world.trace, end_ms=600),
    )
