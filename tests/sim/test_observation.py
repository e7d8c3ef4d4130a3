"""Observers see every step and change nothing."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from dscourse.core.properties import Property, PropertyError, View, of_history
from dscourse.node import Node
from dscourse.sim import At, Crash, PropertyWatch, Restart, StateRecorder, World, observing
from tests.sim.worlds import planned_worlds, store_world


def recorded(world: World) -> StateRecorder:
    assert isinstance(world.observer, StateRecorder)
    return world.observer


def watched(world: World) -> PropertyWatch:
    assert isinstance(world.observer, PropertyWatch)
    return world.observer


@pytest.mark.parametrize("seed", range(12))
def test_an_observed_run_is_the_same_and_its_steps_cover_the_trace(seed: int) -> None:
    plain = [world.run(300, max_events=4_000).trace.hash() for world in planned_worlds(seed)]
    with observing(StateRecorder):
        worlds = planned_worlds(seed)
    assert [world.run(300, max_events=4_000).trace.hash() for world in worlds] == plain
    for world in worlds:
        steps = recorded(world).steps
        assert [step.last for step in steps[:-1]] == [step.first for step in steps[1:]]
        assert (steps[0].first, steps[-1].last) == (0, len(world.trace))


@pytest.mark.parametrize("seed", range(6))
def test_the_recorded_states_are_those_of_a_world_that_is_stepped(seed: int) -> None:
    with observing(StateRecorder):
        observed = store_world(seed, [At(12, Crash("s")), At(20, Restart("s"))]).run()
    world = store_world(seed, [At(12, Crash("s")), At(20, Restart("s"))])
    states: dict[str, Any] = dict(recorded(observed).base)
    assert states == {name: node.state() for name, node in world.nodes.items()}
    for step in recorded(observed).steps:
        while len(world.trace) < step.last:
            assert world.step()
        states |= step.states
        now = {n: node.state() if world.alive(n) else None for n, node in world.nodes.items()}
        assert states == now
    assert None in [state for step in recorded(observed).steps for state in step.states.values()]


def test_only_worlds_constructed_in_the_context_are_observed() -> None:
    with observing(StateRecorder):
        world = store_world(1)
    assert store_world(1).observer is None
    other = world.run(10).clone()
    seen = len(recorded(other).steps)
    other.run()
    assert len(recorded(other).steps) > seen == len(recorded(world).steps)
    assert other.trace == world.run().trace


def test_a_fault_applied_by_hand_is_seen_at_once() -> None:
    with observing(StateRecorder):
        world = store_world(1).run(10)
    world.apply(Crash("s"))
    assert recorded(world).steps[-1].states["s"] is None


def test_a_recorder_is_bounded_and_can_begin_later() -> None:
    with observing(partial(StateRecorder, most=5)):
        world = store_world(1).run()
    first = recorded(world)
    assert (len(first.steps), first.is_full) == (5, True)
    with observing(partial(StateRecorder, start=first.steps[-1].last, most=10_000)):
        later = recorded(store_world(1).run())
    assert (later.steps[0].first, later.is_full) == (first.steps[-1].last, False)
    assert later.base == first.base | {n: s for step in first.steps for n, s in step.states.items()}


class Holder(Node):
    """Holds what cannot be copied."""

    def on_start(self, log: object) -> None:
        self.steps = (n for n in range(3))


def test_a_state_that_cannot_be_copied_does_not_end_the_run() -> None:
    with observing(StateRecorder):
        world = World([Holder("a")]).run()
    state = recorded(world).steps[-1].states["a"]
    assert state is not None
    assert str(state["state"]).startswith("cannot be copied: ")


def fewer_than(most: int) -> Property:
    def holds(view: View) -> bool:
        return sum(map(len, view.results.values())) < most

    return Property(f"fewer than {most}", holds, "too many")


def test_a_watch_finds_the_event_after_which_a_property_no_longer_holds() -> None:
    with observing(partial(PropertyWatch, fewer_than(3))):
        world = store_world(3).run()
    before, after = watched(world).changes
    assert (before.event, before.ok, after.ok, after.reason) == (-1, True, False, "too many")
    ended = [e.index for e in world.trace if e.kind in ("ok", "fail", "unknown")]
    assert after.event <= ended[2]
    assert ended[1] < after.event


def test_a_watch_may_read_the_history_and_is_bounded() -> None:
    claim = of_history(lambda history: len(history) < 4, "at most 3")
    with observing(partial(PropertyWatch, claim)):
        assert [change.ok for change in watched(store_world(3).run()).changes] == [True, False]
    with observing(partial(PropertyWatch, claim, most=3)):
        watch = watched(store_world(3).run())
    assert ([change.ok for change in watch.changes], watch.is_full) == ([True], True)


def test_a_property_that_raises_ends_the_run_in_its_own_words() -> None:
    bad = Property("bad", lambda view: view.nonsense)
    with (
        observing(partial(PropertyWatch, bad)),
        pytest.raises(PropertyError, match="the property 'bad' raised AttributeError"),
    ):
        store_world(3)
