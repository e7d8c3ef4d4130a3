"""The first difference of two runs: the identity of events, and the words for one that only one run has."""

from __future__ import annotations

from collections import Counter as Bag
from collections.abc import Callable
from typing import Any

import pytest

from dscourse.sim import At, Crash, Submit, Trace, World
from dscourse.touch import TouchedRun, first_difference
from dscourse.touch.run.event_words import SHOWN, EventWords
from tests.touch.builds import BUILDS, counter, gossip, right

_CELLS = 7


def changed(trace: Trace, index: int, **values: Any) -> Trace:
    """Return the trace with other values of one event."""
    names = ["time", "kind", "node", "peer", "what", "id", "detail"]
    cells = list(trace.cells)
    for name, value in values.items():
        cells[index * _CELLS + names.index(name)] = value
    return Trace(cells)


def first(trace: Trace, kind: str, nth: int = 3) -> int:
    return trace.kinds(kind)[nth].index


@pytest.mark.parametrize("build", BUILDS)
def test_a_run_does_not_differ_from_itself(build: Callable[[list[At]], World]) -> None:
    assert first_difference(build([]).trace, build([]).trace) is None


def test_each_part_of_an_event_but_its_id_makes_it_another() -> None:
    trace = counter([]).trace
    sent, got = first(trace, "send"), first(trace, "deliver")
    for index, values in [
        (got, {"time": trace.cells[got * _CELLS] + 1}),
        (got, {"kind": "drop"}),
        (got, {"node": "z"}),
        (sent, {"peer": "z"}),
        (got, {"peer": "z"}),
        (got, {"what": type(trace[got].what)(7)}),
    ]:
        found = first_difference(trace, changed(trace, index, **values))
        assert found is not None, values
        assert found.time_ms == pytest.approx(trace[index].time_ms, abs=1e-3), values
    assert first_difference(trace, changed(trace, got, id=999, detail="another")) is None


def test_events_of_different_nodes_at_one_time_may_change_places_but_not_those_of_one_node() -> (
    None
):
    trace = counter([]).trace
    sends = trace.kinds("send")[:2]  # of one handler, to two receivers
    cells = [list(trace.cells[n * _CELLS : (n + 1) * _CELLS]) for n in range(len(trace))]
    one, other = (send.index for send in sends)
    cells[one], cells[other] = cells[other], cells[one]
    swapped = Trace(cell for row in cells for cell in row)
    found = first_difference(trace, swapped)
    assert found is not None
    assert [side.text for side in found.sides] == ["a sends add 1 to b", "a sends add 1 to c"]
    starts = trace.kinds("deliver")[:2]
    together = changed(trace, starts[1].index, time=round(starts[0].time_ms * 1000))
    cells = [list(together.cells[n * _CELLS : (n + 1) * _CELLS]) for n in range(len(trace))]
    cells.insert(starts[0].index, cells.pop(starts[1].index))
    assert first_difference(together, Trace(cell for row in cells for cell in row)) is None


def test_a_message_moved_lost_or_repeated_is_followed_in_both_runs() -> None:
    run = TouchedRun(counter, right)
    before = run.world.trace
    message, name = next((n, name) for n, name in run.messages.items() if name.to == "b")
    arrives = next(e.time_ms for e in before.kinds("deliver") if e.id == message)

    def sentence() -> str:
        found = first_difference(before, run.world.trace)
        assert found is not None
        return found.sentence(("before", "after"))

    run.move(message, 60)
    assert sentence() == (
        f"The same up to {arrives:g} ms; then before: b receives add 1 from a; "
        "after: b receives add 1 from a at 60 ms."
    )
    run.move(message, 500)
    assert sentence().endswith("after: this message is still under way at the end.")
    run.undo()
    run.undo()
    run.lose(message)
    assert sentence() == (
        f"The same up to 5 ms; then before: b receives add 1 from a at {arrives:g} ms; "
        "after: add 1 from a to b is lost."
    )
    run.undo()
    run.repeat(message, 70)
    assert sentence() == (
        "The same up to 70 ms; then before: this message does not arrive again; after: b receives add 1 from a."
    )
    assert str(name) == "a's 1st Add to b"


def test_a_node_that_crashes_and_an_operation_more_are_said() -> None:
    before = counter([]).trace
    found = first_difference(before, counter([At(40, Crash("b"))]).trace)
    assert found is not None
    assert [side.text for side in found.sides] == ["nothing of the kind at b", "b crashes"]
    assert (found.time_ms, found.node, found.sides[0].event) == (40, "b", None)
    found = first_difference(before, counter([At(41, Submit("c", "add", None, 5))]).trace)
    assert found is not None
    assert found.sides[1].text == "c invokes add 5"


def test_two_protocols_differ_in_what_they_send() -> None:
    found = first_difference(counter([]).trace, gossip([]).trace)
    assert found is not None
    assert found.time_ms == 0
    assert found.sides[0].text == "a invokes add 1 only at 5 ms"
    assert found.sides[1].text == "a invokes add 1"


@pytest.mark.parametrize("build", BUILDS)
def test_nothing_differs_before_the_first_difference_and_something_does_at_it(
    build: Callable[[list[At]], World],
) -> None:
    run = TouchedRun(build)
    before = run.world.trace
    for number in list(run.messages)[::9]:
        run.lose(number)
        found = first_difference(before, run.world.trace)
        assert found is not None
        bags = [_bag(trace, found.time_ms) for trace in (before, run.world.trace)]
        assert bags[0][0] == bags[1][0]
        assert bags[0][1] != bags[1][1]
        run.undo()


def _bag(trace: Trace, ms: float) -> tuple[Bag[Any], list[Any]]:
    """Return the shown events before ``ms``, and those up to and including it, in order."""
    words = EventWords(trace)
    shown = [(e.time_ms, words.of(e)) for e in trace if e.kind in SHOWN]
    return Bag(one for one in shown if one[0] < ms), [one for one in shown if one[0] <= ms]
