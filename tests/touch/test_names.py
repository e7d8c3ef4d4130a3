"""Names of messages: each has one, by which it is found and lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dscourse.sim import At, World
from dscourse.touch import MessageName, TouchedRun, message_names, sending_of
from tests.touch.builds import BUILDS, counter


@pytest.mark.parametrize("build", BUILDS)
def test_each_message_has_one_name_and_is_found_by_it(build: Callable[[list[At]], World]) -> None:
    trace = build([]).trace
    names = message_names(trace)
    assert len(set(names.values())) == len(names) == len(trace.kinds("send"))
    for number, name in names.items():
        sent = sending_of(trace, name)
        assert sent is not None
        assert sent.id == number


def test_a_name_that_the_run_does_not_have_is_not_found() -> None:
    assert sending_of(counter([]).trace, MessageName("a", "b", "Add", 3)) is None


@pytest.mark.parametrize("build", BUILDS)
def test_losing_a_message_loses_that_one_and_leaves_its_past_alone(
    build: Callable[[list[At]], World],
) -> None:
    run = TouchedRun(build)
    before = run.world.trace
    for number, name in list(run.messages.items())[::7]:
        run.lose(number)
        sent = sending_of(run.world.trace, name)
        assert sent is not None
        end = [e for e in run.world.trace.kinds("drop") if e.id == sent.id]
        assert [e.detail for e in end] == ["dropped"]
        unaffected = [e for e in before if e.time_ms < sent.time_ms]
        after = [e for e in run.world.trace if e.time_ms < sent.time_ms and e.kind != "fault"]
        assert [(e.time_ms, e.kind, e.node, e.what) for e in after] == [
            (e.time_ms, e.kind, e.node, e.what) for e in unaffected
        ]
        run.undo()
