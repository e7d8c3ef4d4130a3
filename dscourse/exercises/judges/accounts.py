"""A bank as an answer: its memory of numbers, clients and amounts, and the length of that memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.payments import (
    CALM,
    NumberingClient,
    charged_wrongly,
    run_briefly,
    wrong_answer,
)
from dscourse.exercises.tasks import Wrong
from dscourse.node import Node
from dscourse.protocols.textbook.payments import Paid
from dscourse.show import spacetime
from dscourse.sim import At, Crash, Link, Pause, Restart, Resume, World

__all__ = ["BANK", "Payments", "complain", "memory_mistake", "numbering_mistake", "run_bank"]

Payments = Sequence[tuple[int, int]]  # (number, amount)
Judge = Callable[..., str | None]
Case = tuple[Mapping[str, Payments], list[At], float, str]  # work, plan, think time in ms, why

BANK = "bank"
_YEARS_MS = 10 * 365 * 86_400_000.0
_LARGE = 2**40
_SAME_NUMBERS: dict[str, Payments] = {"ann": ((1, 10), (2, 7)), "bob": ((1, 10), (2, 4))}
_ANY_ORDER: dict[str, Payments] = {"ann": ((7, 10), (3, 4), (5, 6), (7, 10), (3, 4))}
_NOTHING: dict[str, Payments] = {"ann": ((0, 0), (5, 0), (0, 0), (5, 0), (9, 3))}
_MANY: Payments = (*((number, 5) for number in range(150)), (0, 5), (75, 5))
_SOME: Payments = ((0, 3), (1, 5), (10, 0), (11, 10**12), (_LARGE + 1, 2), (1, 5))
_NAMED: dict[str, Payments] = dict.fromkeys(AWKWARD, _SOME)
_OLD = {"ann": range(12_000), "bob": range(_LARGE, _LARGE + 8_000)}  # numbers in a long log
_AFTER_OLD: dict[str, Payments] = {
    "ann": ((0, 1), (123, 1), (11_999, 1), (65_536, 4), (0, 1), (_LARGE, 7)),
    "bob": ((_LARGE, 1), (_LARGE + 7_999, 1), (0, 4), (12_000, 4), (_LARGE, 1)),
    "eve": ((0, 2),),
}
_CRASHES = [
    At(60, Crash(BANK)), At(70, Restart(BANK)), At(160, Crash(BANK)), At(165, Restart(BANK)),
]  # fmt: skip


def run_bank(
    bank: Node, payments: Mapping[str, Payments], plan: list[At], link: Link = CALM, **options: Any
) -> World:
    """Run ``bank`` with clients that number their payments themselves; an entry is (number, amount)."""
    clients = [NumberingClient(name, BANK) for name in payments]
    return run_briefly(bank, clients, payments, plan, link, **options)


def complain(world: World, before: Sequence[Paid] = ()) -> str | None:
    """Return the first wrong charge or answer in a run of `run_bank`, or a payment that got no answer.

    ``before`` are records of payments that the bank had in its log at its first start.
    """
    ops: list[Any] = list(world.history)
    asked = {(op.process, op.value[0]): op.value[1] for op in ops}
    asked |= {(record.client, record.op): record.amount for record in before}
    ended_ok = [(op.process, op.value[0]) for op in ops if op.status == "ok"]
    wrong = charged_wrongly(world, BANK, asked, ended_ok, before)
    stuck = [f"{op.process}'s payment {op.value[0]}" for op in ops if op.status != "ok"]
    if wrong is None and stuck:
        wrong = f"{stuck[0]} never got an answer, long after everything worked again."
    return wrong or wrong_answer(world, BANK, before)


def numbering_mistake(make: Callable[[], Node], judge: Judge = complain) -> Wrong | None:
    """Return the first mistake of how the bank tells payments apart, in runs without a fault."""
    return _first_mistake(
        make,
        judge,
        (_SAME_NUMBERS, [], 30, "A number is a client's own: ann and bob may use the same."),
        (_ANY_ORDER, [], 30, "Numbers may arrive in any order, and a late repetition after many others."),
    )  # fmt: skip


def memory_mistake(make: Callable[[], Node], judge: Judge = complain) -> Wrong | None:
    """Return the first mistake of what the bank remembers: of whom, how many payments, and for how long."""
    years = [At(5_000, Pause(BANK)), At(_YEARS_MS, Resume(BANK))]
    return _first_mistake(
        make,
        judge,
        (_NOTHING, _CRASHES, 30, "An amount, a number and a total may be 0."),
        (_NAMED, _CRASHES, 10, "There are twelve clients, with names that are much alike; the bank restarted twice."),
        ({"ann": _MANY}, [], 0, "The number was repeated after many others: none may be forgotten."),
        ({"ann": ((1, 10), (1, 10))}, years, _YEARS_MS, "The request was repeated ten years later."),
    ) or _long_log_mistake(make, judge)  # fmt: skip


def _first_mistake(make: Callable[[], Node], judge: Judge, *cases: Case) -> Wrong | None:
    for payments, plan, think_ms, why in cases:
        world = run_bank(make(), payments, plan, think_ms=think_ms, until_ms=10_000 + think_ms)
        complaint = judge(world)
        if complaint is not None:
            return Wrong(f"{complaint} {why}", spacetime(world.trace, end_ms=400))
    return None


def _long_log_mistake(make: Callable[[], Node], judge: Judge) -> Wrong | None:
    """Judge a bank that starts with a log of 20,000 payments, which it can know of from there alone."""
    before = [Paid(client, number, 1) for client, numbers in _OLD.items() for number in numbers]
    world = run_bank(_resumed(make(), before), _AFTER_OLD, [], think_ms=5)
    complaint = judge(world, before)
    if complaint is None:
        return None
    return Wrong(
        f"{complaint} The bank had started with a log of {len(before):,} payments: what is in the log counts, all of "
        "it; what a class or a global variable keeps is lost in a real crash.",
        spacetime(world.trace, end_ms=200),
    )


def _resumed(node: Node, before: Sequence[Paid]) -> Node:
    """Return the node as one that had written the records ``before`` when it crashed."""
    kind: Any = type(node)

    def on_start(self: Any, log: Sequence[object]) -> None:
        kind.on_start(self, (*before, *log))

    body = {"__slots__": (), "__module__": kind.__module__, "on_start": on_start}
    node.__class__ = type(kind.__name__, (kind,), body)
    return node
