"""The diagram to touch, without a browser: its messages are gestures, and Python decides on all that it shows."""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dscourse import show
from dscourse.node import cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import At, Crash, Lose, Network, Uniform, World
from dscourse.touch import Deed, Diagram, TouchedRun
from dscourse.touch.modules import joined
from tests.touch.javascript import SCRIPTS, run_module


def counters(plan: list[At]) -> World:
    world = World(cluster(Counter, ["a", "b", "c"]), 3, Network(Uniform(4, 16)), plan)
    for turn, name in enumerate("abc"):
        world.submit(name, [("add", None, 1)], start_ms=5 + 15 * turn)
    return world.run(until_ms=70)


def all_agree(world: World) -> bool:
    return all(node.value == 3 for node in world.nodes.values())  # type: ignore[attr-defined]


def send(diagram: Diagram, gesture: object, *arguments: object) -> None:
    """Send a gesture as the browser does."""
    diagram._on_gesture(diagram, {"gesture": gesture, "arguments": list(arguments)}, [])


def causes(diagram: Diagram) -> list[list[int]]:
    """The direct causes of each event, as the browser reads them."""
    flat = array("i", diagram.run_data["causes"])
    return [[n for n in flat[at : at + 2] if n >= 0] for at in range(0, len(flat), 2)]


def message(diagram: Diagram, name: str) -> int:
    return next(n for n, known in diagram.run.messages.items() if str(known) == name)


def picture_of(code: str) -> str:
    """The picture that a cell with this code shows."""
    *lines, last = code.splitlines()
    space: dict[str, Any] = {"counters": counters}
    exec("\n".join(lines), space)
    return str(eval(last, space).svg)


def test_a_gesture_changes_the_picture_the_verdict_the_list_and_the_code() -> None:
    diagram = Diagram(counters, all_agree)
    assert "✓ all agree" in diagram.verdict_card
    before = diagram.svg
    send(diagram, "lose", message(diagram, "a's 1st Add to b"))
    assert diagram.svg != before
    assert "✗ violated: all agree" in diagram.verdict_card
    assert diagram.touches == [
        {"text": "lose a's 1st Add to b", "on": True, "remark": "", "numbers": []}
    ]
    assert diagram.news == "Lose a's 1st Add to b. Before: ✓ all agree. Now: ✗ violated: all agree."
    assert "Lose('a', 'b', 'Add', 1)" in diagram.code
    assert picture_of(diagram.code) == show.spacetime(diagram.run.world.trace).svg
    assert diagram.plan == [At(0, Lose("a", "b", "Add", 1))]
    assert (diagram.can_undo, diagram.can_redo, diagram.can_shrink) == (True, False, True)
    send(diagram, "undo")
    assert diagram.svg == before
    assert (diagram.can_undo, diagram.can_redo, diagram.can_shrink) == (False, True, False)


def test_what_is_impossible_is_refused_in_words_and_changes_nothing() -> None:
    diagram = Diagram(counters, all_agree)
    before = diagram.get_state()
    send(diagram, "move", message(diagram, "a's 1st Add to b"), 1)
    assert diagram.refusal == "a message cannot arrive at 1 ms: it is sent at 5 ms"
    assert {**diagram.get_state(), "refusal": "", "answers": before["answers"]} == before
    for gesture, arguments in (
        ("explode", ()),
        ("__init__", ()),
        ("lose", ("x",)),
        ("lose", ()),
        (None, ()),
    ):
        send(diagram, gesture, *arguments)
        assert diagram.refusal
        assert diagram.touches == []
    send(diagram, "crash", "a", 10)
    assert diagram.refusal == ""


def test_a_run_that_fails_keeps_the_last_good_picture_and_says_so() -> None:
    def fragile(plan: list[At]) -> World:
        if any(isinstance(entry.fault, Crash) for entry in plan):
            raise RuntimeError("the build <b>breaks</b>")
        return counters(plan)

    diagram = Diagram(fragile, all_agree)
    before = diagram.svg
    send(diagram, "crash", "a", 10)
    assert diagram.svg == before
    assert "the build &lt;b&gt;breaks&lt;/b&gt;" in diagram.verdict_card
    send(diagram, "undo")
    assert "all agree" in diagram.verdict_card


def test_a_deed_is_done_by_touches_and_its_fewest_are_kept() -> None:
    def wrong(run: TouchedRun) -> bool:
        return run.is_refuted

    diagram = Diagram(counters, all_agree, [Deed("Make a node wrong", wrong, 1)])
    assert diagram.tasks == [
        {"text": "Make a node wrong", "par": 1, "done": False, "why_not": "", "fewest": None}
    ]
    send(diagram, "crash", "a", 69)
    send(diagram, "lose", message(diagram, "b's 1st Add to c"))
    assert (diagram.tasks[0]["done"], diagram.tasks[0]["fewest"]) == (True, 2)
    assert diagram.news.endswith("Now: ✗ violated: all agree. ☑ Deed 1 is done.")
    send(diagram, "switch", 0, False)
    assert "☑" not in diagram.news
    assert (diagram.tasks[0]["done"], diagram.tasks[0]["fewest"]) == (True, 1)
    send(diagram, "reset")
    assert (diagram.tasks[0]["done"], diagram.tasks[0]["fewest"]) == (False, 1)


