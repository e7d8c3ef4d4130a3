"""Diagrams of recorded runs: they show everything and change nothing, and go on in the simulator."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from dscourse.checkers import linearizable
from dscourse.checkers.verdict import Verdict
from dscourse.core.properties import Property, View
from dscourse.node import Node, cluster
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.stores import StoreClient
from dscourse.run import Cluster, Recording, world
from dscourse.sim import At, Crash, Network, Partition, Recover, Restart, Uniform, World
from dscourse.touch import Diagram, TouchedRun
from dscourse.touch.run.recorded import HAPPENED, continued
from tests.run.nodes import Adder, Counter
from tests.run.simulated import recording_of
from tests.run.test_continuing import raft, started

PLAN = [
    At(30, Crash("n3")), At(75, Restart("n3")), At(90, Partition({"n1"}, {"n2", "n3"})), At(120, Recover()),
]  # fmt: skip


def store() -> list[Node]:
    clients = (StoreClient(f"c{n}", f"n{n}", 300.0) for n in (1, 2))
    return [*cluster(QuorumStore, 3, resend_ms=50.0), *clients]


def simulated() -> World:
    running = World(store(), 1, Network(Uniform(1, 10)), PLAN)
    for client in ("c1", "c2"):
        work = [("write", "x", client), ("read", "x"), ("read", "x")]
        running.submit(client, work, start_ms=5, think_ms=10)
    return running.run(120)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return recording_of(simulated(), store())


def judge(running: World) -> Verdict:
    return linearizable(running.history)


@pytest.fixture
def diagram(recording: Recording) -> Diagram:
    return Diagram(recording, judge)


# --- looking ---------------------------------------------------------------------------------------


def test_a_recording_shows_what_a_diagram_of_the_same_run_shows(diagram: Diagram) -> None:
    same = Diagram(lambda plan: simulated(), judge)
    assert diagram.svg == same.svg
    assert diagram.sentence == same.sentence
    assert diagram.verdict_card == same.verdict_card
    assert diagram.run_data == same.run_data
    assert diagram.layout_data == same.layout_data
    assert diagram.still() == same.still()


def states(diagram: Diagram) -> dict[str, Any]:
    """The nodes after the last step, as the browser finds them."""
    base = diagram.moments["base"].items()
    found = {name: {**node, "fields": dict(node["fields"])} for name, node in base}
    for _, name, new in diagram.moments["changes"]:
        fields = {**found[name]["fields"], **new.get("fields", {})}
        kept = {key: text for key, text in fields.items() if text is not None}
        found[name] = {**found[name], **new, "fields": kept}
    return found


def test_the_states_of_the_nodes_are_those_of_the_run(diagram: Diagram) -> None:
    same = Diagram(lambda plan: simulated(), judge)
    assert states(diagram) == states(same)
    assert diagram.moments["base"] == same.moments["base"]
    assert diagram.moments["events"] == same.moments["events"]
    assert len(diagram.moments["changes"]) > 30


def test_roles_are_marked_and_a_property_of_states_is_searched() -> None:
    nodes = raft()
    recording = recording_of(started(nodes, 1).run(900), nodes)

    def no_node_leads(view: View) -> bool:
        return not any(node.shown_role for node in view.nodes.values())

    shown = Diagram(recording, Property("no node leads", no_node_leads))
    assert " leads from " in shown.sentence
    shown.ask("violation")
    assert shown.violation["words"].startswith("“no node leads” no longer holds from ")
    assert shown.violation["event"] is not None
    shown.ask("moments", 600.0)
    assert shown.refusal == ""


def test_a_cluster_and_anything_else_with_a_recording_is_shown(recording: Recording) -> None:
    assert Diagram(SimpleNamespace(recording=recording)).happened == HAPPENED
    with pytest.raises(
        TypeError, match="a function of a fault plan that returns a world is required"
    ):
        Diagram(SimpleNamespace(recording=5))  # type: ignore[arg-type]


@pytest.mark.once
def test_the_processes_of_a_cluster_are_looked_at_and_continued() -> None:
    nodes: list[Node] = [*cluster(Counter, ["a", "b"]), Adder("c", "a")]
    with Cluster(nodes) as running:
        running.submit("c", [("add", None, 1), ("add", None, 2)]).run(20)
    shown = Diagram(running)
    assert "2 operations: 2 ok" in shown.sentence
    [second] = [event.time_ms for event in running.trace.kinds("invoke") if event.what.value == 2]
    shown.continue_from(second)
    assert shown.refusal == ""
    assert shown.run.world.history[1].result == 3


def test_the_lines_have_the_order_of_the_nodes_clients_first(recording: Recording) -> None:
    first, *rows = recording.streams["n1"]
    first = [first[0], first[1] + 900, *first[2:]]
    late = replace(recording, streams={**recording.streams, "n1": [first, *rows]})
    assert late.trace.nodes[:2] == ("n2", "n3")
    lanes = Diagram(late).layout_data["lanes"]
    assert [lane["node"] for lane in lanes] == ["c1", "c2", "n1", "n2", "n3"]


# --- changing nothing ------------------------------------------------------------------------------------


def test_no_gesture_changes_what_happened(diagram: Diagram) -> None:
    before = diagram.svg, diagram.sentence, diagram.run.world
    [first, *_] = diagram.run.messages
    for gesture in (("lose", first), ("crash", "n1", 50), ("undo",), ("shrink",), ("reset",)):
        diagram.touch(*gesture)
        assert diagram.refusal == HAPPENED
        assert not diagram.touches
    assert (diagram.svg, diagram.sentence, diagram.run.world) == before
    assert diagram.answers == 6  # each is answered
    assert not diagram.can_undo
    assert not diagram.can_shrink
    assert diagram.code.endswith("world = run.world(recording)\nshow.spacetime(world.trace)")


# --- continuing ----------------------------------------------------------------------------------------------


def test_it_goes_on_in_the_simulator_and_back(diagram: Diagram) -> None:
    whole = diagram.svg
    diagram._on_gesture(diagram, {"continue": [20, False]}, [])
    assert (diagram.refusal, diagram.happened, diagram.since_ms) == ("", "", 20)
    assert "recorded from 0 to 20 ms" in diagram.sentence
    assert "network fault" not in diagram.sentence
    assert diagram.run.world.trace[:5] == simulated().trace[:5]
    diagram.touch("crash", "n2", 40)
    assert diagram.refusal == ""
    assert diagram.run.world.alive("n2") is False
    diagram.touch("undo")
    assert diagram.run.world.alive("n2") is True
    diagram._on_gesture(diagram, {"back": True}, [])
    assert (diagram.happened, diagram.svg) == (HAPPENED, whole)


def test_the_rest_of_the_run_can_follow(diagram: Diagram) -> None:
    diagram.continue_from(20, rest=True)
    assert "recorded from 0 to 20 ms" in diagram.sentence
    assert "1 network fault" in diagram.sentence
    assert [op.result for op in diagram.run.world.history] == [
        op.result for op in simulated().history
    ]


def test_a_message_under_way_takes_gestures_and_one_that_has_arrived_does_not(
    diagram: Diagram, recording: Recording
) -> None:
    sent = next(e for e in recording.trace.kinds("send") if (e.node, e.peer) == ("n1", "n2"))
    [arrived] = [e for e in recording.trace.kinds("deliver") if e.id == sent.id]
    diagram.continue_from((sent.time_ms + arrived.time_ms) / 2, rest=True)
    early = next(e for e in recording.trace.kinds("send") if e.node == "c1")
    diagram.touch("lose", early.id)
    assert diagram.refusal.startswith(
        "the end of c1's 1st Request to n1 is recorded: the run happened until "
    )
    diagram.touch("move", sent.id, sent.time_ms)
    assert diagram.refusal.endswith(" and can be changed after it")
    diagram.touch("move", sent.id, arrived.time_ms + 20)
    assert diagram.refusal == ""
    assert diagram.touches[0]["remark"] == ""
    [moved] = [e for e in diagram.run.world.trace.kinds("deliver") if e.id == sent.id]
    assert moved.time_ms == pytest.approx(arrived.time_ms + 20, abs=0.001)
    diagram.touch("lose", sent.id)
    assert diagram.touches[1]["remark"] == ""
    assert not [e for e in diagram.run.world.trace.kinds("deliver") if e.id == sent.id]


def test_what_is_recorded_cannot_be_changed_by_any_gesture(diagram: Diagram) -> None:
    diagram.continue_from(60)
    for gesture in (
        ("crash", "n1", 59), ("pause", "n1", 50, 70), ("isolate", "n1", 10, 80), ("skew", "n1", 1, 5),
        ("invoke", "c1", 30, "read", "x"), ("cut", "n1", "n2", 59.9, 70),
    ):  # fmt: skip
        diagram.touch(*gesture)
        assert (
            " ms is recorded: the run happened until 60 ms, and can be changed" in diagram.refusal
        )
    diagram.touch("pause", "n1", 60, 70)
    assert diagram.refusal == ""
    diagram.touch("edit", 0, {"start_ms": 40})
    assert diagram.refusal.startswith("40 ms is recorded")
    diagram.touch("edit", 0, {"end_ms": 65})
    assert diagram.refusal == ""
    assert diagram.run.world.trace[:50] == simulated().trace[:50]


def test_the_code_makes_the_same_run(diagram: Diagram, recording: Recording) -> None:
    diagram.continue_from(33.25, rest=True)
    diagram.touch("crash", "n1", 50)
    names: dict[str, Any] = {"recording": recording}
    exec(diagram.code.rpartition("\n")[0], names)
    assert names["world"].trace == diagram.run.world.trace


def test_an_impossible_moment_is_refused_in_words(diagram: Diagram) -> None:
    for moment, why in [(-4, "at_ms=-4: a time must be"), ("x", "at_ms='x': a time must be")]:
        diagram.continue_from(moment)  # type: ignore[arg-type]
        assert diagram.refusal.startswith(why)
        assert diagram.happened
    diagram.continue_from(5, rest=2)  # type: ignore[arg-type]
    assert diagram.refusal.startswith("rest=2: it must be True or False")
    simple = Diagram(lambda plan: simulated())
    simple.continue_from(5)
    assert simple.refusal == "this run is simulated: there is no recording to go back to"
    assert simple.since_ms == -1


def test_a_continued_run_is_refuted_and_shrunk_like_any_other(recording: Recording) -> None:
    run = TouchedRun(continued(recording, 60, False), lambda world: world.alive("n2"), 60)
    run.crash("n1", 70)
    run.crash("n2", 80)
    assert run.is_refuted
    assert run.shrink() == 1
    assert [touch.text for touch in run.touches if touch.on] == ["crash n2 at 80 ms"]


def test_the_world_of_the_end_is_the_recording(recording: Recording, diagram: Diagram) -> None:
    assert world(recording).trace == diagram.run.world.trace == recording.trace
