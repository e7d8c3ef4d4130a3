"""SWIM: one event at a time, every schedule of three members, mutants, and faults longer than its suspicion time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from dscourse import sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.explore import Bounds, Exploration, View, explore
from dscourse.node import CancelTimer, Clock, Node, Send, SetTimer, Write, cluster, take_effects
from dscourse.protocols.swim import Member
from dscourse.protocols.swim_messages import (
    Ack,
    AckTimeout,
    Incarnation,
    PeriodDue,
    Ping,
    PingReq,
    Probe,
    Rumour,
    SuspicionTimeout,
)
from dscourse.protocols.swim_properties import unsettled, wrongly_dead
from dscourse.protocols.textbook.swim import AllToAll
from tests.effort import chosen_seeds, once, soak
from tests.protocols.golden import assert_golden
from tests.protocols.steps import effects

SEEDS = chosen_seeds(200)
NAMES = tuple(f"m{n}" for n in range(1, 7))
SIZES = (2, 3, 5, 6, 9)
SUSPICION_MS = 400
BUDGET = sim.Budget(horizon_ms=4_000, faults=6, timeout_ms=SUSPICION_MS)
OF_A, OF_B, OF_C, OF_D = (Probe(name, 0, 1) for name in "abcd")


def member(name: str = "a", peers: tuple[str, ...] = ("b", "c", "d")) -> Member:
    return Member(name, [peer for peer in peers if peer != name])


def asking() -> tuple[Member, str]:
    """A member that has just probed another one, and whom."""
    node = member()
    handle_timer(node, PeriodDue())
    take_effects(node)
    return node, node.target


# --- step ----------------------------------------------------------------------------------------


def test_it_starts_quietly_and_comes_back_with_a_new_incarnation() -> None:
    node = member()
    node.on_start([])
    assert take_effects(node) == [Write(Incarnation(0)), SetTimer(PeriodDue(), 0.0, 100.0)]
    back = member()
    back.on_start([Incarnation(0)])
    assert take_effects(back) == [Write(Incarnation(1)), SetTimer(PeriodDue(), 0.0, 100.0)]
    assert effects(back, "b", Ping(OF_B, ())) == [
        Send("b", Ack(OF_B, "a", (Rumour("a", 1, "alive"),)))
    ]


def test_it_never_has_an_incarnation_twice_whatever_it_jumped_over() -> None:
    node = member()
    handle_message(node, "b", Ping(OF_B, (Rumour("a", 6, "dead"),)))
    assert Write(Incarnation(7)) in take_effects(node)
    back = member()
    back.on_start([Incarnation(0), Incarnation(7)])
    assert take_effects(back)[0] == Write(Incarnation(8))


def test_each_period_it_probes_one_member() -> None:
    node = member()
    handle_timer(node, PeriodDue())
    assert take_effects(node) == [
        Send(node.target, Ping(OF_A, ())), SetTimer(AckTimeout(OF_A), 30, 30), SetTimer(PeriodDue(), 100, 100),
    ]  # fmt: skip


def test_an_answer_ends_the_probe_and_a_late_one_does_nothing() -> None:
    node, asked = asking()
    assert effects(node, asked, Ack(OF_A, asked, ())) == [CancelTimer(AckTimeout(OF_A))]
    assert effects(node, asked, Ack(OF_A, asked, ())) == []
    handle_timer(node, PeriodDue())
    assert {node.state_of(name) for name in node.peers} == {"alive"}


def test_without_an_answer_it_lets_others_ask_and_they_pass_the_answer_on() -> None:
    node, asked = asking()
    handle_timer(node, AckTimeout(OF_A))
    helpers = [name for name in "bcd" if name != asked]
    sent = take_effects(node)
    known = (Rumour(asked, 0, "alive"),)
    assert sorted(sent, key=lambda send: send.to) == [  # type: ignore[union-attr]
        Send(name, PingReq(OF_A, asked, known)) for name in helpers
    ]
    helper = member(helpers[0], ("a", "b", "c", "d"))
    assert effects(helper, "a", PingReq(OF_A, asked, known)) == [Send(asked, Ping(OF_A, ()))]
    assert effects(helper, asked, Ack(OF_A, asked, ())) == [Send("a", Ack(OF_A, asked, known))]
    assert effects(node, helpers[0], Ack(OF_A, asked, known)) == [CancelTimer(AckTimeout(OF_A))]


def test_a_helper_tells_the_doubted_member_of_the_doubt_and_relays_what_it_knows_of_it() -> None:
    helper = member("b", ("a", "c"))
    sent = effects(helper, "a", PingReq(OF_A, "c", (Rumour("c", 0, "dead"),)))
    assert sent == [Send("c", Ping(OF_A, (Rumour("c", 0, "dead"),)))]
    for n in range(1, 9):  # by then the rumour is no longer passed on to all members
        take_effects(helper)
        handle_message(helper, "c", Ping(Probe("c", 0, n), (Rumour("c", 1, "alive"),)))
    take_effects(helper)
    assert effects(helper, "c", Ack(OF_A, "c", ())) == [
        Send("a", Ack(OF_A, "c", (Rumour("c", 1, "alive"),)))
    ]


def test_an_answer_to_a_probe_of_an_earlier_life_is_none_to_one_of_this_life() -> None:
    before, asked = asking()
    late = Ack(before.probe, asked, ())
    back = member()
    back.on_start([Incarnation(0)])
    handle_timer(back, PeriodDue())
    take_effects(back)
    assert back.target == asked
    assert back.probe.period == before.probe.period
    assert effects(back, asked, late) == []
    assert back.target == asked


def test_who_has_not_answered_by_the_next_period_is_suspected_and_later_dead() -> None:
    node, asked = asking()
    handle_timer(node, PeriodDue())
    assert SetTimer(SuspicionTimeout(asked, 0), 400, 400) in take_effects(node)
    assert node.state_of(asked) == "suspect"
    handle_timer(node, SuspicionTimeout(asked, 0))
    assert node.state_of(asked) == "dead"


def test_who_hears_that_it_is_suspected_refutes_it() -> None:
    node = member()
    asked = effects(node, "b", Ping(OF_B, (Rumour("a", 0, "suspect"),)))
    assert asked == [Write(Incarnation(1)), Send("b", Ack(OF_B, "a", (Rumour("a", 1, "alive"),)))]
    other = member("b", ("a", "c"))
    handle_message(other, "c", Ping(OF_C, (Rumour("a", 0, "suspect"),)))
    handle_message(other, "a", Ack(OF_C, "a", (Rumour("a", 1, "alive"),)))
    assert other.state_of("a") == "alive"
    handle_timer(other, SuspicionTimeout("a", 0))
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
        handle_message(node, "c", Ping(OF_C, (Rumour("b", *one),)))
    assert node.state_of("b") == kept


def test_a_rumour_is_told_a_few_times_and_to_whom_it_concerns_always() -> None:
    node = member()
    suspicion = (Rumour("b", 0, "suspect"),)
    handle_message(node, "c", Ping(OF_C, suspicion))
    take_effects(node)
    rumours_sent = [news_for(node, "d") for _ in range(20)]
    assert [bool(rumours) for rumours in rumours_sent] == [True] * 8 + [False] * 12
    assert news_for(node, "b") == suspicion


def news_for(node: Member, sender: str, *heard: Rumour) -> tuple[Rumour, ...]:
    """Return the rumours in the member's answer to a ping with these rumours."""
    sent = effects(node, sender, Ping(Probe(sender, 0, 1), heard))
    return sent[-1].message.rumours  # type: ignore[attr-defined,no-any-return]


