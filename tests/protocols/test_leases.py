"""Leases: one event at a time, and under clock drift within and beyond the bound."""

from __future__ import annotations

from statistics import median
from typing import Any

import pytest

from dscourse import sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.core.verdict import Verdict
from dscourse.explore import Bounds, View, explore
from dscourse.node import Clock, Node, Send, SetTimer, Write, cluster, take_effects
from dscourse.protocols.failover import (
    Beat,
    Denied,
    FailoverNode,
    Granted,
    RequestVote,
    Voted,
    one_leader_per_epoch,
)
from dscourse.protocols.fencing import FencedStorage, late_writes, terms_in_order
from dscourse.protocols.heartbeats import BeatDue, LeaderSilent
from dscourse.protocols.leases import BeatAck, LeasedNode, LeaseExpired, PromiseExpired, one_leader
from dscourse.protocols.textbook.fencing import TrustingStorage
from tests.effort import chosen_seeds
from tests.protocols.steps import effects

NAMES = ("n1", "n2", "n3")
SEEDS = chosen_seeds(150)
MENU = (
    "loss",
    "duplicate",
    "cut",
    "cut_both",
    "partition",
    "bridge",
    "hold",
    "crash",
    "crash_during",
    "restarts",
)
WAIT = SetTimer(LeaderSilent(), 200, 400)
BOUND = SetTimer(PromiseExpired(), 200, 200)


def node(name: str = "n1", **settings: Any) -> LeasedNode:
    return LeasedNode(name, [other for other in NAMES if other != name], **settings)


def leading() -> LeasedNode:
    """Node n1, elected for epoch 1 by itself and n2: its request was number 1, its first heartbeat number 2."""
    one = node()
    handle_timer(one, LeaderSilent())
    handle_message(one, "n2", Granted(1))
    take_effects(one)
    return one


# --- step ----------------------------------------------------------------------------------------


def test_a_lease_begins_when_votes_are_asked_for() -> None:
    one = node()
    handle_timer(one, LeaderSilent())
    assert take_effects(one) == [
        SetTimer(LeaseExpired(1), 160, 160), Write(Voted(1, "n1")),
        Send("n2", RequestVote(1)), Send("n3", RequestVote(1)), WAIT,
    ]  # fmt: skip


def test_votes_that_come_after_their_lease_make_no_leader() -> None:
    one = node()
    handle_timer(one, LeaderSilent())
    handle_timer(one, LeaseExpired(1))
    take_effects(one)
    assert effects(one, "n2", Granted(1)) == []
    assert one.epoch_led is None


def test_a_lease_ends_without_a_majority_behind_a_later_heartbeat() -> None:
    one = leading()
    handle_message(one, "n3", BeatAck(1, 2))
    handle_timer(one, LeaseExpired(1))
    assert one.epoch_led == 1
    handle_timer(one, BeatDue())
    handle_timer(one, LeaseExpired(2))
    assert one.epoch_led is None
    assert take_effects(one)[-1] == WAIT
    assert effects(one, "n2", Granted(1)) == []


def test_answers_to_another_epoch_do_not_count() -> None:
    one = leading()
    handle_message(one, "n3", BeatAck(0, 2))
    handle_timer(one, LeaseExpired(1))
    assert one.epoch_led is None


def test_who_hears_a_leader_gives_no_vote_for_the_shortest_silence() -> None:
    one = node()
    handle_timer(one, PromiseExpired())
    assert effects(one, "n2", Beat(1, 1)) == [WAIT, BOUND, Send("n2", BeatAck(1, 1))]
    assert effects(one, "n3", RequestVote(2)) == []
    handle_timer(one, PromiseExpired())
    take_effects(one)
    assert effects(one, "n3", RequestVote(5))[-2:] == [Send("n3", Granted(5)), BOUND]


