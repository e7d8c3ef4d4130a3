"""The payment service: one event at a time, the sentences of its sources, mutants, and faulted seeds."""

from __future__ import annotations

from collections import Counter

import pytest

from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.node import (
    CancelTimer,
    Client,
    Complete,
    Invocation,
    Node,
    Reply,
    Send,
    SetTimer,
    Write,
    take_effects,
)
from dscourse.protocols.payments import (
    BackoffClient,
    IdempotentAccount,
    answered_means_charged,
    charged_at_most_once,
    charges,
)
from dscourse.protocols.textbook.payments import (
    Account,
    OneShotClient,
    Paid,
    Pay,
    RetryDue,
    RetryingClient,
    Unanswered,
)
from dscourse.sim import (
    At,
    Budget,
    Constant,
    CrashDuring,
    Cut,
    Heal,
    Link,
    Network,
    Restart,
    Uniform,
    World,
    random_plan,
)
from tests.effort import a_part, chosen_seeds
from tests.protocols.golden import assert_golden

SEEDS = chosen_seeds(300)
SOME = a_part(SEEDS)
BUDGET = Budget(horizon_ms=400, timeout_ms=40)
PAYMENTS = [("pay", None, 10)] * 5


def paying(server: Node, client: Client, plan: list[At], seed: int = 1) -> World:
    """Five payments of 10 under the plan, run until nothing is left to do."""
    world = World(
        [client, server], seed=seed, network=Network(client=Link(Uniform(2, 12))), plan=plan
    )
    world.submit("ann", PAYMENTS, start_ms=10, think_ms=60)
    return world.run(until_ms=10_000)


def wrong(world: World) -> str | None:
    """Return how the run breaks the promises of `dscourse.protocols.payments`, or None."""
    log = world.log("bank")
    if not charged_at_most_once(log):
        return "charged twice"
    if not answered_means_charged(log, world.history):
        return "answered but not charged"
    return None if _restored(world) else "the account differs from its log"


def _restored(world: World) -> bool:
    """True if the account's state agrees with its log."""
    bank = world.nodes["bank"]
    total = sum(record.amount for record in world.log("bank") if isinstance(record, Paid))
    return not world.alive("bank") or bank.state()["paid"] == total


# --- step ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Account, IdempotentAccount])
def test_a_payment_is_written_before_it_is_answered(kind: type[Node]) -> None:
    bank = kind("bank")
    handle_message(bank, "ann", Pay(7, 10))
    assert take_effects(bank) == [
        Write(Paid("ann", 7, 10)),
        Send("ann", Reply(7, 10)),
    ]


def test_the_textbook_account_executes_a_repeated_request_again() -> None:
    bank = Account("bank")
    for _ in range(2):
        handle_message(bank, "ann", Pay(7, 10))
    assert [effect for effect in take_effects(bank) if isinstance(effect, Write)] == [
        Write(Paid("ann", 7, 10))
    ] * 2


def test_a_repeated_request_gets_the_first_answer_and_nothing_is_written() -> None:
    bank = IdempotentAccount("bank")
    for pay in (Pay(7, 10), Pay(8, 5)):
        handle_message(bank, "ann", pay)
    take_effects(bank)
    handle_message(bank, "ann", Pay(7, 10))
    assert take_effects(bank) == [Send("ann", Reply(7, 10))]


def test_the_same_number_of_another_client_is_another_operation() -> None:
    bank = IdempotentAccount("bank")
    handle_message(bank, "ann", Pay(7, 10))
    take_effects(bank)
    handle_message(bank, "bob", Pay(7, 3))
    assert take_effects(bank) == [Write(Paid("bob", 7, 3)), Send("bob", Reply(7, 13))]


def test_an_account_that_starts_again_has_its_sum_and_its_answers_from_the_log() -> None:
    bank = IdempotentAccount("bank")
    bank.on_start((Paid("ann", 1, 10), Paid("ann", 2, 5)))
    handle_message(bank, "ann", Pay(1, 10))
    assert take_effects(bank) == [Send("ann", Reply(1, 10))]
    assert bank.paid == 15


def test_who_asks_once_stops_waiting_at_the_answer() -> None:
    ann = OneShotClient("ann", "bank", timeout_ms=60)
    ann.on_invoke(Invocation(3, "pay", None, 10))
    assert take_effects(ann) == [Send("bank", Pay(3, 10)), SetTimer(Unanswered(3), 60, 60)]
    handle_message(ann, "bank", Reply(3, 10))
    assert take_effects(ann) == [CancelTimer(Unanswered(3)), Complete(3, "ok", 10)]


