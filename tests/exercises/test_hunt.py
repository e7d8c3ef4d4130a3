"""The hunt for a plan under which a learner's node fails."""

from __future__ import annotations

from dscourse.exercises.judges.hunt import hunt, random_plans
from dscourse.protocols.payments import IdempotentAccount, charges
from dscourse.protocols.textbook.payments import Account, RetryingClient
from dscourse.sim import At, Budget, Constant, Network, Recover, World
from tests.effort import samples

BUDGET = Budget(200, timeout_ms=40, menu=("loss", "hold", "pause", "crash"))


def _world(account: type[Account], plan: list[At]) -> World:
    nodes = [RetryingClient("ann", "bank", timeout_ms=40, attempts=50), account("bank")]
    world = World(nodes, network=Network(Constant(5)), plan=plan)
    world.submit("ann", [("pay", None, 10)] * 3, start_ms=10, think_ms=30)
    return world.run(until_ms=5_000)


def _charged_twice(world: World) -> str | None:
    twice = [op for op, times in charges(world.log("bank")).items() if times > 1]
    return f"Operation {twice[0]} is charged twice." if twice else None


def _unanswered(world: World) -> str | None:
    return None if all(op.status == "ok" for op in world.history) else "One is not answered."


def test_plans_are_the_same_every_time_spare_a_node_and_never_recover() -> None:
    plans = random_plans(["ann", "bank"], BUDGET, samples(60), spared=["ann"])
    assert plans == random_plans(["ann", "bank"], BUDGET, samples(60), spared=["ann"])
    assert plans[0] == []
    faults = [entry.fault for plan in plans for entry in plan]
    assert {getattr(fault, "node", None) for fault in faults} == {None, "bank"}
    assert not any(isinstance(fault, Recover) for fault in faults)


def test_the_smallest_plan_is_in_the_words_and_the_picture() -> None:
    plans = random_plans(["ann", "bank"], BUDGET, 60, spared=["ann"])
    wrong = hunt(lambda plan: _world(Account, plan), _charged_twice, plans, 200)
    assert wrong is not None
    assert wrong.message.startswith("Operation ")
    assert "is charged twice. The smallest plan found: [At(" in wrong.message
    assert wrong.message.endswith("everything works again from 200 ms on.")
    assert wrong.picture is not None


def test_a_right_node_is_left_alone_and_recovery_is_never_shrunk_away() -> None:
    plans = random_plans(["ann", "bank"], BUDGET, 60, spared=["ann"])
    for complain in (_charged_twice, _unanswered):
        assert hunt(lambda plan: _world(IdempotentAccount, plan), complain, plans, 200) is None


def test_a_failure_that_a_second_run_does_not_show_is_told_as_such() -> None:
    seen: list[World] = []

    def only_once(world: World) -> str | None:
        seen.append(world)
        return "It fails." if len(seen) == 1 else None

    wrong = hunt(lambda plan: _world(Account, plan), only_once, [[]], 200)
    assert wrong is not None
    assert wrong.message.startswith("It fails. It needs no fault to show it. Run once more,")


def test_a_node_that_needs_no_fault_to_fail_is_told_so() -> None:
    wrong = hunt(lambda plan: _world(Account, plan), lambda world: "It never works.", [[]], 200)
    assert wrong is not None
    assert wrong.message == "It never works. It needs no fault to show it."
