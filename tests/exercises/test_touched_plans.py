"""The plans of touches as answers: each gesture counts as the faults that a reader sees."""

from __future__ import annotations

import pytest

from dscourse.exercises.judges import fault_plans
from dscourse.exercises.judges.fault_plans import TOUCHES, check, count
from dscourse.node import cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import At, Cut, Heal, Partition, World
from dscourse.touch import TouchedRun


@pytest.fixture
def run() -> TouchedRun:
    def build(plan: list[At]) -> World:
        world = World(cluster(Counter, ["a", "b", "c"]), plan=plan)
        return world.submit("a", [("add", None, 1)]).run()

    return TouchedRun(build)


GESTURES = {
    "lose": ((1,), 1),
    "repeat": ((1, 20.0), 1),
    "move": ((1, 20.0), 1),
    "crash": (("a", 5.0), 1),
    "pause": (("a", 5.0, 9.0), 2),
    "cut": (("a", "b", 5.0, 9.0), 2),
    "isolate": (("a", 5.0, 9.0), 2),
}


@pytest.mark.parametrize("gesture", GESTURES)
def test_a_gesture_counts_as_the_faults_that_begin_and_end(run: TouchedRun, gesture: str) -> None:
    arguments, faults = GESTURES[gesture]
    if isinstance(arguments[0], int):
        arguments = (next(iter(run.messages)), *arguments[1:])
    getattr(run, gesture)(*arguments)
    assert count(run.plan) == faults
    assert check(run.plan, TOUCHES, "abc", "[]", most=faults) is None
    wrong = check(run.plan, TOUCHES, "abc", "[]", most=faults - 1)
    assert wrong is not None
    assert wrong.message.startswith(f"{faults} faults: at most")


def test_two_links_and_two_moments_count_as_two() -> None:
    one_way = [At(5, Cut("a", "b")), At(5, Cut("a", "c"))]
    other_times = [At(5, Cut("a", "b")), At(6, Cut("b", "a")), At(9, Heal()), At(10, Heal())]
    assert (count(one_way), count(other_times)) == (2, 4)
    assert count([At(5, Partition({"a"}, {"b"})), At(5, Partition({"a"}, {"b"}))]) == 2


def test_an_operation_of_a_client_is_no_fault(run: TouchedRun) -> None:
    run.invoke("a", 5.0, "add", None, 1)
    wrong = fault_plans.check(run.plan, TOUCHES, "abc", "[]")
    assert wrong is not None
    assert "the faults for this exercise are" in wrong.message
