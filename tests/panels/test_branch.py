"""A branch of a run that is played by hand: moves, their undoing, and the branch as code."""

from __future__ import annotations

import pytest

from dscourse.node import cluster
from dscourse.panels.branch import Branch
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import Crash, DropPending, Network, StepPending, World


def counters() -> World:
    world = World(cluster(Counter, ["a", "b"]), network=Network(loss=0))
    return world.submit("a", [("add", None, 1)], start_ms=5)


def state(world: World) -> tuple[str, list[int]]:
    return str(world.trace), [event.id for event in world.pending()]


def test_it_begins_when_the_nodes_have_started() -> None:
    branch = Branch(counters)
    assert [event.kind for event in branch.world.trace] == ["start", "start"]
    assert (len(branch.moves), branch.length) == (2, 0)
    branch.undo()
    assert (len(branch.moves), branch.length) == (2, 0)


def test_each_move_is_undone_exactly() -> None:
    branch = Branch(counters)
    states = []
    for _ in range(2):
        states.append(state(branch.world))
        branch.move(StepPending(branch.world.pending()[0].id))
    branch.move(Crash("b"))
    branch.undo()
    while branch.length:
        branch.undo()
        assert state(branch.world) == states.pop()
    assert not states


def test_an_impossible_move_changes_nothing() -> None:
    branch = Branch(counters)
    before = state(branch.world), branch.moves
    with pytest.raises(LookupError):
        branch.move(DropPending(99))
    assert (state(branch.world), branch.moves) == before


def test_the_branch_as_code_gives_the_same_run() -> None:
    branch = Branch(counters)
    branch.move(StepPending(branch.world.pending()[0].id))
    branch.move(Crash("b"))
    space = {"counters": counters}
    exec(branch.scenario, space)
    world = space["world"]
    assert isinstance(world, World)
    assert state(world) == state(branch.world)


def test_a_reset_builds_the_world_anew() -> None:
    branch = Branch(counters)
    first = state(branch.world)
    branch.move(Crash("a"))
    branch.reset()
    assert (state(branch.world), branch.length) == (first, 0)
