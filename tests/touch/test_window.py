"""Windows on a run: the part that is drawn, and the small cost of a long run."""

from __future__ import annotations

import math
from array import array

import pytest

from dscourse.node import cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import At, Constant, Network, Uniform, World
from dscourse.touch import Diagram
from dscourse.touch.display.window import NARROWEST_MS, Window


def counters(plan: list[At], rounds: int = 1) -> World:
    world = World(cluster(Counter, ["a", "b", "c"]), 3, Network(Uniform(4, 16)), plan)
    for turn in range(rounds):
        for row, name in enumerate("abc"):
            world.submit(name, [("add", None, 1)], start_ms=5 + 15 * row + 45 * turn)
    return world.run()


def long_run(plan: list[At]) -> World:
    return counters(plan, 60)


def ask(diagram: Diagram, number: int, *arguments: object) -> None:
    """Ask for a window as the browser does."""
    diagram._on_gesture(diagram, {"look": number, "arguments": list(arguments)}, [])


def test_a_window_draws_its_stretch_and_a_gesture_keeps_it() -> None:
    diagram = Diagram(counters)
    whole = diagram.svg
    ask(diagram, 7, 10, 30, [], [])
    assert (diagram.layout_data["low"], diagram.layout_data["high"], diagram.seen) == (10, 30, 7)
    assert diagram.sentence.startswith("From 10 to 30 ms: 3 nodes")
    assert diagram.svg != whole
    diagram.touch("crash", "a", 20)
    assert (diagram.layout_data["low"], diagram.layout_data["high"]) == (10, 30)
    ask(diagram, 8)
    diagram.touch("undo")
    assert diagram.svg == whole


def test_the_picture_before_the_gesture_is_that_of_the_same_window() -> None:
    diagram = Diagram(counters)
    ask(diagram, 1, 10, 30)
    before = diagram.svg
    diagram.touch("crash", "a", 20)
    assert diagram.before == before
    ask(diagram, 2)
    assert diagram.before == Diagram(counters).svg


def lines(diagram: Diagram) -> list[float]:
    return [lane["y"] for lane in diagram.layout_data["lanes"]]


def test_the_lines_stay_where_they_are_when_a_second_cut_comes_or_goes() -> None:
    diagram = Diagram(counters)
    before = lines(diagram)
    diagram.touch("cut", "a", "b", 10, 30)
    diagram.touch("cut", "b", "c", 15, 40)
    assert lines(diagram) == before
    diagram.touch("isolate", "c", 20, 40)
    lower = lines(diagram)
    assert lower > before
    diagram.touch("undo")
    assert lines(diagram) == lower  # and never move back


@pytest.mark.parametrize(("until_ms", "end_ms"), [(50, 50), (90, 51.7), (None, 47)])
def test_some_time_shows_after_the_last_event_for_a_fault_that_comes_there(
    until_ms: float | None, end_ms: float
) -> None:
    def one_add(plan: list[At]) -> World:
        world = World(cluster(Counter, ["a", "b"]), 3, Network(Constant(7)), plan)
        return world.submit("a", [("add", None, 1)], start_ms=40).run(until_ms)

    diagram = Diagram(one_add)
    assert diagram.layout_data["high"] == pytest.approx(end_ms)
    assert diagram.sentence.startswith("2 nodes, 1 message in 47 ms")
    diagram.touch("crash", "b", end_ms)
    assert ">down<" in diagram.svg


def test_what_is_left_out_is_said() -> None:
    diagram = Diagram(counters)
    ask(diagram, 1, None, None, ["c"], ["Add"])
    assert diagram.sentence.startswith("2 of 3 nodes, 0 messages")
    assert "1 type of message is hidden: Add." in diagram.sentence
    assert "c is folded away." in diagram.sentence
    assert [lane["node"] for lane in diagram.layout_data["lanes"]] == ["a", "b"]
    assert diagram.layout_data["arrows"] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((30, 10), "the start must be before the end"),
        (("5", 10), "a time in ms is required"),
        ((True, 10), "a time in ms is required"),
        ((math.nan, 10), "a time in ms is required"),
        ((None, None, "abc"), "a list of names is required"),
        ((None, None, [1]), "1 is no name"),
        ((None, None, ["a", "b", "c"]), "at least one must stay in view"),
        ((1, 2, [], [], 5), "argument"),
    ],
)
def test_an_impossible_window_is_refused_in_words_and_the_picture_stays(
    arguments: tuple[object, ...], words: str
) -> None:
    diagram = Diagram(counters)
    before = diagram.svg
    ask(diagram, 3, *arguments)
    assert words in diagram.refusal
    assert (diagram.svg, diagram.seen, diagram.window) == (before, 3, Window())


@pytest.mark.parametrize(
    ("start", "end"), [(-50, 1000), (1e6, 2e6), (20, 20 + 1e-9), (None, 5), (40, None), (-9, -8)]
)
def test_a_window_stays_within_the_run(start: float | None, end: float | None) -> None:
    part = Window(start, end).part(["a"], 0, 50)
    assert part.start_ms is not None
    assert part.end_ms is not None
    assert part.start_ms >= 0
    assert part.end_ms - part.start_ms >= NARROWEST_MS - 1e-9
    assert part.end_ms <= 50 + 1e-9


def test_a_long_run_is_left_to_the_browser_until_the_window_is_short() -> None:
    diagram = Diagram(long_run)
    assert diagram.layout_data["canvas"] is True
    assert diagram.layout_data["arrows"] == []
    assert len(diagram.svg) < 2000
    ask(diagram, 1, 100, 200)
    assert diagram.layout_data["canvas"] is False
    assert len(diagram.layout_data["arrows"]) > 5
    assert "360 messages" in diagram.picture.sentence


def test_the_columns_hold_every_message_once() -> None:
    diagram = Diagram(long_run)
    data, trace = diagram.run_data, diagram.run.world.trace
    sends = list(trace.kinds("send"))
    columns = data["messages"]
    assert array("d", columns["sent_ms"]).tolist() == [event.time_ms for event in sends]
    assert array("i", columns["id"]).tolist() == [event.id for event in sends]
    names = list(diagram.run.messages.values())
    assert array("i", columns["nth"]).tolist() == [name.nth for name in names]
    sources = [data["nodes"][at] for at in array("i", columns["from"])]
    assert sources == [name.source for name in names]
    assert data["types"] == [{"name": "Add", "count": len(sends)}]
    ends = array("d", columns["end_ms"]).tolist()
    assert all(end > event.time_ms for end, event in zip(ends, sends, strict=True))
