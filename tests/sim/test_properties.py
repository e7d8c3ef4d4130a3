"""One property for the explorer and for a world: its view of a world."""

from __future__ import annotations

from functools import partial

import pytest

from dscourse import checkers, sim
from dscourse.core.properties import Property, View, of_history
from dscourse.explore import Bounds, explore
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.single_copy_store import LockedMap

WORK = {"w": [("write", "x", 1)], "r": [("read", "x")]}


def holds_one(view: View) -> bool:
    return "a" in view.nodes and view.nodes["a"].data == {"x": 1}


def nodes() -> list[LockedMap | StoreClient]:
    return [LockedMap("a"), LockedMap("b"), StoreClient("w", "a"), StoreClient("r", "b")]


def test_a_counterexample_violates_the_same_property_in_a_world() -> None:
    linearizable = of_history(checkers.linearizable)
    counterexample = explore(
        nodes(), operations=WORK, always=[linearizable], bounds=Bounds(timeouts=0)
    )
    world = sim.follow(nodes(), counterexample.steps, WORK)
    verdict = linearizable.judge(world.view())
    assert verdict.ok is False
    assert world.view().results == counterexample.state.results
    assert dict(world.view().logs) == dict(counterexample.state.logs)


def test_a_view_has_the_nodes_that_are_up_and_the_messages_in_flight() -> None:
    world = sim.World(nodes(), network=sim.Network(client=sim.Link(sim.Constant(10))))
    world.submit("w", WORK["w"]).run(until_ms=5)
    assert [(sender, to) for sender, to, _ in world.view().messages] == [("w", "a")]
    world.apply(sim.Crash("a"))
    assert sorted(world.view().nodes) == ["b", "r", "w"]
    assert sorted(world.view().logs) == ["a", "b", "r", "w"]


def test_a_world_can_be_expected_to_have_a_property() -> None:
    world = sim.World(nodes(), network=sim.Network(client=sim.Link(sim.Constant(10))))
    world.submit("w", WORK["w"])
    progress = world.expect(Property("holds one", holds_one), within_ms=50)
    assert (progress.ok, progress.after_ms) == (True, 10)
    assert not world.expect(Property("never", lambda view: None), within_ms=50)


@pytest.mark.filterwarnings("ignore:coroutine")
def test_what_is_expected_has_to_come_about_in_the_world() -> None:
    """Neither a property with nothing to judge yet nor a coroutine that has not run shows progress."""
    world = sim.World(nodes())
    assert not world.expect(of_history(partial(checkers.linearizable, spec=checkers.Register())), 5)

    async def later(world: sim.World) -> bool:
        return False

    with pytest.raises(TypeError, match="it must not be an async function"):
        world.expect(later, 5)  # type: ignore[arg-type]