def exhausted(heard: Rumour) -> Member:
    """A member that has heard a rumour and told it as often as it ever does."""
    node = member()
    take_effects(node)
    news_for(node, "c", heard)
    while news_for(node, "d"):
        pass
    return node


def test_a_member_that_is_behind_is_told_again() -> None:
    """Its outdated rumour is all that shows that it missed the newer one, however often that was told."""
    newer = Rumour("b", 2, "alive")
    assert news_for(exhausted(newer), "d", Rumour("b", 1, "dead")) == (newer,)
    assert news_for(exhausted(newer), "d", newer) == ()
    own = exhausted(Rumour("a", 0, "dead"))  # it has refuted that
    assert own.incarnation == 1
    assert news_for(own, "d", Rumour("a", 0, "dead")) == (Rumour("a", 1, "alive"),)
    assert own.incarnation == 1  # an old doubt needs no new incarnation


def test_its_own_rumour_goes_first_however_many_others_are_new() -> None:
    node = Member("z", [f"m{n}" for n in range(9)])
    rumours = tuple(Rumour(f"m{n}", 1, "alive") for n in range(9))
    answer = news_for(node, "m0", *rumours, Rumour("z", 0, "suspect"))
    assert answer[0] == Rumour("z", 1, "alive")
    assert len(answer) == 6


