"""The ring election with retries: each message, every schedule, every node restarted, and the bound."""

from __future__ import annotations

from typing import Any

import pytest

from dscourse import sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.core.verdict import Verdict
from dscourse.explore import Bounds, View, explore
from dscourse.node import Clock, Send, SetTimer, take_effects
from dscourse.protocols.ring_election import Candidate, Elected, RingNode
from dscourse.protocols.ring_election_retries import (
    RetryDue,
    RetryingRingNode,
    agreed,
    only_the_highest,
)
from tests.effort import chosen_seeds
from tests.protocols.steps import effects

SEEDS = chosen_seeds(300)
NAMES = ("c", "a", "d", "b")  # around the ring
RETRY_MS, LATENCY_MS = 200, 12
BOUND_MS = RETRY_MS + 2 * len(NAMES) * LATENCY_MS


def ring(kind: type[RingNode] = RetryingRingNode, names: tuple[str, ...] = NAMES) -> list[RingNode]:
    return [kind(name, after) for name, after in zip(names, names[1:] + names[:1], strict=True)]


# --- step ----------------------------------------------------------------------------------------


def test_a_node_stands_until_it_knows_the_leader() -> None:
    b = RetryingRingNode("b", "c")
    b.on_start([])
    standing = [Send("c", Candidate("b")), SetTimer(RetryDue(), 200, 200)]
    assert take_effects(b) == standing
    handle_timer(b, RetryDue())
    assert take_effects(b) == standing
    handle_message(b, "a", Elected("d"))
    take_effects(b)
    handle_timer(b, RetryDue())
    assert take_effects(b) == []


def test_a_candidate_that_has_restarted_is_passed_on_to_the_leader_which_answers() -> None:
    b, d = RetryingRingNode("b", "c"), RetryingRingNode("d", "a")
    handle_message(b, "a", Elected("d"))
    assert effects(b, "a", Candidate("a")) == [Send("c", Candidate("a"))]
    handle_message(d, "c", Candidate("d"))
    assert effects(d, "c", Candidate("a")) == [Send("a", Elected("d"))]


def test_before_the_leader_is_known_lower_names_are_swallowed() -> None:
    assert effects(RetryingRingNode("b", "c"), "a", Candidate("a")) == []


def test_retries_wait() -> None:
    with pytest.raises(ValueError, match="above 0"):
        RetryingRingNode("a", "b", 0)


# --- explore -------------------------------------------------------------------------------------


def the_highest(view: View) -> Verdict:
    return only_the_highest(view.nodes, view.logs)


def all_agree(view: View) -> bool:
    return len(view.nodes) == 3 and bool(agreed(view.nodes))


def test_with_a_crash_a_restart_and_a_loss_no_other_is_ever_elected() -> None:
    found = explore(
        ring(names=("a", "c", "b")), always=[the_highest], sometimes=[all_agree],
        bounds=Bounds(crashes=1, restarts=1, drops=1, timeouts=1, copies=1, budget=200_000),
    )  # fmt: skip
    assert found.ok, found
    assert found.complete


class StandsForItsNeighbour(RetryingRingNode):
    """Leads if the highest does not answer in time."""

    def on_retry_due(self, timer: RetryDue) -> None:
        if not self.leader:
            self.leader = self.id


def test_a_leader_is_wrong_though_the_highest_is_down() -> None:
    found = explore(
        ring(StandsForItsNeighbour, ("a", "c", "b")), always=[the_highest],
        bounds=Bounds(crashes=1, timeouts=2, timing="synchronous", copies=1),
    )  # fmt: skip
    assert found.violated == "the highest"
    assert "a follows a, and not c" in found.reason


def test_a_ring_of_one_leads_itself() -> None:
    for kind in (RingNode, RetryingRingNode):
        world = sim.World(ring(kind, ("a",))).run(until_ms=500)
        assert agreed(world.nodes)


# --- seeds ---------------------------------------------------------------------------------------

HORIZON_MS = 800
BUDGET = sim.Budget(horizon_ms=HORIZON_MS, faults=10, timeout_ms=RETRY_MS)


def faulted(seed: int, kind: type[RingNode] = RetryingRingNode) -> sim.World:
    """A run until all faults are over; each node may have restarted."""
    plan = sim.random_plan(seed, NAMES, BUDGET)
    world = sim.World(ring(kind), seed, sim.Network(sim.Uniform(2, LATENCY_MS)), plan)
    return world.run(until_ms=HORIZON_MS)


def complaint(seed: int, kind: type[RingNode] = RetryingRingNode) -> str | None:
    world = faulted(seed, kind)
    world.run(until_ms=HORIZON_MS + BOUND_MS)
    if not only_the_highest(world.nodes, NAMES):
        return "another leads"
    return None if agreed(world.nodes) else "a node knows no leader"


def test_seeds_all_know_the_leader_within_the_bound() -> None:
    found = {seed: complaint(seed) for seed in SEEDS}
    assert {seed: wrong for seed, wrong in found.items() if wrong} == {}


def test_the_faults_outlast_the_retries_and_many_nodes_have_still_to_learn() -> None:
    plans = [sim.random_plan(seed, NAMES, BUDGET) for seed in range(100)]
    assert sum(bool(sim.lasting(plan, RETRY_MS)) for plan in plans) > 50
    assert sum(not agreed(faulted(seed).nodes) for seed in range(100)) > 25


class SwallowsLower(RetryingRingNode):
    """Does not pass on candidates that have restarted."""

    def on_candidate(self, sender: str, candidate: Candidate) -> None:
        RingNode.on_candidate(self, sender, candidate)


class StandsOnce(RetryingRingNode):
    """Does not stand again."""

    def on_retry_due(self, timer: RetryDue) -> None:
        pass


class SilentLeader(RetryingRingNode):
    """Leads, and does not say so to those that ask later."""

    def on_candidate(self, sender: str, candidate: Candidate) -> None:
        if self.leader != self.id:
            super().on_candidate(sender, candidate)


@pytest.mark.parametrize("mutant", [RingNode, SwallowsLower, StandsOnce, SilentLeader])
def test_seeds_refute_mutants(mutant: type[RingNode]) -> None:
    assert any(complaint(seed, mutant) for seed in range(200))


@pytest.mark.parametrize(("drift_ppm", "known"), [(0, True), (-200_000, False)])
def test_the_bound_is_one_of_clocks_at_the_speed_of_true_time(
    drift_ppm: float, known: bool
) -> None:
    """All start cut off from each other, so that each has to wait for a retry."""
    cut = [sim.At(0, sim.Partition(*({name} for name in NAMES))), sim.At(2, sim.Heal())]
    clocks = {name: Clock(drift_ppm=drift_ppm) for name in NAMES}
    world = sim.World(ring(), 1, sim.Network(sim.Constant(1)), cut, clocks)
    assert agreed(world.run(until_ms=2 + RETRY_MS + 2 * len(NAMES)).nodes).ok is known


@pytest.mark.parametrize("restarted", NAMES)
def test_a_restarted_node_learns_the_leader_within_the_bound(restarted: str) -> None:
    def leader(kind: type[RingNode]) -> Any:
        plan = [sim.At(500, sim.Crash(restarted)), sim.At(900, sim.Restart(restarted))]
        world = sim.World(ring(kind), 1, sim.Network(sim.Uniform(2, LATENCY_MS)), plan)
        return world.run(until_ms=900 + BOUND_MS).nodes[restarted].leader  # type: ignore[attr-defined]

    assert leader(RetryingRingNode) == "d"
    assert (leader(RingNode) == "d") is (restarted == "d")
