"""The effect of links on messages: delays and losses follow the distributions in the settings."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dscourse.sim import (
    At,
    Constant,
    Cut,
    Empirical,
    Exponential,
    Latency,
    Link,
    LogNormal,
    Network,
    Pareto,
    Recover,
    SetLink,
    Uniform,
    World,
)

from .worlds import Sink, Source, pipe

SAMPLES = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]
DISTRIBUTIONS: list[tuple[Latency, Callable[[Any], Any]]] = [
    (Constant(3), lambda u: np.full_like(u, 3.0)),
    (Uniform(2, 5), stats.uniform(2, 3).ppf),
    (Exponential(4, minimum=1.5), stats.expon(1.5, 4).ppf),
    (LogNormal(10, 0.8), stats.lognorm(0.8, scale=10).ppf),
    (Pareto(2, 1.3), stats.pareto(1.3, scale=2).ppf),
    (Empirical(SAMPLES), lambda u: np.quantile(SAMPLES, u)),
]
named = pytest.mark.parametrize(
    ("latency", "oracle"), DISTRIBUTIONS, ids=[type(d).__name__ for d, _ in DISTRIBUTIONS]
)


@named
def test_quantiles_are_those_of_the_distribution(
    latency: Latency, oracle: Callable[[Any], Any]
) -> None:
    shares = np.concatenate([[1e-6], np.linspace(0.001, 0.999, 999), [1 - 1e-6]])
    ours = [latency.quantile(float(u)) for u in shares]
    np.testing.assert_allclose(ours, oracle(shares), rtol=1e-7)


@named
def test_delays_in_a_world_are_so_distributed(
    latency: Latency, oracle: Callable[[Any], Any]
) -> None:
    delays = delays_ms(pipe(5, Network(latency), count=2_000))
    assert len(delays) == 2_000
    for share in (0.1, 0.5, 0.9):
        quantile = float(oracle(np.asarray(share)))
        below = sum(delay <= quantile + 0.0005 for delay in delays.values())
        at_most = sum(delay < quantile - 0.0005 for delay in delays.values())
        assert at_most - 90 <= share * 2_000 <= below + 90  # 4 standard deviations


@pytest.mark.parametrize("latency", [d for d, _ in DISTRIBUTIONS])
def test_a_draw_of_zero_gives_a_delay(latency: Latency) -> None:
    assert 0 <= latency.quantile(0.0) <= latency.quantile(0.5) < math.inf


@given(st.floats(0, 0.999999), st.floats(0.1, 50), st.floats(1, 4))
def test_a_larger_setting_never_makes_the_same_draw_faster(u: float, ms: float, k: float) -> None:
    for make in (Constant, Exponential, lambda m: Uniform(m, 2 * m), lambda m: LogNormal(m, 1)):
        assert make(k * ms).quantile(u) >= make(ms).quantile(u)


def delays_ms(world: World) -> dict[int, float]:
    """By number: how long each message took that arrived (the last copy of it)."""
    trace = world.run().trace
    sent = {event.id: event for event in trace.kinds("send")}
    return {e.what.n: e.time_ms - sent[e.id].time_ms for e in trace.kinds("deliver")}


# --- common random numbers ---


def test_turning_loss_up_loses_more_of_the_same_and_keeps_every_delay() -> None:
    runs = [delays_ms(pipe(3, Network(Exponential(5), loss=p), count=300)) for p in (0, 0.1, 0.4)]
    assert len(runs[0]) == 300 > len(runs[1]) > len(runs[2]) > 0
    for fewer_lost, more_lost in pairwise(runs):
        assert more_lost.items() <= fewer_lost.items()


def test_turning_duplication_and_reordering_on_keeps_the_other_draws() -> None:
    plain = delays_ms(pipe(3, Network(Exponential(5), loss=0.3), count=300))
    world = pipe(3, Network(Exponential(5), loss=0.3, reorder=0.2, duplicate=0.2), count=300)
    lost = {event.what.n for event in world.run().trace.kinds("drop")}
    assert lost == set(range(1, 301)) - plain.keys()
    sent = {event.id: event.time_ms for event in world.trace.kinds("send")}
    first_or_copy = {(e.what.n, e.time_ms - sent[e.id]) for e in world.trace.kinds("deliver")}
    again = delays_ms(pipe(3, Network(Exponential(5), loss=0.3, reorder=0.2), count=300))
    assert again.items() <= first_or_copy  # copies draw their delays elsewhere
    same = [n for n in plain if plain[n] == again[n]]
    assert 0.6 * len(plain) < len(same) < len(plain)
    assert all(again[n] >= plain[n] for n in plain)


def test_removing_one_fault_leaves_the_other_links_alone() -> None:
    def arrivals(plan: list[At]) -> list[tuple[float, int]]:
        nodes = [Source("a", ["b", "c"], count=100), Sink("b"), Sink("c")]
        world = World(nodes, 2, Network(Uniform(1, 9), loss=0.2), plan).run()
        return [(e.time_ms, e.what.n) for e in world.trace.of("c").kinds("deliver")]

    faults = [At(5, Cut("a", "b")), At(20, SetLink("b", "a", loss=0.9))]
    assert arrivals(faults) == arrivals(faults[1:]) == arrivals([])


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": 0.5},
        {"duplicate": 0.5},
        {"reorder": 0.5},
        {"latency": Constant(3)},
        {"latency": Exponential(30)},
    ],
)
@pytest.mark.parametrize("latency", [Constant(2), Uniform(1, 9)])
def test_removing_a_fault_leaves_later_ones_on_the_same_link_as_they_were(
    latency: Latency, settings: dict[str, Any]
) -> None:
    """Each message's numbers depend on its index on the link alone, not on earlier settings."""

    def later(plan: list[At]) -> list[tuple[float, str, int]]:
        world = pipe(2, Network(latency), plan, count=120).run()
        return [
            (event.time_ms, event.kind, event.what.n)
            for event in world.trace.kinds("deliver", "drop", "duplicate")
            if event.what.n <= 80
        ]

    late = {"loss": 0.3, "duplicate": 0.3, "reorder": 0.3, "latency": Uniform(2, 20)}
    plan = [At(50, SetLink("a", "b", **late)), At(90, SetLink("a", "b"))]
    early = [At(10, SetLink("a", "b", **settings)), At(30, SetLink("a", "b"))]
    assert later(early + plan) == later(plan) != later([])


