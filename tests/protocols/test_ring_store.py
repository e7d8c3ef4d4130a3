"""The store on a ring: one event at a time, the sentences of its source, mutants, and storms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from dscourse import checkers
from dscourse.breaker import CircuitBreaker, CircuitState, ConsecutiveFailures
from dscourse.clocks import VersionVector
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.experiments.score_card import NEVER
from dscourse.experiments.scores import lost, score
from dscourse.experiments.whole_system import END_MS, NAMES, RACKS, STORM_MS, storm, storm_world
from dscourse.node import Complete, Invocation, Node, Reply, Send, Write, cluster, take_effects
from dscourse.protocols import gossip
from dscourse.protocols.anti_entropy import VersionsStored, monotonic
from dscourse.protocols.eventual_store import EventualStore, VersionedRequest, VersionedResult
from dscourse.protocols.eventual_store_messages import (
    HandoffDue,
    Hint,
    Put,
    PutAck,
    RepliesDue,
)
from dscourse.protocols.gossip import Gossip, Heartbeat, Heartbeats, Started
from dscourse.protocols.ring_client import RingClient, WriteStarted
from dscourse.protocols.ring_store import RingStore, SloppyStore, homes
from dscourse.protocols.stores import Unanswered
from dscourse.protocols.textbook.ring_store import NoRepairStore, TimestampStore, TrustingStore
from dscourse.protocols.versions import Siblings, Version, joined
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Cut,
    Heal,
    Network,
    Partition,
    Recover,
    Restart,
    SetClock,
    Uniform,
    World,
)
from tests.effort import chosen_seeds, dealt, first_trying, once
from tests.protocols.golden import assert_golden
from tests.protocols.steps import effects

SEEDS = chosen_seeds(100)
NONE = VersionVector()


class InOrder:
    """A placement whose preference list is the same for every key."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def preference(self, key: Any, count: int) -> tuple[str, ...]:
        return self.names[:count]


ABCD = InOrder("a", "b", "c", "d")


def started(
    kind: type[RingStore] = RingStore, name: str = "a", **settings: Any
) -> tuple[World, RingStore]:
    """A node of four that have just started, and their world."""
    nodes = cluster(kind, list("abcd"), ring=ABCD, **settings)
    world = World([*nodes, RingClient("k", ABCD)], network=Network(Constant(1))).run(until_ms=1)
    node = world.nodes[name]
    assert isinstance(node, RingStore)
    return world, node


# --- step ----------------------------------------------------------------------------------------


def test_a_home_asks_the_other_homes_and_names_the_version_after_the_client() -> None:
    _, a = started()
    milk = Version("k", 8, NONE, "milk")
    asked = [
        effect
        for effect in effects(a, "k", VersionedRequest(7, "write", "x", "milk", NONE))
        if isinstance(effect, Send | Write)
    ]
    puts = [Send(to, Put(7, "x", (milk,))) for to in "bc"]
    answer = Send("k", Reply(7, VersionedResult((), NONE)))
    assert asked == [Write(VersionsStored("x", (milk,))), *puts, answer]


def test_a_strict_store_refuses_what_is_not_at_home() -> None:
    _, d = started(name="d")
    assert effects(d, "k", VersionedRequest(7, "read", "x", None, NONE)) == [
        Send("k", Reply(7, None))
    ]


def test_a_sloppy_one_asks_whom_it_trusts_and_owes_what_it_took_to_every_home() -> None:
    world, d = started(SloppyStore, "d")
    world.apply(Crash("b"))
    world.run(until_ms=1_000)
    sent = effects(d, "k", VersionedRequest(7, "write", "x", "milk", NONE))
    assert [effect.to for effect in sent if isinstance(effect, Send)] == ["a", "c", "k"]
    handle_timer(d, RepliesDue(7))
    assert sorted(d.hints) == [("a", "x"), ("b", "x"), ("c", "x")]
    take_effects(d)
    handle_timer(d, HandoffDue())
    handed = [effect.to for effect in take_effects(d) if isinstance(effect, Send)]
    assert handed == ["a", "c"]


