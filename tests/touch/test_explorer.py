"""The explorer without a browser: each move, the tree, the search and its path, refusals, and the stored form."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from dscourse.core.properties import Property, View
from dscourse.experiments.consensus import raft_world
from dscourse.experiments.partial_failure import one_payment
from dscourse.experiments.paxos import paxos_world
from dscourse.node import cluster
from dscourse.protocols.payments import charges
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.show.picture import Picture
from dscourse.sim import (
    At,
    Crash,
    DropPending,
    DuplicatePending,
    Pause,
    Restart,
    StepPending,
    World,
)
from dscourse.touch import Explorer, Limits


def times(view: View) -> int:
    return max(charges(view.logs["bank"]).values(), default=0)


ONCE = Property("charged once", lambda view: times(view) < 2, lambda view: f"{times(view)} charges")


@pytest.fixture
def explorer() -> Explorer:
    return Explorer(one_payment, [ONCE])


def waiting(explorer: Explorer, kind: str) -> int:
    """The id of the only pending event of this kind."""
    [found] = [event.id for event in explorer.world.pending() if event.kind == kind]
    return found


def send(explorer: Explorer, gesture: object, *arguments: object) -> None:
    """Send a gesture as the browser does."""
    explorer._on_gesture(explorer, {"gesture": gesture, "arguments": list(arguments)}, [])


def test_it_begins_with_all_nodes_started(explorer: Explorer) -> None:
    assert {event.kind for event in explorer.world.pending()} == {"invoke"}
    assert len(explorer.world.trace.kinds("start")) == 2
    assert explorer.sentence.startswith("0 moves, 0 ms; 1 event waits.")


def test_the_chosen_event_happens_next(explorer: Explorer) -> None:
    explorer.happen()
    message, timer = waiting(explorer, "deliver"), waiting(explorer, "timer")
    send(explorer, "happen", timer)  # the time-out, before the message
    assert explorer.moves[-1] == StepPending(timer)
    assert message in [event.id for event in explorer.world.pending()]
    assert len(explorer.world.trace.kinds("send")) == 2


def test_each_choice_says_what_it_leads_to(explorer: Explorer) -> None:
    explorer.happen()
    rows = {row["text"]: row for row in explorer.choices}
    assert list(rows) == ["ann → bank  pay 10 (operation 0)", "ann  timer retry due"]
    arrival, timer = rows.values()
    assert (
        arrival["outcome"]
        == "bank writes 10 paid for ann (operation 0); bank sends reply 10 to ann"
    )
    assert timer["outcome"] == "ann sends pay 10 (operation 0) to bank"
    assert (arrival["state"], arrival["violated"]) == (None, [])
    [sent] = explorer.world.trace.kinds("send")
    assert (arrival["message"], timer["message"]) == (sent.id, 0)
    explorer.duplicate(waiting(explorer, "deliver"))
    explorer.happen()
    assert {row["outcome"] for row in explorer.choices if row["violated"]} == {
        "bank writes 10 paid for ann (operation 0); bank sends reply 20 to ann"
    }
    explorer.go(1)
    explorer.happen()
    explorer.back()
    assert explorer.choices[0]["state"] == explorer.branches.states[-1].same


def test_faults_are_offered_in_words(explorer: Explorer) -> None:
    texts = [row["text"] for row in explorer.faults]
    assert texts == ["crash ann", "pause ann", "crash bank", "pause bank"]
    send(explorer, "strike", "crash bank")
    assert not explorer.world.alive("bank")
    assert "restart bank" in [row["text"] for row in explorer.faults]
    explorer.strike(Restart("bank"))
    assert explorer.world.alive("bank")
    assert explorer.sentence.startswith("2 moves")


def test_the_states_are_words_and_a_change_is_bold(explorer: Explorer) -> None:
    assert "<b>" not in explorer.node_states
    explorer.happen()
    assert "bold: changed by the last move" in explorer.node_states
    assert "{" not in explorer.node_states
    explorer.strike(Crash("bank"))
    assert "<b>down</b>" in explorer.node_states


def test_a_lost_message_never_arrives(explorer: Explorer) -> None:
    explorer.happen()
    message = waiting(explorer, "deliver")
    send(explorer, "drop", message)
    assert explorer.moves[-1] == DropPending(message)
    assert [event.kind for event in explorer.world.pending()] == ["timer"]


def test_a_copy_arrives_too_and_the_property_says_why_it_does_not_hold(explorer: Explorer) -> None:
    explorer.happen()
    message = waiting(explorer, "deliver")
    send(explorer, "duplicate", message)
    assert explorer.moves[-1] == DuplicatePending(message)
    for event in [event.id for event in explorer.world.pending() if event.kind == "deliver"]:
        explorer.happen(event)
    assert "✗ violated: charged once" in explorer.verdicts
    assert "2 charges" in explorer.verdicts
    assert explorer.tree[-1]["violated"] == ["charged once"]


def test_going_back_is_exact_and_another_choice_is_another_branch(explorer: Explorer) -> None:
    explorer.happen()
    before = explorer.world.trace.hash(), explorer.sentence, explorer.scenario
    explorer.drop(waiting(explorer, "deliver"))
    lost = explorer.world.trace.hash()
    explorer.back()
    assert (explorer.world.trace.hash(), explorer.sentence, explorer.scenario) == before
    explorer.happen(waiting(explorer, "deliver"))
    assert explorer.world.trace.hash() != lost
    assert [(row["state"], row["level"], row["here"]) for row in explorer.tree] == [
        (0, 0, False), (1, 0, False), (2, 0, False), (3, 1, True),
    ]  # fmt: skip
    send(explorer, "go", 2)
    assert explorer.world.trace.hash() == lost
    send(explorer, "restart")
    assert explorer.sentence.startswith("0 moves")
    assert len(explorer.tree) == 1


def test_a_branch_replays_to_the_same_trace(explorer: Explorer) -> None:
    explorer.happen()
    explorer.duplicate(waiting(explorer, "deliver"))
    explorer.strike(Crash("bank"))
    explorer.happen(waiting(explorer, "timer"))
    explorer.strike(Restart("bank"))
    space: dict[str, Any] = {"one_payment": one_payment}
    exec(explorer.scenario, space)
    assert space["world"].trace.hash() == explorer.world.trace.hash()


def test_a_violation_is_found_from_the_present_state_and_its_path_is_played(
    explorer: Explorer,
) -> None:
    explorer.happen()
    send(explorer, "search", {"moves": 2})
    assert "no violation within 2 moves" in explorer.report["card"]
    assert explorer.report["path"] == []
    send(explorer, "search", {"moves": 8})
    report = explorer.report
    assert (report["from"], len(report["path"]), report["made"]) == (1, 3, 0)
    send(explorer, "go", 0)
    assert explorer.report["made"] is None
    for position in (1, 2, 3):
        send(explorer, "play")
        assert explorer.report["made"] == position
    assert explorer.branches.here.violated == ["charged once"]
    words = [state.text for state in explorer.branches.here.path][-3:]
    assert words == report["path"]
    send(explorer, "play")  # once more, from where the search began
    assert explorer.report["made"] == 1


def test_the_limits_that_were_given_hold_until_others_are_chosen() -> None:
    explorer = Explorer(one_payment, [ONCE], limits=Limits(moves=2, losses=1))
    send(explorer, "search", {})
    assert "within 2 moves" in explorer.report["card"]
    assert "more than 1 lost message" in explorer.report["card"]
    send(explorer, "search", {"moves": 4})
    assert "violated after 4 moves" in explorer.report["card"]
    assert explorer.limits == Limits(moves=4, losses=1)


def test_what_cannot_be_is_refused_in_one_line_and_changes_nothing(explorer: Explorer) -> None:
    before = explorer.get_state()
    for gesture, arguments, says in (
        ("drop", [3], "no pending message has the id 3"),
        ("happen", [999], "no pending event has the id 999"),
        ("strike", [""], "Choose a fault first."),
        ("strike", ["crash nobody"], "No fault 'crash nobody' is possible now."),
        ("go", [7], "no state has the number 7"),
        ("play", [], "no path has been found"),
        ("search", [{"moves": 0}], "moves=0: a number of 1 or more is required"),
        ("search", [{"speed": 1}], "speed"),
        ("search", ["much"], ""),
        ("move", [Crash("bank")], "no gesture is called 'move'"),
        ("__init__", [], "no gesture is called '__init__'"),
        ("go", [], ""),
        (None, [], ""),
    ):
        send(explorer, gesture, *arguments)
        assert says in explorer.refusal
        assert explorer.refusal
        now = explorer.get_state()
        assert {**now, "refusal": "", "shown": 0} == {**before, "refusal": "", "shown": 0}
    explorer.happen()
    assert explorer.refusal == ""


def test_when_nothing_waits_any_more_it_says_so(explorer: Explorer) -> None:
    while explorer.world.pending():
        explorer.happen()
    assert "nothing waits any more" in explorer.sentence
    explorer.happen()
    assert explorer.refusal == "Nothing waits any more."
    explorer.search()
    assert "no violation can be reached" in explorer.report["card"] or explorer.found.ok is False


def test_without_a_property_there_is_nothing_to_search_for() -> None:
    explorer = Explorer(one_payment)
    explorer.search()
    assert explorer.refusal.startswith("no property to violate")
    assert explorer.verdicts == ""


def test_a_world_with_faults_planned_at_the_start_still_starts() -> None:
    explorer = Explorer(lambda: World(cluster(Counter, ["a", "b"]), plan=[At(0, Pause("a"))]))
    assert len(explorer.world.trace.kinds("start")) >= 1


class Failing(Counter):
    """A counter that cannot stand its own operation."""

    def on_invoke(self, op: object) -> None:
        raise RuntimeError("no")


def test_a_handler_that_raises_is_one_line_and_the_state_before_it_stays() -> None:
    fine = Property("fine", lambda view: True)
    explorer = Explorer(lambda: World(cluster(Failing, ["a"])).submit("a", [("add", 0, 1)]), [fine])
    assert explorer.choices[0]["outcome"].startswith("a (Failing) raised RuntimeError")
    moves = explorer.moves
    explorer.happen()
    assert explorer.refusal.startswith("a (Failing) raised RuntimeError at 0.000 ms")
    assert explorer.moves == moves
    explorer.search()
    assert explorer.report["path"] == ["a begins its next operation"]
    explorer.play()
    assert explorer.refusal.startswith("a (Failing) raised RuntimeError")


def test_what_is_said_and_drawn_of_a_world_can_be_chosen() -> None:
    def draw(world: World) -> Picture:
        return Picture("A picture.", svg="<svg/>")

    def say(world: World) -> str | None:
        return "A payment waits." if world.pending() else None

    explorer = Explorer(one_payment, say=say, draw=draw)
    assert explorer.sentence == "0 moves, 0 ms; 1 event waits. A payment waits. A picture."
    assert (explorer.svg, explorer.layout_data, explorer.node_states) == ("<svg/>", {}, "")


def test_the_stored_form_is_the_picture_and_its_sentence(explorer: Explorer) -> None:
    data = explorer._repr_mimebundle_()
    assert data["text/plain"] == explorer.sentence
    assert data["text/html"].startswith('<img alt="2 nodes')
    assert "application/vnd.jupyter.widget-view+json" in data


BUILDS = {"payment": one_payment, "paxos": paxos_world, "raft": raft_world}


@pytest.mark.parametrize("name", BUILDS)
def test_random_messages_from_the_browser_never_raise(name: str) -> None:
    draws = Random(name)
    explorer = Explorer(BUILDS[name], [Property("fine", lambda view: True)])
    for _ in range(60):
        events = [row["event"] for row in explorer.choices]
        values: list[Any] = ["a", 5, -1, None, [], {}, *events * 3]
        gesture = draws.choice(["happen", "happen", "drop", "duplicate", "strike", "back", "go"])
        if gesture == "strike":
            values += [row["text"] for row in explorer.faults] * 2
        send(explorer, gesture, *draws.choices(values, k=draws.choice([0, 1, 1, 1, 2])))
        assert explorer.svg.startswith("<svg")
        assert sum(row["here"] for row in explorer.tree) == 1
        json.dumps(explorer.get_state(["layout_data", "choices", "faults", "tree", "report"]))
    space = {BUILDS[name].__name__: BUILDS[name]}
    exec(explorer.scenario, space)
    assert space["world"].trace.hash() == explorer.world.trace.hash()  # type: ignore[attr-defined]