def test_seeds_differ() -> None:
    runs = [delays_ms(pipe(seed, Network(Uniform(0, 9)), count=5)) for seed in range(4)]
    assert len({tuple(run.values()) for run in runs}) == 4


def test_the_two_directions_of_a_link_differ() -> None:
    world = World([Sink("a"), Sink("b")], 1, Network(Uniform(0, 9)))
    links = [world.link(x, y) for x, y in ("ab", "ba")]
    for link in links:
        link.sent += 1
    there, back = (link.latency_us() for link in links)
    assert there != back


def test_a_latency_set_twice_before_any_message_draws_as_if_it_was_set_once() -> None:
    def late(*plan: At) -> dict[int, float]:
        world = pipe(1, Network(Constant(1)), plan, count=60)
        return {n: ms for n, ms in delays_ms(world).items() if n < 35}

    uniform, other = ({"latency": Uniform(2, 20)}, {"latency": Uniform(5, 6)})
    once = late(At(20, SetLink("a", "b", **uniform)))
    assert len(set(once.values())) > 30
    for ms in (10, 20):
        twice = [At(ms, SetLink("a", "b", **other)), At(20, SetLink("a", "b", **uniform))]
        assert late(*twice) == once


def test_a_recovery_makes_no_links_that_nobody_uses() -> None:
    names = [f"n{n}" for n in range(30)]
    world = World([Sink(name) for name in names], 1, Network(Uniform(0, 9)))
    world.apply(Recover())
    assert not world._engine.wires()
    world = World([Sink(name) for name in names], 1, Network(Uniform(0, 9), loss=0.5))
    world.apply(Recover())
    assert world.link("n0", "n1").settings.loss == 0


def test_a_change_of_all_links_leaves_each_its_other_settings() -> None:
    slow = Link(Constant(9))
    world = World([Sink("a"), Sink("b")], 0, Network(Constant(1), links={("a", "b"): slow}))
    world.apply(SetLink(loss=0.5))
    there, back = world.link("a", "b").settings, world.link("b", "a").settings
    assert (there.latency, there.loss) == (Constant(9), 0.5)
    assert (back.latency, back.loss) == (Constant(1), 0.5)
    world.apply(SetLink())
    assert world.link("a", "b").settings == slow
    assert world.link("b", "a").settings == Link(Constant(1))
