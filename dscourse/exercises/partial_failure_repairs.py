"""The exercises of chapter 01 that are tried under hundreds of fault plans: an account and a client to repair."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dscourse import sweep
from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.node import Client, Message, Node, Timer
from dscourse.protocols.payments import IdempotentAccount, charges
from dscourse.protocols.textbook.payments import Paid, Pay, RetryDue, RetryingClient
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Budget,
    Crash,
    CrashDuring,
    Link,
    Network,
    Pause,
    Recover,
    Restart,
    Resume,
    Uniform,
    World,
    random_plan,
)  # fmt: skip

__all__ = ["EXERCISES", "PREDICTIONS"]

PREDICTIONS: tuple[Prediction, ...] = ()

_HORIZON_MS = 200
_TIMEOUT_MS = 40
_MENU = ("loss", "duplicate", "cut", "hold", "pause", "crash", "crash_during")


def _paying_world(server: Node, client: Node, plan: list[At]) -> World:
    link = Link(Uniform(2, 12))
    plan = [*plan, At(_HORIZON_MS, Recover())]
    world = World([client, server], seed=2, network=Network(client=link), plan=plan)
    world.submit("ann", [("pay", None, 10)] * 5, start_ms=10, think_ms=60)
    return world.run(until_ms=20_000, max_events=50_000)


def _without_client_faults(plan: list[At]) -> list[At]:
    """The plan without crashes and pauses of the client: the exercise is about the network and the bank."""
    of_a_node = (Crash, CrashDuring, Restart, Pause, Resume)
    return [
        entry
        for entry in plan
        if not (isinstance(entry.fault, of_a_node) and entry.fault.node == "ann")
    ]


def _hunt(
    run: Callable[[list[At]], World], complain: Callable[[World], str | None]
) -> Wrong | None:
    """None if nobody complains under 300 fault plans; else a small plan, its complaint and its diagram.

    The plans are seeded, so the same answer always gets the same verdict.
    """

    def nobody_complains(plan: list[At]) -> Verdict:
        return unless("nobody complains", complain(run(plan)))

    failing = [plan for plan in _plans() if not nobody_complains(plan)]
    if not failing:
        return None
    plan, verdict = sweep.shrink(min(failing, key=len), nobody_complains)
    world = run(plan)
    last = max((op.returned_ms or op.invoked_ms for op in world.history), default=1.0)
    picture = spacetime(world.trace, end_ms=min(last + 30, 600))
    return Wrong(f"{verdict.reason} {_told(plan)}", picture)


def _plans() -> list[list[At]]:
    """300 fault plans, the same ones every time, the first without any fault."""
    budget = Budget(_HORIZON_MS, timeout_ms=_TIMEOUT_MS, menu=_MENU, recover=False)
    drawn = (random_plan(seed, ["ann", "bank"], budget) for seed in range(299))
    return [[], *(_without_client_faults(plan) for plan in drawn)]


def _told(plan: list[At]) -> str:
    if not plan:
        return "It needs no fault to show it."
    return f"The smallest plan found: {plan}; everything works again from {_HORIZON_MS} ms on."


def _charged_wrongly(world: World) -> str | None:
    charged = charges(world.log("bank"))
    strange = sorted(set(charged) - {op.id for op in world.history}, key=repr)
    if strange:
        return f"The bank was asked to pay under the number {strange[0]!r}, which is no operation: it cannot know a repetition."
    for op in world.history:
        if charged[op.id] > 1:
            return f"Operation {op.id} was charged {charged[op.id]} times."
        if op.status == "ok" and not charged[op.id]:
            return f"Operation {op.id} ended as ok, but the bank's log holds no charge for it."
    return None


def _judge_account(account: Any) -> Wrong | None:
    def complain(world: World) -> str | None:
        wrong = _charged_wrongly(world)
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

    return _hunt(
        lambda plan: _paying_world(account("bank"), _Patient("ann", "bank"), plan), complain
    )


def _judge_client(client: Any) -> Wrong | None:
    def complain(world: World) -> str | None:
        late = [op for op in world.history if op.status != "ok"]
        if late and late[0].status == "pending":
            return f"Operation {late[0].id} is still under way, long after everything worked again."
        if late:
            return f"Operation {late[0].id} ended as {late[0].status}: the client gave it up."
        if len(world.history) < 5:
            return f"Only {len(world.history)} of 5 operations began."
        return _charged_wrongly(world)

    return _hunt(
        lambda plan: _paying_world(IdempotentAccount("bank"), client("ann", "bank"), plan), complain
    )


class _Patient(RetryingClient):
    """Retries long enough to outlast every fault plan."""

    def __init__(self, id: str, server: str) -> None:
        super().__init__(id, server, timeout_ms=_TIMEOUT_MS, attempts=100)


_NAMES: Mapping[str, Any] = {
    "Client": Client, "Message": Message, "Node": Node, "Paid": Paid, "Pay": Pay, "Timer": Timer, "RetryDue": RetryDue,
    "dataclass": dataclass,
}  # fmt: skip

_CLIENT_STUB = """class PatientClient(Client):
    def __init__(self, id, server):
        super().__init__(id)
        self.server = server

    def on_invoke(self, op):
        self.send(self.server, Pay(op.id, op.value))

    def on_reply(self, sender, reply):
        self.complete(reply.op, reply.result)
