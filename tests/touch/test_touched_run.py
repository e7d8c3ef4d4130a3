"""A run that is touched: each gesture does what it says, or says why it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from dscourse import checkers
from dscourse.show.scene import read_scene
from dscourse.sim import At, Lose, World
from dscourse.touch import TouchedRun
from tests.touch.builds import (
    counter,
    gossip,
    id_of,
    ids,
    right,
    store,
    store_until,
)


def test_a_lost_increment_is_missing_and_undo_brings_it_back() -> None:
    run = TouchedRun(counter, right)
    assert run.verdict
    run.lose(ids(run, "a", "b")[0])
    assert run.verdict is not None
    assert run.verdict.ok is False
    assert run.plan == [At(0, Lose("a", "b", "Add", 1))]
    assert run.undo()
    assert run.verdict
    assert run.plan == []
    assert run.redo()
    assert run.verdict.ok is False
    assert not run.redo()


def test_each_gesture_says_what_it_does() -> None:
    run = TouchedRun(store)
    run.repeat(ids(run, "n1", "n2")[0], 300)
    run.crash("n2", 20)
    run.restart("n2", 90)
    run.pause("n3", 10, 50)
    run.skew("n1", 5, -30)
    run.cut("n1", "n2", 100, 200)
    run.cut("n1", "n3", 100, 200, both=False)
    run.partition([["n1"], ["n3", "n2"]], 210, 220)
    run.invoke("c2", 250, "read", "x")
    kind = run.messages[ids(run, "n1", "n2")[0]].message
    assert [str(touch) for touch in run.touches] == [
        f"a copy of n1's 1st {kind} to n2 arrives at 300 ms",
        "crash n2 at 20 ms",
        "restart n2 at 90 ms",
        "pause n3 from 10 to 50 ms",
        "clock of n1 -30 ms from 5 ms on",
        "cut n1 – n2 from 100 to 200 ms",
        "cut n1 → n3 from 100 to 200 ms",
        "partition n1 | n2, n3 from 210 to 220 ms",
        "c2 invokes read x at 250 ms",
    ]
    assert {run.remark(touch) for touch in run.touches} == {""}
    kinds = {type(event.what).__name__ for event in run.world.trace.kinds("fault")}
    assert kinds >= {
        "Repeat",
        "Crash",
        "Restart",
        "Pause",
        "Resume",
        "SetClock",
        "Cut",
        "Heal",
        "Partition",
        "Submit",
    }
    assert [op.f for op in run.world.history if op.process == "c2"] == ["read"] * 4


def test_a_healed_partition_leaves_other_cuts_alone() -> None:
    run = TouchedRun(store)
    run.cut("n1", "n2", 10, 350)
    run.partition([["n1", "n2"], ["n3"]], 20, 30)
    cut = run.world.clone()
    assert not cut.link("n1", "n3").cut
    at = TouchedRun(lambda plan: store_until(plan, 100))
    at.cut("n1", "n2", 10, 350)
    at.partition([["n1", "n2"], ["n3"]], 20, 30)
    assert at.world.link("n1", "n2").cut
    assert not at.world.link("n1", "n3").cut


def test_a_message_that_is_moved_arrives_when_it_should_and_only_its_last_move_counts() -> None:
    run = TouchedRun(counter)
    first = ids(run, "a", "b")[0]
    run.move(first, 70)
    run.move(ids(run, "a", "b")[0], 80.5)
    assert len(run.plan) == 1
    arrived = [
        e.time_ms for e in run.world.trace.kinds("deliver") if (e.peer, e.node) == ("a", "b")
    ]
    assert 80.5 in arrived
    assert 70 not in arrived


def test_a_crash_during_a_handler_comes_after_so_many_of_its_effects() -> None:
    run = TouchedRun(counter)
    invoked = next(iter(run.world.trace.kinds("invoke")))
    run.crash_during(invoked, 1)
    sent = [e for e in run.world.trace.kinds("send") if e.time_ms == invoked.time_ms]
    assert len(sent) == 1
    assert [e.node for e in run.world.trace.kinds("crash")] == [invoked.node]


def test_a_crash_in_a_handler_follows_its_message_to_another_time() -> None:
    run = TouchedRun(gossip)
    timer = next(e for e in run.world.trace.kinds("timer") if e.node == "c")
    run.crash_during(timer, 1)
    assert run.touches[0].text.startswith("crash c as it handles its timer ")
    assert [e.node for e in run.world.trace.kinds("crash")] == ["c"]
    run = TouchedRun(store)
    asked = next(e for e in run.world.trace.kinds("deliver") if e.node == "n2" and e.peer == "n1")
    name = run.messages[asked.id]
    run.crash_during(asked, 0)
    run.move(id_of(run, name), asked.time_ms + 3)
    [crash] = run.world.trace.kinds("crash")
    assert crash.time_ms == pytest.approx(asked.time_ms + 3)
    assert {run.remark(touch) for touch in run.touches} == {""}
    run.lose(id_of(run, name))
    assert run.remark(run.touches[0]) == "n2 no longer handles this"
    assert list(run.world.trace.kinds("crash")) == []
    with pytest.raises(ValueError, match="no node handles"):
        run.crash_during(run.world.trace.kinds("send")[0], 0)
    with pytest.raises(ValueError, match="crash it after fewer"):
        run.crash_during(next(iter(run.world.trace.kinds("invoke"))), 99)


def test_numbers_of_a_gesture_are_edited_in_place_and_it_is_removed() -> None:
    run = TouchedRun(counter)
    run.pause("a", 10, 20)
    run.move(ids(run, "a", "b")[0], 70)
    run.edit(0, {"end_ms": 40})
    run.edit(1, {"arrives_ms": 90})
    assert [str(touch) for touch in run.touches] == [
        "pause a from 10 to 40 ms", "a's 1st Add to b arrives at 90 ms",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="the start must be before the end"):
        run.edit(0, {"end_ms": 5})
    with pytest.raises(ValueError, match="it has no to"):
        run.edit(0, {"to": 5})
    with pytest.raises(LookupError, match="no gesture 2"):
        run.edit(2, {})
    run.switch(0, False)
    run.edit(0, {"start_ms": 15})
    assert not run.touches[0].on
    run.remove(0)
    assert [touch.gesture for touch in run.touches] == ["move"]
    for _ in range(3):
        run.undo()
    assert str(run.touches[0]) == "pause a from 10 to 40 ms"
    with pytest.raises(TypeError, match=re.escape("pause, from (ms): a number is required")):
        run.edit(0, {"start_ms": None})  # type: ignore[dict-item]


def test_a_partition_ends_in_the_picture_when_its_last_link_heals() -> None:
    run = TouchedRun(store)
    run.partition([["n1"], ["n2", "n3"]], 20, 30)
    [band] = read_scene(run.world.trace).bands
    assert band.end is not None
    assert (band.start.time_ms, band.end.time_ms) == (20, 30)


def test_a_message_is_lost_only_once() -> None:
    run = TouchedRun(counter)
    run.lose(ids(run, "a", "b")[0])
    with pytest.raises(ValueError, match="a's 1st Add to b is lost already"):
        run.lose(ids(run, "a", "b")[0])
    assert len(run.touches) == 1


def test_an_interrupted_run_keeps_the_last_picture_and_says_so() -> None:
    def slow(world: World) -> bool:
        if not world.alive("a"):
            raise KeyboardInterrupt
        return True

    run = TouchedRun(counter, slow)
    good = run.world
    run.crash("a", 10)
    assert run.error == "the run was interrupted"
    assert run.world is good
    run.undo()
    assert run.error is None


def test_a_late_arrival_says_why_it_is_not_when_it_was_asked_for() -> None:
    run = TouchedRun(counter)
    run.move(ids(run, "a", "b")[0], 60)
    run.crash("b", 55)
    assert run.remark(run.touches[0]) == "it is lost: b is down when it arrives"
    run.edit(0, {"arrives_ms": 900})
    assert run.remark(run.touches[0]) == "the run ends before it arrives"
    run.edit(0, {"arrives_ms": 50})
    run.edit(1, {"ms": 100})
    run.pause("b", 45, 70)
    assert run.remark(run.touches[0]).startswith("it arrives only at 70 ms")


def test_shrinking_leaves_what_is_needed() -> None:
    run = TouchedRun(counter, right)
    run.cut("b", "c", 120, 130)
    run.lose(ids(run, "a", "b")[0])
    run.move(ids(run, "b", "c")[0], 140)
    assert run.shrink() == 2
    assert run.plan == [At(0, Lose("a", "b", "Add", 1))]
    assert [touch.on for touch in run.touches] == [False, True, False]
    assert run.shrink() == 0
    run.undo()
    assert len(run.plan) == 6


def test_a_run_that_is_right_cannot_be_shrunk() -> None:
    for run in (TouchedRun(counter, right), TouchedRun(counter)):
        with pytest.raises(ValueError, match="only a run that the verdict refutes can be shrunk"):
            run.shrink()


def test_a_property_judges_the_final_state_with_its_history() -> None:
    def reads(view: Any) -> checkers.Verdict:
        return checkers.linearizable(view.history, checkers.Register())

    run = TouchedRun(store, sim_property(reads))
    assert run.verdict is not None
    assert run.verdict.ok


def sim_property(holds: Callable[[Any], Any]) -> Any:
    from dscourse.core.properties import Property

    return Property("linearizable", holds, history=True)
