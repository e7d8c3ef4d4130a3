"""The explorer without a browser: each move, the tree, the search and its path, refusals, and the stored form."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from dscourse.core.properties import Property, View
from dscourse.experiments.consensus import raft_world
from dscourse.experiments.partial_failure import one_payment
from dscourse.experiments.paxos import paxos_world
from dscourse.node import Timer, cluster
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


def test_what_cannot_be_said_or_drawn_is_refused_and_the_state_before_it_stays() -> None:
    def say(world: World) -> str | None:
        if world.now_ms > 5:
            raise KeyError("no words")
        return None

    explorer = Explorer(one_payment, say=say)
    explorer.happen()
    before = explorer.moves, explorer.svg
    explorer.happen()
    assert "no words" in explorer.refusal
    assert (explorer.moves, explorer.svg) == before
    explorer.back()
    assert explorer.refusal == ""


def test_a_client_begins_an_operation_by_one_event_and_only_when_it_can() -> None:
    world = World([*cluster(Counter, ["a", "b"])])
    world.submit("a", [("add", None, 1)]).submit("a", [("add", None, 1)], start_ms=2)
    explorer = Explorer(lambda: world.clone())
    assert [row["text"] for row in explorer.choices] == ["a begins its next operation"]
    explorer.strike("pause a")
    assert explorer.choices == []
    explorer.strike("resume a")
    assert [row["text"] for row in explorer.choices] == ["a begins its next operation"]
    raft = Explorer(raft_world)
    assert [row["text"] for row in raft.choices].count("c begins its next operation") == 1
    raft.happen()
    assert "c begins its next operation" not in [row["text"] for row in raft.choices]


class Drawing(Counter):
    """A counter that adds a random number."""

    def on_add(self, sender: str, add: object) -> None:
        self.value += draws.random()  # type: ignore[assignment]


draws = Random(1)


def test_a_handler_that_does_not_repeat_is_named_in_each_state_after_it() -> None:
    explorer = Explorer(lambda: World(cluster(Drawing, ["a", "b"])).submit("a", [("add", None, 1)]))
    explorer.happen()
    assert explorer.verdicts == ""
    explorer.happen()
    assert "state 2: b did not do the same" in explorer.verdicts
    explorer.back()
    assert explorer.verdicts == ""


def test_a_build_that_does_not_repeat_is_named_at_the_start() -> None:
    seeds = iter(range(10))
    explorer = Explorer(
        lambda: World(cluster(Counter, ["a"]), next(seeds)).submit(
            "a", [("add", None, next(seeds))]
        )
    )
    assert "build did not return the same world twice" in explorer.verdicts


@dataclass(frozen=True, slots=True)
class Beat(Timer):
    """The next beat is due."""


class Clocked(Counter):
    """A counter that beats, and keeps the time of the last addition."""

    def on_start(self, log: Sequence[object]) -> None:
        self.set_timer(Beat(), 50)

    def on_beat(self, timer: Beat) -> None:
        self.set_timer(Beat(), 50)

    def on_add(self, sender: str, add: object) -> None:
        self.at = time_of(self)


def time_of(node: Clocked) -> float:
    return node.now


def test_states_that_differ_in_time_are_no_longer_equal_once_a_clock_is_read() -> None:
    explorer = Explorer(lambda: World(cluster(Clocked, ["a", "b"])).submit("b", [("add", None, 1)]))
    beats = [row for row in explorer.choices if "beat" in row["text"]]
    assert [row["state"] for row in beats] == [0, 0]
    explorer.happen(beats[0]["event"])
    assert explorer.tree[-1]["same"] == 0
    assert not explorer.branches.timed
    explorer.happen(waiting(explorer, "invoke"))  # the choice after it, an arrival, reads a clock
    assert explorer.branches.timed
    assert [row["same"] for row in explorer.tree] == [None] * 3


def test_a_choice_says_what_it_changes_or_that_it_was_not_tried() -> None:
    names = [f"n{number}" for number in range(7)]

    def build() -> World:
        world = World(cluster(Counter, names))
        for name in names:
            world.submit(name, [("add", None, 1)])
        return world

    explorer = Explorer(build)
    for _ in names:
        explorer.happen()
    outcomes = [row["outcome"] for row in explorer.choices]
    assert len(outcomes) == 42
    assert outcomes[0] == "changes the state of n1 alone"
    assert outcomes[24:] == ["not tried: only the first 24 are"] * 18
    explorer.strike("pause n1")
    assert explorer.choices[0]["outcome"] == "n1 is paused: this waits until it resumes"


# --- in a kernel, the search runs beside everything else -----------------------------------------


async def searching(explorer: Explorer, limits: dict[str, int]) -> None:
    send(explorer, "search", limits)
    assert explorer.progress
    assert explorer.report == {}


def test_in_a_kernel_moves_are_made_while_a_search_runs() -> None:
    async def reader() -> None:
        await searching(explorer, {"moves": 8})
        explorer.happen()
        assert explorer.branches.length == 1
        while explorer.progress:
            await asyncio.sleep(0.01)

    explorer = Explorer(one_payment, [ONCE])
    asyncio.run(reader())
    assert (explorer.report["from"], len(explorer.report["path"]), explorer.report["made"]) == (
        0,
        4,
        1,
    )
    explorer.play()
    assert explorer.report["made"] == 2


def test_a_search_is_cancelled_given_up_by_a_new_start_and_refused_in_words() -> None:
    async def reader() -> None:
        await searching(explorer, {"moves": 30})
        await asyncio.sleep(0.05)
        assert "so far, all within" in explorer.progress
        send(explorer, "cancel")
        while explorer.progress:
            await asyncio.sleep(0.01)
        assert "it was cancelled" in explorer.report["card"]
        await searching(explorer, {"moves": 30})
        send(explorer, "restart")
        assert (explorer.progress, explorer.report) == ("", {})
        await asyncio.sleep(0.05)
        assert (explorer.progress, explorer.report) == ("", {})
        send(explorer, "search", {"moves": 0})
        assert explorer.refusal == "moves=0: a number of 1 or more is required"
        send(explorer, "cancel")

    explorer = Explorer(paxos_world, [Property("fine", lambda view: True)])
    asyncio.run(reader())


def test_a_property_that_raises_ends_the_search_in_one_line() -> None:
    def fragile(view: View) -> bool:
        if len(view.messages) > 1:
            raise KeyError("boom")
        return True

    async def reader() -> None:
        await searching(explorer, {})
        while explorer.progress:
            await asyncio.sleep(0.01)

    explorer = Explorer(one_payment, [fragile])  # type: ignore[list-item]
    asyncio.run(reader())
    assert "the property 'fragile' raised KeyError: 'boom'" in explorer.refusal
