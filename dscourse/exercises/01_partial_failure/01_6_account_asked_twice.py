"""Judge of 01.6: an account that charges once, however often it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.exercises.judges import accounts
from dscourse.exercises.judges.accounts import BANK, Payments, run_bank
from dscourse.exercises.judges.payments import (
    NAMES,
    NumberingClient,
    hunt_in_every_network,
    start_payments,
    try_late_copies,
)
from dscourse.exercises.tasks import Wrong
from dscourse.protocols.textbook.payments import Paid
from dscourse.show import spacetime
from dscourse.sim import At, Crash, Restart, World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 6_000_000
_CLIENTS = ("ann", "bob")
_FEW: dict[str, Payments] = {"ann": ((1, 10), (2, 7), (3, 10)), "bob": ((4, 5), (5, 10))}
_ONE_BY_ONE: dict[str, Payments] = {name: [(n, 10 + n) for n in range(8)] for name in _CLIENTS}
_ANY_ORDER: dict[str, Payments] = {"ann": ((7, 10), (3, 4), (5, 6), (7, 10), (3, 4))}
_RESTART = [At(130, Crash(BANK)), At(140, Restart(BANK))]


def judge(account: Any) -> Wrong | None:
    def make() -> Any:
        return account(BANK)

    return (
        _judge_run(run_bank(make(), _FEW, []), "It needs no fault to show it.")
        or _judge_run(
            run_bank(make(), _FEW, []),
            "A new account with an empty log took payments for ones that it had executed: what a class or "
            "a global variable keeps is not lost in a crash here, but it is in a real one.",
        )
        or _judge_every_moment(make())
        or accounts.numbering_mistake(make, _complain)
        or try_late_copies(
            lambda link, seed: run_bank(make(), _ONE_BY_ONE, [], link, think_ms=0, seed=seed),
            _complain,
        )
        or hunt_in_every_network(
            lambda plan, link: run_bank(make(), _FEW, plan, link),
            _complain,
            [*_CLIENTS, BANK],
            _CLIENTS,
        )
        or _judge_run(run_bank(make(), _ANY_ORDER, _RESTART), "The bank restarted in between.")
        or accounts.memory_mistake(make, _complain)
    )


def _judge_run(world: World, why: str) -> Wrong | None:
    complaint = _complain(world)
    if complaint is None:
        return None
    return Wrong(f"{complaint} {why}", spacetime(world.trace, end_ms=400))


def _judge_every_moment(bank: Any) -> Wrong | None:
    """Judge the account's total after each event of a run in which the bank restarts."""
    clients = [NumberingClient(name, BANK) for name in _CLIENTS]
    world = start_payments(bank, clients, _FEW, _RESTART)
    for _ in range(300):
        wrong = _wrong_total(world) if world.alive(BANK) else None
        if wrong is not None:
            return Wrong(
                f"At {world.now_ms:.0f} ms: {wrong} It must be so at every moment.",
                spacetime(world.trace, end_ms=world.now_ms + 1),
            )
        if not world.step():
            break
    return None


def _complain(world: World, before: Sequence[Paid] = ()) -> str | None:
    return accounts.complain(world, before) or _wrong_total(world, before)


def _wrong_total(world: World, before: Sequence[Paid] = ()) -> str | None:
    records = (*before, *world.log(BANK))
    total = sum(record.amount for record in records if isinstance(record, Paid))
    paid = getattr(world.nodes[BANK], "paid", None)
    return None if paid == total else f"The account says {paid!r}, but its log adds up to {total}."
