"""Losses, copies, order, cuts, partitions and holds: the effects of links other than delay."""

from __future__ import annotations

import pytest
from scipy import stats

from dscourse.node import cluster
from dscourse.sim import (
    At,
    Constant,
    Cut,
    Exponential,
    Heal,
    Hold,
    Link,
    Network,
    Partition,
    Release,
    SetLink,
    Uniform,
    World,
)

from .worlds import Gossip, Number, Sink, Source, Store, Writer, pipe

COUNT = 1_000


def within(successes: int, trials: int, probability: float) -> bool:
    """True unless a fair draw would be that far off once in a million."""
    low, high = stats.binom(trials, probability).interval(1 - 1e-6)
    return bool(low <= successes <= high)


def received(world: World) -> list[int]:
    """The numbers that ``b`` handled, in order."""
    return [e.what.n for e in world.run().trace.kinds("deliver") if e.node == "b"]


@pytest.mark.parametrize("probability", [0.05, 0.3, 0.9])
def test_the_share_of_lost_messages(probability: float) -> None:
    world = pipe(7, Network(loss=probability), count=COUNT)
    lost = COUNT - len(received(world))
    assert within(lost, COUNT, probability)
    assert not within(lost, COUNT, probability + 0.08)  # the bound is not vacuous
    drops = world.trace.kinds("drop")
    assert len(drops) == lost
    assert {(e.detail, e.node, e.peer) for e in drops} == {("lost", "b", "a")}


@pytest.mark.parametrize("probability", [0.05, 0.3])
def test_the_share_of_duplicated_messages(probability: float) -> None:
    world = pipe(7, Network(Uniform(1, 50), duplicate=probability), count=COUNT)
    copies = len(received(world)) - COUNT
    assert within(copies, COUNT, probability)
    twice = {event.id for event in world.trace.kinds("duplicate")}
    arrivals = [event.id for event in world.trace.kinds("deliver")]
    assert {number for number in arrivals if arrivals.count(number) == 2} == twice


def test_the_share_and_the_size_of_reordering() -> None:
    world = pipe(7, Network(Constant(2), reorder=0.3, reorder_by_ms=40), count=COUNT)
    assert sorted(received(world)) == list(range(1, COUNT + 1))
    sent = {event.id: event.time_ms for event in world.trace.kinds("send")}
    late = [event.time_ms - sent[event.id] - 2 for event in world.trace.kinds("deliver")]
    extra = [ms for ms in late if ms > 0.0005]
    assert within(len(extra), COUNT, 0.3)
    assert stats.kstest(extra, stats.uniform(0, 40).cdf).pvalue > 1e-4
    assert max(extra) <= 40


@pytest.mark.parametrize("probability", [0, 1])
def test_certain_and_impossible(probability: int) -> None:
    assert len(received(pipe(1, Network(loss=probability), count=50))) == 50 * (1 - probability)
    assert len(received(pipe(1, Network(duplicate=probability), count=50))) == 50 * (
        1 + probability
    )


@pytest.mark.parametrize("settings", [{}, {"loss": 0.2}, {"duplicate": 0.2}])
def test_a_fifo_link_never_overtakes(settings: dict[str, float]) -> None:
    ordered = pipe(4, Network(Exponential(9), fifo=True, **settings), count=200)
    firsts = list(dict.fromkeys(received(ordered)))
    assert firsts == sorted(firsts, reverse=True)
    assert received(pipe(4, Network(Exponential(9), **settings), count=200)) != received(ordered)


def test_only_a_reordered_message_is_overtaken_on_a_fifo_link() -> None:
    world = pipe(4, Network(Constant(2), fifo=True, reorder=0.1, reorder_by_ms=9), count=200)
    numbers = received(world)
    sent = {event.what.n: event.time_ms for event in world.trace.kinds("send")}
    late = {e.what.n for e in world.trace.kinds("deliver") if e.time_ms > sent[e.what.n] + 2}
    assert numbers != sorted(numbers, reverse=True)
    assert 5 < len(late) < 40
    on_time = [n for n in numbers if n not in late]
    assert on_time == sorted(on_time, reverse=True)


def test_fifo_delays_only_what_would_overtake() -> None:
    free, ordered = (pipe(4, Network(Exponential(9), fifo=f), count=200).run() for f in (0, 1))
    late = {e.what.n: e.time_ms for e in ordered.trace.kinds("deliver")}
    soon = {e.what.n: e.time_ms for e in free.trace.kinds("deliver")}
    expected, latest = {}, 0.0
    for n in range(200, 0, -1):
        latest = expected[n] = max(latest, soon[n])
    assert late == expected


