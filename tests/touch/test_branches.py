"""The tree of a run that is played by hand: moves, the way back, other branches, and a branch as code."""

from __future__ import annotations

import pytest

from dscourse.core.properties import Property
from dscourse.node import cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import Crash, DropPending, StepPending, World
from dscourse.touch.explorer.branches import Branches, lines
from dscourse.touch.explorer.moves import choices, in_words

LOW = Property("below 1", lambda view: all(node.value < 1 for node in view.nodes.values()))


def counters() -> World:
    return World(cluster(Counter, ["a", "b", "c"])).submit("a", [("add", None, 1)], start_ms=5)


def state(world: World) -> tuple[str, list[int]]:
    return str(world.trace), [event.id for event in world.pending()]


def event(branches: Branches, node: str) -> int:
    """The id of the only pending event at this node."""
    [found] = [one.id for one in branches.world.pending() if one.node == node]
    return found


def test_it_begins_when_the_nodes_have_started() -> None:
    branches = Branches(counters)
    assert [event.kind for event in branches.world.trace] == ["start"] * 3
    assert (len(branches.moves), branches.length) == (3, 0)
    branches.back()
    assert (len(branches.moves), branches.length) == (3, 0)


def test_the_way_back_is_exact_and_the_states_stay() -> None:
    branches = Branches(counters)
    states = []
    for node in ("a", "b", "c"):
        states.append(state(branches.world))
        branches.move(StepPending(event(branches, node)))
    while states:
        branches.back()
        assert state(branches.world) == states.pop()
    assert len(branches.states) == 4
    branches.go(3)
    assert branches.length == 3


def test_the_same_move_again_leads_to_the_state_that_is_known() -> None:
    branches = Branches(counters)
    branches.move(StepPending(event(branches, "a")))
    branches.back()
    branches.move(StepPending(event(branches, "a")))
    assert len(branches.states) == 2


def test_a_state_reached_by_two_ways_is_recognised() -> None:
    branches = Branches(counters)
    branches.move(StepPending(event(branches, "a")))
    for order in ("bc", "cb"):
        branches.go(1)
        for node in order:
            branches.move(StepPending(event(branches, node)))
    assert [one.same for one in branches.states] == [0, 1, 2, 3, 4, 3]
    assert branches.known(branches.states[5].world) == 3
    assert state(branches.states[3].world) != state(branches.states[5].world)


def test_another_choice_stands_one_level_deeper_below_the_first() -> None:
    branches = Branches(counters)
    branches.move(StepPending(event(branches, "a")))
    branches.move(StepPending(event(branches, "b")))
    branches.move(StepPending(event(branches, "c")))
    branches.go(1)
    branches.move(Crash("b"))
    branches.move(StepPending(event(branches, "c")))
    branches.go(1)
    branches.move(Crash("c"))
    found = [(one.number, level) for one, level in lines(branches.states)]
    assert found == [(0, 0), (1, 0), (2, 0), (4, 1), (5, 1), (6, 1), (3, 0)]


def test_properties_are_judged_in_every_state() -> None:
    branches = Branches(counters, [LOW])
    assert branches.here.violated == []
    branches.move(StepPending(event(branches, "a")))
    assert branches.here.violated == ["below 1"]


def test_an_impossible_move_changes_nothing() -> None:
    branches = Branches(counters)
    before = state(branches.world), branches.moves, len(branches.states)
    with pytest.raises(LookupError):
        branches.move(DropPending(99))
    with pytest.raises(LookupError, match="they are 0 to 0"):
        branches.go(1)
    assert (state(branches.world), branches.moves, len(branches.states)) == before


def test_the_branch_as_code_gives_the_same_run() -> None:
    branches = Branches(counters)
    branches.move(StepPending(event(branches, "a")))
    branches.move(Crash("b"))
    space = {"counters": counters}
    exec(branches.code, space)
    world = space["world"]
    assert isinstance(world, World)
    assert state(world) == state(branches.world)


def test_all_states_but_the_start_are_forgotten() -> None:
    branches = Branches(counters)
    first = state(branches.world)
    branches.move(Crash("a"))
    branches.clear()
    assert (state(branches.world), branches.length, len(branches.states)) == (first, 0, 1)
    assert branches.move(Crash("a")).same == 1


def test_moves_are_told_in_words() -> None:
    branches = Branches(counters)
    branches.move(StepPending(event(branches, "a")))
    world = branches.world
    assert [choice.text for choice in choices(world)][:2] == ["a → b  add 1", "a → c  add 1"]
    assert in_words(DropPending(event(branches, "b")), world) == "lose a → b  add 1"
    world.apply(Crash("b"))
    assert [choice.text for choice in choices(world)][2:6] == [
        "crash a", "pause a", "restart b", "crash c",
    ]  # fmt: skip


def test_what_builds_no_world_is_refused() -> None:
    with pytest.raises(TypeError, match="it must return a World"):
        Branches(lambda: 5)  # type: ignore[arg-type, return-value]