def test_who_has_voted_gives_no_other_vote_but_the_same_again() -> None:
    one = node()
    handle_timer(one, PromiseExpired())
    handle_message(one, "n3", RequestVote(5))
    take_effects(one)
    assert effects(one, "n2", RequestVote(6)) == []
    assert effects(one, "n3", RequestVote(5)) == [WAIT, Send("n3", Granted(5)), BOUND]


def test_a_node_in_an_earlier_epoch_is_told_the_later_one_also_by_a_bound_node() -> None:
    one = node()
    handle_message(one, "n2", Beat(4, 1))
    take_effects(one)
    assert effects(one, "n3", RequestVote(3)) == [Send("n3", Denied(4))]
    assert effects(one, "n3", Beat(3, 9)) == [Send("n3", Denied(4))]
    apart = leading()
    handle_message(apart, "n3", Denied(4))
    assert (apart.epoch_led, apart.epoch) == (None, 4)


def test_after_a_restart_it_may_have_promised_not_to_vote() -> None:
    one = node()
    one.on_start([Voted(1, "n2")])
    assert take_effects(one) == [WAIT, BOUND]
    assert effects(one, "n3", RequestVote(2)) == []
    handle_timer(one, PromiseExpired())
    take_effects(one)
    assert effects(one, "n3", RequestVote(2))[0] == Write(Voted(2, "n3"))


def test_a_lease_longer_than_the_silence_is_refused() -> None:
    with pytest.raises(
        ValueError, match="lease_ms=300: it must be above 0, and at most silence_ms=200"
    ):
        node(lease_ms=300)


# --- explore -------------------------------------------------------------------------------------


def test_whatever_the_clocks_do_no_epoch_has_two_leaders() -> None:
    def always(view: View) -> Verdict:
        return one_leader_per_epoch(view.nodes)

    def a_second_epoch(view: View) -> bool:
        return any((one.epoch_led or 0) > 1 for one in view.nodes.values())

    nodes = cluster(LeasedNode, ["a", "b", "c"])
    found = explore(
        nodes,
        always=[always],
        sometimes=[a_second_epoch],
        bounds=Bounds(timeouts=3, copies=1),
        alike=list("abc"),
    )
    assert found.ok, found
    assert found.complete


# --- seeds, and mutants --------------------------------------------------------------------------


def leads(world: sim.World, name: str) -> bool:
    """The node is up and believes to lead."""
    return world.alive(name) and world.nodes[name].epoch_led is not None  # type: ignore[attr-defined]


def leaders_at_once(nodes: list[Any], plan: list[sim.At], seed: int, clocks: dict[str, Any]) -> int:
    """The most nodes that believe to lead at one time, looked at every 5 ms of two seconds."""
    world = sim.World(nodes, seed, sim.Network(sim.Uniform(2, 12)), plan, clocks=clocks)
    most = 0
    for ms in range(0, 2_000, 5):
        world.run(until_ms=ms)
        most = max(most, sum(leads(world, node.id) for node in nodes))
    return most


def alone(name: str) -> list[sim.At]:
    """This node is cut off from the others for almost a second."""
    others = {other for other in NAMES if other != name}
    return [sim.At(900, sim.Partition({name}, others)), sim.At(1_800, sim.Heal())]


def most_at_once(kind: type[FailoverNode], drifts: dict[str, float]) -> int:
    """The most leaders at once over 20 seeds, whichever node is cut off."""
    clocks = {name: Clock(drift_ppm=ppm) for name, ppm in drifts.items()}
    return max(
        leaders_at_once(cluster(kind, NAMES), alone(name), seed, clocks)
        for name in NAMES
        for seed in range(20)
    )


def test_with_leases_there_are_no_two_leaders_at_once_as_long_as_clocks_are_good() -> None:
    """silence_ms / lease_ms is 1.25; the fastest clock is faster than the slowest by 1.1 only."""
    good = {"n1": 50_000.0, "n2": 0.0, "n3": -50_000.0}
    assert most_at_once(LeasedNode, good) == 1
    assert most_at_once(FailoverNode, good) == 2


