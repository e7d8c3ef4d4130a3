"""A cloned world goes on by itself: it runs as the original would, and shares nothing with it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    Hold,
    Network,
    Pause,
    Release,
    Resume,
    World,
    random_plan,
)

from .worlds import Sink, Source, gossip_world, pipe, store_world

END_MS = 220
BUDGET = Budget(horizon_ms=150, faults=8, longest_ms=60)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A world of a random kind, seed and plan, somewhere on its way."""
    seed = draw(st.integers(0, 10**6))
    kind = draw(st.sampled_from(["gossip", "store", "pipe"]))
    if kind == "gossip":
        world = gossip_world(seed, random_plan(seed, [*"abc"], BUDGET), names="abc")
    elif kind == "store":
        plan = random_plan(seed, ["c1", "c2", "s"], BUDGET)
        world = store_world(seed, plan, record_state=draw(st.booleans()))
    else:
        network = Network(loss=0.2, duplicate=0.2, reorder=0.4, fifo=draw(st.booleans()))
        world = pipe(seed, network, random_plan(seed, [*"ab"], BUDGET), count=60, every_ms=2)
    return world.run(draw(st.integers(0, END_MS)))


def everything(world: World) -> list[object]:
    """All that can be seen of a world from outside."""
    names = world.nodes
    return [
        world.trace.hash(),
        world.now_ms,
        [str(pending) for pending in world.pending()],
        {name: (node.state(), world.log(name)) for name, node in names.items()},
        {name: (world.alive(name), world.paused(name)) for name in names},
        {
            (wire.source, wire.host.name): (wire.settings, wire.cut, wire.held, len(wire.parked))
            for wire in world._engine.wires()
        },
    ]


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_a_clone_runs_as_the_original_would(world: World) -> None:
    before = everything(world)
    first, second = world.clone(), world.clone()
    assert everything(first) == before
    first.run(END_MS)
    assert everything(world) == before
    assert everything(second) == before
    after = everything(first)
    assert everything(second.run(END_MS)) == after
    assert everything(world.run(END_MS)) == after


@settings(max_examples=30, deadline=None)
@given(worlds(), st.data())
def test_branches_of_one_world_do_not_disturb_each_other(world: World, data: st.DataObject) -> None:
    """Steps are chosen in turns; each branch then equals the same steps in a world of its own."""
    left, right, chosen = world.clone(), world.clone(), (list[int](), list[int]())
    for _ in range(4):
        for branch, steps in zip((left, right), chosen, strict=True):
            pending = branch.pending()
            if pending:
                steps.append(data.draw(st.sampled_from(pending)).id)
                branch.step(steps[-1])
    for branch, steps in zip((left, right), chosen, strict=True):
        alone = world.clone()
        for number in steps:
            alone.step(number)
        assert everything(alone) == everything(branch)


def test_the_nodes_that_were_given_stay_as_they_are() -> None:
    nodes = [Source("a", ["b"]), Sink("b")]
    first = World(nodes).run()
    assert (nodes[0].state()["left"], nodes[1].state()) == (5, {"received": [], "at_ms": []})
    assert World(nodes).run().trace.hash() == first.trace.hash()


def test_a_clone_has_its_own_time_clock_and_held_messages() -> None:
    plan = [At(0.5, Hold("a", "b")), At(50, Release("a", "b"))]
    world = pipe(0, Network(Constant(1)), plan).run(20)
    other = world.clone().run(100)
    assert (world.now_ms, world.nodes["b"].now, other.nodes["b"].now) == (20, 20, 100)
    assert (len(world.link("a", "b").parked), len(other.link("a", "b").parked)) == (5, 0)
    assert other.link("a", "b").parked is not world.link("a", "b").parked


def test_what_waits_at_a_paused_node_of_a_clone_is_of_the_clone() -> None:
    world = pipe(0, Network(Constant(1)), [At(0.5, Pause("b")), At(50, Resume("b"))]).run(20)
    before = everything(world)
    assert world.clone().run().nodes["b"].state()["received"] == [5, 4, 3, 2, 1]
    assert everything(world) == before


def test_a_node_that_restarts_in_a_clone_is_of_the_clone() -> None:
    world = pipe(0, None, [At(0.5, Crash("a"))]).run(1)
    other = world.clone()
    other.heal_majority()
    other.run()
    assert not world.alive("a")
    assert len(world.trace) < len(other.trace)
    assert other.nodes["a"].state()["left"] == 0