def test_a_stand_in_owes_a_write_to_the_homes_but_not_what_was_handed_over() -> None:
    _, d = started(SloppyStore, "d")
    milk = (Version("k", 8, NONE, "milk"),)
    effects(d, "a", Put(-1, "y", milk))
    assert not d.hints
    emitted = effects(d, "a", Put(7, "x", milk))
    owed = [effect for effect in emitted if isinstance(effect, Write)]
    assert owed == [*[Write(Hint(home, "x")) for home in "abc"], Write(VersionsStored("x", milk))]
    assert emitted[-1] == Send("a", PutAck(7, "x", VersionVector({"k": 8})))


def test_a_stand_in_owes_before_it_answers_a_client() -> None:
    """With W = 1 it may be the only one that holds the write, and crash right after the answer."""
    _, d = started(SloppyStore, "d")
    emitted = effects(d, "k", VersionedRequest(7, "write", "x", "milk", NONE))
    answered = emitted.index(Send("k", Reply(7, VersionedResult((), NONE))))
    assert [emitted.index(Write(Hint(home, "x"))) < answered for home in "abc"] == [True] * 3


def test_trees_hold_only_keys_of_which_both_are_homes() -> None:
    _, a = started(SloppyStore)
    effects(a, "b", Put(7, "x", (Version("k", 8),)))
    assert list(a.shared("b")) == ["x"]
    assert list(a.shared("d")) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"replicas": 0}, "replicas=0: with 4 nodes it must be from 1 to 4"),
        ({"replicas": 5}, "replicas=5: with 4 nodes it must be from 1 to 4"),
        ({"replicas": 2, "read_quorum": 3}, "read_quorum=3: a key has only replicas=2"),
        ({"write_quorum": 0}, "write_quorum=0"),
        ({"gossip_ms": 0}, "interval_ms=0: it must be above 0"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RingStore("a", ["b", "c", "d"], ABCD, **settings)


# --- gossip --------------------------------------------------------------------------------------


def test_counters_travel_from_node_to_node_and_only_rise() -> None:
    world, a = started()
    before = dict(a.gossip.beats)
    world.run(until_ms=400)
    after = dict(a.gossip.beats)
    assert gossip.monotonic(before, after)
    assert set(after) == set("abcd")
    handle_message(a, "b", Heartbeats((("c", Heartbeat(1, 0)), ("stranger", Heartbeat(9)))))
    assert a.gossip.beats == after


def test_a_silent_node_is_suspected_and_trusted_again_when_it_returns() -> None:
    world, a = started()
    world.run(until_ms=1_000).apply(Crash("c"))
    world.run(until_ms=1_100)
    assert a.gossip.trusts("c")
    world.run(until_ms=2_500)
    assert [name for name in "abcd" if not a.gossip.trusts(name)] == ["c"]
    world.apply(Recover("c"))
    world.run(until_ms=3_000)
    assert a.gossip.trusts("c")
    assert a.gossip.beats["c"].starts == 2
    with pytest.raises(LookupError, match="'z' is not a member: the members are a, b, c, d"):
        a.gossip.trusts("z")


def test_a_clock_that_is_set_back_harms_no_detector() -> None:
    world, a = started()
    world.run(until_ms=1_000).apply(SetClock("a", skew_ms=-500))
    world.run(until_ms=1_200)
    assert all(a.gossip.trusts(name) for name in "bcd")
    assert "PhiAccrual(heard at" in repr(a.gossip)


def test_each_start_counts() -> None:
    world, _ = started()
    world.apply(Crash("a"))
    world.apply(Recover("a"))
    starts = [record for record in world.log("a") if isinstance(record, Started)]
    assert len(starts) == 2


# --- the client ----------------------------------------------------------------------------------


def asked_by(client: RingClient) -> list[str]:
    """Whom the client has just asked."""
    return [effect.to for effect in take_effects(client) if isinstance(effect, Send)]


def a_client(**settings: Any) -> RingClient:
    """A client with a clock that stands still."""
    client = World([RingClient("k", ABCD, **settings)]).nodes["k"]
    assert isinstance(client, RingClient)
    return client


def test_an_attempt_without_an_answer_goes_to_the_next_node_with_the_same_context() -> None:
    client = a_client(attempts=2)
    client.on_invoke(Invocation(7, "write", "x", "milk"))
    _, first, *_ = take_effects(client)
    handle_timer(client, Unanswered(7))
    second = take_effects(client)[0]
    assert isinstance(first, Send)
    assert isinstance(second, Send)
    assert (first.to, second.to) == ("a", "b")
    assert first.message == second.message
    handle_timer(client, Unanswered(7))
    assert "unknown" in str(take_effects(client))


def test_it_has_seen_what_it_wrote() -> None:
    client = a_client()
    client.on_invoke(Invocation(7, "write", "x", "milk"))
    take_effects(client)
    handle_message(client, "a", Reply(7, VersionedResult((), NONE)))
    take_effects(client)
    client.on_invoke(Invocation(8, "write", "x", "eggs"))
    written, sent, *_ = take_effects(client)
    assert written == Write(WriteStarted("x", VersionVector({"k": 9})))
    assert isinstance(sent, Send)
    assert isinstance(sent.message, VersionedRequest)
    assert sent.message.seen == VersionVector({"k": 8})


def held_after_a_restart(client: type[RingClient], jam: bool) -> set[Any]:
    """Return the stored values of x in the end.

    k writes milk at a, restarts, and writes eggs elsewhere; m reads eggs and writes jam. Meanwhile a is cut off from
    the other nodes, and nobody reads milk.
    """
    nodes: list[Node] = [
        *cluster(RingStore, list("abcd"), ring=ABCD),
        client("k", ABCD),
        client("m", ABCD),
    ]
    alone = [At(0, Partition({"a"}, {"b", "c", "d"})), At(100, Crash("k")), At(110, Restart("k"))]
    down = [At(105, Cut("k", "a")), At(105, Cut("m", "a")), At(700, Heal())]
    world = World(nodes, network=Network(Constant(1)), plan=[*alone, *down])
    world.submit("k", [("write", "x", "milk")], start_ms=50)
    world.submit("k", [("write", "x", "eggs")], start_ms=150)
    if jam:
        world.submit("m", [("read", "x"), ("write", "x", "jam")], start_ms=400)
    world.run(until_ms=3_000)
    assert {op.status for op in world.history} == {"ok"}
    return {version.value for version in stores(world)["b"].stored["x"]}


class ForgetsWhatItWrote(RingClient):
    """Mutant: a client that restarts under its old name without its memory."""

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start([])


def test_a_client_that_restarts_knows_what_it_wrote() -> None:
    client = a_client()
    client.on_start(
        [
            WriteStarted("x", VersionVector({"k": 3})),
            WriteStarted("x", VersionVector({"k": 8, "m": 2})),
        ]
    )
    client.on_invoke(Invocation(9, "write", "x", "eggs"))
    written, sent, *_ = take_effects(client)
    assert written == Write(WriteStarted("x", VersionVector({"k": 10, "m": 2})))
    assert isinstance(sent, Send)
    assert sent.message == VersionedRequest(
        9, "write", "x", "eggs", VersionVector({"k": 8, "m": 2})
    )


def test_without_that_memory_a_write_is_lost_that_nobody_had_seen() -> None:
    """Milk and eggs stand side by side then, but a writer that has read eggs alone supersedes both."""
    assert held_after_a_restart(RingClient, jam=False) == {"eggs"}
    assert held_after_a_restart(ForgetsWhatItWrote, jam=False) == {"milk", "eggs"}
    assert held_after_a_restart(ForgetsWhatItWrote, jam=True) == {"jam"}


def test_a_node_that_has_failed_twice_is_spared_and_all_open_circuits_fail_at_once() -> None:
    client = a_client(reach=2, attempts=1)
    for op in range(4):
        client.on_invoke(Invocation(op, "read", "x"))
        assert asked_by(client) == ["a" if op < 2 else "b"]
        handle_timer(client, Unanswered(op))
        take_effects(client)
    states = {name: breaker.state for name, breaker in client.breakers.items()}
    assert states == dict.fromkeys("ab", CircuitState.OPEN)
    client.on_invoke(Invocation(9, "read", "x"))
    assert "every circuit is open" in str(take_effects(client))


def test_a_refusal_after_an_attempt_without_an_answer_leaves_it_open() -> None:
    client = a_client(attempts=2)
    client.on_invoke(Invocation(7, "write", "x", "milk"))
    handle_timer(client, Unanswered(7))
    take_effects(client)
    handle_message(client, "b", Reply(7, None))
    assert "unknown" in str(take_effects(client))


def test_a_refusal_is_a_failure_and_a_late_answer_of_another_operation_counts_for_nothing() -> None:
    client = a_client()
    client.on_invoke(Invocation(7, "read", "x"))
    take_effects(client)
    handle_message(client, "a", Reply(6, None))
    assert take_effects(client) == []
    handle_message(client, "a", Reply(7, None))
    assert asked_by(client) == ["b"]
    handle_message(client, "b", Reply(7, None))
    assert "b does not hold the key" in str(take_effects(client))


def test_a_late_answer_says_nothing_about_the_node_that_was_asked_last() -> None:
    client = a_client(reach=2, attempts=2)
    for op in range(3):
        client.on_invoke(Invocation(op, "read", "x"))
        handle_timer(client, Unanswered(op))
        if op == 1:  # a answers late, while b is asked
            handle_message(client, "a", Reply(op, VersionedResult(("milk",), NONE)))
            assert Complete(op, "ok", ("milk",)) in take_effects(client)
        elif op == 0:
            handle_timer(client, Unanswered(op))
    states = {name: breaker.state for name, breaker in client.breakers.items()}
    assert states == dict.fromkeys("ab", CircuitState.OPEN)


def test_a_late_refusal_leaves_the_attempt_under_way_alone() -> None:
    client = a_client(attempts=3)
    client.on_invoke(Invocation(0, "write", "x", "milk"))
    handle_timer(client, Unanswered(0))
    take_effects(client)
    handle_message(client, "a", Reply(0, None))
    assert take_effects(client) == []
    handle_message(client, "b", Reply(0, VersionedResult((), NONE)))
    assert Complete(0, "ok", None) in take_effects(client)


@pytest.mark.parametrize("name", ["reach", "attempts"])
def test_a_client_needs_a_node_and_an_attempt(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}=0: it must be at least 1"):
        RingClient("k", ABCD, **{name: 0})  # type: ignore[arg-type]


# --- sentences -----------------------------------------------------------------------------------


def written(kind: type[RingStore], plan: list[At], **settings: Any) -> World:
    """One write at 100 ms, under the plan."""
    client = RingClient(
        "k", ABCD, reach=4, attempts=4, breaker=CircuitBreaker(ConsecutiveFailures(1))
    )
    world = World(
        [client, *cluster(kind, list("abcd"), ring=ABCD, **settings)], 1, Network(Constant(2)), plan
    )
    return world.submit("k", [("write", "x", "milk")], start_ms=100)


def test_a_write_is_taken_while_all_but_one_home_are_down() -> None:
    """DeCandia et al. 2007, section 4.6: the first N healthy nodes take part, so that failures are survived."""
    plan = [At(90, Crash("a")), At(90, Crash("b")), At(900, Recover())]
    quorum = {"read_quorum": 2, "write_quorum": 2}
    assert [
        op.status for op in written(SloppyStore, plan, **quorum).run(until_ms=2_000).history
    ] == ["ok"]
    assert [op.status for op in written(RingStore, plan, **quorum).run(until_ms=2_000).history] == [
        "unknown"
    ]


def test_a_hint_brings_the_write_home_without_anti_entropy() -> None:
    """DeCandia et al. 2007, section 4.6: the stand-in delivers the replica when the home has recovered."""
    plan = [At(90, Crash("a")), At(90, Crash("b")), At(900, Recover())]
    settings = {"read_quorum": 2, "write_quorum": 2, "interval_ms": 1e6}
    world = written(SloppyStore, plan, **settings).run(until_ms=850)
    assert {name: "x" in node.stored for name, node in stores(world).items()} == {
        "a": False,
        "b": False,
        "c": True,
        "d": True,
    }
    world.run(until_ms=2_000)
    assert all("x" in node.stored for node in stores(world).values())


class OwesNothing(SloppyStore):
    """A stand-in adds no hints before it answers."""

    def _hint_homes(self, key: Any) -> None:
        pass


class ForgetsWhatItOwes(SloppyStore):
    """Reads no hints from its log."""

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start([record for record in log if not isinstance(record, Hint)])


@pytest.mark.parametrize(
    ("kind", "home"), [(SloppyStore, True), (OwesNothing, False), (ForgetsWhatItOwes, False)]
)
def test_what_a_stand_in_alone_has_comes_home_though_it_crashes(
    kind: type[SloppyStore], home: bool
) -> None:
    """It crashes 8 ms after the answer, when it is the only node that holds the write."""
    plan = [At(90, Crash(name)) for name in "abc"]
    plan += [At(288, Crash("d")), At(300, Restart("d")), At(900, Recover())]
    world = written(kind, plan, read_quorum=1, write_quorum=1).run(until_ms=2_000)
    assert [(op.status, op.returned_ms) for op in world.history] == [("ok", 280)]
    assert (lacking_at_home(world) == []) is home


def stores(world: World) -> dict[str, RingStore]:
    return {name: node for name, node in world.nodes.items() if isinstance(node, RingStore)}


def test_two_quorums_that_overlap_may_miss_each_other_where_they_are_sloppy() -> None:
    """R + W > N, and yet a read that begins after a write has ended does not see it: stand-ins took the write."""
    sides = Partition({"a", "b"}, {"c", "d"})
    writer = RingClient(
        "k", ABCD, reach=4, attempts=1, breaker=CircuitBreaker(ConsecutiveFailures(1))
    )
    nodes = cluster(SloppyStore, list("abcd"), ring=ABCD, read_quorum=2, write_quorum=2)
    away = RingClient("far", InOrder("c", "d", "a", "b"), reach=4)
    world = World([writer, away, *nodes], 1, Network(Constant(2)), [At(100, sides)])
    world.submit("far", [("write", "x", "milk")], start_ms=1_000)
    world.submit("k", [("read", "x")], start_ms=1_200)
    history = world.run(until_ms=1_500).history
    assert [op.outcome() for op in history] == ["ok", "ok"]  # the read found nothing
    assert history[0].before(history[1])


@pytest.mark.parametrize(("kind", "write"), [(TrustingStore, "ok"), (RingStore, "unknown")])
def test_without_a_detector_a_client_may_turn_to_a_stand_in(
    kind: type[RingStore], write: str
) -> None:
    """No node passes over a home that is down; but a client that hears from no home asks the node after them."""
    outage = [At(90, Crash(name)) for name in "abc"]
    brief = [At(270, Restart("a")), At(290, Crash("a")), At(291, Partition({"d"}, {"b", "c"}))]
    plan = [*outage, *brief, At(292, Restart("b")), At(292, Restart("c"))]
    nodes = cluster(kind, list("abcd"), ring=ABCD, read_quorum=2, write_quorum=2)
    writer = RingClient("k", ABCD, reach=4, attempts=4)
    reader = RingClient("far", InOrder("b", "c", "a", "d"))
    world = World([writer, reader, *nodes], 1, Network(Constant(2)), plan)
    world.submit("k", [("write", "x", "milk")], start_ms=100)
    world.submit("far", [("read", "x")], start_ms=300)
    history = world.run(until_ms=400).history
    assert [op.status for op in history] == [write, "ok"]
    assert history[1].result is None  # d and a had taken the write, b and c were asked


def test_the_same_write_at_two_nodes_makes_one_version() -> None:
    _, a = started(SloppyStore)
    _, b = started(SloppyStore, "b")
    for node in (a, b):
        effects(node, "k", VersionedRequest(7, "write", "x", "milk", NONE))
    effects(a, "b", Put(-1, "x", b.stored["x"]))
    assert a.stored["x"] == (Version("k", 8, NONE, "milk"),)


# --- mutants -------------------------------------------------------------------------------------


def wrong(world: World) -> str | None:
    """Return how a run breaks the promises of `dscourse.protocols.ring_store`, or None."""
    if not monotonic({name: world.log(name) for name in NAMES}):
        return "a replica went back"
    if any(len(set(op.result or ())) < len(op.result or ()) for op in world.history.ok):  # type: ignore[arg-type, call-overload]
        return "a write stands beside itself"
    if lost(world.history, world):
        return "a write is lost"
    if checkers.convergent(homes(world.nodes)).ok is False:
        return "not convergent"
    return "a home lacks a write" if lacking_at_home(world) else None


def lacking_at_home(world: World) -> list[int]:
    """The acknowledged writes that a home of their key neither stores nor has seen superseded, in the end.

    `scores.lost` asks for less: it takes any later write of the key for as new, whether or not it had seen them.
    """
    nodes = stores(world)
    records = [
        record for name in nodes for record in world.log(name) if isinstance(record, VersionsStored)
    ]
    versions = {(r.key, version.value): version for r in records for version in r.versions}
    return [
        op.id
        for op in world.history.ok
        if op.f == "write"
        for written in [versions[op.key, op.value]]
        if not all(
            any(one == written or one.supersedes(written) for one in nodes[home].stored.get(op.key, ()))
            for home in next(iter(nodes.values())).homes_of(op.key)
        )
    ]  # fmt: skip


class NamesReplicas(SloppyStore):
    """Names versions after the replica, though clients try again."""

    def _new_version(self, request: VersionedRequest, client: str) -> Version:
        return EventualStore._new_version(self, request, client)


class CountsFromNothing(SloppyStore):
    """Numbers a client's operations from 0 on, which every vector says it has seen."""

    def _new_version(self, request: VersionedRequest, client: str) -> Version:
        return replace(super()._new_version(request, client), count=request.op)


class KeepsNewest(SloppyStore):
    """Keeps one of the siblings."""

    def store(self, key: Any, versions: Siblings) -> bool:
        every = joined(self.stored.get(key, ()), versions)
        self.stored[key] = tuple(sorted(every, key=lambda version: version.count)[-1:])
        self.write(VersionsStored(key, self.stored[key]))
        return True


class StandsInForNobody(SloppyStore):
    """A stand-in that owes nothing, and a coordinator that keeps no hints; trees are not compared either."""

    def _add_hint(self, peer: str, key: Any) -> None:
        pass

    def on_compare_next(self, timer: object) -> None:
        pass


class ForgetsItsStarts(Gossip):
    """Restarts its counter from zero after each crash."""

    def on_start(self, log: Any) -> None:
        super().on_start(())


MUTANTS = [
    (NamesReplicas, "a write stands beside itself"),
    (CountsFromNothing, "a write is lost"),
    (KeepsNewest, "a replica went back"),
    (StandsInForNobody, "not convergent"),
    (NoRepairStore, "not convergent"),
    (TimestampStore, "a replica went back"),
]


@pytest.mark.parametrize(("mutant", "reason"), MUTANTS)
def test_every_mutant_is_caught(mutant: type[RingStore], reason: str) -> None:
    seeds = first_trying(94 if mutant is CountsFromNothing else 0, range(120))
    found = (wrong(storm_world(mutant, seed, faults=12, outage_ms=300)) for seed in seeds)
    assert reason in found


def test_a_counter_that_begins_anew_keeps_a_node_that_is_up_suspected() -> None:
    class Mutant(RingStore):
        def __init__(self, *args: Any, **settings: Any) -> None:
            super().__init__(*args, **settings)
            self.gossip = self.component(ForgetsItsStarts(self.id, self.peers))

    world, a = started(Mutant)
    world.run(until_ms=2_000).apply(Crash("c"))
    world.apply(Recover("c"))
    world.run(until_ms=3_500)
    assert not a.gossip.trusts("c")


# --- seeds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("apart_ms", "equal"), [(0.001, True), (0, False)])
def test_timestamps_of_one_node_tell_two_writes_apart_if_it_takes_them_in_different_us(
    apart_ms: float, equal: bool
) -> None:
    converged = []
    for seed in range(10):
        clients = [RingClient(name, ABCD, reach=1, attempts=1) for name in ("k", "l")]
        group = cluster(TimestampStore, list("abcd"), ring=ABCD, write_quorum=3)
        world = World([*clients, *group], seed, Network(Uniform(1, 20)))
        world.submit("k", [("write", "x", "milk")], start_ms=100)
        world.submit("l", [("write", "x", "eggs")], start_ms=100 + apart_ms).run(until_ms=300)
        converged.append(checkers.convergent(homes(world.nodes)).ok)
    assert all(converged) is equal


@pytest.mark.parametrize("quorum", [1, 2])
@pytest.mark.parametrize("kind", [SloppyStore, RingStore])
def test_seeds_of_storms(kind: type[RingStore], quorum: int) -> None:
    settings = [(SloppyStore, 1), (SloppyStore, 2), (RingStore, 1), (RingStore, 2)]
    covered = dict.fromkeys(("crash", "pause", "unanswered", "siblings", "hints"), 0)
    for seed in dealt(SEEDS, settings.index((kind, quorum)), len(settings)):
        world = storm_world(
            kind,
            seed,
            faults=10,
            outage_ms=300 * (seed % 2),
            read_quorum=quorum,
            write_quorum=quorum,
        )
        assert wrong(world) is None, seed
        kinds = {event.kind for event in world.trace}
        covered["crash"] += "crash" in kinds
        covered["pause"] += "pause" in kinds
        covered["unanswered"] += any(op.status != "ok" for op in world.history)
        covered["siblings"] += any(len(op.result or ()) > 1 for op in world.history.ok)  # type: ignore[arg-type]
        covered["hints"] += any(
            isinstance(record, Hint) for name in NAMES for record in world.log(name)
        )
    assert min(covered.values()) > 0, covered


@once
def test_the_same_storms_refute_the_textbook() -> None:
    refuted = sum(
        wrong(storm_world(TimestampStore, seed, faults=10, outage_ms=300 * (seed % 2))) is not None
        for seed in range(40)
    )
    assert refuted >= 38


def test_a_storm_grows_with_its_faults_and_ends() -> None:
    few, many = storm(3, 4), storm(3, 9)
    assert set(few) <= set(many)
    assert few[-1] == many[-1] == At(STORM_MS, Recover())
    assert len(storm(3, 0, 400)) == 2 * len(RACKS["r1"]) + 1


def test_the_score_of_a_calm_run() -> None:
    found = score(storm_world(faults=0), STORM_MS)
    assert (found.unanswered, found.stale, found.lost) == (0, 0, 0)
    assert found.converged_ms < NEVER
    assert found.p99_ms < END_MS
    assert found.messages > 6  # R, W and N - 1 = 2 others: 2 + 4 at least, and what goes on beside


def test_a_golden_trace() -> None:
    plan = [At(90, Crash("a")), At(400, Recover())]
    world = written(SloppyStore, plan, gossip_ms=100.0, interval_ms=200.0).run(until_ms=600)
    assert_golden("ring_store", str(world.trace) + "\n")