def test_a_stranger_is_answered_and_rumours_about_one_are_ignored() -> None:
    """No member joins; but a message from outside stops no member."""
    node = member("a", ("b", "c"))
    odd = Probe("z", 0, 1)
    answer = effects(node, "z", Ping(odd, (Rumour("y", 3, "dead"), Rumour("z", 0, "alive"))))
    assert answer == [Send("z", Ack(odd, "a", ()))]
    assert effects(node, "z", PingReq(odd, "b", ())) == [Send("b", Ping(odd, ()))]
    assert effects(node, "b", Ack(odd, "b", ()))[-1].to == "z"  # type: ignore[attr-defined]
    assert node.known == {}
    with pytest.raises(KeyError):
        node.state_of("y")


@pytest.mark.parametrize(
    "settings",
    [{"ack_ms": 0}, {"ack_ms": 100}, {"period_ms": 0}, {"suspicion_ms": 0}, {"helpers": -1}],
)
def test_times_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        Member("a", ["b"], **settings)


# --- sentence ------------------------------------------------------------------------------------


def test_everybody_is_probed_within_a_bounded_time() -> None:
    """Section 4.3: in rounds, so that between two probes of a member there are fewer than 2 n periods."""
    node = member("a", tuple("bcdefghij"))
    probed = []
    for _ in range(90):
        handle_timer(node, PeriodDue())
        probed.append(node.target)
        node.target = ""
    rounds = [probed[n : n + 9] for n in range(0, 90, 9)]
    assert all(sorted(one) == list("bcdefghij") for one in rounds)
    assert len({tuple(one) for one in rounds}) > 5


@pytest.mark.parametrize("nodes", [10, 100, 300, pytest.param(1_000, marks=soak)])
@once
def test_messages_a_node_do_not_grow_with_the_cluster(nodes: int) -> None:
    """Section 3.1: the load per member is constant; here two messages per period. Heartbeats to all take n - 1."""
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


def every_schedule(
    kind: type[Member] = Member, sometimes: Sequence[Any] = (), **limits: Any
) -> Exploration:
    nodes = cluster(kind, ["a", "b", "c"], helpers=1)
    limits = {"timing": "synchronous", "timeouts": 4, "copies": 1, "budget": 400_000, **limits}
    return explore(
        nodes, always=[nobody_is_wrongly_dead], sometimes=sometimes, bounds=Bounds(**limits)
    )


def test_if_messages_are_in_time_only_who_is_down_is_dead() -> None:
    found = every_schedule(crashes=1, timeouts=7, sometimes=[a_crash_is_noticed])
    assert found.ok, found
    assert (found.complete, found.states) == (True, 20_209)


def test_if_they_are_not_somebody_who_is_up_may_be_taken_for_dead() -> None:
    assert every_schedule(timing="asynchronous", timeouts=4).ok is False


# --- mutants -------------------------------------------------------------------------------------


class SuspectsAtOnce(Member):
    def on_ack_timeout(self, timer: AckTimeout) -> None:
        self._update(Rumour(self.target, self.rumour_about(self.target).incarnation, "dead"))


class NeverRefutes(Member):
    def _refute(self, doubt: Rumour) -> None:
        pass


class AnswersForOthers(Member):
    def on_ping_req(self, sender: str, request: PingReq) -> None:
        self.send(sender, Ack(request.probe, request.member, ()))


class KeepsItsIncarnation(Member):
    def _announce(self) -> None:
        self.known[self.id] = Rumour(self.id, self.incarnation, "alive")
        self._spread(self.known[self.id])


class ForgetsItsIncarnation(Member):
    def on_start(self, log: Sequence[object]) -> None:
        super().on_start([])


class IgnoresOldDoubts(Member):
    """Tells a member that believes an outdated rumour about it nothing."""

    def _refute(self, doubt: Rumour) -> None:
        if doubt.incarnation >= self.incarnation:
            super()._refute(doubt)


class NeverProbesTheDead(Member):
    def _probe_order(self) -> tuple[str, ...]:
        return tuple(name for name in super()._probe_order() if self.state_of(name) != "dead")


class NeverTellsTheDoubted(Member):
    def _piggyback(self, to: str, about: str = "") -> tuple[Rumour, ...]:
        self.to_spread.pop(to, None)
        return tuple(rumour for rumour in super()._piggyback(to, about) if rumour.member != to)


class NeverDeclaresDead(Member):
    def on_suspicion_timeout(self, timer: SuspicionTimeout) -> None:
        pass


