"""Remarks on gestures: each that has no effect in the run has one, and no other."""

from __future__ import annotations

import pytest

from dscourse.node import cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import At, Crash, Heal, Network, Recover, Restart, Uniform, World
from dscourse.touch import TouchedRun
from tests.touch.builds import counter, id_of, ids


def remarks(run: TouchedRun) -> list[str]:
    return [run.remark(touch) for touch in run.touches]


@pytest.mark.parametrize("ms", [1 / 3, 1e-9, 0.0004, 10.00049, 1 / 3 + 20])
def test_a_time_finer_than_a_microsecond_is_rounded_and_the_words_name_the_plans_time(
    ms: float,
) -> None:
    run = TouchedRun(counter)
    run.crash("a", ms)
    run.pause("b", ms, ms + 20)
    [crash] = run.world.trace.kinds("crash")
    assert run.plan[0].ms == crash.time_ms
    assert run.touches[0].text == f"crash a at {crash.time_ms:.3f}".rstrip("0").rstrip(".") + " ms"
    assert remarks(run) == ["", ""]


def test_words_name_times_of_many_digits_to_the_microsecond() -> None:
    run = TouchedRun(lambda plan: counter(plan).run(until_ms=3_000))
    run.pause("a", 1234.567, 2345.678)
    run.skew("a", -0.0, 1234.567)
    assert [str(touch) for touch in run.touches] == [
        "pause a from 1234.567 to 2345.678 ms", "clock of a +1234.567 ms from 0 ms on",
    ]  # fmt: skip


def without_plan(plan: list[At]) -> World:
    return counter([])


def first_entry_alone(plan: list[At]) -> World:
    return counter(plan[:1])


def test_a_gesture_that_build_leaves_out_of_its_worlds_plan_says_so() -> None:
    left_out = "it is not in the plan of the world that build returned"
    run = TouchedRun(without_plan)
    run.lose(ids(run, "a", "b")[0])
    run.skew("b", 3, 50)
    run.crash("b", 20)
    assert remarks(run) == [left_out] * 3
    run = TouchedRun(first_entry_alone)
    run.crash("a", 70)
    run.pause("b", 10, 20)
    assert remarks(run) == [left_out, left_out]
    run.switch(1, False)
    assert remarks(run) == ["", "switched off"]


def test_of_two_equal_faults_the_second_says_that_it_has_no_effect() -> None:
    run = TouchedRun(counter)
    run.crash("a", 20)
    run.crash("a", 20)
    run.restart("b", 20)
    assert remarks(run) == ["", "a is not up at 20 ms", "b is not down at 20 ms"]
    run = TouchedRun(counter)
    run.restart("a", 20)
    run.crash("a", 20)
    assert remarks(run) == ["a is not down at 20 ms", ""]


def with_its_own(plan: list[At]) -> World:
    return counter([At(20, Crash("a")), At(40, Restart("a")), *plan])


def test_faults_of_the_worlds_own_plan_are_told_apart_from_gestures() -> None:
    run = TouchedRun(with_its_own)
    run.crash("a", 30)
    run.restart("a", 40)
    run.crash("a", 41)
    assert remarks(run) == ["a is not up at 30 ms", "", ""]


def test_a_copy_that_does_not_arrive_says_why() -> None:
    run = TouchedRun(counter)
    first = next(iter(run.messages.values()))
    run.repeat(id_of(run, first), 50)
    assert remarks(run) == [""]
    for gesture, why in [
        (("cut", first.source, first.to, 40, 60), "it is lost: its link is cut"),
        (("crash", first.to, 40), f"it is lost: {first.to} is down when it arrives"),
        (("pause", first.to, 40, 60), "it arrives only at 60 ms"),
        (("cut", first.source, first.to, 1, 6), "it is lost: its link is cut"),
    ]:
        getattr(run, gesture[0])(*gesture[1:])
        assert remarks(run)[0].startswith(why)
        assert not remarks(run)[1]
        run.undo()
    run.lose(id_of(run, first))
    assert remarks(run) == ["", ""]
    run.edit(0, {"arrives_ms": 5_000})
    assert remarks(run) == ["the run ends before it arrives", ""]


def test_a_move_is_not_hidden_by_a_copy_that_arrives_before() -> None:
    run = TouchedRun(counter)
    first = next(iter(run.messages.values()))
    run.repeat(id_of(run, first), 30)
    run.move(id_of(run, first), 60)
    run.crash(first.to, 50)
    assert remarks(run) == ["", f"it is lost: {first.to} is down when it arrives", ""]


def test_an_operation_that_never_begins_says_why() -> None:
    run = TouchedRun(counter)
    run.invoke("a", 90, "add", None, 3)
    assert remarks(run) == [""]
    run.crash("a", 80)
    assert remarks(run) == ["a never begins it: it is down", ""]
    run.restart("a", 100)
    assert remarks(run) == ["", "", ""]
    run.reset()
    run.invoke("a", 90, "add", None, 3)
    run.pause("a", 80, 500)
    assert remarks(run) == [
        "a never begins it: it is paused",
        "the run ends at 150 ms, before its end",
    ]


def healing(plan: list[At]) -> World:
    world = World(
        cluster(Counter, ["a", "b", "c"]), 3, Network(Uniform(4, 16)),
        [At(40, Heal()), At(60, Recover("a", "b")), *plan],
    )  # fmt: skip
    return world.run(until_ms=100)


def test_a_cut_that_the_worlds_own_plan_heals_says_so() -> None:
    run = TouchedRun(healing)
    run.cut("a", "b", 10, 30)
    run.cut("a", "b", 10, 50)
    run.cut("a", "b", 41, 70, both=False)
    run.cut("a", "c", 41, 70)
    run.isolate("c", 20, 60)
    assert remarks(run) == [
        "", "the link b → a heals at 40 ms", "the link a → b heals at 60 ms", "", "the link c → b heals at 40 ms",
    ]  # fmt: skip


def test_while_the_run_fails_nothing_is_said_of_its_gestures() -> None:
    run = TouchedRun(counter)
    run.crash("a", 10)
    run.invoke("b", 20, "add", None, "one")
    assert run.error
    run.crash("a", 15)
    assert remarks(run) == ["", "", ""]
    run.remove(1)
    assert remarks(run) == ["", "a is not up at 15 ms"]
