"""The player: each move, going back, refusals, and the branch as code that runs again."""

from __future__ import annotations

from typing import Any

import pytest

from dscourse.experiments.partial_failure import one_payment
from dscourse.node import cluster
from dscourse.panels.partial_failure import you_are_the_network
from dscourse.panels.player import Player
from dscourse.protocols.payments import charges
from dscourse.protocols.textbook.replicated_counter import Counter
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


@pytest.fixture
def player() -> Player:
    return you_are_the_network()


def waiting(player: Player, kind: str) -> int:
    """The id of the only waiting event of this kind."""
    found = [event.id for event in player.world.pending() if event.kind == kind]
    assert len(found) == 1, player.world.pending()
    return found[0]


def replayed(player: Player) -> World:
    """The world that the scenario makes when it is pasted into a cell."""
    space: dict[str, Any] = {"one_payment": one_payment}
    exec(player.scenario, space)
    world = space["world"]
    assert isinstance(world, World)
    return world


def test_it_begins_with_all_nodes_started(player: Player) -> None:
    assert {event.kind for event in player.world.pending()} == {"invoke"}
    assert len(player.world.trace.kinds("start")) == 2
    assert player.sentence.startswith("0 moves, 0 ms; 1 event waits.")


def test_the_chosen_event_happens_next(player: Player) -> None:
    player.happen()
    message, timer = waiting(player, "deliver"), waiting(player, "timer")
    player.happen(timer)  # the time-out, before the message
    assert player.moves[-1] == StepPending(timer)
    assert message in [event.id for event in player.world.pending()]
    assert len(player.world.trace.kinds("send")) == 2


def test_what_waits_is_told_as_on_the_diagram(player: Player) -> None:
    player.happen()
    texts = [text for text, _ in player._pending.options]
    assert any(text.startswith("ann → bank  pay 10 (operation 0) ") for text in texts)
    assert any(text.startswith("ann  timer retry due ") for text in texts)


def test_faults_are_offered_in_words(player: Player) -> None:
    texts = [text for text, _ in player._faults.options]
    assert texts == ["no fault", "crash ann", "pause ann", "crash bank", "pause bank"]


def test_the_states_are_words_and_a_change_is_bold(player: Player) -> None:
    assert "<b>" not in player._state.value
    player.happen()
    assert "bold: changed by the last move" in player._state.value
    assert "{" not in player._state.value
    player.strike(Crash("bank"))
    assert "<b>down</b>" in player._state.value
    player.back()
    player.back()
    assert "<b>" not in player._state.value


def test_a_lost_message_never_arrives(player: Player) -> None:
    player.happen()
    message = waiting(player, "deliver")
    player.drop(message)
    assert player.moves[-1] == DropPending(message)
    assert [event.kind for event in player.world.pending()] == ["timer"]
    assert [event.detail for event in player.world.trace.kinds("drop")] == ["dropped"]


def test_a_repeated_message_arrives_twice_and_reaches_the_goal(player: Player) -> None:
    player.happen()
    message = waiting(player, "deliver")
    player.duplicate(message)
    assert player.moves[-1] == DuplicatePending(message)
    for event in [event.id for event in player.world.pending() if event.kind == "deliver"]:
        player.happen(event)
    assert charges(player.world.log("bank")) == {0: 2}
    assert "Goal reached: the bank has charged this payment 2 times." in player.sentence


def test_going_back_is_exact(player: Player) -> None:
    player.happen()
    before = player.world.trace.hash(), player.sentence, player.scenario
    player.drop(waiting(player, "deliver"))
    player.back()
    assert (player.world.trace.hash(), player.sentence, player.scenario) == before
    for _ in range(3):
        player.back()
    assert player.sentence.startswith("0 moves")


def test_another_choice_is_another_branch(player: Player) -> None:
    player.happen()
    player.drop(waiting(player, "deliver"))
    lost = player.world.trace.hash()
    player.back()
    player.happen(waiting(player, "deliver"))
    assert player.world.trace.hash() != lost
    assert len(player.world.log("bank")) == 1


def test_a_fault_strikes_now(player: Player) -> None:
    player.happen()
    player.strike(Crash("bank"))
    assert not player.world.alive("bank")
    player.strike(Restart("bank"))
    assert player.world.alive("bank")
    assert player.sentence.startswith("3 moves")


def test_no_fault_is_chosen_at_first_and_after_each_move(player: Player) -> None:
    assert player._faults.label == "no fault"
    player._strike()
    assert player.sentence == "Choose a fault first."
    player._faults.index = 1
    player._strike()
    assert player._faults.label == "no fault"


def test_the_faults_on_offer_are_those_that_make_sense(player: Player) -> None:
    offered = lambda: [fault for _, fault in player._faults.options if fault]  # noqa: E731
    assert Crash("bank") in offered()
    assert Pause("bank") in offered()
    player.strike(Crash("bank"))
    assert Restart("bank") in offered()
    assert Crash("bank") not in offered()


def test_a_branch_replays_to_the_same_trace(player: Player) -> None:
    player.happen()
    player.duplicate(waiting(player, "deliver"))
    player.strike(Crash("bank"))
    player.happen(waiting(player, "timer"))
    player.strike(Restart("bank"))
    assert replayed(player).trace.hash() == player.world.trace.hash()


def test_what_cannot_be_is_refused_in_one_line(player: Player) -> None:
    player.drop()
    assert player.sentence.startswith("Only a message can be chosen to drop; this is: ann")
    player.happen(999)
    assert player.sentence == "No event with the id 999 waits."
    player.buttons["strike"].click()
    assert player.sentence == "Choose a fault first."
    assert player.moves == tuple(move for move in player.moves if isinstance(move, StepPending))


def test_when_nothing_waits_any_more_it_says_so(player: Player) -> None:
    while player.world.pending():
        player.happen()
    assert "nothing waits any more" in player.sentence
    player.happen()
    assert player.sentence == "Nothing waits any more."


def test_the_buttons_do_what_the_methods_do(player: Player) -> None:
    player.buttons["happen"].click()
    assert len(player.world.history) == 1
    player.buttons["back"].click()
    assert len(player.world.history) == 0
    player.buttons["happen"].click()
    player.buttons["restart"].click()
    assert player.sentence.startswith("0 moves")


def test_a_world_with_faults_planned_at_the_start_still_starts() -> None:
    def build() -> World:
        return World(cluster(Counter, ["a", "b"]), plan=[At(0, Pause("a"))])

    player = Player(build)
    assert len(player.world.trace.kinds("start")) >= 1


class Failing(Counter):
    """A counter that cannot stand its own start."""

    def on_invoke(self, op: object) -> None:
        raise RuntimeError("no")


def test_a_handler_that_raises_is_one_line_and_the_world_before_it_stays() -> None:
    player = Player(lambda: World(cluster(Failing, ["a"])).submit("a", [("add", None, 1)]))
    moves = player.moves
    player.happen()
    assert player.sentence.startswith("a (Failing) raised RuntimeError at 0.000 ms")
    assert player.moves == moves