class LetsTheDeadRest(Member):
    """As the paper has it: a member that was declared dead stays so."""

    def _update(self, rumour: Rumour) -> None:
        if self.state_of(rumour.member) != "dead":
            super()._update(rumour)


class DropsOutdatedRumours(Member):
    """Lets a member that passes on an outdated rumour about another member believe it."""

    def _update(self, rumour: Rumour) -> None:
        if rumour.rank > self.rumour_about(rumour.member).rank:
            super()._update(rumour)

    def _piggyback(self, to: str, about: str = "") -> tuple[Rumour, ...]:
        return super()._piggyback(to)


class AsksNobodyElse(Member):
    def on_ack_timeout(self, timer: AckTimeout) -> None:
        pass


# --- seeds ---------------------------------------------------------------------------------------

Kind = type[Node]


def members(seed: int) -> tuple[str, ...]:
    """Two to nine members, by the seed."""
    return tuple(f"m{n}" for n in range(1, SIZES[seed % len(SIZES)] + 1))


def plan_of(seed: int) -> list[sim.At]:
    return sim.random_plan(seed, members(seed), BUDGET)


def faulted(kind: Kind, seed: int) -> sim.World:
    """The members of the seed after its faults: all work again, but for one that crashed, or none, by the seed."""
    names = members(seed)
    world = sim.World(cluster(kind, names), seed, sim.Network(sim.Uniform(2, 12)), plan_of(seed))
    world.run(until_ms=BUDGET.horizon_ms)
    crashed = seed // len(SIZES) % (len(names) + 1)
    if crashed < len(names):
        world.apply(sim.Crash(names[crashed]))
    return world


def wrong(world: sim.World) -> list[tuple[str, str, str]]:
    return unsettled({name: node for name, node in world.nodes.items() if world.alive(name)})


def complaint(kind: Kind, seed: int) -> str | None:
    """Return a wrong belief that is left after the bound or comes back later, or None."""
    world = faulted(kind, seed)
    bound = Member("m1", members(seed)[1:]).settles_ms
    for wait in (bound, 500.0):
        if pairs := wrong(world.run(until_ms=world.now_ms + wait)):
            return f"unsettled: {pairs}"
    return None


def test_seeds_end_with_the_truth_known_to_everybody_within_the_bound() -> None:
    assert Counter(complaint(Member, seed) for seed in SEEDS) == {None: len(SEEDS)}


@pytest.mark.parametrize(
    "mutant",
    [
        NeverRefutes, KeepsItsIncarnation, AnswersForOthers,
        IgnoresOldDoubts, NeverProbesTheDead, NeverTellsTheDoubted, NeverDeclaresDead,
        LetsTheDeadRest,
    ],
)  # fmt: skip
def test_every_mutant_is_refuted_by_some_seed(mutant: Kind) -> None:
    assert any(complaint(mutant, seed) for seed in range(60))


def test_a_member_that_lost_its_log_takes_its_incarnation_from_those_that_doubt_it() -> None:
    assert not any(complaint(ForgetsItsIncarnation, seed) for seed in SEEDS[:60])


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    sizes: Counter[int] = Counter()
    for seed in SEEDS[:100]:
        plan, names = plan_of(seed), members(seed)
        world = faulted(Member, seed)
        sizes[len(names)] += bool(sim.lasting(plan, 2 * SUSPICION_MS))
        seen["outlasted a suspicion"] += bool(sim.lasting(plan, SUSPICION_MS))
        seen["shorter than a suspicion"] += bool(
            set(sim.lasting(plan, 0)) - set(sim.lasting(plan, SUSPICION_MS))
        )
        seen["live and taken for dead"] += any(state == "dead" for _, _, state in live(world))
        seen["each took the other for dead"] += any(
            (other, name, "dead") in live(world) for name, other, state in live(world) if state == "dead"
        )  # fmt: skip
        restarted = Counter(event.node for event in world.trace.kinds("restart"))
        seen["restarted"] += bool(restarted)
        seen["restarted more than once"] += any(count > 1 for count in restarted.values())
        seen["all restarted"] += set(restarted) == set(names)
        sent = [event.what for event in world.trace.kinds("send")]
        seen["asked through others"] += any(isinstance(message, PingReq) for message in sent)
        seen["refuted"] += any(rumour.incarnation for message in sent for rumour in message.rumours)
    assert len(seen) == 9
    assert min(seen.values()) > 0, seen
    assert set(sizes) == set(SIZES)
    assert min(sizes.values()) > 2, sizes


