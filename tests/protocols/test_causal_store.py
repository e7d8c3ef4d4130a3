"""The causal stores: one event at a time, the sentences of their sources, mutants, and faulted seeds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from dscourse import checkers
from dscourse.clocks import VectorClock
from dscourse.core.dispatch import handle_timer
from dscourse.node import Node, Reply, Send, SetTimer, Write, cluster, take_effects
from dscourse.protocols.causal_store import (
    CausalStore,
    ConvergentCausalStore,
    Digest,
    DigestDue,
    FifoStore,
    Update,
    causal_order,
)
from dscourse.protocols.sequential_store import SequentialStore
from dscourse.protocols.stores import Request, StoreClient
from dscourse.protocols.textbook.sequential_store import ArrivalOrderStore
from dscourse.sim import At, Constant, Heal, Link, Network, Partition, World
from tests.effort import once
from tests.protocols.golden import assert_golden
from tests.protocols.replicas import NAMES, SEEDS, answers, coverage, plan_of, storing
from tests.protocols.steps import effects

READ = Request(9, "read", "x")
POST = Update(1, "n1", VectorClock({"n1": 1}), "x", "post")
COMMENT = Update(2, "n2", VectorClock({"n1": 1, "n2": 1}), "y", "comment")


def wrong(world: World, model: str = "causal_memory") -> str | None:
    """Return how the run breaks the promises of `dscourse.protocols.causal_store`, or None."""
    if model != "pram" and not causal_order({name: world.log(name) for name in NAMES}):
        return "an effect before its cause"
    if len({node.clock for node in stores(world).values()}) > 1:
        return "a replica that has not got all"
    if not answered(world):
        return "a node that was up did not answer"
    verdict = checkers.BY_NAME[model](world.history)
    return None if verdict.ok else f"not {verdict.model}"


def stores(world: World) -> dict[str, CausalStore]:
    return {name: node for name, node in world.nodes.items() if isinstance(node, CausalStore)}


def answered(world: World) -> bool:
    """True if each operation was answered at once, but where its node or client was down or stood still."""
    troubled = {e.node for e in world.trace.kinds("crash", "pause")}
    return all(
        op.status == "ok" and op.returned_ms == op.invoked_ms
        for op in world.history
        if not {op.process, f"n{op.process[1:]}"} & troubled
    )


# --- step ----------------------------------------------------------------------------------------


def test_a_write_is_durable_then_answered_then_told() -> None:
    n1 = CausalStore("n1", ["n2", "n3"])
    assert effects(n1, "c1", Request(1, "write", "x", "post")) == [
        Write(POST), Send("c1", Reply(1)), Send("n2", POST), Send("n3", POST),
    ]  # fmt: skip
    assert effects(n1, "c1", READ) == [Send("c1", Reply(9, "post"))]


def test_an_update_waits_for_what_its_writer_had_seen() -> None:
    """Birman, Schiper and Stephenson 1991, section 5: the delay until all earlier messages are delivered."""
    n3 = CausalStore("n3", ["n1", "n2"])
    assert effects(n3, "n2", COMMENT) == []
    assert effects(n3, "c3", Request(9, "read", "y")) == [Send("c3", Reply(9, None))]
    assert effects(n3, "n1", POST) == [Write(POST), Write(COMMENT)]
    assert effects(n3, "c3", Request(9, "read", "y")) == [Send("c3", Reply(9, "comment"))]


def test_an_update_that_comes_again_changes_nothing() -> None:
    n3 = CausalStore("n3", ["n1", "n2"])
    effects(n3, "n2", COMMENT, COMMENT)
    assert effects(n3, "n1", POST) == [Write(POST), Write(COMMENT)]
    assert effects(n3, "n1", POST, COMMENT) == []
    assert n3.buffered == []


def test_an_update_waits_for_the_one_before_it_of_the_same_writer() -> None:
    later = Update(3, "n1", VectorClock({"n1": 2}), "x", "edited")
    for kind in (CausalStore, FifoStore):
        n3 = kind("n3", ["n1", "n2"])
        assert effects(n3, "n1", later) == []
        assert effects(n3, "n1", POST) == [Write(POST), Write(later)]


def test_the_fifo_store_does_not_wait_for_other_writers() -> None:
    assert effects(FifoStore("n3", ["n1", "n2"]), "n2", COMMENT) == [Write(COMMENT)]


def test_of_two_writes_that_do_not_know_of_each_other_the_last_to_come_stays() -> None:
    other = Update(2, "n2", VectorClock({"n2": 1}), "x", "other")
    left, right = (CausalStore("n3", ["n1", "n2"]) for _ in range(2))
    assert effects(left, "n1", POST, other, READ) == [Send("n1", Reply(9, "other"))]
    assert effects(right, "n1", other, POST, READ) == [Send("n1", Reply(9, "post"))]


def test_the_convergent_store_keeps_the_same_one_in_any_order() -> None:
    other = Update(2, "n2", VectorClock({"n2": 1}), "x", "other")
    for updates in ((POST, other), (other, POST)):
        store = ConvergentCausalStore("n3", ["n1", "n2"])
        assert effects(store, "n1", *updates, READ) == [Send("n1", Reply(9, "other"))]


def test_it_asks_one_peer_after_the_other_and_answers_with_what_is_lacking() -> None:
    n3 = CausalStore("n3", ["n1", "n2"], ask_ms=9)
    effects(n3, "n1", POST, COMMENT)
    known, again = Digest(n3.clock), SetTimer(DigestDue(), 9, 9)
    for peer in ("n1", "n2", "n1"):
        take_effects(n3)
        handle_timer(n3, DigestDue())
        assert take_effects(n3) == [Send(peer, known), again]
    assert effects(n3, "n2", Digest(VectorClock({"n1": 1}))) == [Send("n2", COMMENT)]
    assert effects(n3, "n2", known) == []


def test_a_replica_that_starts_again_has_its_updates_from_the_log() -> None:
    n3 = CausalStore("n3", ["n1", "n2"])
    n3.on_start([POST, COMMENT])
    assert take_effects(n3) == [SetTimer(DigestDue(), 20, 20)]
    assert (n3.clock, n3.data) == (COMMENT.clock, {"x": "post", "y": "comment"})


@pytest.mark.parametrize("ask_ms", [0, -1, float("nan")])
def test_an_interval_that_is_none_is_refused(ask_ms: float) -> None:
    with pytest.raises(ValueError, match=r"ask_ms=.*: it must be above 0"):
        CausalStore("n1", ["n2"], ask_ms)


# --- sentences -----------------------------------------------------------------------------------

SLOW = Network(Constant(5), links={("n1", "n3"): Link(Constant(60))})


def conversation(kind: type[Node]) -> World:
    """c1 posts; c2 reads that and comments; c3 reads the comment, and then the post, which is late at n3."""
    clients = [StoreClient(f"c{n}", f"n{n}") for n in (1, 2, 3)]
    world = World([*clients, *cluster(kind, NAMES[:3])], network=SLOW)
    world.submit("c1", [("write", "post", "P")], start_ms=1)
    world.submit("c2", [("read", "post"), ("write", "comment", "C")], start_ms=7, think_ms=1)
    return world.submit("c3", [("read", "comment"), ("read", "post")] * 2, 15, 4).run(until_ms=100)


def test_nobody_sees_a_comment_without_the_post_that_it_answers() -> None:
    """Ahamad et al. 1995: a read may not return a value when it has seen one that causally overwrote it."""
    results = {kind: conversation(kind).history for kind in (CausalStore, FifoStore)}
    seen = {
        kind: [op.result for op in history.by_process("c3")] for kind, history in results.items()
    }
    assert seen == {CausalStore: [None] * 4, FifoStore: ["C", None, "C", None]}
    assert checkers.causal_memory(results[CausalStore]).ok
    assert checkers.pram(results[FifoStore]).ok
    verdict = checkers.causal_memory(results[FifoStore])
    assert "returned nothing although" in verdict.reason


def test_two_sides_of_a_partition_order_two_writes_each_in_its_own_way() -> None:
    plan = [At(5, Partition({"n1"}, {"n2", "n3"})), At(30, Heal())]
    clients = [StoreClient("c1", "n1"), StoreClient("c2", "n2")]

    def run(kind: type[Node]) -> World:
        world = World([*clients, *cluster(kind, NAMES[:3])], plan=plan)
        for n in (1, 2):
            world.submit(f"c{n}", [("write", "x", n), ("read", "x")], 10, 200)
        return world.run(until_ms=300)

    apart, same = run(CausalStore), run(ConvergentCausalStore)
    assert [op.result for op in apart.history if op.f == "read"] == [2, 1]
    assert checkers.causal_memory(apart.history).ok
    assert checkers.causal_convergence(apart.history).ok is False
    assert len({op.result for op in same.history if op.f == "read"}) == 1
    assert checkers.causal_convergence(same.history).ok


# --- mutants -------------------------------------------------------------------------------------


class AppliesWhatComes(CausalStore):
    """Keeps nothing back."""

    def deliverable(self, update: Update) -> bool:
        return not self._is_applied(update)


class ForgetsItsReads(CausalStore):
    """Counts in the clock of a write only the writes of its own replica."""

    def on_request(self, sender: str, request: Request) -> None:
        clock = self.clock
        if request.f == "write":
            self.clock = VectorClock({self.id: clock[self.id]})
        super().on_request(sender, request)
        if request.f == "write":
            self.clock = clock.tick(self.id)


class NeverAsks(CausalStore):
    """Relies on the first message."""

    def on_start(self, log: object) -> None:
        super().on_start(log)  # type: ignore[arg-type]
        self.cancel_timer(DigestDue())


class ForgetsAtRestart(CausalStore):
    """Starts again without its log, and counts its own writes from 1 again."""

    def on_start(self, log: object) -> None:
        super().on_start(())


class WaitsForAPeer(CausalStore):
    """Answers a write only when another replica has it."""

    def reply(self, to: str, op: int, result: object = None) -> None:
        if result is not None:
            super().reply(to, op, result)


@pytest.mark.parametrize(
    ("mutant", "reason"),
    [
        (AppliesWhatComes, "an effect before its cause"),
        (FifoStore, "an effect before its cause"),
        (ForgetsItsReads, "not causal memory"),
        (NeverAsks, "a replica that has not got all"),
        (ForgetsAtRestart, "an effect before its cause"),
        (WaitsForAPeer, "a node that was up did not answer"),
    ],
)
def test_every_mutant_is_caught(mutant: type[Node], reason: str) -> None:
    assert any(wrong(storing(mutant, plan_of(seed), seed)) == reason for seed in range(150))


class CountsItsOwnWritesAlone(ConvergentCausalStore):
    """Compares writes by how many their replicas had made: an effect may lose to its cause."""

    def store(self, update: Update) -> None:
        own = VectorClock({update.origin: update.clock[update.origin]})
        super().store(replace(update, clock=own))


@pytest.mark.parametrize("mutant", [CountsItsOwnWritesAlone, CausalStore])
def test_every_mutant_of_the_convergent_store_is_caught(mutant: type[Node]) -> None:
    model = "causal_convergence"
    found = (wrong(storing(mutant, plan_of(seed), seed), model) for seed in range(150))
    assert "not causal convergence" in found


# --- seeds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "model"),
    [(CausalStore, "causal_memory"), (ConvergentCausalStore, "causal_convergence"), (FifoStore, "pram")],
)  # fmt: skip
def test_seeds_do_not_refute_what_is_promised(kind: type[CausalStore], model: str) -> None:
    assert {wrong(storing(kind, plan_of(seed), seed), model) for seed in SEEDS} == {None}


@once
def test_the_replicas_of_the_convergent_store_are_equal_in_the_end() -> None:
    for seed in SEEDS[:100]:
        world = storing(ConvergentCausalStore, plan_of(seed), seed)
        data = {name: store.data for name, store in stores(world).items()}
        assert checkers.convergent(data).ok


@pytest.mark.parametrize(
    ("kind", "model", "least"),
    [
        (SequentialStore, "linearizable", 0.5),
        (CausalStore, "sequential", 0.5),
        (CausalStore, "causal_convergence", 0.3),
        (ConvergentCausalStore, "sequential", 0.2),
        (FifoStore, "causal_memory", 0.02),
        (ArrivalOrderStore, "pram", 0.2),
    ],
)
@once
def test_the_ladder_is_strict(kind: type[Node], model: str, least: float) -> None:
    """Each store is refuted, under the same plans, as the next stronger model."""
    seeds = SEEDS[: 100 if least < 0.1 else 40]  # a rare refutation needs more of them
    share = answers(kind, model, seeds)[False] / len(seeds)
    print(f"{kind.__name__} is not {model} in {share:.1%} of {len(seeds)} seeds")
    assert share > least


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:25]:
        world = storing(CausalStore, plan_of(seed), seed)
        seen += coverage(world)
        seen["an update that had to wait"] += waited(world)
        seen["concurrent writes"] += len({node.data.get("x") for node in stores(world).values()}) > 1  # fmt: skip
    assert len(seen) == 8
    assert min(seen.values()) > 0, seen


def waited(world: World) -> bool:
    """True if a replica wrote an update of another one at the arrival of a third."""
    arrived: dict[str | None, object] = {}
    for event in world.trace.kinds("deliver", "write"):
        if event.kind == "deliver":
            arrived[event.node] = event.what if isinstance(event.what, Update) else None
        elif isinstance(event.what, Update) and arrived[event.node] not in (event.what, None):
            return True
    return False


def test_the_golden_trace_of_a_conversation() -> None:
    world = conversation(CausalStore)
    assert_golden("causal_store", f"{world.trace[:60]}\n\n{world.history}\n")
