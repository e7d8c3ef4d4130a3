"""Elections by name, bully and ring: one event at a time, every schedule, and their messages against the sources."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import pytest

from dscourse import sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.core.verdict import Verdict
from dscourse.explore import Bounds, Exploration, View, explore
from dscourse.node import CancelTimer, Send, SetTimer, cluster, take_effects
from dscourse.protocols.bully import (
    Answer,
    Beat,
    Bully,
    Election,
    NoAnswer,
    NoVictory,
    Victory,
    one_leader,
)
from dscourse.protocols.heartbeats import BeatDue, LeaderSilent
from dscourse.protocols.ring_election import Candidate, Elected, RingNode, agreed, ring
from tests.effort import chosen_seeds, once
from tests.protocols.golden import assert_golden
from tests.protocols.steps import effects

SEEDS = chosen_seeds(100)
ABC = ("a", "b", "c")


def node(name: str) -> Bully:
    return Bully(name, [other for other in ABC if other != name])


# --- step ----------------------------------------------------------------------------------------


def test_it_asks_those_with_higher_names() -> None:
    b = node("b")
    b.on_start([])
    assert take_effects(b) == [Send("c", Election()), SetTimer(NoAnswer(), 40, 40)]


def test_the_highest_asks_nobody_and_leads() -> None:
    c = node("c")
    c.on_start([])
    assert take_effects(c) == [
        Send("a", Victory()), Send("b", Victory()), SetTimer(BeatDue(), 50, 50),
    ]  # fmt: skip
    assert c.epoch_led == 0


def test_who_is_asked_answers_and_takes_over() -> None:
    b = node("b")
    assert effects(b, "a", Election()) == [
        Send("a", Answer()), Send("c", Election()), SetTimer(NoAnswer(), 40, 40),
    ]  # fmt: skip
    assert effects(b, "a", Election()) == [Send("a", Answer())]


def test_a_leader_that_is_asked_says_that_it_leads() -> None:
    c = node("c")
    c.on_start([])
    assert effects(c, "a", Election()) == [Send("a", Victory())]


def test_who_is_answered_waits_for_the_victory_and_else_begins_again() -> None:
    a = node("a")
    a.on_start([])
    assert effects(a, "b", Answer()) == [CancelTimer(NoAnswer()), SetTimer(NoVictory(), 120, 120)]
    handle_timer(a, NoVictory())
    assert take_effects(a)[:2] == [Send("b", Election()), Send("c", Election())]
    handle_message(a, "c", Victory())
    assert (a.leader, a.electing) == ("c", False)


def test_without_an_answer_it_leads_until_a_higher_one_is_heard() -> None:
    b = node("b")
    b.on_start([])
    handle_timer(b, NoAnswer())
    assert b.epoch_led == 0
    handle_message(b, "c", Beat())
    assert b.leader == "c"
    assert b.epoch_led is None


def test_a_lower_victory_is_not_put_up_with() -> None:
    b = node("b")
    assert effects(b, "a", Victory()) == [Send("c", Election()), SetTimer(NoAnswer(), 40, 40)]


def test_a_silent_leader_is_replaced() -> None:
    a = node("a")
    handle_message(a, "c", Victory())
    take_effects(a)
    handle_timer(a, LeaderSilent())
    assert Send("b", Election()) in take_effects(a)


def test_in_a_ring_lower_names_are_swallowed_and_higher_ones_passed_on() -> None:
    b = RingNode("b", "c")
    assert effects(b, "a", Candidate("a")) == []
    assert effects(b, "a", Candidate("c")) == [Send("c", Candidate("c"))]
    assert effects(b, "a", Candidate("b")) == [Send("c", Elected("b"))]
    assert effects(b, "a", Elected("b")) == []


# --- sentence ------------------------------------------------------------------------------------


def election_messages(n: int, first: int) -> int:
    """Messages of the election after the leader of n nodes has crashed and node ``first`` notices; no heartbeats."""
    names = [f"n{number:02d}" for number in range(1, n + 1)]
    quiet = {"beat_ms": 1e6, "silence_ms": 1e6}
    nodes = cluster(Bully, names, **quiet)
    nodes[first - 1].silence_ms = 300
    world = sim.World(nodes, 1, sim.Network(sim.Constant(5)))
    world.run(until_ms=200).apply(sim.Crash(names[-1]))
    before = len(world.trace.kinds("send"))
    world.run(until_ms=590)
    assert {world.nodes[name].leader for name in names[:-1]} == {names[-2]}  # type: ignore[attr-defined]
    return len(world.trace.kinds("send")) - before


@pytest.mark.parametrize("n", [3, 5, 9])
def test_messages_of_the_bully_algorithm(n: int) -> None:
    """Best case: the second highest notices; worst: the lowest, and all others hold elections of their own."""
    assert election_messages(n, n - 1) == n
    assert election_messages(n, 1) == n * (n - 1)


def candidates(names: list[str]) -> int:
    world = sim.World(ring(names), 1, sim.Network(sim.Constant(5))).run()
    assert agreed(world.nodes)
    return sum(isinstance(event.what, Candidate) for event in world.trace.kinds("send"))


@pytest.mark.parametrize("n", [2, 5, 12])
def test_messages_of_the_ring_election(n: int) -> None:
    """Chang and Roberts 1979: 2 n - 1 at best, n (n + 1) / 2 at worst, n times a harmonic number on average."""
    names = [f"n{number:03d}" for number in range(n)]
    assert candidates(names) == 2 * n - 1
    assert candidates(names[::-1]) == n * (n + 1) // 2


@once
def test_messages_of_the_ring_election_on_average() -> None:
    draws, n = random.Random(1), 20
    counts = []
    for _ in range(200):
        names = [f"n{number:03d}" for number in range(n)]
        draws.shuffle(names)
        counts.append(candidates(names))
    harmonic = math.fsum(1 / k for k in range(1, n + 1))
    assert sum(counts) / len(counts) == pytest.approx(n * harmonic, rel=0.05)


# --- explore -------------------------------------------------------------------------------------


def never_two_leaders(view: View) -> Verdict:
    return one_leader(view.nodes)


def a_node_leads(view: View) -> bool:
    return any(one.epoch_led is not None for one in view.nodes.values())


def every_schedule(
    kind: type[Bully] = Bully,
    sometimes: Sequence[Any] = (),
    within_reach: Sequence[Any] = (),
    **limits: Any,
) -> Exploration:
    bounds = Bounds(**{"copies": 1, "timing": "synchronous", "timeouts": 4, **limits})
    return explore(
        cluster(kind, ABC), always=[never_two_leaders], sometimes=sometimes,
        within_reach=within_reach, bounds=bounds,
    )  # fmt: skip


def test_with_messages_in_time_there_are_never_two_leaders() -> None:
    found = every_schedule(crashes=1, sometimes=[a_node_leads])
    assert found.ok, found
    assert (found.complete, found.states) == (True, 603)


def test_a_leader_that_comes_back_leads_beside_the_other_until_it_is_heard() -> None:
    found = every_schedule(crashes=1, restarts=1)
    assert found.violated == "never two leaders"
    assert "both lead" in found.reason
    assert len(found.steps) == 7


def test_somebody_leads_in_the_end_whoever_crashes() -> None:
    assert every_schedule(crashes=1, timeouts=None, within_reach=[a_node_leads]).ok


def test_if_a_message_may_be_late_two_lead() -> None:
    found = every_schedule(timing="asynchronous", timeouts=3)
    assert found.violated == "never two leaders"
    assert "both lead" in found.reason
    assert len(found.steps) == 4


@pytest.mark.parametrize("shape", range(1, 6))
def test_every_schedule_of_a_ring_ends_with_the_same_leader(shape: int) -> None:
    names = [f"n{(3 * k) % shape}{k}" for k in range(shape)]

    def all_agree(view: View) -> Verdict:
        return agreed(view.nodes)

    found = explore(ring(names), within_reach=[all_agree], sometimes=[all_agree])
    assert found.ok, found
    assert found.complete


# --- mutants -------------------------------------------------------------------------------------


class LeadsAtOnce(Bully):
    def _elect(self) -> None:
        self._win()


class IgnoresHigherBeats(Bully):
    def on_beat(self, sender: str, beat: Beat) -> None:
        pass

    def on_victory(self, sender: str, victory: Victory) -> None:
        if self.leader != self.id:
            super().on_victory(sender, victory)


class NeverAnswers(Bully):
    def on_election(self, sender: str, election: Election) -> None:
        pass


class PassesOnEverything(RingNode):
    def on_candidate(self, sender: str, candidate: Candidate) -> None:
        if candidate.name == self.id:
            super().on_candidate(sender, candidate)
        else:
            self.send(self.following, candidate)


@pytest.mark.parametrize("mutant", [LeadsAtOnce, NeverAnswers])
def test_every_mutant_is_refuted_by_a_schedule(mutant: type[Bully]) -> None:
    assert every_schedule(mutant).ok is False


def test_who_does_not_give_way_leads_beside_the_other_after_a_partition() -> None:
    assert one_leader(after_a_partition(Bully))
    assert not one_leader(after_a_partition(IgnoresHigherBeats))


def test_a_ring_that_swallows_nobody_elects_more_than_one() -> None:
    nodes = [
        PassesOnEverything(name, after) for name, after in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    world = sim.World(nodes, 1, sim.Network(sim.Constant(5))).run(until_ms=500)
    elected = {event.what for event in world.trace.kinds("send") if isinstance(event.what, Elected)}
    assert len(elected) == 3


# --- seeds ---------------------------------------------------------------------------------------


def after_a_partition(kind: type[Bully]) -> dict[str, Any]:
    plan = [sim.At(300, sim.Partition({"c"}, {"a", "b"})), sim.At(900, sim.Heal())]
    world = sim.World(cluster(kind, ABC), 1, sim.Network(sim.Uniform(2, 12)), plan)
    world.run(until_ms=800)
    assert not one_leader(world.nodes)
    return world.run(until_ms=2_000).nodes


HORIZON_MS, LATENCY_MS = 1_600, 12
BUDGET = sim.Budget(horizon_ms=HORIZON_MS, faults=16, timeout_ms=200)  # of silence, the longest


def bound_ms(n: int) -> float:
    """The time that the docstring promises: silence, answer, heartbeat and n + 4 messages."""
    return 200 + 40 + 50 + (n + 4) * LATENCY_MS


def faulted(seed: int, names: str, down: str, kind: type[Bully] = Bully) -> sim.World:
    """A run until all faults are over, but that those of ``down`` crash for good; every node may have restarted."""
    plan = sim.random_plan(seed, list(names), BUDGET)
    network = sim.Network(sim.Uniform(2, LATENCY_MS))
    world = sim.World(cluster(kind, list(names)), seed, network, plan).run(until_ms=HORIZON_MS)
    for name in down:
        world.apply(sim.Crash(name))
    return world


def leaders(world: sim.World, names: str, down: str) -> set[str]:
    """Whom the nodes that are up follow."""
    return {world.nodes[name].leader for name in names if name not in down}  # type: ignore[attr-defined]


def complaint(seed: int, names: str, down: str, kind: type[Bully] = Bully) -> str | None:
    world = faulted(seed, names, down, kind)
    highest = {max(name for name in names if name not in down)}
    for ms in (bound_ms(len(names)), 2_000):
        world.run(until_ms=HORIZON_MS + ms)
        if leaders(world, names, down) != highest:
            return f"after {ms:g} ms they follow {sorted(leaders(world, names, down))}"
    return None


@pytest.mark.parametrize(
    ("names", "down"), [("abc", ""), ("abc", "c"), ("abcde", ""), ("abcde", "be"), ("abcde", "de")]
)
def test_seeds_within_the_bound_all_follow_the_highest_that_is_up(names: str, down: str) -> None:
    found = {seed: complaint(seed, names, down) for seed in SEEDS}
    assert {seed: wrong for seed, wrong in found.items() if wrong} == {}


def test_the_faults_outlast_the_time_outs_and_many_have_still_to_agree() -> None:
    plans = [sim.random_plan(seed, ABC, BUDGET) for seed in range(100)]
    assert sum(bool(sim.lasting(plan, 200)) for plan in plans) > 50
    assert sum(leaders(faulted(seed, "abc", ""), "abc", "") != {"c"} for seed in range(100)) > 25


class StartsQuietly(Bully):
    """Waits for a message from the leader when it starts again, and asks no node."""

    def on_start(self, log: Sequence[object]) -> None:
        pass


class DoesNotBeat(Bully):
    """Announces its victory once."""

    def on_beat_due(self, timer: BeatDue) -> None:
        pass


class WaitsForVictory(Bully):
    """Waits for ever for the victory of a node that has answered."""

    def on_no_victory(self, timer: NoVictory) -> None:
        pass


@pytest.mark.parametrize("mutant", [StartsQuietly, DoesNotBeat])
def test_seeds_refute_mutants(mutant: type[Bully]) -> None:
    assert any(complaint(seed, "abc", "c", mutant) for seed in range(500))


def answered_and_left(kind: type[Bully]) -> str:
    """The leader of a after c has crashed, and b too, once it has answered and before its victory."""
    plan = [sim.At(390, sim.Crash("c")), sim.At(580, sim.Crash("b"))]
    world = sim.World(cluster(kind, ABC), 1, sim.Network(sim.Constant(5)), plan)
    world.run(until_ms=580)
    assert Answer() in [event.what for event in world.trace.kinds("deliver") if event.node == "a"]
    assert world.nodes["b"].leader == ""  # type: ignore[attr-defined]
    return world.run(until_ms=580 + bound_ms(3)).nodes["a"].leader  # type: ignore[attr-defined, no-any-return]


def test_who_has_been_answered_does_not_wait_for_ever() -> None:
    assert answered_and_left(Bully) == "a"
    assert answered_and_left(WaitsForVictory) == ""


@pytest.mark.parametrize("restarted", ABC)
def test_a_restarted_node_learns_the_leader(restarted: str) -> None:
    plan = [sim.At(400, sim.Crash(restarted)), sim.At(1_000, sim.Restart(restarted))]
    world = sim.World(cluster(Bully, ABC), 1, sim.Network(sim.Uniform(2, LATENCY_MS)), plan)
    world.run(until_ms=1_000 + 2 * LATENCY_MS)
    assert world.nodes[restarted].leader == "c"  # type: ignore[attr-defined]
    assert leaders(world.run(until_ms=1_000 + bound_ms(3)), "abc", "") == {"c"}


def test_one_leader_names_all_leaders() -> None:
    nodes = {name: node(name) for name in ABC}
    for one in nodes.values():
        one.leader = one.id
    assert one_leader(nodes).reason == "a, b and c all lead"
    nodes["b"].leader = ""
    assert one_leader(nodes).reason == "a and c both lead"


def test_golden_trace() -> None:
    plan = [sim.At(120, sim.Crash("c")), sim.At(500, sim.Restart("c"))]
    world = sim.World(cluster(Bully, ABC), 1, sim.Network(sim.Constant(5)), plan)
    assert_golden("bully", f"{world.run(until_ms=650).trace}\n")
