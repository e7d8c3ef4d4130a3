"""Paxos for one decision: the phases, every schedule, mutants, faulted runs, and a duel that never ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from dscourse import sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.core.verdict import Verdict
from dscourse.explore import Bounds, Exploration, View, explore
from dscourse.node import Message, Send, SetTimer, Write, take_effects
from dscourse.protocols.paxos import (
    Accept,
    Accepted,
    Ballot,
    Chosen,
    Paxos,
    Prepare,
    Promise,
    Promised,
    ProposalDue,
)
from dscourse.protocols.paxos_properties import agreement, learned_is_chosen, validity
from tests.effort import chosen_seeds
from tests.protocols.golden import assert_golden
from tests.protocols.steps import effects

SEEDS = chosen_seeds(150)
NAMES = ("a", "b", "c")
ONE, TWO = Ballot(1, "a"), Ballot(2, "b")


def node(name: str = "a", value: Any = None, kind: type[Paxos] = Paxos) -> Any:
    return kind(name, [other for other in NAMES if other != name], value)


# --- step ----------------------------------------------------------------------------------------


def test_phase_1_a_promise_is_on_disk_before_it_is_given() -> None:
    acceptor = node("c")
    assert effects(acceptor, "a", Prepare(ONE)) == [
        Write(Promised(ONE)), Send("a", Promise(ONE, Ballot(), None)),
    ]  # fmt: skip
    assert effects(acceptor, "a", Prepare(ONE)) == [Send("a", Promise(ONE, Ballot(), None))]


def test_phase_1_an_acceptor_that_has_promised_more_does_not_answer() -> None:
    acceptor = node("c")
    handle_message(acceptor, "b", Prepare(TWO))
    take_effects(acceptor)
    assert effects(acceptor, "a", Prepare(ONE)) == []
    assert effects(acceptor, "a", Accept(ONE, "x")) == []


def test_phase_2_a_proposer_with_a_majority_asks_for_its_own_value_if_nothing_was_accepted() -> (
    None
):
    proposer = node("a", "x")
    handle_timer(proposer, ProposalDue())
    ask = [Send(name, Prepare(ONE)) for name in ("b", "c")]
    assert take_effects(proposer)[1:] == [Write(Promised(ONE)), *ask]
    emitted = effects(proposer, "c", Promise(ONE, Ballot(), None))
    assert emitted == [
        Send("b", Accept(ONE, "x")), Send("c", Accept(ONE, "x")), Write(Accepted(ONE, "x")),
    ]  # fmt: skip


def test_phase_2_and_for_the_value_of_the_highest_ballot_if_something_was() -> None:
    proposer = node("a", "x")
    proposer.on_start([Accepted(Ballot(3, "b"), "y")])
    handle_timer(proposer, ProposalDue())
    mine = Ballot(4, "a")
    emitted = effects(proposer, "c", Promise(mine, Ballot(3, "c"), "z"))
    assert emitted[0] == Send("b", Accept(mine, "z"))


def test_a_value_that_a_majority_has_accepted_is_chosen_and_told() -> None:
    proposer = node("a", "x")
    handle_timer(proposer, ProposalDue())
    handle_message(proposer, "b", Promise(ONE, Ballot(), None))
    take_effects(proposer)
    emitted = effects(proposer, "c", Accepted(ONE, "x"))
    assert [effect for effect in emitted if isinstance(effect, Send | Write)] == [
        Write(Chosen("x")), Send("b", Chosen("x")), Send("c", Chosen("x")),
    ]  # fmt: skip


def test_a_proposer_tries_again_in_a_higher_ballot() -> None:
    proposer = node("a", "x")
    handle_message(proposer, "b", Prepare(TWO))
    take_effects(proposer)
    handle_timer(proposer, ProposalDue())
    again = take_effects(proposer)
    assert again[0] == SetTimer(ProposalDue(), 20, 60)
    assert again[1:3] == [Write(Promised(Ballot(3, "a"))), Send("b", Prepare(Ballot(3, "a")))]


def test_promises_and_what_was_accepted_survive_a_crash() -> None:
    acceptor = node("c")
    acceptor.on_start([Promised(ONE), Accepted(ONE, "x"), Promised(TWO)])
    assert (acceptor.promised, acceptor.accepted, acceptor.accepted_value) == (TWO, ONE, "x")


# --- explore -------------------------------------------------------------------------------------


def they_agree(view: View) -> Verdict:
    return agreement(view.logs)


def on_a_proposed_value(view: View) -> Verdict:
    return validity(view.logs, ["x", "y"])


def on_what_is_chosen(view: View) -> Verdict:
    return learned_is_chosen(view.logs)


def all_have_learned(view: View) -> bool:
    return len(view.nodes) == 3 and all(one.chosen is not None for one in view.nodes.values())


def every_schedule(
    kind: type[Paxos] = Paxos, proposals: int = 2, sometimes: Sequence[Any] = (), **limits: Any
) -> Exploration:
    """Nodes a and b propose different values, so often in all; c proposes none."""
    nodes = [node("a", "x", kind), node("b", "y", kind), node("c", None, kind)]
    bounds = Bounds(timeouts=proposals, copies=1, budget=400_000, **limits)
    always = [they_agree, on_a_proposed_value, on_what_is_chosen]
    return explore(nodes, always=always, sometimes=sometimes, bounds=bounds)


class Quiet(Paxos):
    """Announces no decision to the others: fewer messages, and the same decisions."""

    def broadcast(self, message: Message) -> None:
        if not isinstance(message, Chosen):
            super().broadcast(message)


def both_have_learned(view: View) -> bool:
    return all(name in view.nodes and view.nodes[name].chosen is not None for name in "ab")


def test_two_proposals_in_every_schedule() -> None:
    found = every_schedule(Quiet, sometimes=[both_have_learned])
    assert found.ok, found
    assert (found.complete, found.states) == (True, 9_692)


def test_one_proposal_with_a_crash_and_a_restart() -> None:
    found = every_schedule(proposals=1, crashes=1, restarts=1, sometimes=[all_have_learned])
    assert found.ok, found
    assert found.complete


class WantsItsOwn(Paxos):
    """Proposes its own value, whatever was accepted."""

    def value_to_propose(self) -> Any:
        return self.own_value


class TakesTheLowest(Paxos):
    """Proposes what was accepted in the lowest ballot."""

    def value_to_propose(self) -> Any:
        some = [one for one in self.promises.values() if one.accepted != Ballot()]
        return min(some, key=lambda one: one.accepted).value if some else self.own_value


class BreaksItsPromise(Paxos):
    """Accepts in any ballot."""

    def on_accept(self, sender: str, accept: Accept) -> None:
        self.promised = min(self.promised, accept.ballot)
        super().on_accept(sender, accept)


class NeedsHalf(Paxos):
    """Takes one of three for a majority."""

    def is_majority(self, names: Any) -> bool:
        return 2 * len(frozenset(names)) >= len(self.peers)


class ForgetsItsPromise(Paxos):
    """Knows nothing after a crash."""

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start([])


class AnnouncesItsOwn(Paxos):
    """Announces its own value as chosen, whatever was chosen."""

    def broadcast(self, message: Message) -> None:
        super().broadcast(Chosen("z") if isinstance(message, Chosen) else message)


@pytest.mark.parametrize(
    ("mutant", "violated"),
    [
        (WantsItsOwn, "they agree"),
        (BreaksItsPromise, "they agree"),
        (NeedsHalf, "on what is chosen"),
        (AnnouncesItsOwn, "they agree"),
    ],
)
def test_every_mutant_is_refuted_by_a_schedule(mutant: type[Paxos], violated: str) -> None:
    found = every_schedule(mutant)
    print(mutant.__name__, found)
    assert (found.ok, found.violated) == (False, violated), found


def test_a_value_that_no_node_has_proposed_is_no_decision() -> None:
    found = explore(
        [node("a", "z"), node("b"), node("c")],
        always=[on_a_proposed_value],
        bounds=Bounds(timeouts=1, copies=1),
    )
    assert found.violated == "on a proposed value"
    assert "no node has proposed it" in found.reason


def test_what_a_node_that_is_down_has_learned_counts() -> None:
    """Its user knows it; and a value counts as proposed even if its proposer is down."""
    world = sim.World([node("a", "x"), node("b"), node("c")]).run(until_ms=500)
    world.apply(sim.Crash("a"))
    logs = {name: world.log(name) for name in NAMES}
    assert validity(logs, ["x"])
    later = {**logs, "b": (Chosen("y"),), "c": ()}
    assert agreement(later).reason == "'x' is learned by a, and 'y' is learned by b"


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), ((1, "x"), (True, "x"))])
def test_values_that_python_takes_for_equal_are_told_apart(one: Any, other: Any) -> None:
    learners = {"a": [Chosen(one)], "b": [Chosen(other)], "c": []}
    assert agreement(learners).reason == f"{one!r} is learned by a, and {other!r} is learned by b"
    first, second = Accepted(ONE, one), Accepted(ONE, other)
    assert agreement({"a": [first], "b": [first, second], "c": [second]}).ok is False
    assert agreement({"a": [first], "b": [second], "c": []}).ok is True
    mixed = {"a": [first, Chosen(one)], "b": [second], "c": []}
    assert learned_is_chosen(mixed).ok is False
    assert validity({"a": [Chosen(one)]}, proposed=[other]).ok is False


def test_numbers_of_the_same_value_are_the_same_decision() -> None:
    one, other = Accepted(ONE, 1), Accepted(ONE, 1.0)
    logs = {"a": [one, Chosen(1)], "b": [other, Chosen(1.0)], "c": []}
    assert agreement(logs).ok is True
    assert learned_is_chosen(logs).ok is True
    assert validity(logs, proposed=[1]).ok is True


def test_two_values_may_be_chosen_though_nobody_knows() -> None:
    """The source speaks of what is chosen, and not only of what is learned."""
    one, two = Accepted(ONE, "x"), Accepted(TWO, "y")
    assert not agreement({"a": [one], "b": [one, two], "c": [two]})
    assert agreement({"a": [one], "b": [two], "c": [two]})


# --- seeds ---------------------------------------------------------------------------------------


WAIT_MS = (200.0, 400.0)  # longer than the two round trips of a ballot
HORIZON_MS, LEARN_MS = 800, 2_500
BUDGET = sim.Budget(horizon_ms=HORIZON_MS, faults=16, timeout_ms=WAIT_MS[1])


def faulted(seed: int, kind: type[Paxos] = Paxos) -> sim.World:
    """A run until all faults are over; each node proposes, accepts and learns, and may restart."""
    others = {name: [other for other in NAMES if other != name] for name in NAMES}
    values = dict(zip(NAMES, "xyz", strict=True))
    nodes = [kind(name, others[name], values[name], WAIT_MS) for name in NAMES]
    plan = sim.random_plan(seed, NAMES, BUDGET)
    return sim.World(nodes, seed, sim.Network(sim.Uniform(2, 30)), plan).run(until_ms=HORIZON_MS)


def complaint(world: sim.World) -> str | None:
    world.run(until_ms=HORIZON_MS + LEARN_MS)
    nodes: Any = world.nodes
    logs = {name: world.log(name) for name in NAMES}
    if not (agreement(logs) and learned_is_chosen(logs) and validity(logs, "xyz")):
        return "they differ"
    if any(times > 1 for times in Counter(ask for _, ask in asked(world)).values()):
        return "a ballot is used twice"
    return None if all(one.chosen for one in nodes.values()) else "a node has learned nothing"


def asked(world: sim.World) -> set[tuple[float, Prepare]]:
    """The requests for promises, with the times at which they were sent."""
    sent = world.trace.kinds("send")
    return {(event.time_ms, event.what) for event in sent if isinstance(event.what, Prepare)}


def test_seeds_agree_and_all_learn_if_waits_are_longer_than_a_ballot_takes() -> None:
    """All propose until they know. No bound is promised; 2,500 ms are enough under all of these plans."""
    found = {seed: complaint(faulted(seed)) for seed in SEEDS}
    assert {seed: wrong for seed, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("effects_done", range(6))
def test_no_ballot_is_sent_in_two_lives(effects_done: int) -> None:
    plan = [sim.At(0, sim.CrashDuring("a", effects_done)), sim.At(500, sim.Restart("a"))]
    nodes = [Paxos("a", ["b", "c"], "x", 30.0), node("b"), node("c")]
    world = sim.World(nodes, 1, sim.Network(sim.Constant(5)), plan).run(until_ms=1_000)
    ballots = [ask.ballot for _, ask in asked(world)]
    assert len(ballots) == len(set(ballots)) > 0
    assert world.nodes["a"].chosen == "x"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "mutant", [WantsItsOwn, TakesTheLowest, BreaksItsPromise, ForgetsItsPromise]
)
def test_seeds_refute_mutants(mutant: type[Paxos]) -> None:
    wrong = next((s for s in range(2_000) if complaint(faulted(s, mutant)) == "they differ"), None)
    print(mutant.__name__, wrong)
    assert wrong is not None


# --- a duel --------------------------------------------------------------------------------------


def duel(wait_b: float | tuple[float, float], until_ms: float = 2_000) -> sim.World:
    """Two proposers whose ballots get in each other's way: messages take 10 ms, a proposes every 30 ms, b between."""
    a = Paxos("a", ["b", "c"], "x", 30.0)
    b = Paxos("b", ["a", "c"], "y", wait_b)
    world = sim.World(
        [a, b, Paxos("c", ["a", "b"])],
        1,
        sim.Network(sim.Constant(10)),
        [sim.At(20, sim.Pause("b")), sim.At(45, sim.Resume("b"))],
    )
    return world.run(until_ms=until_ms)


def acceptors(world: sim.World) -> int:
    """Return the number of acceptors in the ballot that has most of them."""
    records = [record for name in NAMES for record in dict.fromkeys(world.log(name))]
    return max(
        Counter(record.ballot for record in records if isinstance(record, Accepted)).values()
    )


def test_two_proposers_in_step_outbid_each_other_for_ever_and_random_waits_end_it() -> None:
    world = duel(30.0)
    for_ever: Any = world.nodes
    assert acceptors(world) == 1  # so nothing is chosen, and not only nothing known
    assert for_ever["a"].ballot.round > 50
    ended: Any = duel((20.0, 120.0)).nodes
    assert ended["a"].chosen is not None


def test_golden_trace() -> None:
    nodes = [node("a", "x"), node("b", "y"), node("c")]
    world = sim.World(nodes, 4, sim.Network(sim.Constant(5))).run(until_ms=200)
    assert_golden("paxos", str(world.trace) + "\n")
