"""SWIM: one event at a time, every schedule of three members, mutants, hundreds of faulted runs, and its messages."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest

from dscourse import sim
from dscourse.dispatch import handle_message, handle_timer
from dscourse.explore import Exploration, View, explore
from dscourse.node import CancelTimer, Node, Send, SetTimer, Write, cluster, take_effects
from dscourse.protocols.swim import (
    Ack,
    Incarnation,
    Member,
    NextPeriod,
    NoAnswer,
    NotRefuted,
    Ping,
    PingFor,
    Rumour,
    wrongly_dead,
)
from dscourse.protocols.textbook.swim import AllToAll
from tests.protocols.golden import assert_golden
from tests.protocols.steps import effects

SEEDS = range(int(os.environ.get("DSCOURSE_SEEDS", "200")))
NAMES = tuple(f"m{n}" for n in range(1, 7))
BUDGET = sim.Budget(horizon_ms=1_500)


def member(name: str = "a", peers: tuple[str, ...] = ("b", "c", "d")) -> Member:
    return Member(name, [peer for peer in peers if peer != name])


def asking() -> tuple[Member, str]:
    """A member that has just probed another one, and whom."""
    node = member()
    handle_timer(node, NextPeriod())
    take_effects(node)
    return node, node.asked


# --- step ----------------------------------------------------------------------------------------


def test_it_starts_quietly_and_comes_back_with_a_new_incarnation() -> None:
    node = member()
    node.on_start([])
    assert take_effects(node) == [Write(Incarnation(0)), SetTimer(NextPeriod(), 0.0, 100.0)]
    back = member()
    back.on_start([Incarnation(0)])
    assert take_effects(back) == [Write(Incarnation(1)), SetTimer(NextPeriod(), 0.0, 100.0)]
    assert effects(back, "b", Ping(3, "b", ())) == [
        Send("b", Ack(3, "b", "a", (Rumour("a", 1, "alive"),)))
    ]


def test_each_period_it_probes_one_member() -> None:
    node = member()
    handle_timer(node, NextPeriod())
    assert take_effects(node) == [
        Send(node.asked, Ping(1, "a", ())), SetTimer(NoAnswer(1), 30, 30), SetTimer(NextPeriod(), 100, 100),
    ]  # fmt: skip


def test_an_answer_ends_the_probe_and_a_late_one_does_nothing() -> None:
    node, asked = asking()
    assert effects(node, asked, Ack(1, "a", asked, ())) == [CancelTimer(NoAnswer(1))]
    assert effects(node, asked, Ack(1, "a", asked, ())) == []
    handle_timer(node, NextPeriod())
    assert {node.state_of(name) for name in node.peers} == {"alive"}


def test_without_an_answer_it_lets_others_ask_and_they_pass_the_answer_on() -> None:
    node, asked = asking()
    handle_timer(node, NoAnswer(1))
    helpers = [name for name in "bcd" if name != asked]
    sent = take_effects(node)
    assert sorted(sent, key=lambda send: send.to) == [  # type: ignore[union-attr]
        Send(name, PingFor(1, asked, ())) for name in helpers
    ]
    helper = member(helpers[0], ("a", "b", "c", "d"))
    assert effects(helper, "a", PingFor(1, asked, ())) == [Send(asked, Ping(1, "a", ()))]
    assert effects(helper, asked, Ack(1, "a", asked, ())) == [Send("a", Ack(1, "a", asked, ()))]
    assert effects(node, helpers[0], Ack(1, "a", asked, ())) == [CancelTimer(NoAnswer(1))]


def test_who_has_not_answered_by_the_next_period_is_suspected_and_later_dead() -> None:
    node, asked = asking()
    handle_timer(node, NextPeriod())
    assert SetTimer(NotRefuted(asked, 0), 400, 400) in take_effects(node)
    assert node.state_of(asked) == "suspect"
    handle_timer(node, NotRefuted(asked, 0))
    assert node.state_of(asked) == "dead"


def test_who_hears_that_it_is_suspected_refutes_it() -> None:
    node = member()
    asked = effects(node, "b", Ping(1, "b", (Rumour("a", 0, "suspect"),)))
    assert asked == [Write(Incarnation(1)), Send("b", Ack(1, "b", "a", (Rumour("a", 1, "alive"),)))]
    other = member("b", ("a", "c"))
    handle_message(other, "c", Ping(1, "c", (Rumour("a", 0, "suspect"),)))
    handle_message(other, "a", Ack(1, "c", "a", (Rumour("a", 1, "alive"),)))
    assert other.state_of("a") == "alive"
    handle_timer(other, NotRefuted("a", 0))
    assert other.state_of("a") == "alive"


@pytest.mark.parametrize(
    ("known", "heard", "kept"),
    [
        ((1, "alive"), (1, "suspect"), "suspect"),
        ((1, "suspect"), (1, "alive"), "suspect"),
        ((1, "suspect"), (2, "alive"), "alive"),
        ((2, "alive"), (1, "suspect"), "alive"),
        ((2, "alive"), (1, "dead"), "alive"),
        ((1, "suspect"), (1, "dead"), "dead"),
        ((1, "dead"), (1, "suspect"), "dead"),
        ((1, "dead"), (2, "alive"), "alive"),
    ],
)
def test_which_of_two_rumours_wins(
    known: tuple[int, str], heard: tuple[int, str], kept: str
) -> None:
    """Das, Gupta and Motivala 2002, section 4.2; a later incarnation also brings back the dead."""
    node = member()
    for one in (known, heard):
        handle_message(node, "c", Ping(1, "c", (Rumour("b", *one),)))
    assert node.state_of("b") == kept


def test_a_rumour_is_told_a_few_times_and_to_whom_it_concerns_always() -> None:
    node = member()
    handle_message(node, "c", Ping(1, "c", (Rumour("b", 0, "suspect"),)))
    take_effects(node)
    told = [effects(node, "d", Ping(n, "d", ()))[0].message.news for n in range(20)]  # type: ignore[attr-defined]
    assert [bool(news) for news in told] == [True] * 8 + [False] * 12
    assert effects(node, "b", Ping(1, "b", ()))[0].message.news == (Rumour("b", 0, "suspect"),)  # type: ignore[attr-defined]


# --- sentence ------------------------------------------------------------------------------------


def test_everybody_is_probed_within_a_bounded_time() -> None:
    """Section 4.3: in rounds, so that between two probes of a member there are fewer than 2 n periods."""
    node = member("a", tuple("bcdefghij"))
    probed = []
    for _ in range(90):
        handle_timer(node, NextPeriod())
        probed.append(node.asked)
        node.asked = ""
    rounds = [probed[n : n + 9] for n in range(0, 90, 9)]
    assert all(sorted(one) == list("bcdefghij") for one in rounds)
    assert len({tuple(one) for one in rounds}) > 5


@pytest.mark.parametrize("nodes", [10, 100, 1_000])
def test_messages_a_node_do_not_grow_with_the_cluster(nodes: int) -> None:
    """Section 3.1: the load a member is constant; here two messages a period. Heartbeats to all take n - 1."""
    world = sim.World(cluster(Member, nodes), 1, sim.Network(sim.Uniform(2, 12)))
    world.run(until_ms=600)
    assert len(world.trace.kinds("send")) / nodes / 6 == pytest.approx(2, abs=0.35)


def test_messages_of_the_textbook_version_grow_with_the_square() -> None:
    counts = []
    for nodes in (10, 100):
        world = sim.World(cluster(AllToAll, nodes), 1).run(until_ms=1_000)
        counts.append(len(world.trace.kinds("send")))
    assert counts[1] / counts[0] == pytest.approx(110, rel=0.05)


# --- explore -------------------------------------------------------------------------------------


def nobody_is_wrongly_dead(view: View) -> bool:
    return not wrongly_dead(view.nodes)


def a_crash_is_noticed(view: View) -> bool:
    down = {"a", "b", "c"} - set(view.nodes)
    return any(node.state_of(name) == "dead" for node in view.nodes.values() for name in down)


def every_schedule(kind: type[Member] = Member, **settings: Any) -> Exploration:
    nodes = cluster(kind, ["a", "b", "c"], helpers=1)
    given = {"timing": "synchronous", "timeouts": 4, "copies": 1, "budget": 400_000, **settings}
    return explore(nodes, always=[nobody_is_wrongly_dead], **given)


def test_if_messages_are_in_time_only_who_is_down_is_dead() -> None:
    found = every_schedule(crashes=1, timeouts=7, sometimes=[a_crash_is_noticed])
    assert found.ok, found
    assert (found.complete, found.states) == (True, 20_440)


def test_if_they_are_not_somebody_who_is_up_may_be_taken_for_dead() -> None:
    assert every_schedule(timing="asynchronous", timeouts=4).ok is False


# --- mutants -------------------------------------------------------------------------------------


class SuspectsAtOnce(Member):
    def on_no_answer(self, timer: NoAnswer) -> None:
        self._learn(Rumour(self.asked, self.heard[self.asked].incarnation, "dead"))


class NeverRefutes(Member):
    def _announce(self) -> None:
        pass


class AnswersForOthers(Member):
    def on_ping_for(self, sender: str, request: PingFor) -> None:
        self.send(sender, Ack(request.period, sender, request.member, ()))


class KeepsItsIncarnation(Member):
    def _announce(self) -> None:
        self._spread(Rumour(self.id, self.incarnation, "alive"))


# --- seeds ---------------------------------------------------------------------------------------

Kind = type[Node]


def run(kind: Kind, plan: list[sim.At], seed: int = 1) -> sim.World:
    """Six members under the plan for 1.5 s; then everything works but for m6, which is down; 3 s more."""
    world = sim.World(cluster(kind, NAMES), seed, sim.Network(sim.Uniform(2, 12)), plan)
    world.run(until_ms=1_500).apply(sim.Recover(*NAMES))
    world.run(until_ms=1_600).apply(sim.Crash("m6"))
    return world.run(until_ms=4_500)


def complaint(kind: Kind, plan: list[sim.At], seed: int = 1) -> str | None:
    """What is wrong in the end; None if nothing."""
    world = run(kind, plan, seed)
    up: dict[str, Any] = {name: world.nodes[name] for name in NAMES if world.alive(name)}
    if pairs := wrongly_dead(up):
        return f"wrongly dead: {pairs}"
    blind = [name for name, node in up.items() if node.state_of("m6") != "dead"]
    return f"not noticed by {blind}" if blind else None


def plan_of(seed: int) -> list[sim.At]:
    return sim.random_plan(seed, NAMES, BUDGET)


def test_seeds_leave_nobody_wrongly_dead_and_nobody_unnoticed() -> None:
    assert Counter(complaint(Member, plan_of(seed), seed) for seed in SEEDS) == {None: len(SEEDS)}


@pytest.mark.parametrize(
    ("mutant", "reason"),
    [
        (NeverRefutes, "wrongly dead"),
        (KeepsItsIncarnation, "wrongly dead"),
        (AnswersForOthers, "not noticed"),
    ],
)
def test_every_mutant_is_refuted_by_some_seed(mutant: Kind, reason: str) -> None:
    reasons = [complaint(mutant, plan_of(seed), seed) for seed in SEEDS[:60]]
    assert any(text and text.startswith(reason) for text in reasons), Counter(reasons)


@pytest.mark.parametrize("mutant", [SuspectsAtOnce])
def test_every_hasty_mutant_is_refuted_by_a_schedule(mutant: type[Member]) -> None:
    assert (
        every_schedule(mutant, losses=0, crashes=0, timing="asynchronous", timeouts=2).ok is False
    )
    assert every_schedule(Member, losses=0, crashes=0, timing="asynchronous", timeouts=2).ok


def one_link_broken(kind: Kind) -> sim.World:
    """Nothing passes between m1 and m2, both ways, for three seconds; all other links work."""
    plan = [sim.At(500, sim.Cut("m1", "m2")), sim.At(500, sim.Cut("m2", "m1"))]
    world = sim.World(cluster(kind, NAMES), 1, sim.Network(sim.Uniform(2, 12)), plan)
    return world.run(until_ms=3_500)


def test_one_broken_link_makes_two_textbook_nodes_dead_to_each_other_and_no_member_of_swim() -> (
    None
):
    assert wrongly_dead(one_link_broken(AllToAll).nodes) == [("m1", "m2"), ("m2", "m1")]
    assert wrongly_dead(one_link_broken(Member).nodes) == []


def test_with_loss_suspicions_are_refuted() -> None:
    """Section 4.2: a suspicion gives the suspect time to answer. Without it, one bad moment is enough."""

    def deaths(suspicion_ms: float) -> int:
        network = sim.Network(sim.Uniform(2, 12), loss=0.3)
        members = cluster(Member, NAMES, helpers=1, suspicion_ms=suspicion_ms)
        world = sim.World(members, 3, network)
        found = set()
        for ms in range(0, 20_000, 100):
            world.run(until_ms=ms)
            found |= {(ms, *pair) for pair in wrongly_dead(world.nodes)}
        return len(found)

    assert deaths(600) < deaths(1) / 10


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:60]:
        world = run(Member, plan_of(seed), seed)
        news = [
            rumour
            for event in world.trace.kinds("send")
            for rumour in event.what.news
        ]  # fmt: skip
        seen["suspected"] += any(rumour.state == "suspect" for rumour in news)
        seen["asked through others"] += any(
            isinstance(event.what, PingFor) for event in world.trace.kinds("send")
        )
        seen["refuted"] += any(rumour.incarnation for rumour in news)
        seen["brought back"] += any(event.kind == "restart" for event in world.trace)
    assert len(seen) == 4
    assert min(seen.values()) > 0, seen


def test_golden_trace() -> None:
    plan = [sim.At(120, sim.Crash("m2")), sim.At(600, sim.Restart("m2"))]
    world = sim.World(cluster(Member, NAMES[:3]), 1, sim.Network(sim.Uniform(2, 12)), plan)
    assert_golden("swim", f"{world.run(until_ms=900).trace}\n")
