"""The moments of a run for the browser agree with a world that runs step by step."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from dscourse.core.properties import Property, View
from dscourse.node import Node, cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.show.node_states import state_in_words
from dscourse.sim import At, Crash, Network, Pause, Restart, Resume, StateRecorder, World, observing
from dscourse.touch import Diagram
from dscourse.touch.display.moments import moments
from dscourse.touch.display.unchanging import unchanging_fields
from dscourse.touch.run.violation import find_violation
from tests.touch.builds import BUILDS, counter, gossip, raft, right, store

FAULTS = [At(20, Crash("a")), At(25, Pause("b")), At(40, Restart("a")), At(60, Resume("b"))]


def known(data: dict[str, Any], step: int) -> dict[str, dict[str, Any]]:
    """The nodes after a step, from the changes up to it."""
    nodes = {name: dict(node, fields=dict(node["fields"])) for name, node in data["base"].items()}
    for number, name, new in data["changes"]:
        if number <= step:
            fields = nodes[name]["fields"] | new.get("fields", {})
            nodes[name] |= new
            nodes[name]["fields"] = {
                key: value for key, value in fields.items() if value is not None
            }
    return nodes


def shown(node: Node) -> dict[str, str]:
    """The state of a node in words; the open operation of a client is told as what it is doing, not by its id."""
    return {n: text for n, text in state_in_words(node.state()).items() if n != "open operation"}


def expected(world: World) -> dict[str, dict[str, str]]:
    return {name: shown(node) if world.alive(name) else {} for name, node in world.nodes.items()}


@pytest.mark.parametrize("build", BUILDS)
def test_the_states_at_every_moment_are_those_of_the_run(
    build: Callable[[list[At]], World],
) -> None:
    plan = FAULTS if build in (counter, gossip) else []
    with observing(StateRecorder):
        data = json.loads(json.dumps(moments(build(plan))))
    assert data["whole"]
    # The same run, observed by one that looks for itself.
    seen: list[dict[str, dict[str, str]]] = []

    class Looking:
        events = 0

        def look(self, engine: Any) -> None:
            if len(engine.trace) > self.events:  # what waits at a paused node is no event yet
                self.events = len(engine.trace)
                hosts = engine.hosts.values()
                seen.append({h.name: shown(h.node) if h.up else {} for h in hosts})

        def copy(self) -> Looking:
            return self

    with observing(Looking):
        world = build(plan)
    assert len(data["steps"]) == len(seen)
    for step, states in enumerate(seen):
        assert {n: node["fields"] for n, node in known(data, step).items()} == states
    assert seen[-1] == expected(world)


def test_down_paused_operations_and_the_disk_are_told() -> None:
    with observing(StateRecorder):
        data = moments(gossip(FAULTS))
    by_time = {event[3]: event[0] for event in data["events"]}

    def at(ms: float) -> dict[str, dict[str, Any]]:
        last = max(index for time, index in by_time.items() if time <= ms)
        return known(data, sum(first <= last for first, *_ in data["steps"]) - 1)

    assert (at(19)["a"]["status"], at(19)["a"]["disk"]) == ("", "1 record")
    assert (at(22)["a"]["status"], at(22)["a"]["fields"], at(22)["a"]["disk"]) == (
        "down", {}, "1 record",
    )  # fmt: skip
    assert (at(30)["b"]["status"], at(45)["a"]["status"], at(90)["b"]["status"]) == (
        "paused",
        "",
        "",
    )
    with observing(StateRecorder):
        data = moments(store([]))
    doing = [new["doing"] for _, name, new in data["changes"] if name == "c1" and "doing" in new]
    assert doing == ["write x=1", "", "write x=2", ""]


def test_every_event_that_is_told_has_words_and_messages_have_both_ends() -> None:
    with observing(StateRecorder):
        world = raft([])
    data = moments(world)
    assert all(text.startswith(node) for _, _, node, _, text, _ in data["events"])
    sent = {event[5] for event in data["events"] if event[1] == "send"}
    assert {event[5] for event in data["events"] if event[1] == "deliver"} <= sent
    assert {event[5] for event in data["events"] if event[1] not in ("send", "deliver")} == {-1}


def test_a_long_run_is_told_by_stretches_and_says_so() -> None:
    with observing(partial(StateRecorder, start=60, most=30)):
        world = store([])
    data = moments(world)
    assert (len(data["steps"]), data["whole"]) == (30, False)
    assert data["note"].startswith("In this run of 228 events, states are known from ")
    with observing(StateRecorder):
        whole = moments(store([]))
    offset = next(n for n, step in enumerate(whole["steps"]) if step == data["steps"][0])
    for step in range(30):
        assert known(data, step) == known(whole, offset + step)


def test_a_world_that_was_constructed_before_has_no_states_and_says_so() -> None:
    ready = counter([])
    diagram = Diagram(lambda plan: ready)
    assert diagram.moments["steps"] == []
    assert "had constructed before" in diagram.moments["note"]
    assert (
        find_violation(lambda plan: ready, [], Property("any", lambda view: True))["event"] is None
    )


def test_the_browser_asks_for_another_stretch() -> None:
    diagram = Diagram(store)
    diagram._on_gesture(diagram, {"question": "moments", "arguments": [50]}, [])
    assert diagram.refusal == ""
    first = diagram.moments["steps"][0][0]
    assert diagram.run.world.trace[first].time_ms <= 50
    for question, arguments in (
        ("moments", []),
        ("moments", ["x"]),
        ("sense", []),
        ("violation", [1]),
    ):
        diagram._on_gesture(diagram, {"question": question, "arguments": arguments}, [])
        assert diagram.refusal.startswith("no question is ")


# --- the first violation ---------------------------------------------------------------------------


def small(view: View) -> bool:
    return sum(node.value for node in view.nodes.values()) < 5


def test_the_first_event_after_which_a_property_no_longer_holds_is_found() -> None:
    diagram = Diagram(counter, Property("small", small, "the values add up to 5"))
    assert diagram.judges == "states"
    diagram.ask("violation")
    found = diagram.violation["event"]
    event = diagram.run.world.trace[found]
    assert (event.kind, event.node) == ("deliver", "a")
    assert diagram.violation["words"] == (
        f"“small” no longer holds from {event.time_ms:g} ms on, when a receives add 1 from b: "
        "the values add up to 5."
    )
    with observing(StateRecorder):
        data = moments(counter([]))
    step = next(n for n, (first, last, *_) in enumerate(data["steps"]) if first <= found < last)
    for number, holds in ((step - 1, True), (step, False)):
        values = [int(node["fields"]["value"]) for node in known(data, number).values()]
        assert (sum(values) < 5) is holds


def alike(view: View) -> bool:
    return len({node.value for node in view.nodes.values()}) == 1


@pytest.mark.parametrize(
    ("holds", "words"),
    [
        (lambda view: True, "“it” is violated at no moment of this run."),
        (lambda view: False, "There is no first violation to go to: “it” holds at no moment of "),
        (lambda view: not small(view), "“it” does not hold at the beginning; it holds from "),
        (alike, "“it” no longer holds from 5 ms on, when a invokes add 1. It holds again "),
        (
            lambda view: bool(view.results["a"]) and small(view),
            "“it” does not hold at the beginning. It holds later, and “it” no longer holds from ",
        ),
    ],
)  # fmt: skip
def test_the_course_of_a_property_is_told(holds: Callable[[View], bool], words: str) -> None:
    assert find_violation(counter, [], Property("it", holds))["words"].startswith(words)


def test_a_judge_of_the_end_says_that_it_judges_no_earlier_moment() -> None:
    diagram = Diagram(counter, right)
    assert diagram.judges == "end"
    diagram.ask("violation")
    assert diagram.violation == {"event": None, "words": (
        "The judge of this diagram judges the end of the run alone, so no earlier moment can be judged."
    )}  # fmt: skip
    assert Diagram(counter).judges == ""


def test_a_property_that_raises_is_refused_in_words_and_a_gesture_ends_the_answer() -> None:
    def fragile(view: View) -> bool:
        if not view.nodes["a"].value:
            raise RuntimeError("no value yet")
        return True

    diagram = Diagram(counter, Property("fragile", fragile))
    diagram.ask("violation")
    assert diagram.refusal == "the property 'fragile' raised RuntimeError: no value yet"
    diagram = Diagram(counter, Property("small", small))
    diagram.ask("violation")
    assert diagram.violation
    diagram.touch("crash", "a", 20)
    assert diagram.violation == {}


def test_after_a_failed_gesture_no_state_is_guessed() -> None:
    def build(plan: list[At]) -> World:
        if plan:
            raise RuntimeError("broken")
        return (
            World(cluster(Counter, ["a", "b"]), 3, Network()).submit("a", [("add", None, 1)]).run()
        )

    diagram = Diagram(build, Property("small", small))
    before = diagram.moments
    diagram.touch("crash", "a", 20)
    assert diagram.moments == before
    diagram.ask("violation")
    assert diagram.violation["words"] == "The last gesture led to an error: broken"
    diagram.ask("moments", 3)
    assert diagram.refusal.startswith("the states of this run are not known")


def test_a_run_with_a_fault_at_0_ms_is_known_as_a_whole() -> None:
    diagram = Diagram(counter)
    diagram.touch("lose", next(iter(diagram.run.messages)))
    assert (diagram.moments["whole"], diagram.moments["note"]) == (True, "")


# --- fields that never change ------------------------------------------------------------------------


@pytest.mark.parametrize("build", BUILDS)
def test_the_fields_that_no_node_of_a_class_changes_are_told_apart(
    build: Callable[[list[At]], World],
) -> None:
    with observing(StateRecorder):
        world = build(FAULTS if build in (counter, gossip) else [])
    data = moments(world)
    nodes = [known(data, step) for step in range(-1, len(data["steps"]))]
    for kind in {type(node) for node in world.nodes.values()}:
        names = [name for name, node in world.nodes.items() if type(node) is kind]
        courses = [[one[name]["fields"] for one in nodes if one[name]["fields"]] for name in names]
        moving = {
            field
            for course in courses
            for field in {key for fields in course for key in fields}
            if len({fields.get(field) for fields in course}) > 1
        }
        for name, course in zip(names, courses, strict=True):
            assert set(data["fixed"][name]) == {key for one in course for key in one} - moving
            assert data["fixed"][name].items() <= course[-1].items()


def test_a_setting_of_a_client_is_told_apart_and_a_crash_changes_no_field() -> None:
    with observing(StateRecorder):
        data = moments(store([]))
    assert data["fixed"]["c1"]["timeout"] == "60 ms"
    assert "data" not in data["fixed"]["n1"]
    with observing(StateRecorder):
        data = moments(World(cluster(Counter, ["a", "b"]), 3, Network(), FAULTS[:3:2]).run(50))
    assert data["fixed"] == {"a": {"value": "0"}, "b": {"value": "0"}}


def test_a_field_that_one_node_changes_is_fixed_at_no_node_of_its_class() -> None:
    base = {name: {"status": "", "fields": {"value": "0", "peers": "b"}} for name in "ab"}
    base["c"] = {"status": "down", "fields": {}}
    with observing(StateRecorder):
        world = counter([])
    changes = [[0, "a", {"fields": {"value": "1"}}], [1, "b", {"status": "down", "fields": {"peers": None}}],
               [2, "c", {"status": "", "fields": {"peers": "b"}}]]  # fmt: skip
    assert unchanging_fields(world, {}, base, changes) == {name: {"peers": "b"} for name in "abc"}
    gone = [*changes, [3, "a", {"fields": {"peers": None}}]]
    assert unchanging_fields(world, {}, base, gone) == {"a": {}, "b": {}, "c": {}}
    begun = {"b": {"value": "0", "peers": "none"}}
    assert unchanging_fields(world, begun, base, changes) == {"a": {}, "b": {}, "c": {}}


def test_a_field_that_was_changed_before_a_stretch_is_no_setting() -> None:
    with observing(partial(StateRecorder, start=60)):
        world = gossip([])
    data = moments(world)
    assert not any("totals" in new.get("fields", {}) for _, _, new in data["changes"])
    assert all("totals" not in fields for fields in data["fixed"].values())
