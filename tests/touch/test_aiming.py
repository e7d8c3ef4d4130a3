"""Gestures on messages that have another name, another time or another content now."""

from __future__ import annotations

import pytest

from dscourse.sim import At, Crash, Lose, Submit
from dscourse.touch import MessageName, TouchedRun, sending_of
from tests.touch.builds import (
    counter,
    gossip,
    id_of,
    ids,
    numbered,
    store,
)


def test_a_gesture_whose_name_means_another_message_now_is_left_out() -> None:
    run = TouchedRun(numbered)
    run.lose(next(iter(run.messages)))
    run.crash("a", 40)
    run.invoke("a", 5, "add", None, 1)
    assert run.remark(run.touches[0]) == (
        "no longer sent: this name now means 'add 1', and the gesture was about 'add 7'"
    )
    assert run.plan == [At(5, Submit("a", "add", value=1)), At(40, Crash("a"))]
    assert list(run.world.trace.kinds("drop")) == []
    run.switch(1, False)
    assert run.remark(run.touches[0]) == ""
    assert run.plan == [At(0, Lose("a", "b", "Add", 2)), At(5, Submit("a", "add", value=1))]
    run.switch(2, False)
    assert run.plan == [At(0, Lose("a", "b", "Add", 1))]
    run.switch(1, True)
    run.switch(2, True)
    assert len(run.plan) == 2


def test_a_gesture_follows_its_message_to_another_name_and_to_another_time() -> None:
    run = TouchedRun(numbered)
    run.lose(next(iter(run.messages)))
    run.repeat(next(iter(run.messages)), 80)
    run.invoke("a", 5, "add", None, 1)
    assert [str(touch) for touch in run.touches[:2]] == [
        "lose a's 2nd Add to b", "a copy of a's 2nd Add to b arrives at 80 ms",
    ]  # fmt: skip
    [lost] = run.world.trace.kinds("drop")
    assert (str(lost.what), lost.time_ms) == ("add 7", 50)
    run.undo()
    assert str(run.touches[0]) == "lose a's 1st Add to b"
    run.redo()
    run.pause("a", 45, 60)
    [lost] = run.world.trace.kinds("drop")
    assert (str(lost.what), lost.time_ms) == ("add 7", 60)
    assert 80 in [event.time_ms for event in run.world.trace.kinds("deliver")]
    run.edit(3, {"end_ms": 85})
    assert run.remark(run.touches[0]) == ""
    assert run.remark(run.touches[1]) == "not possible: it is sent only at 85 ms"
    assert len(run.plan) == 4
    run.edit(3, {"end_ms": 46})
    assert {run.remark(touch) for touch in run.touches} == {""}


def test_an_answer_that_was_moved_arrives_at_its_time_when_the_request_comes_later() -> None:
    run = TouchedRun(store)
    query = MessageName("n1", "n3", "Query", 1)
    reply = MessageName("n3", "n1", "QueryReply", 1)
    run.move(id_of(run, reply), 20)
    run.move(id_of(run, query), 6)
    sent = sending_of(run.world.trace, reply)
    assert sent is not None
    assert sent.time_ms == 6
    ends = [e.time_ms for e in run.world.trace.kinds("deliver") if e.id == sent.id]
    assert ends == [20]
    assert {run.remark(touch) for touch in run.touches} == {""}


def test_a_misplaced_gesture_is_left_out_before_those_that_depend_on_it() -> None:
    run = TouchedRun(numbered)
    run.repeat(next(iter(run.messages)), 80)
    run.lose(next(iter(run.messages)))
    run.crash("a", 40)
    run.invoke("a", 5, "add", None, 1)
    assert [run.remark(touch)[:14] for touch in run.touches] == ["no longer sent"] * 2 + [""] * 2


def test_a_message_whose_words_have_changed_and_whose_cause_has_not_is_named() -> None:
    run = TouchedRun(gossip)
    sent = run.world.trace.kinds("send")
    later = [event for event in sent if event.node == "a"][-1]
    run.lose(later.id)
    assert run.remark(run.touches[0]) == ""
    run.invoke("a", 1, "add", None, 5)
    assert run.remark(run.touches[0]).startswith("this message now says")
    assert len(run.plan) == 2


def test_a_gesture_on_a_message_that_is_not_sent_any_more_cannot_be_edited() -> None:
    run = TouchedRun(numbered)
    run.move(next(iter(run.messages)), 90)
    run.crash("a", 40)
    run.invoke("a", 5, "add", None, 1)
    with pytest.raises(LookupError, match="its message is no longer sent"):
        run.edit(0, {"arrives_ms": 95})


def test_a_gesture_that_no_longer_applies_stays_and_says_why() -> None:
    run = TouchedRun(counter)
    run.lose(ids(run, "a", "b")[1])
    run.crash("a", 1)
    run.crash("a", 2)
    run.restart("b", 3)
    run.pause("a", 500, 600)
    assert [run.remark(touch) for touch in run.touches] == [
        "this message is no longer sent", "", "a is not up at 2 ms", "b is not down at 3 ms",
        "the run ends at 150 ms, before it",
    ]  # fmt: skip
    run.switch(1, False)
    run.switch(2, False)
    assert run.remark(run.touches[0]) == ""
    assert run.remark(run.touches[1]) == "switched off"
