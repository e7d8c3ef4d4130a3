"""Gestures that were made on an earlier picture: they mean what they meant there, or are refused in words."""

from __future__ import annotations

from typing import Any

import pytest

from dscourse.node import cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import At, Network, Uniform, World
from dscourse.touch import Diagram


def counters(plan: list[At]) -> World:
    world = World(cluster(Counter, ["a", "b", "c"]), 3, Network(Uniform(4, 16)), plan)
    for turn, name in enumerate("abc"):
        world.submit(name, [("add", None, 1)], start_ms=5 + 15 * turn)
    return world.run()


def sent(diagram: Diagram, name: str) -> int:
    return next(i for i, known in diagram.run.messages.items() if str(known) == name)


def from_browser(diagram: Diagram, gesture: str, *arguments: Any, of: Any) -> None:
    content = {"gesture": gesture, "arguments": list(arguments), "of": of}
    diagram._on_gesture(diagram, content, [])


@pytest.fixture
def diagram() -> Diagram:
    return Diagram(counters)


@pytest.mark.parametrize(("gesture", "more"), [("lose", []), ("move", [40]), ("repeat", [41])])
def test_a_message_is_the_one_of_the_picture_that_was_touched(
    diagram: Diagram, gesture: str, more: list[float]
) -> None:
    old, number = sent(diagram, "c's 1st Add to b"), diagram.answers
    diagram.touch("crash", "b", 18)  # b sends nothing then: all later messages have other numbers
    assert sent(diagram, "c's 1st Add to b") != old
    from_browser(diagram, gesture, old, *more, of=number)
    assert diagram.refusal == ""
    assert "c's 1st Add to b" in diagram.touches[1]["text"]


def test_a_message_that_is_no_longer_sent_is_refused(diagram: Diagram) -> None:
    old, number = sent(diagram, "b's 1st Add to a"), diagram.answers
    diagram.touch("crash", "b", 18)
    from_browser(diagram, "lose", old, of=number)
    assert diagram.refusal == "b's 1st Add to a is no longer sent"
    assert len(diagram.touches) == 1


def test_a_handler_is_the_one_of_the_picture_that_was_touched(diagram: Diagram) -> None:
    [event] = [e for e in diagram.run.world.trace.kinds("invoke") if e.node == "c"]
    number = diagram.answers
    diagram.touch("crash", "b", 18)
    from_browser(diagram, "crash_during", event.index, 1, of=number)
    assert diagram.touches[1]["text"].startswith("crash c as it handles the operation add 1")
    from_browser(diagram, "crash_during", 10_000, 1, of=number)
    assert diagram.refusal == "no event 10000 in the run"


def test_an_entry_of_the_list_is_found_where_it_stands_now(diagram: Diagram) -> None:
    for node, ms in (("a", 10), ("b", 20), ("c", 30)):
        diagram.touch("crash", node, ms)
    number = diagram.answers
    diagram.touch("remove", 0)
    from_browser(diagram, "remove", 2, of=number)
    assert [one["text"] for one in diagram.touches] == ["crash b at 20 ms"]
    from_browser(diagram, "switch", 0, False, of=number)
    assert diagram.refusal == "crash a at 10 ms: it is no longer in the list"
    from_browser(diagram, "remove", 9, of=number)
    assert diagram.refusal == "no gesture 9: there are 1"


@pytest.mark.parametrize("of", [0, 10_000, "x", [1]])
def test_a_picture_that_is_not_remembered_is_refused(diagram: Diagram, of: object) -> None:
    from_browser(diagram, "lose", 1, of=of)
    assert diagram.refusal != ""
    assert diagram.touches == []


def test_pictures_long_past_are_forgotten(diagram: Diagram) -> None:
    number = diagram.answers
    for ms in range(10, 20):
        diagram.touch("crash", "a", ms)
    from_browser(diagram, "lose", 1, of=number)
    assert diagram.refusal == "the run has changed since this picture; make the gesture again"


def test_nodes_keep_the_places_of_their_lines(diagram: Diagram) -> None:
    before = [lane["node"] for lane in diagram.layout_data["lanes"]]
    diagram.touch("crash", "b", 18)  # before its request, which made it a client
    assert [lane["node"] for lane in diagram.layout_data["lanes"]] == before
