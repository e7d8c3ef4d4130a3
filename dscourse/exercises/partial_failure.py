"""The exercises of chapter 01."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.node import Client, Message, Node, Timer
from dscourse.protocols.payments import IdempotentAccount, charges
from dscourse.protocols.textbook.payments import Account, Paid, Pay, RetryingClient, TryAgain
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    CrashDuring,
    Link,
    Network,
    Pause,
    Restart,
    Resume,
    Uniform,
    World,
)
from dscourse.sim.faults import check_plan
from dscourse.sweep import search

__all__ = ["EXERCISES", "PREDICTIONS", "naive_world"]

PREDICTIONS = (
    Prediction(
        "01.1",
        "A client asks a bank to pay, and hears nothing for 60 ms. It asks again, under the same number. What can be true "
        "when the second request leaves?",
        {
            "A": ("nothing was paid: otherwise there would have been an answer",
                  "The answer itself may have been lost, or may be slow."),
            "B": ("the payment was made once, or not at all, and the client cannot tell which",
                  "This is so. From outside, a lost request, a lost answer, a slow bank and a dead bank look alike."),
            "C": ("the bank is down: a bank that is up would have answered",
                  "A bank that is up may be slow, and its answer may be lost."),
            "D": ("nothing to worry about: the second request has the same number, so it is not paid again",
                  "Only if the bank remembers the numbers that it has seen. This one does not."),
        },
        "B",
    ),
    Prediction(
        "01.2",
        "One answer in a hundred is slow. A page needs the answers of 100 servers and waits for all of them. How many of "
        "its requests are slow?",
        {
            "A": ("about 1 in 100, as before", "Each server is slow that often, but the page waits for the slowest of 100."),
            "B": ("about 1 in 10", "The chance that all 100 are fast is 0.99 to the power of 100, which is about 0.37."),
            "C": ("about 6 in 10", "This is so: 1 - 0.99^100 is about 0.63."),
            "D": ("nearly all", "That takes about 460 servers: 1 - 0.99^460 is about 0.99."),
        },
        "C",
    ),
)  # fmt: skip

_LOSS = 0.2


def _success(attempts: int) -> float:
    """The chance that one of these attempts gets an answer, if each message is lost with probability 0.2."""
    return float(1 - (1 - (1 - _LOSS) ** 2) ** attempts)


def _judge_attempts(answer: Any) -> Wrong | None:
    if isinstance(answer, bool) or not isinstance(answer, int) or answer < 1:
        return Wrong(f"{answer!r} is no number of attempts: it must be a whole number, 1 or more.")
    share = 100 * _success(answer)
    if share < 99.9:
        return Wrong(f"With {answer} attempts {share:.2f} % of the calls are answered: too few.")
    if 100 * _success(answer - 1) >= 99.9:
        return Wrong(f"{answer} attempts are enough ({share:.3f} %), but fewer are enough too.")
    return None


def _judge_slow_share(function: Any) -> Wrong | None:
    for share, servers in ((0.01, 1), (0.01, 100), (0.0, 50), (1.0, 3), (0.5, 2), (0.001, 2000)):
        got = function(share, servers)
        wanted = 1 - (1 - share) ** servers
        if not isinstance(got, int | float) or abs(got - wanted) > 1e-9:
            return Wrong(
                f"slow_share({share}, {servers}) returned {got!r}; it should be {wanted:.6g}."
            )
    return None


# --- worlds --------------------------------------------------------------------------------------


def naive_world(plan: list[At]) -> World:
    """The client that retries and the bank that executes everything, one payment at 1 ms, messages take 10 ms."""
    nodes = [RetryingClient("ann", "bank", timeout_ms=30, attempts=3), Account("bank")]
    world = World(nodes, network=Network(client=Link(Constant(10.0))), plan=plan)
    return world.submit("ann", [("pay", None, 10)], start_ms=1).run(
        until_ms=10_000, max_events=20_000
    )


def _paying_world(server: Node, client: Node, plan: list[At]) -> World:
    link = Link(Uniform(2, 12))
    world = World(
        [client, server], seed=1, network=Network(client=link), plan=_without_client_faults(plan)
    )
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


_MENU = ("loss", "duplicate", "cut", "hold", "pause", "crash", "crash_during")


def _hunt(
    run: Callable[[list[At]], World], complain: Callable[[World], str | None]
) -> Wrong | None:
    """None if nobody complains under 300 fault plans; else the smallest plan, its complaint and its diagram."""
    survey = search(
        lambda plan: complain(run(plan)),
        ["ann", "bank"],
        Budget(horizon_ms=400, menu=_MENU),
        runs=300,
    )
    if survey:
        return None
    plan = _without_client_faults(list(survey.plan))
    world = run(plan)
    last = max((op.returned_ms or op.invoked_ms for op in world.history), default=1.0)
    return Wrong(
        f"{survey.reason} The smallest plan that shows it: {plan}",
        spacetime(world.trace, end_ms=last + 30),
    )


def _charged_wrongly(world: World) -> str | None:
    charged = charges(world.log("bank"))
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
            f"Operation {stuck[0]} never got an answer, long after the network healed."
            if stuck
            else None
        )

    return _hunt(
        lambda plan: _paying_world(account("bank"), _Patient("ann", "bank"), plan), complain
    )


def _judge_client(client: Any) -> Wrong | None:
    def complain(world: World) -> str | None:
        late = [op for op in world.history if op.status != "ok"]
        if late:
            end = (
                "is still under way"
                if late[0].status == "pending"
                else f"ended as {late[0].status}"
            )
            return f"Operation {late[0].id} {end} at {world.now_ms:g} ms, long after everything worked again."
        if len(world.history) < 5:
            return f"Only {len(world.history)} of 5 operations began."
        return _charged_wrongly(world)

    return _hunt(
        lambda plan: _paying_world(IdempotentAccount("bank"), client("ann", "bank"), plan), complain
    )


class _Patient(RetryingClient):
    """Retries long enough to outlast every fault plan."""

    def __init__(self, id: str, server: str) -> None:
        super().__init__(id, server, timeout_ms=40, attempts=100)


def _judge_plan(plan: Any) -> Wrong | None:
    if not isinstance(plan, list) or not all(isinstance(entry, At) for entry in plan):
        return Wrong("`plan` must be a list of At(ms, fault).")
    try:
        check_plan(plan, ["ann", "bank"])
    except LookupError as error:
        return Wrong(f"{error}.")
    if len(plan) > 4:
        return Wrong(f"Your plan has {len(plan)} entries; it can be done with 4 or fewer.")
    world = naive_world(plan)
    times = charges(world.log("bank"))[0]
    if times < 2:
        word = {0: "never", 1: "once"}[times]
        return Wrong(
            f"The bank charged {word}; the payment ended as {world.history[0].outcome()}.",
            spacetime(world.trace),
        )
    return None


_NAMES: Mapping[str, Any] = {
    "At": At, "Client": Client, "Message": Message, "Node": Node, "Paid": Paid, "Pay": Pay, "Timer": Timer,
    "TryAgain": TryAgain, "dataclass": dataclass,
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
        self.set_timer(TryAgain(op, attempt), 40)

    def on_try_again(self, timer):
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
        id="01.3",
        title="How many attempts?",
        name="attempts",
        stub="attempts = None\n",
        solution="attempts = 7\n",
        reasoning="One attempt needs two messages, and each gets through with probability 0.8, so an attempt is answered with "
        "probability 0.64. All of n attempts go unanswered with probability 0.36 to the power of n, which is below "
        "0.001 from n = 7 on (0.00078). Note what it buys: seven attempts make 99.9 % out of 64 %, as long as the "
        "losses are independent. In an outage they are not.",
        hints=(
            "An attempt fails if its request or its answer is lost. How likely is it that both get through?",
            "All attempts must fail for the call to fail. Multiply.",
        ),
        judge=_judge_attempts,
        praise="Losses that come one by one are cheap to hide. Losses that come together, in an outage, are not.",
    ),
    Exercise(
        id="01.4",
        title="The tail of a fan-out",
        name="slow_share",
        stub="def slow_share(share, servers):\n    return share\n",
        solution="def slow_share(share, servers):\n    return 1 - (1 - share) ** servers\n",
        reasoning="The page is fast only if every server is. If they are slow independently, that has the probability "
        "(1 - share) to the power of servers, and the page is slow otherwise.",
        hints=(
            "First ask how often the page is fast.",
            "All servers must be fast at once; if they are independent, their probabilities multiply.",
        ),
        judge=_judge_slow_share,
        praise="A rare slowness of one server is a common slowness of a page that needs many.",
    ),
    Exercise(
        id="01.5",
        title="Break the client that retries",
        name="plan",
        stub="plan = []\n",
        solution='from dscourse.sim import Cut, Heal\n\nplan = [At(5, Cut("bank", "ann")), At(35, Heal())]\n',
        reasoning="The request arrives at 11 ms and is executed. The link from the bank to the client is cut then, so the answer "
        "is lost. At 31 ms the client asks again, the bank executes the same payment once more, and by now the link "
        "works. Two entries are enough, and a crash of the bank between its log record and its answer does it too.",
        hints=(
            "The payment must be executed, and the client must not learn of it.",
            'A one-way cut from the bank to ann loses the answer but not the request: Cut("bank", "ann").',
        ),
        judge=_judge_plan,
        praise="The client did nothing wrong that it could have known of: the bank has to remember.",
        names=_NAMES,
    ),
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
            "Set a timer when you ask: self.set_timer(TryAgain(op.id, 1), 40). Its handler is on_try_again(self, timer).",
            "Ask again with the same operation number, and set the timer again. Remember what is still open.",
        ),
        judge=_judge_client,
        praise="It survived 300 fault plans: every payment was made once, and the client heard of it.",
        names=_NAMES,
        lines=3_000_000,
    ),
)
