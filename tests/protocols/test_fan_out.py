"""Workers with a queue, and a client that asks several of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.history import Op
from dscourse.node import CancelTimer, Complete, Invocation, Reply, Send, SetTimer, take_effects
from dscourse.protocols.fan_out import FanOutClient, ServiceDone, Worker, WorkRequest
from dscourse.protocols.stores import Unanswered
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    Link,
    Network,
    Uniform,
    World,
    random_plan,
)
from tests.effort import a_part, chosen_seeds
from tests.protocols.golden import assert_golden

SEEDS = chosen_seeds(300)
SOME = a_part(SEEDS)
NAMES = ["w1", "w2", "w3"]
READS = [("read",)] * 5


# --- step ----------------------------------------------------------------------------------------


def test_a_worker_begins_at_once_when_it_is_idle() -> None:
    worker = Worker("w1", service_ms=(3, 9))
    handle_message(worker, "c", WorkRequest(0))
    assert take_effects(worker) == [SetTimer(ServiceDone(), 3, 9)]


def test_a_worker_serves_one_after_the_other_in_the_order_of_arrival() -> None:
    worker = Worker("w1", service_ms=(3, 9))
    for client in ("c", "d"):
        handle_message(worker, client, WorkRequest(0))
    take_effects(worker)
    handle_timer(worker, ServiceDone())
    assert take_effects(worker) == [Send("c", Reply(0, "w1")), SetTimer(ServiceDone(), 3, 9)]
    handle_timer(worker, ServiceDone())
    assert take_effects(worker) == [Send("d", Reply(0, "w1"))]


def test_the_client_asks_the_workers_in_turn() -> None:
    client = FanOutClient("c", NAMES, ask=2, need=1, timeout_ms=50)
    client.on_invoke(Invocation(2, "read"))
    assert take_effects(client) == [
        Send("w3", WorkRequest(2)),
        Send("w1", WorkRequest(2)),
        SetTimer(Unanswered(2), 50, 50),
    ]


def test_the_client_is_done_when_enough_different_workers_have_answered() -> None:
    client = FanOutClient("c", NAMES, ask=3, need=2)
    client.on_invoke(Invocation(0, "read"))
    take_effects(client)
    for worker in ("w1", "w1"):
        handle_message(client, worker, Reply(0, worker))
    assert take_effects(client) == []
    handle_message(client, "w2", Reply(0, "w2"))
    assert take_effects(client) == [CancelTimer(Unanswered(0)), Complete(0, "ok", 2)]


def test_an_answer_to_an_earlier_operation_does_not_count() -> None:
    client = FanOutClient("c", NAMES)
    for op in (0, 1):
        client.on_invoke(Invocation(op, "read"))
    take_effects(client)
    handle_message(client, "w1", Reply(0, "w1"))
    assert take_effects(client) == []


def test_too_few_answers_in_time_is_unknown() -> None:
    client = FanOutClient("c", NAMES)
    client.on_invoke(Invocation(0, "read"))
    take_effects(client)
    handle_timer(client, Unanswered(0))
    assert take_effects(client) == [Complete(0, "unknown", "no answer")]


def test_an_operation_that_was_given_up_ends_once() -> None:
    client = FanOutClient("c", NAMES, ask=2, need=2)
    client.on_invoke(Invocation(0, "read"))
    handle_timer(client, Unanswered(0))
    take_effects(client)
    for worker in ("w1", "w2"):
        handle_message(client, worker, Reply(0, worker))
    assert take_effects(client) == []


@pytest.mark.parametrize("workers", ["w1", ["w1", "w1"]])
def test_workers_are_different_names(workers: Sequence[str]) -> None:
    with pytest.raises((TypeError, ValueError), match="workers"):
        FanOutClient("c", workers, ask=2, need=2)


@pytest.mark.parametrize(("ask", "need"), [(0, 0), (1, 2), (4, 1), (2, 0)])
def test_more_answers_than_workers_are_refused(ask: int, need: int) -> None:
    with pytest.raises(ValueError, match=f"ask={ask}, need={need}: 1 ≤ need ≤ ask ≤ 3 workers"):
        FanOutClient("c", NAMES, ask=ask, need=need)


# --- sentences -----------------------------------------------------------------------------------


def page(ask: int, need: int, plan: list[At] | None = None, seed: int = 0) -> World:
    """One client reads five times from three workers that take 5 to 9 ms."""
    nodes = [Worker(name, service_ms=(5, 9)) for name in NAMES]
    client = FanOutClient("c", NAMES, ask=ask, need=need, timeout_ms=60)
    world = World([*nodes, client], seed, Network(client=Link(Uniform(1, 20))), plan or [])
    return world.submit("c", READS, think_ms=40).run(until_ms=10_000)


def test_waiting_for_all_takes_longer_and_waiting_for_one_takes_less() -> None:
    """Dean and Barroso 2013: fan-out makes slowness common, and asking more than needed hides it."""
    mean = {
        (ask, need): sum(
            sum(page(ask, need, seed=seed).history.latencies_ms()) for seed in range(40)
        )
        for ask, need in ((1, 1), (3, 3), (3, 1))
    }
    assert mean[3, 1] < mean[1, 1] < mean[3, 3]


def test_one_dead_worker_stops_who_needs_all_and_not_who_needs_one() -> None:
    dead = [At(0, Crash("w2"))]
    assert [op.status for op in page(3, 3, dead).history] == ["unknown"] * 5
    assert [op.status for op in page(3, 1, dead).history] == ["ok"] * 5


# --- mutants -------------------------------------------------------------------------------------


class CountsRepeats(FanOutClient):
    """Takes two answers of one worker for answers of two."""

    def on_reply(self, sender: str, reply: Reply) -> None:
        super().on_reply(f"{sender}.{len(self.answers)}", reply)


class CountsOldOnes(FanOutClient):
    """Takes an answer to any operation for one to this."""

    def on_reply(self, sender: str, reply: Reply) -> None:
        super().on_reply(sender, Reply(self.op, reply.result))


BUDGET = Budget(horizon_ms=300, timeout_ms=25)
WORKERS = [*NAMES, "c"]


def too_few(kind: type[FanOutClient], seed: int) -> int:
    """Return the number of ok operations that have fewer than two answers from different workers behind them."""
    nodes = [Worker(name, service_ms=(5, 9)) for name in NAMES]
    client = kind("c", NAMES, ask=3, need=2, timeout_ms=25)
    plan = random_plan(seed, WORKERS, BUDGET)
    world = World([*nodes, client], seed, Network(client=Link(Uniform(1, 20), duplicate=0.2)), plan)
    world.submit("c", READS, think_ms=1).run(until_ms=5_000)
    return sum(len(heard_before_ok(world, op)) < 2 for op in world.history.ok)


def heard_before_ok(world: World, op: Op) -> set[str | None]:
    """The workers whose answer to the operation arrived before it ended."""
    return {
        event.peer
        for event in world.trace.of("c").kinds("deliver")
        if isinstance(event.what, Reply)
        and event.what.op == op.id
        and event.index < (op.returned or 0)
    }


@pytest.mark.parametrize("mutant", [CountsRepeats, CountsOldOnes])
def test_every_mutant_is_caught(mutant: type[FanOutClient]) -> None:
    assert sum(too_few(mutant, seed) for seed in range(60)) > 0


# --- seeds ---------------------------------------------------------------------------------------


def test_seeds_never_show_an_ok_with_too_few_answers() -> None:
    assert sum(too_few(FanOutClient, seed) for seed in SEEDS) == 0


def test_seeds_cover_both_ends_of_an_operation() -> None:
    ends: Counter[str] = Counter()
    for seed in SOME:
        ends.update(op.status for op in page(3, 3, random_plan(seed, NAMES, BUDGET), seed).history)
    assert set(ends) == {"ok", "unknown"}
    assert min(ends.values()) >= len(SOME) // 20, ends


def test_the_golden_trace_of_a_page_of_three() -> None:
    nodes = [Worker(name, service_ms=(5, 9)) for name in NAMES]
    world = World(
        [*nodes, FanOutClient("c", NAMES, ask=3, need=2)], 1, Network(client=Link(Constant(4)))
    )
    world.submit("c", READS[:2]).run()
    assert_golden("fan_out", f"{world.trace}\n")
