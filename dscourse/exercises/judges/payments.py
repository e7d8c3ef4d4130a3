"""Payments as evidence: worlds of several clients and one bank, and the complaints about a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from dscourse.exercises.judges import hunt as hunting
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.node import Client, Invocation, Message, Node, Reply, Timer
from dscourse.protocols.textbook.payments import Paid, Pay, RetryDue
from dscourse.show import spacetime
from dscourse.sim import At, Budget, Link, Network, Pareto, Uniform, World

__all__ = [
    "CALM", "FAULTS_END_MS", "NAMES", "TIMEOUT_MS", "Asked", "NumberingClient", "answers_of",
    "charged_wrongly", "hunt_in_every_network", "run_briefly", "start_payments", "try_late_copies",
    "wrong_answer",
]  # fmt: skip

NAMES = by_name(Client, Message, Node, Paid, Pay, Timer, RetryDue, dataclass)
TIMEOUT_MS = 40
FAULTS_END_MS = 200
CALM = Link(Uniform(2, 12))
TAIL = Link(Pareto(2, 0.9))  # one message in 15 takes more than 40 ms, one in 80 more than 250 ms
_MENU = ("loss", "duplicate", "cut", "hold", "pause", "crash", "crash_during")
_PLANS = ((CALM, 130), (TAIL, 70))
_SEEDS = 12
_MOST_EVENTS = 12_000

Asked = Mapping[tuple[str, int], int]  # (client, number of the operation) -> amount


def hunt_in_every_network(
    run: Callable[[list[At], Link], World],
    complain: Callable[[World], str | None],
    nodes: Sequence[str],
    spared: Iterable[str] = (),
) -> Wrong | None:
    """Return None if ``complain`` is silent under 200 fault plans, a third of them with a heavy tail of latencies.

    Otherwise return its complaint, a small plan and the diagram. No node in ``spared`` crashes or pauses.
    """
    budget = Budget(FAULTS_END_MS, timeout_ms=TIMEOUT_MS, menu=_MENU)
    for link, count in _PLANS:

        def run_there(plan: list[At], link: Link = link) -> World:
            return run(plan, link)

        plans = hunting.random_plans(nodes, budget, count, spared)
        wrong = hunting.hunt(run_there, complain, plans, FAULTS_END_MS)
        if wrong is not None:
            return wrong
    return None


def try_late_copies(
    run: Callable[[Link, int], World], complain: Callable[[World], str | None]
) -> Wrong | None:
    """Return None if ``complain`` is silent about runs in which copies arrive long after the next payment."""
    for seed in range(_SEEDS):
        world = run(TAIL, seed)
        complaint = complain(world)
        if complaint is not None:
            why = "No message was lost, but some were slow: copies and answers arrived after later ones."
            return Wrong(f"{complaint} {why}", spacetime(world.trace, end_ms=400))
    return None


def start_payments(
    bank: Node,
    clients: Sequence[Node],
    work: Mapping[str, Sequence[object]],
    plan: list[At],
    link: Link = CALM,
    think_ms: float = 30,
    seed: int = 2,
    first: int = 0,
) -> World:
    """Return a world that has not run yet; each entry of ``work`` is the value of a client's operation.

    ``first`` is the number of the first operation.
    """
    world = World([*clients, bank], seed=seed, network=Network(client=link), plan=plan)
    world.number_operations_from(first)
    for client, values in work.items():
        world.submit(
            client, [("pay", None, value) for value in values], start_ms=10, think_ms=think_ms
        )
    return world


def run_briefly(
    bank: Node,
    clients: Sequence[Node],
    work: Mapping[str, Sequence[object]],
    plan: list[At],
    link: Link = CALM,
    until_ms: float = 3_000,
    most_events: int = _MOST_EVENTS,
    **options: Any,
) -> World:
    """Run the clients' payments, with the options of `start_payments`.

    A run that is still busy after a bounded number of events stops there.
    """
    world = start_payments(bank, clients, work, plan, link, **options)
    try:
        return world.run(until_ms, most_events)
    except RuntimeError:  # too many events: the complaint about the run will say which
        return world


def charged_wrongly(
    world: World,
    bank: str,
    asked: Asked,
    ended_ok: Iterable[tuple[str, int]],
    before: Sequence[Paid] = (),
) -> str | None:
    """Return the first wrong charge in the bank's log, in words: unasked, of another amount, repeated or missing.

    ``before`` are records that the log held at the bank's first start.
    """
    records = [*before, *(record for record in world.log(bank) if isinstance(record, Paid))]
    for record in records:
        amount = asked.get((record.client, record.op))
        if amount is None:
            return (
                f"The bank was asked to pay under the number {record.op!r} of {record.client}, which is not an "
                "operation of the user's: it cannot know a repetition."
            )
        if record.amount != amount:
            return f"{record.client}'s payment {record.op} is {amount}; the log charges {record.amount}."
    charged = Counter((record.client, record.op) for record in records)
    for (client, number), times in charged.items():
        if times > 1:
            return f"{client}'s payment {number} was charged {times} times."
    for client, number in ended_ok:
        if (client, number) not in charged:
            return f"{client}'s payment {number} ended as ok, but the bank's log holds no charge for it."
    return None


def answers_of(world: World, bank: str, before: Sequence[Paid] = ()) -> dict[tuple[str, int], int]:
    """Return the right answer to each (client, operation) that is charged: the total paid right after it."""
    records = [*before, *(record for record in world.log(bank) if isinstance(record, Paid))]
    totals = accumulate(record.amount for record in records)
    return {
        (record.client, record.op): total for record, total in zip(records, totals, strict=True)
    }


def wrong_answer(world: World, bank: str, before: Sequence[Paid] = ()) -> str | None:
    """Return the first answer of the bank that is not the total right after its payment, or one answer too many.

    None if all are right, and no request has more than one.
    """
    totals = answers_of(world, bank, before)
    unanswered: Counter[tuple[str, int]] = Counter()
    for event in world.trace.kinds("send", "deliver"):
        if event.node != bank:
            continue
        if event.kind == "deliver" and isinstance(event.what, Pay):
            unanswered[str(event.peer), event.what.op] += 1
        elif event.kind == "send" and isinstance(event.what, Reply):
            key, result = (str(event.peer), event.what.op), event.what.result
            if key in totals and result != totals[key]:
                return (
                    f"{key[0]}'s payment {key[1]} was answered with {result!r:.60}; the total right after it was "
                    f"{totals[key]}: a repeated request gets the answer that it got first."
                )
            unanswered[key] -= 1
            if unanswered[key] < 0:
                return f"{key[0]}'s payment {key[1]} has more answers than requests: one each is enough."
    return None


class NumberingClient(Client):
    """A client that numbers its payments itself and asks until it has an answer; a value is (number, amount)."""

    def __init__(self, id: str, bank: str) -> None:
        super().__init__(id)
        self.bank = bank
        self.open: dict[int, Invocation] = {}

    def on_invoke(self, op: Invocation) -> None:
        number, _ = op.value
        self.open[number] = op
        self._ask(number)

    def on_reply(self, sender: str, reply: Reply) -> None:
        op = self.open.pop(reply.op, None)
        if op is not None:
            self.complete(op.id, reply.result)

    def on_retry_due(self, timer: RetryDue) -> None:
        op = self.open.get(timer.op)
        if op is not None and op.id == timer.attempt:
            self._ask(timer.op)

    def _ask(self, number: int) -> None:
        op = self.open[number]
        self.send(self.bank, Pay(number, op.value[1]))
        self.set_timer(RetryDue(number, op.id), TIMEOUT_MS)
