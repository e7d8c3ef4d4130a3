"""The clocks of a trace against happened-before, computed here from its definition alone."""

from __future__ import annotations

import pytest

from dscourse.clocks import Order, VectorClock, compare
from dscourse.sim import Trace

from .worlds import planned_worlds

WATCHED = ("fault", "drop", "duplicate", "state")  # no node takes part in these


def ancestors(trace: Trace) -> list[set[int] | None]:
    """For each event the places of all events before it by Lamport's three rules."""
    pasts: list[set[int] | None] = []
    for index, event in enumerate(trace):
        if event.kind in WATCHED:
            pasts.append(None)
            continue
        past: set[int] = set()
        for earlier, other in enumerate(trace[:index]):
            same_node = other.node == event.node and other.kind not in WATCHED
            sent = (other.kind, event.kind) == ("send", "deliver") and other.id == event.id
            if same_node or sent:
                past |= {earlier} | (pasts[earlier] or set())
        pasts.append(past)
    return pasts


@pytest.fixture(scope="module")
def traces() -> list[Trace]:
    """Short traces of faulted worlds of three kinds."""
    return [world.run(60).trace[:160] for seed in range(3) for world in planned_worlds(seed)]


def test_vector_clocks_characterise_happened_before(traces: list[Trace]) -> None:
    answers = set()
    for trace in traces:
        clocks = [clock and VectorClock(clock) for clock in trace.vector_clocks()]
        for index, past in enumerate(ancestors(trace)):
            mine = clocks[index]
            assert (mine is None) == (past is None)
            for earlier, theirs in enumerate(clocks[:index]):
                if mine is None or past is None or theirs is None:
                    continue
                answer = compare(theirs, mine)
                assert answer is (Order.BEFORE if earlier in past else Order.CONCURRENT)
                answers.add(answer)
    assert answers == {Order.BEFORE, Order.CONCURRENT}


def test_past_and_future_are_those_of_the_definition(traces: list[Trace]) -> None:
    for trace in traces:
        pasts = ancestors(trace)
        for index in range(0, len(trace), 7):
            past = pasts[index] or set()
            assert [event.index for event in trace.past(index)] == sorted(past | {index})
            after = [e for e, causes in enumerate(pasts) if causes and index in causes]
            assert [event.index for event in trace.future(index)] == [index, *after]


def test_lamport_clocks_grow_along_every_cause_and_are_the_least_that_do(
    traces: list[Trace],
) -> None:
    for trace in traces:
        clocks = trace.lamport_clocks()
        for index, past in enumerate(ancestors(trace)):
            largest = max((clocks[earlier] or 0 for earlier in past or ()), default=0)
            assert clocks[index] == (None if past is None else largest + 1)
