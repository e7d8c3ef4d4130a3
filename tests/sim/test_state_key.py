"""States of worlds that were reached in different ways are equal exactly if the same can happen from them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dscourse.experiments.partial_failure import one_payment
from dscourse.experiments.paxos import paxos_world
from dscourse.node import Node, Timer, cluster
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import Crash, Cut, Lose, Network, Pause, World
from dscourse.sim.state_key import reads_clock


def counters(loss: float = 0.0) -> World:
    world = World(cluster(Counter, ["a", "b", "c"]), network=Network(loss=loss))
    return world.submit("a", [("add", None, 1)], start_ms=5).run(until_ms=5)


def arrivals(world: World) -> dict[str, int]:
    return {event.node: event.id for event in world.pending() if event.kind == "deliver"}


def after(world: World, *nodes: str) -> World:
    """Return the world after the message to each of these nodes has arrived, in this order."""
    other = world.clone()
    for name in nodes:
        other.step(arrivals(other)[name])
    return other


def test_the_order_of_independent_arrivals_leaves_no_trace_in_the_state() -> None:
    world = counters()
    assert after(world, "b", "c").state_key() == after(world, "c", "b").state_key()
    assert after(world, "b", "c").trace.hash() != after(world, "c", "b").trace.hash()


def test_a_clone_is_in_the_same_state_and_each_event_leads_to_another() -> None:
    for build in (counters, one_payment, paxos_world):
        world = build()
        assert world.clone().state_key() == world.state_key()
        for event in world.pending():
            other = world.clone()
            other.step(event.id)
            assert other.state_key() != world.state_key()


@pytest.mark.parametrize("fault", [Crash("b"), Pause("b"), Cut("a", "b"), Lose("a", "b", "Add", 2)])
def test_a_fault_is_part_of_the_state(fault: Crash) -> None:
    world, other = counters(), counters()
    other.apply(fault)
    assert other.state_key() != world.state_key()


def test_a_lost_message_and_a_copy_are_told_from_the_message() -> None:
    keys = []
    for act in ("none", "drop", "duplicate"):
        world = counters()
        if act != "none":
            getattr(world, act)(arrivals(world)["b"])
        keys.append(world.state_key())
    assert len(set(keys)) == 3


def test_links_that_lose_by_chance_count_what_they_have_carried() -> None:
    used, fresh = counters(), counters(loss=0.2)
    assert used.state_key() != fresh.state_key()


@dataclass(frozen=True, slots=True)
class Tick(Timer):
    """A timer."""


class Watch(Node):
    """A node that notes the time in a helper."""

    def on_start(self, log: object) -> None:
        self.set_timer(Tick(), 10)

    def on_tick(self, timer: Tick) -> None:
        self.times = [moment for moment in (self.now,)]  # noqa: C416


def test_a_node_that_reads_its_clock_makes_time_part_of_the_state() -> None:
    assert reads_clock(Watch)
    assert not reads_clock(Counter)
    keys = []
    for until in (1, 2):
        world = World([Watch("a")]).run(until_ms=0).run(until_ms=until)
        keys.append(world.state_key())
    assert keys[0] != keys[1]
    assert counters().run(until_ms=5.1).state_key() == counters().state_key()


def test_the_history_counts_if_it_is_asked_for() -> None:
    world = one_payment()
    before = world.state_key(), world.state_key(history=True)
    while world.pending() and not world.history.ok:
        world.step()
    assert (world.state_key(), world.state_key(history=True)) != before


def test_a_copy_of_a_message_keeps_its_id_in_the_trace() -> None:
    world = counters()
    [sent] = [event.id for event in world.trace.kinds("send") if event.peer == "b"]
    world.duplicate(arrivals(world)["b"])
    assert [event.message for event in world.pending() if event.node == "b"] == [sent, sent]