def test_a_slow_clock_breaks_a_lease() -> None:
    """n1's clock runs at a quarter of its speed: its lease of 200 ms lasts for 800, and the others wait for 300."""

    def most(drift_ppm: float) -> int:
        clocks = {"n1": Clock(drift_ppm=drift_ppm)}
        found = []
        for seed in range(60):
            nodes = cluster(LeasedNode, NAMES, lease_ms=200.0, silence_ms=300.0)
            nodes[0].silence_ms = 60.0  # it is quick to lead
            found.append(leaders_at_once(nodes, alone("n1"), seed, clocks))
        return max(found)

    assert most(-750_000) == 2
    assert most(0) == 1


class VotesAreNoPromise(LeasedNode):
    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        was = self.has_promised
        super().on_request_vote(sender, request)
        self.has_promised = was  # and its timer may run out early for all it knows


class HearsWithoutPromise(LeasedNode):
    def on_beat(self, sender: str, beat: Beat) -> None:
        super().on_beat(sender, beat)
        self.has_promised = False


class ForgetsItsPromise(LeasedNode):
    def on_start(self, log: Any) -> None:
        super().on_start(log)
        self.has_promised = False


class LeadsWithoutAnswers(LeasedNode):
    def on_lease_expired(self, timer: LeaseExpired) -> None:
        self.leases.pop(timer.number, None)


def faulted(kind: type[LeasedNode], seeds: range, menu: tuple[str, ...] = MENU) -> int:
    """Return the most leaders at once among three nodes that crash and whose messages are late or lost, by plan."""
    budget = sim.Budget(horizon_ms=1_800, faults=9, timeout_ms=240, menu=menu)
    most, outlasted, restarts = 0, 0, 0
    for seed in seeds:
        nodes = cluster(kind, NAMES, silence_ms=120.0, lease_ms=115.0)
        plan = sim.random_plan(seed, NAMES, budget)
        outlasted += bool(sim.lasting(plan, 240))
        restarts += any(isinstance(entry.fault, sim.Restart) for entry in plan)
        most = max(most, leaders_at_once(nodes, plan, seed, {}))
        if most > 1:
            return most
    assert min(outlasted, restarts) > len(seeds) / 10
    return most


def test_seeds_never_give_two_leaders_at_once() -> None:
    assert faulted(LeasedNode, SEEDS) == 1
    assert faulted(LeasedNode, SEEDS, ("crash", "restarts", "hold")) == 1


def with_a_voter_that_restarts(kind: type[LeasedNode], seed: int) -> int:
    """The most leaders at once if one follower hears no leader, and the other restarts again and again."""
    world: Any = sim.World(cluster(kind, NAMES), seed, sim.Network(sim.Uniform(2, 12)))
    world.run(until_ms=1_000)
    first = next(name for name in NAMES if leads(world, name))
    apart, voter = (name for name in NAMES if name != first)
    world.apply(sim.Hold(first, apart))
    most = 0
    for ms in range(1_000, 3_000, 5):
        if ms % 35 == 0:
            world.apply(sim.Crash(voter))
            world.apply(sim.Restart(voter))
        world.run(until_ms=ms)
        most = max(most, sum(leads(world, name) for name in NAMES))
    return most


def test_a_promise_outlasts_a_restart() -> None:
    assert max(with_a_voter_that_restarts(LeasedNode, seed) for seed in range(10)) == 1
    assert max(with_a_voter_that_restarts(ForgetsItsPromise, seed) for seed in range(10)) == 2


@pytest.mark.parametrize("mutant", [VotesAreNoPromise, HearsWithoutPromise, LeadsWithoutAnswers])
def test_every_mutant_is_refuted(mutant: type[LeasedNode]) -> None:
    assert faulted(mutant, range(1_000), ("crash", "restarts", "hold")) == 2