def live(world: sim.World) -> list[tuple[str, str, str]]:
    """Return the wrong views of live members."""
    return [entry for entry in wrong(world) if world.alive(entry[1])]


# --- long faults ---------------------------------------------------------------------------------


def settles(kind: Kind, names: Sequence[str], plan: list[sim.At], healed_ms: float) -> bool:
    """Return whether all views are right within the bound after this moment."""
    world = sim.World(cluster(kind, names), 1, sim.Network(sim.Uniform(2, 12)), plan)
    bound = Member("m1", names[1:]).settles_ms
    return wrong(world.run(until_ms=healed_ms + bound)) == []


def restarted_behind_a_partition(healed_ms: float, restarts: int = 1) -> list[sim.At]:
    """m1 is alone; meanwhile m2 restarts, so that all others know a newer incarnation of it."""
    plan = [sim.At(300, sim.Partition({"m1"}, set(NAMES) - {"m1"})), sim.At(healed_ms, sim.Heal())]
    for number in range(restarts):
        plan += [
            sim.At(1_500 + 40 * number, sim.Crash("m2")),
            sim.At(1_520 + 40 * number, sim.Restart("m2")),
        ]
    return plan


@pytest.mark.parametrize("restarts", [0, 1, 3])
@pytest.mark.parametrize("healed_ms", [600, 750, 2_000, 5_000])
def test_a_partition_that_heals_leaves_no_trace_whoever_restarted_behind_it(
    healed_ms: float, restarts: int
) -> None:
    plan = restarted_behind_a_partition(healed_ms, restarts)
    assert settles(Member, NAMES, plan, max(healed_ms, 1_520 + 40 * restarts))
    if (healed_ms, restarts) == (5_000, 1):
        assert not settles(IgnoresOldDoubts, NAMES, plan, healed_ms)
        assert not settles(LetsTheDeadRest, NAMES, plan, healed_ms)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("down_ms", [100, 400, 3_000])
def test_members_that_took_each_other_for_dead_find_each_other(size: int, down_ms: int) -> None:
    names = NAMES[:size] if size < 7 else tuple(f"m{n}" for n in range(1, size + 1))
    alone = sim.Partition(*({name} for name in names))
    heal = 500 + down_ms
    assert settles(Member, names, [sim.At(500, alone), sim.At(heal, sim.Heal())], heal)


@pytest.mark.parametrize("kind", [Member, DropsOutdatedRumours, AsksNobodyElse])
def test_a_member_that_only_helpers_reach_is_alive_even_to_one_that_is_far_behind(
    kind: type[Member],
) -> None:
    """The link between m1 and m2 never works again; all others do, after a long partition."""
    cuts = [sim.At(5_000, sim.Cut(*pair)) for pair in (("m1", "m2"), ("m2", "m1"))]
    plan = [*restarted_behind_a_partition(5_000), *cuts]
    assert settles(kind, NAMES, plan, 5_000) is (kind is Member)


@pytest.mark.parametrize("drift_ppm", [0, 400_000])
def test_a_clock_that_runs_fast_makes_round_trips_too_long(drift_ppm: float) -> None:
    """They take 28 ms, shorter than the 30 ms of ack_ms; a fast clock shows 39."""
    clocks = {"m1": Clock(drift_ppm=drift_ppm)}
    nodes = cluster(Member, NAMES[:2], period_ms=31.0, suspicion_ms=1.0)
    world = sim.World(nodes, 1, sim.Network(sim.Constant(14)), clocks=clocks)
    dead = [wrongly_dead(world.run(until_ms=ms).nodes) for ms in range(0, 2_000, 5)]
    assert any(dead) is (drift_ppm > 0)


# --- comparison ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mutant", [SuspectsAtOnce])
def test_every_hasty_mutant_is_refuted_by_a_schedule(mutant: type[Member]) -> None:
    assert every_schedule(mutant, drops=0, crashes=0, timing="asynchronous", timeouts=2).ok is False
    assert every_schedule(Member, drops=0, crashes=0, timing="asynchronous", timeouts=2).ok


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


def test_golden_trace() -> None:
    plan = [sim.At(120, sim.Crash("m2")), sim.At(600, sim.Restart("m2"))]
    world = sim.World(cluster(Member, NAMES[:3]), 1, sim.Network(sim.Uniform(2, 12)), plan)
    assert_golden("swim", f"{world.run(until_ms=900).trace}\n")
