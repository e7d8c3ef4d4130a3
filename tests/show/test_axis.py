"""Positions of events from left to right."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.show.axis import OrderAxis, TimeAxis, ticks
from tests.sim.worlds import pipe

TIMES = st.floats(0, 1e6, allow_nan=False)


@given(TIMES, st.floats(1e-3, 1e6), st.integers(1, 20))
def test_ticks_are_few_round_and_inside(low: float, span: float, most: int) -> None:
    found = ticks(low, low + span, most)
    assert len(found) <= most + 1
    slack = 1e-6 * max(1.0, low + span)
    assert all(low - slack <= tick <= low + span + slack for tick in found)
    steps = {round(b - a, 6) for a, b in pairwise(found)}
    assert len(steps) <= 1 or max(steps) - min(steps) < slack


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (3, 27, [5, 10, 15, 20, 25]), (0, 0.0, [0])],
)
def test_ticks_of_some_stretches(low: float, high: float, wanted: list[float]) -> None:
    assert ticks(low, high, 6) == wanted


def test_time_is_drawn_in_proportion_and_kept_within_the_stretch() -> None:
    axis = TimeAxis(10, 30, left=100, right=300)
    assert [axis.at(0, ms) for ms in (0, 10, 15, 30, 99)] == [100, 100, 150, 300, 300]


def test_a_moment_has_an_axis_too() -> None:
    assert TimeAxis(5, 5, 0, 100).at(0, 5) == 0


def test_by_order_each_handler_has_the_same_room() -> None:
    trace = pipe(count=3, every_ms=100).run().trace
    axis = OrderAxis(trace, 0, 1e9, left=0, right=400)
    steps = sorted({axis.x(event) for event in trace})
    gaps = {round(b - a, 6) for a, b in pairwise(steps)}
    assert len(gaps) == 1
    assert axis.left < steps[0] < steps[-1] < axis.right


def test_by_order_effects_stand_with_their_cause_and_no_message_goes_back() -> None:
    trace = pipe(count=3).run().trace
    axis = OrderAxis(trace, 0, 1e9, left=0, right=400)
    sent = {event.id: event for event in trace.kinds("send")}
    for event in trace.kinds("timer"):
        effects = [
            e for e in trace.kinds("send") if e.time_ms == event.time_ms and e.node == event.node
        ]
        assert {axis.x(effect) for effect in effects} <= {axis.x(event)}
    arrivals = trace.kinds("deliver")
    assert len(arrivals) == 3
    assert all(axis.x(sent[event.id]) < axis.x(event) for event in arrivals)


def test_by_order_what_is_outside_stands_at_the_edges() -> None:
    trace = pipe(count=5).run().trace
    axis = OrderAxis(trace, 2, 3, left=10, right=400)
    assert axis.x(trace[0]) == 10
    assert axis.x(trace[-1]) == axis.right
