"""Gestures that make no sense or break the run: they are refused in words, and the last good run is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

import pytest

from dscourse.sim import World
from dscourse.touch import TouchedRun
from tests.touch.builds import counter


@pytest.mark.parametrize(
    ("gesture", "error", "text"),
    [
        (lambda run: run.lose(10**6), LookupError, "no message of this run has the id 1000000"),
        (lambda run: run.move(min(run.messages), 1), ValueError, "cannot arrive at 1 ms: it is sent at 5 ms"),
        (lambda run: run.pause("a", 5, 5), ValueError, "from 5 to 5 ms: the start must be before the end"),
        (lambda run: run.crash("a", "soon"), TypeError, "crash, at (ms): 'soon' is not a number"),
        (lambda run: run.crash("a", float("inf")), TypeError, "inf is not a number"),
        (lambda run: run.invoke("a", 5, "add", None, float("nan")), ValueError, "nan is not a value that code can"),
        (lambda run: run.cut("a", "a", 5, 6), ValueError, "a link has two different ends"),
        (lambda run: run.switch(0, False), LookupError, "no gesture 0: there are 0"),
        (lambda run: run.crash("a", -1), ValueError, "crash, at (ms): -1: a time is 0 or more"),
        (lambda run: run.invoke("a", -5, "add"), ValueError, "new operation, at (ms): -5: a time is 0 or more"),
        (lambda run: run.partition([[], ["a", "b"]], 1, 2), ValueError, "partition: each side needs a node"),
        (lambda run: run.partition([["a"]], 1, 2), ValueError, "partition: each side needs a node"),
        (lambda run: run.partition([["a"], ["a", "b"]], 1, 2), ValueError, "'a' is in more than one group"),
        (lambda run: run.crash("z", 10), LookupError, "crash: no node is called 'z'; the nodes are a, b, c"),
        (lambda run: run.crash(["a"], 10), TypeError, "crash: ['a']: a node's name is required"),
        (lambda run: run.crash("a", 10**400), ValueError, "a number of at most 10^12 is required"),
        (lambda run: run.crash("a", True), TypeError, "crash, at (ms): True is not a number"),
        (lambda run: run.cut("a", "b", 1, 2, "no"), TypeError, "cut: both='no': it must be True or False"),
        (lambda run: run.partition(5, 1, 2), TypeError, "partition: 5: lists of nodes' names are required"),
        (lambda run: run.partition("ab", 1, 2), TypeError, "partition: 'ab': lists of nodes' names are required"),
        (lambda run: run.partition([["a"], ["z"]], 1, 2), LookupError, "partition: no node is called 'z'"),
        (lambda run: run.lose([]), TypeError, "[]: the id of a message is required, a whole number"),
        (lambda run: run.lose(True), TypeError, "True: the id of a message is required, a whole number"),
        (lambda run: run.crash_during(1.0, 0), TypeError, "1.0: an event's index is required, a whole number"),
        (lambda run: run.crash_during(4, True), TypeError, "True: a number of effects is required, a whole number"),
        (lambda run: run.crash_during(0, 0), ValueError, "a starts before the first fault of any plan"),
        (lambda run: run.edit(0, {"ms": 1}), LookupError, "no gesture 0: there are 0"),
        (lambda run: run.invoke("a", 5, "add", None, Fraction(1, 3)), ValueError, "Fraction(1, 3) is not a value"),
        (lambda run: run.invoke("a", 5, "add", (1, float("inf"))), ValueError, "inf is not a value that code"),
    ],
)  # fmt: skip
def test_a_gesture_that_makes_no_sense_is_refused(
    gesture: Callable[[TouchedRun], object], error: type[Exception], text: str
) -> None:
    run = TouchedRun(counter)
    with pytest.raises(error, match=re.escape(text)):
        gesture(run)
    assert run.touches == ()
    assert run.error is None


def test_a_gesture_that_breaks_the_protocol_or_the_judge_keeps_the_last_good_run() -> None:
    def judge(world: World) -> bool:
        if not world.alive("a"):
            raise RuntimeError("the judge needs a\nand more")
        return True

    run = TouchedRun(counter, judge)
    good = run.world
    run.crash("a", 10)
    assert run.error == "the property 'judge' raised RuntimeError: the judge needs a"
    assert run.world is good
    assert run.verdict
    assert run.remark(run.touches[0]) == ""  # it is of a run that nobody has seen
    run.undo()
    assert run.error is None


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: TouchedRun(5), "build=5: a function of a fault plan"),
        (lambda: TouchedRun(lambda plan: None), "build returned None: it must return a World"),
        (lambda: TouchedRun(counter, 5), "judge=5: a Property or a function of a world"),
    ],
)
def test_bad_arguments_are_named(make: Callable[[], object], text: str) -> None:
    with pytest.raises(TypeError, match=re.escape(text)):
        make()
