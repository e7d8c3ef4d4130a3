"""Judge of 01.6: an account that charges once, however often it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.exercises.judges.payments import (
    CALM,
    NAMES,
    NumberingClient,
    charged_wrongly,
    hunt_in_every_network,
    run_briefly,
    try_late_copies,
    wrong_answer,
)
from dscourse.exercises.tasks import Wrong
from dscourse.protocols.textbook.payments import Paid
from dscourse.show import spacetime
from dscourse.sim import At, Crash, Link, Restart, World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 3_000_000
_BANK, _CLIENTS = "bank", ("ann", "bob")
_HOUR_MS = 3_600_000

Payments = Sequence[tuple[int, int]]  # (number, amount)

_FEW: dict[str, Payments] = {"ann": ((1, 10), (2, 7), (3, 10)), "bob": ((4, 5), (5, 10))}
_ONE_BY_ONE: dict[str, Payments] = {name: [(n, 10 + n) for n in range(8)] for name in _CLIENTS}
_SAME_NUMBERS: dict[str, Payments] = {"ann": ((1, 10), (2, 7)), "bob": ((1, 10), (2, 4))}
_ANY_ORDER: dict[str, Payments] = {"ann": ((7, 10), (3, 4), (5, 6), (7, 10), (3, 4))}
_MANY: Payments = (*((number, 5) for number in range(150)), (0, 5), (75, 5))
_RESTART = [At(130, Crash(_BANK)), At(140, Restart(_BANK))]


def judge(account: Any) -> Wrong | None:
    def run(
        payments: dict[str, Payments], plan: list[At], link: Link = CALM, **options: Any
    ) -> World:
        clients = [NumberingClient(name, _BANK) for name in _CLIENTS]
        return run_briefly(account(_BANK), clients, payments, plan, link, **options)

    return (
        _judge_run(run(_FEW, []))
        or _judge_memory(run)
        or try_late_copies(
            lambda link, seed: run(_ONE_BY_ONE, [], link, think_ms=0, seed=seed), _complain
        )
        or hunt_in_every_network(
            lambda plan, link: run(_FEW, plan, link), _complain, [*_CLIENTS, _BANK], _CLIENTS
        )
        or _judge_run(run(_ANY_ORDER, _RESTART), "The bank restarted in between.")
        or _judge_after_long(account)
    )


def _judge_memory(run: Any) -> Wrong | None:
    """Judge what the account remembers: of whom, in which order, and where."""
    cases = (
        (_FEW, "A new account with an empty log took payments for ones that it had executed: what a class or "
         "a global variable keeps is not lost in a crash here, but it is in a real one."),
        (_SAME_NUMBERS, "A number is a client's own: ann and bob may use the same."),
        (_ANY_ORDER, "Numbers may arrive in any order, and a late repetition after many others."),
    )  # fmt: skip
    for payments, why in cases:
        wrong = _judge_run(run(payments, []), why)
        if wrong is not None:
            return wrong
    return None


def _judge_after_long(account: Any) -> Wrong | None:
    """Judge repetitions after many payments and after an hour."""
    cases: tuple[tuple[Payments, float, str], ...] = (
        (_MANY, 0, "The number was repeated after many others: none may be forgotten."),
        (((1, 10), (1, 10)), _HOUR_MS, "The request was repeated an hour later."),
    )
    for payments, think_ms, why in cases:
        client = NumberingClient("ann", _BANK)
        until_ms = 10_000 + think_ms
        world = run_briefly(
            account(_BANK), [client], {"ann": payments}, [], until_ms=until_ms, think_ms=think_ms
        )
        wrong = _judge_run(world, why)
        if wrong is not None:
            return wrong
    return None


def _judge_run(world: World, why: str = "") -> Wrong | None:
    complaint = _complain(world)
    if complaint is None:
        return None
    return Wrong(
        f"{complaint} {why or 'It needs no fault to show it.'}",
        spacetime(world.trace, end_ms=400),
    )


def _complain(world: World) -> str | None:
    ops: list[Any] = list(world.history)
    asked = {(op.process, op.value[0]): op.value[1] for op in ops}
    ended_ok = [(op.process, op.value[0]) for op in ops if op.status == "ok"]
    wrong = charged_wrongly(world, _BANK, asked, ended_ok)
    stuck = [f"{op.process}'s payment {op.value[0]}" for op in ops if op.status != "ok"]
    if wrong is None and stuck:
        wrong = f"{stuck[0]} never got an answer, long after everything worked again."
    return wrong or _wrong_total(world) or wrong_answer(world, _BANK)


def _wrong_total(world: World) -> str | None:
    total = sum(record.amount for record in world.log(_BANK) if isinstance(record, Paid))
    paid = getattr(world.nodes[_BANK], "paid", None)
    return None if paid == total else f"The account says {paid!r}, but its log adds up to {total}."