def test_a_halted_leader_writes_after_its_lease() -> None:
    """Not promised: only a storage that checks epochs can refuse what a process sends when it wakes up."""
    nodes: list[Node] = [FencedStorage("s"), *cluster(LeasedNode, NAMES, storage="s")]
    found = sim.World(nodes, 3, sim.Network(sim.Uniform(2, 12))).run(until_ms=900)
    leader = next(name for name in NAMES if leads(found, name))
    found.apply(sim.Pause(leader))
    found.run(until_ms=1_700)
    assert not one_leader({name: found.nodes[name] for name in NAMES})
    found.apply(sim.Resume(leader))
    found.run(until_ms=2_500)
    assert one_leader({name: found.nodes[name] for name in NAMES})
    assert any("Refused" in repr(event.what) for event in found.trace.kinds("send"))
    assert terms_in_order(found.log("s"))


def late_after_a_lease(storage: type[Node]) -> list[Any]:
    """Late writes if what the leader sends to the storage is held back, and another node leads meanwhile."""
    nodes = [storage("s"), *cluster(LeasedNode, NAMES, storage="s")]
    world = sim.World(nodes, 1, sim.Network(sim.Uniform(2, 12))).run(until_ms=1_200)
    first = next(name for name in NAMES if leads(world, name))
    world.apply(sim.Hold(first, "s"))
    world.run(until_ms=1_250).apply(sim.Partition({first}, set(NAMES) - {first}))
    world.run(until_ms=2_100)
    assert one_leader({name: world.nodes[name] for name in NAMES})
    assert not leads(world, first)
    world.apply(sim.Release(first, "s"))
    return late_writes(world.run(until_ms=2_600).log("s"))


def test_a_write_that_was_sent_within_the_lease_may_arrive_after_it() -> None:
    """Not promised: a lease bounds when its holder sends, not when that arrives; fencing refuses what comes late."""
    assert late_after_a_lease(TrustingStorage)
    assert not late_after_a_lease(FencedStorage)


def leaderless_ms(kind: type[FailoverNode], seed: int) -> tuple[float, int]:
    """Return the time without a leader after the leader has crashed, and the number of epochs until the next."""
    world: Any = sim.World(cluster(kind, NAMES), seed, sim.Network(sim.Uniform(2, 12)))
    world.run(until_ms=2_000)
    while not (led := [name for name in NAMES if leads(world, name)]):
        world.step()
    begun, epoch = world.now_ms, world.nodes[led[0]].epoch
    world.apply(sim.Crash(led[0]))
    while not (now := [name for name in NAMES if leads(world, name)]):
        world.step()
    return world.now_ms - begun, world.nodes[now[0]].epoch - epoch


def test_a_lease_costs_no_election_that_fails() -> None:
    """Voters are free when the first of them times out, so that leases cost no time when a leader crashes."""
    plain = [leaderless_ms(FailoverNode, seed) for seed in range(40)]
    leased = [leaderless_ms(LeasedNode, seed) for seed in range(40)]
    assert median(ms for ms, _ in leased) == pytest.approx(median(ms for ms, _ in plain), rel=0.1)
    assert median(epochs for _, epochs in leased) == 1


def test_seeds_with_leases_all_go_on_after_any_faults() -> None:
    budget = sim.Budget(horizon_ms=1_800, faults=9, timeout_ms=400)
    for seed in SEEDS:
        plan = sim.random_plan(seed, NAMES, budget)
        nodes = cluster(LeasedNode, NAMES)
        world = sim.World(nodes, seed, sim.Network(sim.Uniform(2, 12)), plan).run(until_ms=1_801)

        def one_leads_and_all_follow(world: sim.World) -> bool:
            leaders = {one.leader for one in world.nodes.values()}  # type: ignore[attr-defined]
            return len(leaders) == 1 and leaders != {""}

        assert world.expect(one_leads_and_all_follow, within_ms=4_000), seed
