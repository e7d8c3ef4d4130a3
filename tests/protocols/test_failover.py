"""Failover with epochs, leases and fencing: event by event, every schedule, mutants, and hundreds of faulted runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from dscourse import sim
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.core.verdict import Verdict
from dscourse.explore import Bounds, Exploration, View, explore
from dscourse.node import CancelTimer, Node, Send, SetTimer, Write, cluster, take_effects
from dscourse.protocols.failover import (
    Beat,
    Denied,
    FailoverNode,
    Granted,
    RequestVote,
    Voted,
    one_leader_per_epoch,
    one_winner_per_epoch,
)
from dscourse.protocols.failover_subscriber import AskDue, LeaderIs, Subscriber, WhoLeads
from dscourse.protocols.fencing import (
    Accepted,
    Append,
    FencedStorage,
    Refused,
    WriteDue,
    Writer,
    accepted,
    late_writes,
    terms_in_order,
)
from dscourse.protocols.heartbeats import BeatDue, LeaderSilent
from dscourse.protocols.textbook.failover import HighestAlive
from dscourse.protocols.textbook.fencing import TrustingStorage
from tests.effort import a_part, chosen_seeds, once
from tests.protocols.golden import assert_golden
from tests.protocols.steps import effects

SEEDS = chosen_seeds(150)
SOME = a_part(SEEDS)
NAMES = ("n1", "n2", "n3")
WAIT = SetTimer(LeaderSilent(), 200, 400)
BUDGET = sim.Budget(horizon_ms=3_200, faults=8, timeout_ms=400)  # the longest silence


def node(name: str = "n1", kind: type[FailoverNode] = FailoverNode, **settings: Any) -> Any:
    return kind(name, [other for other in NAMES if other != name], **settings)


def leading(**settings: Any) -> Any:
    """Node n1, which has just been elected for epoch 1 by itself and n2."""
    one = node(**settings)
    handle_timer(one, LeaderSilent())
    take_effects(one)
    handle_message(one, "n2", Granted(1))
    return one


# --- step ----------------------------------------------------------------------------------------


def test_who_hears_no_leader_votes_for_itself_durably_and_asks_the_others() -> None:
    one = node()
    handle_timer(one, LeaderSilent())
    assert take_effects(one) == [
        Write(Voted(1, "n1")), Send("n2", RequestVote(1)), Send("n3", RequestVote(1)), WAIT,
    ]  # fmt: skip


def test_a_vote_is_on_disk_before_it_is_given_and_there_is_one_an_epoch() -> None:
    one = node()
    assert effects(one, "n2", RequestVote(1)) == [
        Write(Voted(1, "n2")),
        WAIT,
        Send("n2", Granted(1)),
    ]
    assert effects(one, "n2", RequestVote(1)) == [WAIT, Send("n2", Granted(1))]
    assert effects(one, "n3", RequestVote(1)) == []
    assert effects(one, "n3", RequestVote(2)) == [
        Write(Voted(2, "n3")),
        WAIT,
        Send("n3", Granted(2)),
    ]


def test_a_majority_makes_a_leader_who_tells_its_subscribers() -> None:
    one = node(subscribers=["w"])
    handle_timer(one, LeaderSilent())
    assert effects(one, "n3", Granted(1)) == [
        CancelTimer(LeaderSilent()), Send("w", LeaderIs(1, "n1")), Send("n2", Beat(1, 1)), Send("n3", Beat(1, 1)),
        SetTimer(BeatDue(), 50, 50),
    ]  # fmt: skip
    assert one.epoch_led == 1
    assert effects(one, "n2", Granted(1)) == []


def test_votes_of_another_epoch_do_not_count() -> None:
    one = node()
    for _ in range(2):
        handle_timer(one, LeaderSilent())
    assert effects(one, "n2", Granted(1)) == []
    assert one.epoch_led is None


def test_a_leader_that_hears_of_a_later_epoch_leads_no_more() -> None:
    for message in (Beat(2, 1), RequestVote(2), Refused(2)):
        one = leading()
        handle_message(one, "n3", message)
        assert (one.epoch_led, one.epoch) == (None, 2)


def test_a_leader_or_candidate_of_an_earlier_epoch_is_told_the_later_one() -> None:
    one = node()
    handle_message(one, "n3", Beat(3, 1))
    take_effects(one)
    assert effects(one, "n2", Beat(2, 9)) == [Send("n2", Denied(3))]
    assert effects(one, "n2", RequestVote(1)) == [Send("n2", Denied(3))]
    assert one.leader == "n3"
    old = leading()
    handle_message(old, "n3", Denied(3))
    assert (old.epoch_led, old.epoch) == (None, 3)
    handle_message(old, "n3", Denied(2))
    assert old.epoch == 3


def test_after_a_restart_the_vote_is_remembered() -> None:
    one = node()
    one.on_start([Voted(1, "n1"), Voted(4, "n3")])
    take_effects(one)
    assert effects(one, "n2", RequestVote(4)) == []
    assert effects(one, "n3", RequestVote(4)) == [WAIT, Send("n3", Granted(4))]


def test_a_leader_writes_to_its_storage_with_its_epoch() -> None:
    one = leading(storage="s")
    assert take_effects(one)[-2:] == [Send("s", Append(1, 1)), SetTimer(WriteDue(), 40, 40)]
    handle_message(one, "n3", Beat(2, 1))
    take_effects(one)
    handle_timer(one, WriteDue())
    assert take_effects(one) == []


def test_a_fenced_storage_refuses_what_is_older_also_after_a_restart() -> None:
    storage = FencedStorage("s")
    assert effects(storage, "n1", Append(1, 1)) == [Write(Accepted("n1", 1, 1))]
    assert effects(storage, "n2", Append(3, 1)) == [Write(Accepted("n2", 3, 1))]
    assert effects(storage, "n1", Append(1, 2)) == [Send("n1", Refused(3))]
    back = FencedStorage("s")
    back.on_start([Accepted("n1", 1, 1), Accepted("n2", 3, 1)])
    assert effects(back, "n1", Append(2, 1)) == [Send("n1", Refused(3))]


def test_late_writes_are_those_of_a_term_that_was_over() -> None:
    a, b = Accepted("a", 1, 1), Accepted("b", 2, 1)
    late = [Accepted("a", 1, 2), Accepted("a", 1, 3)]
    assert late_writes([a, b, late[0], Accepted("b", 2, 2), late[1]]) == late
    assert late_writes([b, a]) == [a]
    assert late_writes([a, a, b, b, Accepted("a", 3, 1)]) == []


def test_without_epochs_who_began_to_write_later_is_the_later_leader() -> None:
    writes = [
        Accepted(name, 0, number) for name, number in (("a", 1), ("b", 1), ("a", 2), ("a", 1))
    ]
    assert late_writes(writes) == [Accepted("a", 0, 2)]


def test_a_subscriber_believes_the_highest_epoch() -> None:
    subscriber = Subscriber("w")
    for epoch, leader in ((1, "n1"), (3, "n3"), (2, "n2")):
        handle_message(subscriber, leader, LeaderIs(epoch, leader))
    assert (subscriber.epoch, subscriber.leader) == (3, "n3")


def test_a_subscriber_remembers_over_a_restart_what_it_believed() -> None:
    subscriber = Subscriber("w")
    assert effects(subscriber, "n3", LeaderIs(3, "n3")) == [Write(LeaderIs(3, "n3"))]
    back = subscriber.fresh()
    back.on_start([LeaderIs(3, "n3")])
    handle_message(back, "n2", LeaderIs(2, "n2"))
    assert (back.epoch, back.leader) == (3, "n3")


def test_a_subscriber_that_was_down_asks_who_leads() -> None:
    subscriber = Subscriber("w", ["n1"])
    subscriber.on_start([])
    assert take_effects(subscriber) == [Send("n1", WhoLeads()), SetTimer(AskDue(), 200, 200)]
    assert effects(node(), "w", WhoLeads()) == []
    one = leading()
    take_effects(one)
    assert effects(one, "w", WhoLeads()) == [Send("w", LeaderIs(1, "n1"))]


# --- explore -------------------------------------------------------------------------------------


def never_two_in_an_epoch(view: View) -> Verdict:
    return one_leader_per_epoch(view.nodes)


def a_second_leader(view: View) -> bool:
    return any((one.epoch_led or 0) > 1 for one in view.nodes.values())


def never_two_winners(view: View) -> Verdict:
    return one_winner_per_epoch(view.logs)


def every_schedule(
    kind: type[FailoverNode] = FailoverNode, sometimes: Sequence[Any] = (), **limits: Any
) -> Exploration:
    bounds = Bounds(**{"copies": 1, "timeouts": 2, **limits})
    always = [never_two_in_an_epoch, never_two_winners]
    nodes = cluster(kind, ["a", "b", "c"])
    return explore(nodes, always=always, sometimes=sometimes, bounds=bounds, alike=list("abc"))


@pytest.mark.parametrize(
    ("settings", "states"),
    [
        ({}, 602),
        ({"crashes": 1, "restarts": 1}, 6_909),
        ({"drops": 1}, None),
    ],
)
def test_no_schedule_gives_an_epoch_two_leaders(
    settings: dict[str, Any], states: int | None
) -> None:
    """Ongaro and Ousterhout 2014, figure 3: election safety."""
    found = every_schedule(sometimes=[a_second_leader], **settings)
    assert found.ok, found
    assert found.complete
    assert states in (None, found.states)


def test_the_textbook_version_has_two_leaders_in_a_few_steps() -> None:
    def one_leader(view: View) -> bool:
        return sum(one.epoch_led is not None for one in view.nodes.values()) <= 1

    for timing in ("asynchronous", "synchronous"):
        found = explore(
            cluster(HighestAlive, ["a", "b", "c"]),
            always=[one_leader],
            bounds=Bounds(timeouts=4, timing=timing, copies=1),
        )
        assert found.ok is False, timing


@once
def test_fenced_writes_are_in_the_order_of_epochs_whatever_is_late() -> None:
    class Hasty(Writer):
        """Leads one epoch, the number in its name, from the start."""

        @property
        def epoch_led(self) -> int:
            return int(self.id[1:])

        def on_start(self, log: Any) -> None:
            self.begin_writing()

    def in_order(view: View) -> Verdict:
        return terms_in_order(view.logs["s"])

    def refused(view: View) -> bool:
        return any(isinstance(message, Refused) for *_, message in view.messages)

    for storage, ok in ((FencedStorage("s"), True), (TrustingStorage("s"), False)):
        nodes = [storage, Hasty("n1", [], "s"), Hasty("n2", [], "s")]
        goals = [refused] if ok else []
        found = explore(
            nodes,
            always=[in_order],
            sometimes=goals,
            bounds=Bounds(crashes=1, restarts=1, timeouts=3),
        )
        assert found.ok is ok, found


# --- mutants -------------------------------------------------------------------------------------


class VotesTwice(FailoverNode):
    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        self.voted = ""
        super().on_request_vote(sender, request)


class ForgetsItsVote(FailoverNode):
    def on_start(self, log: Any) -> None:
        super().on_start([])


class TellsBeforeItWrites(FailoverNode):
    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        if request.epoch > self.epoch:
            self.send(sender, Granted(request.epoch))
        super().on_request_vote(sender, request)


class CountsOldVotes(FailoverNode):
    def on_granted(self, sender: str, granted: Granted) -> None:
        super().on_granted(sender, Granted(self.epoch))


class NeedsHalf(FailoverNode):
    def is_majority(self, names: frozenset[str]) -> bool:
        return 2 * len(names) >= len(self.peers)


class StaysInItsEpoch(FailoverNode):
    def on_leader_silent(self, timer: LeaderSilent) -> None:
        self.epoch -= 1
        super().on_leader_silent(timer)


@pytest.mark.parametrize(
    ("mutant", "settings"),
    [
        (VotesTwice, {}),
        (ForgetsItsVote, {"crashes": 1, "restarts": 1}),
        (TellsBeforeItWrites, {"crashes": 1, "restarts": 1}),
        (CountsOldVotes, {"timeouts": 3}),
        (NeedsHalf, {}),
        (StaysInItsEpoch, {"timeouts": 3}),
    ],
)
def test_every_mutant_is_refuted_by_a_schedule(
    mutant: type[FailoverNode], settings: dict[str, Any]
) -> None:
    found = every_schedule(mutant, **settings)
    assert found.ok is False, found
    assert found.violated in ("never two in an epoch", "never two winners")


def test_logs_of_others_than_voters_hide_no_second_winner() -> None:
    a, b = [Voted(1, "a")], [Voted(1, "b")]
    logs = {"a": a, "b": b, "c": a + b, "s": [], "w": []}
    reason = "a and b both have a majority in epoch 1"
    assert one_winner_per_epoch(logs, voters="abc").reason == reason


def epochs_led(plan: list[sim.At]) -> int:
    """Return the number of epochs that have a leader in the fifth to tenth second."""
    world: Any = sim.World(cluster(FailoverNode, NAMES), 1, sim.Network(sim.Constant(5)), plan)
    led = set()
    for ms in range(5_000, 10_000, 20):
        world.run(until_ms=ms)
        led |= {world.nodes[name].epoch for name in NAMES if world.nodes[name].epoch_led}
    return len(led)


def test_one_cut_link_deposes_leader_after_leader() -> None:
    """Not promised: the node that does not hear the leader enters a later epoch, and the hub follows."""
    assert epochs_led([]) == 1
    assert epochs_led([sim.At(0, sim.Partition({"n1"}, {"n2"}))]) > 5  # n2 led


# --- seeds ---------------------------------------------------------------------------------------


def run(kind: type[Writer], storage: type[Node], plan: list[sim.At], seed: int = 1) -> sim.World:
    """Three nodes and a storage that all of them reach, under the plan; at 3.2 s all recovers."""
    settings = {"subscribers": ["w"]} if issubclass(kind, FailoverNode) else {}
    subscriber = Subscriber("w", NAMES if settings else ())
    nodes: list[Node] = [storage("s"), subscriber, *cluster(kind, NAMES, storage="s", **settings)]
    world = sim.World(nodes, seed, sim.Network(sim.Uniform(2, 12)), plan)
    world.run(until_ms=3_200).apply(sim.Recover())
    return world.run(until_ms=5_500)


def plan_of(seed: int) -> list[sim.At]:
    return sim.random_plan(seed, (*NAMES, "s", "w"), BUDGET)


def complaint(kind: type[Writer], storage: type[Node], seed: int) -> str | None:
    world = run(kind, storage, plan_of(seed), seed)
    if not terms_in_order(world.log("s")):
        return "an old leader wrote after a new one"
    led = [name for name in NAMES if world.nodes[name].epoch_led is not None]  # type: ignore[attr-defined]
    if len(led) != 1:
        return f"{len(led)} leaders in the end"
    believed = world.nodes["w"].leader  # type: ignore[attr-defined]
    return None if believed in ("", *led) else "the subscriber believes another"


def test_seeds_refute_the_textbook_version_and_not_the_repaired_one() -> None:
    assert Counter(complaint(FailoverNode, FencedStorage, s) for s in SEEDS) == {None: len(SEEDS)}
    wrong = Counter(complaint(HighestAlive, TrustingStorage, seed) for seed in SOME)
    print(f"the same plans refute the textbook version in {1 - wrong[None] / len(SOME):.1%}")
    assert wrong["an old leader wrote after a new one"] > len(SOME) / 10


@once
def test_epochs_alone_do_not_stop_an_old_leader() -> None:
    complaints = (complaint(FailoverNode, TrustingStorage, seed) for seed in range(150))
    assert "an old leader wrote after a new one" in complaints


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:60]:
        world = run(FailoverNode, FencedStorage, plan_of(seed), seed)
        writes = accepted(world.log("s"))
        sent = [event.what for event in world.trace.kinds("send")]
        restarted = {event.node for event in world.trace.kinds("restart")}
        seen["refused"] += any(isinstance(message, Refused) for message in sent)
        seen["several epochs"] += len({write.epoch for write in writes}) > 1
        seen["several leaders"] += len({write.writer for write in writes}) > 1
        seen["vote before a crash"] += any(event.id for event in world.trace.kinds("restart"))
        seen["a node restarts"] += bool(restarted & set(NAMES))
        seen["the storage restarts"] += "s" in restarted
        seen["the subscriber restarts"] += "w" in restarted
        seen["a fault outlasts the time-out"] += bool(sim.lasting(plan_of(seed), 400))
    assert len(seen) == 8
    assert min(seen.values()) > 0, seen


def test_golden_trace() -> None:
    plan = [sim.At(700, sim.Crash("n2")), sim.At(1_200, sim.Restart("n2"))]
    nodes: list[Node] = [
        FencedStorage("s"),
        *cluster(FailoverNode, NAMES, storage="s", write_ms=300),
    ]
    world = sim.World(nodes, 2, sim.Network(sim.Constant(5)), plan).run(until_ms=1_500)
    lines = [str(event) for event in world.trace if event.kind in ("write", "crash", "restart")]
    assert_golden("failover", "\n".join(lines) + "\n")
