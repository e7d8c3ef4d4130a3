"""Gossip of heartbeat counters: its convergence after faults longer than its suspicion time, and mutants."""

from __future__ import annotations

from collections import Counter

import pytest

from dscourse import sim
from dscourse.detectors import Detector, PhiAccrual
from dscourse.node import cluster
from dscourse.protocols.gossip import Gossip, GossipDue, Heartbeat, Heartbeats, monotonic
from tests.effort import chosen_seeds, first_trying

SEEDS = chosen_seeds(100)
SIZES = (2, 3, 5, 6, 9)
SUSPICION_MS = 700  # with nine members a crash is suspected after about so long
BUDGET = sim.Budget(horizon_ms=6_000, faults=6, timeout_ms=SUSPICION_MS)
SETTLED_MS = 4_000


def members(count: int) -> list[str]:
    return [f"n{number}" for number in range(1, count + 1)]


def world_of(
    kind: type[Gossip], count: int, seed: int = 1, plan: list[sim.At] | None = None
) -> sim.World:
    return sim.World(
        cluster(kind, members(count)), seed, sim.Network(sim.Uniform(2, 12)), plan or []
    )


def wrong(world: sim.World) -> list[tuple[str, str]]:
    """Return each live node with every node that it judges wrongly: crashed but trusted, or live but suspected."""
    return [
        (name, other)
        for name, node in world.nodes.items()
        for other in node.peers
        if world.alive(name) and node.trusts(other) != world.alive(other)  # type: ignore[attr-defined]
    ]


# --- without faults ------------------------------------------------------------------------------


@pytest.mark.parametrize("count", SIZES)
def test_without_faults_nobody_is_ever_suspected(count: int) -> None:
    world = world_of(Gossip, count)
    for ms in range(100, 15_000, 50):
        assert wrong(world.run(until_ms=ms)) == []


@pytest.mark.parametrize(("threshold", "suspects"), [(3, True), (8, False)])
def test_with_a_low_threshold_an_ordinary_gap_is_suspected_now_and_then(
    threshold: float, suspects: bool
) -> None:
    nodes = cluster(Gossip, members(9), threshold=threshold)
    world = sim.World(nodes, 1, sim.Network(sim.Uniform(0, 200)))
    found = [wrong(world.run(until_ms=ms)) for ms in range(5_000, 15_000, 50)]
    assert any(found) is suspects


class TakesTurnsForOutages(Gossip):
    """Keeps no gap at all in which it suspected the peer."""

    def detector(self) -> Detector:
        return PhiAccrual(
            self.threshold, window=50, min_deviation_ms=self.interval_ms / 2, pause_ms=0.0,
            first_ms=2 * self.interval_ms, start_ms=self.time(),
        )  # fmt: skip


@pytest.mark.parametrize("count", [9])
def test_a_burst_after_a_pause_does_not_make_it_suspect_live_nodes_for_ever(count: int) -> None:
    """All that waited arrives at once, so the window holds gaps of 0 ms."""
    plan = [sim.At(1_000, sim.Pause("n3")), sim.At(6_000, sim.Resume("n3"))]
    suspected: dict[type[Gossip], int] = {}
    for kind in (Gossip, TakesTurnsForOutages):
        world = world_of(kind, count, plan=plan).run(until_ms=10_000)
        moments = range(10_000, 15_000, 50)
        suspected[kind] = sum(bool(wrong(world.run(until_ms=ms))) for ms in moments)
    assert suspected[Gossip] == 0
    assert suspected[TakesTurnsForOutages] > 5


def test_a_counter_that_goes_back_or_is_gone_is_named() -> None:
    known = {"a": Heartbeat(2, 1), "b": Heartbeat(1, 7)}
    assert monotonic(known, known)
    assert monotonic(known, {"a": Heartbeat(1, 9), "b": Heartbeat(1, 7)}).reason == (
        "the counter of a is 2.1, and then 1.9"
    )
    assert (
        monotonic(known, {"a": Heartbeat(2, 1)}).reason == "the counter of b is 1.7, and then gone"
    )


# --- seeds ---------------------------------------------------------------------------------------


class ForgetsItsStarts(Gossip):
    """Restarts its counter from zero after each crash."""

    def on_start(self, log: object) -> None:
        super().on_start(())


class TellsOnePeer(Gossip):
    def on_gossip_due(self, timer: GossipDue) -> None:
        self.rounds = 0
        super().on_gossip_due(timer)


class BelievesOldHeartbeats(Gossip):
    """Counts every message as a sign of life of all whom it names."""

    def on_heartbeats(self, sender: str, beats: Heartbeats) -> None:
        super().on_heartbeats(sender, beats)
        for name, _ in beats.beats:
            if name in self.detectors:
                self.detectors[name].heartbeat(self.time())


def faulted(kind: type[Gossip], seed: int) -> sim.World:
    """The nodes of the seed after its faults: all work again, but for one that crashed, or none, by the seed."""
    count = SIZES[seed % len(SIZES)]
    names = members(count)
    world = world_of(kind, count, seed, sim.random_plan(seed, names, BUDGET))
    world.run(until_ms=BUDGET.horizon_ms)
    crashed = seed // len(SIZES) % (count + 1)
    if crashed < count:
        world.apply(sim.Crash(names[crashed]))
    return world


def complaint(kind: type[Gossip], seed: int) -> str | None:
    """Return the fault of the views once they had time to settle, or of a counter that went back; None if right."""
    world = faulted(kind, seed)
    beats = {name: dict(node.beats) for name, node in world.nodes.items() if world.alive(name)}  # type: ignore[attr-defined]
    world.run(until_ms=world.now_ms + SETTLED_MS)
    for ms in range(0, 500, 50):
        if pairs := wrong(world.run(until_ms=world.now_ms + ms)):
            return f"wrong: {pairs}"
    back = [name for name, old in beats.items() if not monotonic(old, world.nodes[name].beats)]  # type: ignore[attr-defined]
    return f"a counter went back at {back}" if back else None


def test_seeds_end_with_the_live_trusted_and_the_crashed_suspected() -> None:
    assert Counter(complaint(Gossip, seed) for seed in SEEDS) == {None: len(SEEDS)}


@pytest.mark.parametrize(
    ("mutant", "likely"),
    [
        (TakesTurnsForOutages, 4),
        (ForgetsItsStarts, 59),
        (TellsOnePeer, 1),
        (BelievesOldHeartbeats, 1),
    ],
)
def test_every_mutant_is_refuted_by_some_seed(mutant: type[Gossip], likely: int) -> None:
    assert any(complaint(mutant, seed) for seed in first_trying(likely, range(100)))


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:25]:
        names = members(SIZES[seed % len(SIZES)])
        seen["outlasted a suspicion"] += bool(
            sim.lasting(sim.random_plan(seed, names, BUDGET), SUSPICION_MS)
        )
        world = faulted(Gossip, seed)
        seen["wrong at the end of the faults"] += bool(wrong(world))
        restarted = Counter(event.node for event in world.trace.kinds("restart"))
        seen["restarted more than once"] += any(count > 1 for count in restarted.values())
        seen["restarted and wrong about at the end"] += any(
            other in restarted for _, other in wrong(world)
        )
    assert len(seen) == 4
    assert min(seen.values()) > 0, seen