"""

_CLIENT_SOLUTION = """class PatientClient(Client):
    def __init__(self, id, server):
        super().__init__(id)
        self.server = server
        self.open = {}

    def on_invoke(self, op):
        self.open[op.id] = op.value
        self.ask(op.id, 1)

    def ask(self, op, attempt):
        self.send(self.server, Pay(op, self.open[op]))
        self.set_timer(RetryDue(op, attempt), 40)

    def on_retry_due(self, timer):
        if timer.op in self.open:
            self.ask(timer.op, timer.attempt + 1)

    def on_reply(self, sender, reply):
        if self.open.pop(reply.op, None) is not None:
            self.complete(reply.op, reply.result)
"""

_ACCOUNT_STUB = """class SafeAccount(Node):
    def __init__(self, id):
        super().__init__(id)
        self.paid = 0

    def on_start(self, log):
        for record in log:
            self.paid += record.amount

    def on_pay(self, sender, pay):
        self.write(Paid(sender, pay.op, pay.amount))
        self.paid += pay.amount
        self.reply(sender, pay.op, self.paid)
"""

_ACCOUNT_SOLUTION = """class SafeAccount(Node):
    def __init__(self, id):
        super().__init__(id)
        self.paid = 0
        self.answers = {}

    def on_start(self, log):
        for record in log:
            self.apply(record)

    def apply(self, record):
        self.paid += record.amount
        self.answers[record.client, record.op] = self.paid

    def on_pay(self, sender, pay):
        if (sender, pay.op) not in self.answers:
            record = Paid(sender, pay.op, pay.amount)
            self.write(record)
            self.apply(record)
        self.reply(sender, pay.op, self.answers[sender, pay.op])
"""

EXERCISES = (
    Exercise(
        id="01.6",
        title="An account that can be asked twice",
        name="SafeAccount",
        stub=_ACCOUNT_STUB,
        solution=_ACCOUNT_SOLUTION,
        reasoning="The account remembers the answer that it gave to each (client, operation). The memory must survive a crash, "
        "so it is rebuilt from the log; and it must not be possible to crash between the payment and the memory "
        "of it, so both are one record. The record is written before the answer is sent.",
        hints=(
            "Keep a dictionary from (sender, pay.op) to the answer given, and look there first.",
            "After a crash the dictionary is empty: fill it in on_start from the log, which names client and operation.",
        ),
        judge=_judge_account,
        praise="It survived 300 fault plans: lost and repeated messages, pauses, and crashes between any two effects.",
        names=_NAMES,
        lines=3_000_000,
    ),
    Exercise(
        id="01.7",
        title="A client that does not give up",
        name="PatientClient",
        stub=_CLIENT_STUB,
        solution=_CLIENT_SOLUTION,
        reasoning="The client asks again, under the same number, for as long as there is no answer. The bank remembers numbers, so "
        "asking again is harmless; with a new number each time it would not be. A late second answer finds the "
        "operation closed and is ignored.",
        hints=(
            "Set a timer when you ask: self.set_timer(RetryDue(op.id, 1), 40). Its handler is on_retry_due(self, timer).",
            "Ask again with the same operation number, and set the timer again. Remember what is still open.",
        ),
        judge=_judge_client,
        praise="It survived 300 fault plans: every payment was made once, and the client heard of it.",
        names=_NAMES,
        lines=3_000_000,
    ),
)