def test_a_cut_works_one_way_and_takes_what_is_under_way() -> None:
    nodes = [Source("a", ["b"]), Sink("b")]
    world = World(nodes, 0, Network(Constant(3)), [At(2.5, Cut("a", "b")), At(6.5, Heal("a", "b"))])
    # Sent at 0, 1, 2, 3, 4; due at 3, 4, 5, 6, 7. A message sent while the link is cut is lost too.
    assert received(world) == []
    assert [(e.time_ms, e.detail) for e in world.trace.kinds("drop")] == [
        (3, "cut"), (3, "cut"), (4, "cut"), (4, "cut"), (5, "cut"),
    ]  # fmt: skip
    back = World(nodes, 0, Network(Constant(3)), [At(0.5, Cut("b", "a"))])
    assert received(back) == [5, 4, 3, 2, 1]


def gossip(*faults: At) -> World:
    return World(cluster(Gossip, list("abcd")), 0, Network(Constant(1)), faults).run(10)


def pairs(world: World) -> set[str]:
    return {f"{e.peer}{e.node}" for e in world.trace.kinds("deliver")}


def test_a_partition_separates_its_groups_and_nobody_else() -> None:
    world = gossip(At(0, Partition({"a"}, {"b", "c"})))
    assert pairs(world) == {"bc", "cb", "ad", "da", "bd", "db", "cd", "dc"}
    assert {e.detail for e in world.trace.kinds("drop")} == {"cut"}


def test_three_groups() -> None:
    world = gossip(At(0, Partition({"a"}, {"b"}, {"c", "d"})))
    assert pairs(world) == {"cd", "dc"}


def test_heal_ends_every_cut() -> None:
    world = gossip(At(0, Partition({"a"}, {"b"})), At(0, Cut("c", "d")), At(0, Heal()))
    assert len(pairs(world)) == 12


def test_a_held_link_keeps_messages_and_gives_them_in_order() -> None:
    plan = [At(0.5, Hold("a", "b")), At(20, Release("a", "b"))]
    world = pipe(0, Network(Constant(1)), plan)
    assert received(world) == [5, 4, 3, 2, 1]
    assert {e.time_ms for e in world.trace.kinds("deliver")} == {20}
    assert not world.link("a", "b").held


@pytest.mark.parametrize("release_ms", [3, 4, 5])
def test_what_was_held_comes_before_what_arrives_at_the_time_of_the_release(
    release_ms: int,
) -> None:
    plan = [At(0.5, Hold("a", "b")), At(release_ms, Release("a", "b"))]
    assert received(pipe(0, Network(Constant(1)), plan)) == [5, 4, 3, 2, 1]


def test_holding_one_direction_leaves_the_other() -> None:
    world = gossip(At(0, Hold("a", "b")))
    assert "ab" not in pairs(world)
    assert "ba" in pairs(world)
    assert not world.trace.kinds("drop")


def test_set_link_changes_one_link_and_without_settings_restores_it() -> None:
    network = Network(Constant(1), links={("a", "b"): Link(Constant(2), fifo=True)})
    plan = [At(1.5, SetLink("a", "b", latency=Constant(7))), At(3.5, SetLink("a", "b"))]
    world = pipe(0, network, plan)
    sent = {e.id: e.time_ms for e in world.run().trace.kinds("send")}
    delays = [e.time_ms - sent[e.id] for e in world.trace.kinds("deliver")]
    assert delays == [2, 2, 7, 7, 6]  # the last would take 2, but fifo stayed in force
    assert world.link("a", "b").settings == Link(Constant(2), fifo=True)


def test_set_link_without_names_spares_client_links() -> None:
    world = World([Source("a", ["b"]), Sink("b"), Writer("c", ["b"])])
    world.apply(SetLink(loss=0.5))
    losses = {
        pair: world.link(*pair).settings.loss for pair in ("ab", "ba", "ac", "ca", "bc", "cb")
    }
    assert losses == {"ab": 0.5, "ba": 0.5, "ac": 0, "ca": 0, "bc": 0, "cb": 0}
    world.apply(SetLink())
    assert world.link("a", "b").settings == Link()


def test_client_links_have_no_delay_unless_told() -> None:
    nodes = [Store("s"), Writer("c", ["s"])]
    for network, latency_ms in ((Network(Constant(5)), 0), (Network(client=Link(Constant(4))), 8)):
        world = World(nodes, 0, network).submit("c", [("put", None, 1)]).run()
        assert world.history.latencies_ms() == [latency_ms]


def test_a_link_between_two_named_nodes_is_an_exception_also_for_clients() -> None:
    network = Network(client=Link(Constant(4)), links={("s", "c"): Link(Constant(1))})
    world = World([Store("s"), Writer("c", ["s"])], 0, network).submit("c", [("put", None, 1)])
    assert world.run().history.latencies_ms() == [5]


def test_a_message_to_oneself_takes_the_network() -> None:
    world = pipe()
    world.nodes["b"].send("b", Number(9))  # carried out with the effects of b's start
    assert (1.0, 9) in [(e.time_ms, e.what.n) for e in world.run().trace.kinds("deliver")]