def test_no_answer_in_time_is_unknown_and_not_failed() -> None:
    ann = OneShotClient("ann", "bank")
    ann.on_invoke(Invocation(3, "pay", None, 10))
    take_effects(ann)
    handle_timer(ann, Unanswered(3))
    assert take_effects(ann) == [Complete(3, "unknown", "no answer")]


def test_a_retry_has_the_same_number_and_the_last_one_ends_as_unknown() -> None:
    ann = RetryingClient("ann", "bank", timeout_ms=60, attempts=2)
    ann.on_invoke(Invocation(3, "pay", None, 10))
    first = take_effects(ann)
    handle_timer(ann, RetryDue(3, 1))
    assert take_effects(ann)[0] == first[0] == Send("bank", Pay(3, 10))
    handle_timer(ann, RetryDue(3, 2))
    assert take_effects(ann) == [Complete(3, "unknown", "no answer")]


@pytest.mark.parametrize("kind", [RetryingClient, BackoffClient])
def test_a_second_answer_and_a_late_timer_change_nothing(kind: type[RetryingClient]) -> None:
    ann = kind("ann", "bank")
    ann.on_invoke(Invocation(3, "pay", None, 10))
    handle_message(ann, "bank", Reply(3, 10))
    take_effects(ann)
    handle_message(ann, "bank", Reply(3, 10))
    handle_timer(ann, RetryDue(3, 1))
    assert take_effects(ann) == []


def test_the_longest_wait_doubles_up_to_32_time_outs() -> None:
    ann = BackoffClient("ann", "bank", timeout_ms=10, attempts=100)
    ann.on_invoke(Invocation(0, "pay", None, 1))
    for attempt in range(1, 100):
        handle_timer(ann, RetryDue(0, attempt))
    timers = [effect for effect in take_effects(ann) if isinstance(effect, SetTimer)]
    assert [timer.high_ms for timer in timers[:8]] == [10, 20, 40, 80, 160, 320, 320, 320]
    assert {timer.low_ms for timer in timers} == {10}


def test_a_client_asks_at_least_once() -> None:
    with pytest.raises(ValueError, match="attempts=0: a client asks at least once"):
        RetryingClient("ann", "bank", attempts=0)


# --- sentences -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_a_call_that_returns_was_executed_once_and_otherwise_once_or_never(seed: int) -> None:
    """Birrell and Nelson 1984, section 3.1: what a caller may conclude from a result and from an exception."""
    link = Link(Uniform(2, 40), loss=0.3, duplicate=0.3)
    nodes = [IdempotentAccount("bank"), BackoffClient("ann", "bank", 30, attempts=2)]
    world = World(nodes, seed, Network(client=link)).submit("ann", PAYMENTS).run()
    charged = charges(world.log("bank"))
    assert {charged[op.id] for op in world.history.ok} <= {1}
    assert {charged[op.id] for op in world.history.unknown} <= {0, 1}


def test_both_kinds_of_unknown_happen() -> None:
    """Without this the sentence above could hold because nothing ever ends as unknown."""
    found = set()
    for seed in range(40):
        link = Link(Uniform(2, 40), loss=0.3)
        nodes = [IdempotentAccount("bank"), OneShotClient("ann", "bank", 60)]
        world = World(nodes, seed, Network(client=link)).submit("ann", PAYMENTS).run()
        found |= {charges(world.log("bank"))[op.id] for op in world.history.unknown}
    assert found == {0, 1}


def test_eliminating_duplicates_needs_the_call_number() -> None:
    """Birrell and Nelson 1984, section 3.2: the callee knows a repeated call by its identifier."""
    plan = [At(15, Cut("bank", "ann")), At(30, Heal())]
    counts = {}
    for kind in (Account, IdempotentAccount):
        nodes = [RetryingClient("ann", "bank", 60), kind("bank")]
        network = Network(client=Link(Constant(10)))
        world = World(nodes, network=network, plan=plan)
        world.submit("ann", PAYMENTS[:1], start_ms=1).run()
        counts[kind] = charges(world.log("bank"))[0]
    assert counts == {Account: 2, IdempotentAccount: 1}