def test_a_deed_that_fails_is_a_refusal_in_words_and_one_without_touches_is_not_done() -> None:
    def wrong(run: TouchedRun) -> bool:
        return 1  # type: ignore[return-value]

    diagram = Diagram(counters, all_agree, [Deed("Do it", wrong, 1)])
    assert (diagram.tasks[0]["done"], diagram.refusal) == (False, "")
    send(diagram, "crash", "a", 60)
    assert diagram.tasks[0]["done"] is False
    assert diagram.refusal.startswith("Do it: the deed 'Do it' returned 1")
    with pytest.raises(ValueError, match="par=0"):
        Deed("Do it", wrong, 0)


def test_the_modules_are_joined_into_one_whose_names_differ() -> None:
    module = joined(SCRIPTS / "diagram.js")
    assert "import {" not in module.replace('{import("', "")
    assert module.count("export") == 1
    assert module.count("class Paper") == 1


def test_the_stored_form_is_the_picture_and_its_sentence() -> None:
    diagram = Diagram(counters, all_agree)
    data = diagram._repr_mimebundle_()
    assert data["text/plain"] == diagram.sentence
    assert data["text/html"].startswith('<img alt="3 nodes, 6 messages')
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_layout_knows_every_message_and_what_a_client_can_be_asked() -> None:
    diagram = Diagram(counters)
    layout = json.loads(json.dumps(diagram.layout_data))
    assert [arrow["name"] for arrow in layout["arrows"]][:2] == [
        "a's 1st Add to b",
        "a's 1st Add to c",
    ]
    assert layout["lanes"][0]["operations"] == [{"text": "add 1", "arguments": ["add", None, 1]}]
    assert len(causes(diagram)) == len(diagram.run.world.trace)
    send(diagram, "invoke", "a", 40, *layout["lanes"][0]["operations"][0]["arguments"])
    assert len(diagram.run.world.history) == 4


def test_the_past_and_future_of_a_message_are_those_of_the_trace(tmp_path: Path) -> None:
    diagram = Diagram(counters)
    trace, layout = diagram.run.world.trace, {**diagram.layout_data, "causes": causes(diagram)}
    code = """
        import { reach, relation, timeAt } from "./picture/geometry.js";
        const sorted = (set) => [...set].sort((a, b) => a - b);
        console.log(JSON.stringify(data.arrows.map((arrow) => {
          const seen = reach(data, arrow);
          return { past: sorted(seen.past), future: sorted(seen.future),
                   all: data.arrows.map((other) => relation(other, seen)), at: timeAt(data, arrow.line[2]) };
        })));
        """
    reached = run_module(tmp_path, code, layout)
    for arrow, found in zip(layout["arrows"], reached, strict=True):
        assert found["past"] == [event.index for event in trace.past(arrow["sent"])]
        assert found["future"] == [event.index for event in trace.future(arrow["end"])]
        assert found["at"] == pytest.approx(arrow["end_ms"], abs=0.2)
        for other, relation in zip(layout["arrows"], found["all"], strict=True):
            if other["end"] in found["past"]:
                assert relation == "past"
            elif other["sent"] in found["future"]:
                assert relation == "future"
            else:
                assert relation == "concurrent"


@pytest.mark.parametrize("seed", range(20))
def test_random_messages_from_the_browser_never_raise(seed: int) -> None:
    draws, diagram = Random(seed), Diagram(counters, all_agree)
    values: list[Any] = [
        "a",
        "z",
        5,
        -1,
        17.5,
        999,
        None,
        True,
        "add",
        [],
        {},
        *diagram.run.messages,
    ]
    gestures = [
        "lose",
        "repeat",
        "move",
        "crash",
        "restart",
        "pause",
        "skew",
        "cut",
        "isolate",
        "invoke",
        "switch",
    ]
    for _ in range(25):
        gesture = draws.choice([*gestures, "undo", "redo", "reset", "shrink"])
        send(diagram, gesture, *draws.choices(values, k=draws.randrange(5)))
        assert diagram.svg.startswith("<svg")
        json.dumps(diagram.get_state(["layout_data", "touches", "sentence", "code"]))


def test_a_part_of_the_run_is_drawn_and_its_messages_keep_their_names() -> None:
    diagram = Diagram(counters, part=lambda trace: trace.between(20, 70))
    names = {arrow["name"] for arrow in diagram.layout_data["arrows"]}
    assert "b's 1st Add to a" in names
    assert not any(name.startswith("a's") for name in names)
    send(diagram, "lose", message(diagram, "b's 1st Add to a"))
    [lost] = [arrow for arrow in diagram.layout_data["arrows"] if arrow["lost"]]
    assert lost["name"] == "b's 1st Add to a"
    assert diagram.layout_data["low"] == 20


def test_the_lines_stay_where_they_are_when_a_partition_or_a_wrong_clock_comes_and_goes() -> None:
    diagram = Diagram(counters, all_agree)
    lanes = diagram.layout_data["lanes"]
    send(diagram, "partition", [["a"], ["b", "c"]], 10, 40)
    assert "partition: a | b, c" in diagram.svg
    assert diagram.layout_data["lanes"] == lanes
    send(diagram, "undo")
    send(diagram, "skew", "a", 10, 60, 500)
    assert "clock of a" in diagram.svg
    assert diagram.layout_data["lanes"] == lanes
    assert diagram.layout_data["height"] == diagram.layout_data["lanes"][-1]["y"] + 68