def test_one_shot_pays_at_most_once_while_the_network_repeats_nothing() -> None:
    for seed in range(40):
        nodes = [Account("bank"), OneShotClient("ann", "bank", 20)]
        link = Link(Uniform(2, 40), loss=0.3)
        world = World(nodes, seed, Network(client=link)).submit("ann", PAYMENTS).run()
        assert charged_at_most_once(world.log("bank"))


# --- mutants -------------------------------------------------------------------------------------


class ForgetsAtRestart(IdempotentAccount):
    """Does not fill its memory of answers from the log."""

    def on_start(self, log: object) -> None:
        super().on_start(log)  # type: ignore[arg-type]
        self.answers.clear()


class AnswersFirst(IdempotentAccount):
    """Answers, then writes."""

    def on_pay(self, sender: str, pay: Pay) -> None:
        if (sender, pay.op) not in self.answers:
            record = Paid(sender, pay.op, pay.amount)
            self._apply(record)
            self.reply(sender, pay.op, self.paid)
            self.write(record)
        else:
            self.reply(sender, pay.op, self.answers[sender, pay.op])


class LosesTheSum(IdempotentAccount):
    """Remembers the answers after a crash, but not what was paid."""

    def on_start(self, log: object) -> None:
        super().on_start(log)  # type: ignore[arg-type]
        self.paid = 0


class WritesEveryTime(IdempotentAccount):
    """Repeats the answer, and the record with it."""

    def on_pay(self, sender: str, pay: Pay) -> None:
        self.answers.pop((sender, pay.op), None)
        super().on_pay(sender, pay)


def verdict(kind: type[Node], plan: list[At], seed: int = 1) -> str | None:
    """Return how this kind of account breaks the promises under one plan, or None."""
    return wrong(paying(kind("bank"), RetryingClient("ann", "bank", 40), plan, seed))


@pytest.mark.parametrize(
    ("mutant", "reason"),
    [
        (ForgetsAtRestart, "charged twice"),
        (AnswersFirst, "answered but not charged"),
        (LosesTheSum, "the account differs from its log"),
        (WritesEveryTime, "charged twice"),
    ],
)
def test_every_mutant_is_caught(mutant: type[Node], reason: str) -> None:
    assert reason in (verdict(mutant, _plan(seed), seed) for seed in range(300))


# --- seeds ---------------------------------------------------------------------------------------


def _plan(seed: int) -> list[At]:
    return random_plan(seed, ["ann", "bank"], BUDGET)


def test_seeds_refute_the_textbook_account_and_not_the_repaired_one() -> None:
    found = Counter(verdict(IdempotentAccount, _plan(seed), seed) for seed in SEEDS)
    assert found == {None: len(SEEDS)}
    reasons = Counter(verdict(Account, _plan(seed), seed) for seed in SOME)
    share = reasons["charged twice"] / len(SOME)
    assert 0.1 < share < 0.5, f"the same plans refute the textbook account in {share:.1%}"


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SOME:
        world = paying(
            IdempotentAccount("bank"), RetryingClient("ann", "bank", 40), _plan(seed), seed
        )
        seen["retry"] += any(
            isinstance(event.what, RetryDue) for event in world.trace.kinds("timer")
        )
        seen["crash with records"] += any(
            event.node == "bank" and event.id for event in world.trace.kinds("restart")
        )
        seen["repeated request"] += len(world.trace.of("bank").kinds("duplicate")) > 0
        seen["lost answer"] += any(event.peer == "bank" for event in world.trace.kinds("drop"))
        seen["unknown"] += len(world.history.unknown) > 0
    assert set(seen) == {
        "retry",
        "crash with records",
        "repeated request",
        "lost answer",
        "unknown",
    }
    assert min(seen.values()) > 0, seen


def test_the_golden_trace_of_a_crash_between_record_and_answer() -> None:
    plan = [At(5, CrashDuring("bank", after=1)), At(30, Restart("bank"))]
    nodes = [RetryingClient("ann", "bank", 40), IdempotentAccount("bank")]
    world = World(nodes, network=Network(client=Link(Constant(10))), plan=plan)
    world.submit("ann", PAYMENTS[:2], start_ms=1, think_ms=5).run()
    assert_golden("payments", f"{world.trace}\n\n{world.history}\n")


def test_a_number_that_is_used_again_breaks_what_is_assumed() -> None:
    """A client that counted its own payments would begin again at the same number after a restart."""
    bank = IdempotentAccount("bank")
    handle_message(bank, "ann", Pay(1, 10))
    handle_message(bank, "ann", Pay(1, 5))
    assert bank.paid == 10
