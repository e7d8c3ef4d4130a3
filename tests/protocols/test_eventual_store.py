"""The eventually consistent store: one event at a time, the sentences of its sources, mutants, and faulted seeds."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest

from dscourse import checkers, sweep
from dscourse.clocks import VersionVector
from dscourse.core.dispatch import handle_timer
from dscourse.core.verdict import Verdict
from dscourse.history import History, Op
from dscourse.node import (
    CancelTimer,
    Node,
    Reply,
    Send,
    SetTimer,
    Write,
    cluster,
    take_effects,
)
from dscourse.protocols import anti_entropy
from dscourse.protocols.anti_entropy import (
    Compare,
    CompareNext,
    Entries,
    Replica,
    VersionsStored,
    monotonic,
)
from dscourse.protocols.eventual_store import (
    ContextClient,
    EventualStore,
    VersionedRequest,
    VersionedResult,
    lost_writes,
)
from dscourse.protocols.eventual_store_messages import (
    Get,
    GetReply,
    HandoffDue,
    Hint,
    Operation,
    Put,
    PutAck,
    RepliesDue,
)
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.eventual_store import ForgetsDeletedStore, TellsOnceStore, values
from dscourse.protocols.versions import Siblings, Version, context_of
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    Cut,
    Heal,
    Network,
    Partition,
    Recover,
    Uniform,
    World,
)
from dscourse.sim.streams import stream
from tests.effort import a_part, chosen_seeds, once
from tests.protocols.golden import assert_golden
from tests.protocols.plans import faults_everywhere
from tests.protocols.steps import effects

SEEDS = chosen_seeds(100)
SOME = a_part(SEEDS)
NAMES = ("n1", "n2", "n3")
CLIENTS = ("c1", "c2", "c3", "c4")
BUDGET = Budget(horizon_ms=600, timeout_ms=100)
NONE = VersionVector()


def shopping(
    kind: type[Node], plan: list[At], seed: int = 1, deletes: bool = True, **settings: Any
) -> World:
    """Three replicas under the plan and four clients at work on two keys; then everything recovers and goes on."""
    client = StoreClient if kind is TellsOnceStore else ContextClient
    clients = [client(f"c{index}", f"n{min(index, 3)}") for index in (1, 2, 3, 4)]
    world = World(
        [*clients, *cluster(kind, NAMES, **settings)], seed, Network(Uniform(2, 12)), plan
    )
    for index, one in enumerate(clients):
        draws = stream(seed, "work", one.id)
        work = [
            _random_operation(draws.random(), draws.random(), 100 * index + n, deletes)
            for n in range(8)
        ]
        world.submit(one.id, work, start_ms=10 + 7 * index, think_ms=20)
    world.run(until_ms=600)
    world.apply(Recover(*NAMES))
    return world.run(until_ms=1_700)


def _random_operation(what: float, key_draw: float, value: int, deletes: bool) -> tuple[Any, ...]:
    key = "x" if key_draw < 0.6 else "y"
    if what < 0.1 and deletes:
        return ("delete", key)
    return ("read", key) if what < 0.5 else ("write", key, value)


def wrong(world: World) -> str | None:
    """Return how the run breaks the promises of `dscourse.protocols.eventual_store`, or None."""
    logs = {name: world.log(name) for name in NAMES}
    if not monotonic(logs):
        return "a replica went back"
    if checkers.convergent(anti_entropy.contents(world.nodes)).ok is False:
        return "not convergent"
    if lost_writes(world.history, logs):
        return "a write is lost"
    return (
        "a write replaced what its client had not seen"
        if replaced_unseen(world.history, logs)
        else None
    )


def replaced_unseen(history: History, logs: dict[str, tuple[object, ...]]) -> list[int]:
    """The writes that claim to have seen more than their client had read before; where nothing is deleted."""
    if any(op.f == "delete" for op in history):
        return []
    records = [
        record for log in logs.values() for record in log if isinstance(record, VersionsStored)
    ]
    versions = {
        (record.key, version.value): version for record in records for version in record.versions
    }
    return [
        op.id
        for op in history
        if op.f == "write" and (op.key, op.value) in versions
        if not versions[op.key, op.value].seen <= context_of(seen_before(op, history, versions))
    ]


def seen_before(op: Op, history: History, versions: dict[tuple[Any, Any], Version]) -> Siblings:
    """The versions of the key that the client had read before it began the operation."""
    earlier = [one for one in history.by_process(op.process).by_key(op.key).ok if one.before(op)]
    read = [value for one in earlier if one.f == "read" for value in one.result or ()]  # type: ignore[attr-defined]
    return tuple(versions[op.key, value] for value in read)


def _plan(seed: int) -> list[At]:
    return faults_everywhere(seed, NAMES, CLIENTS, BUDGET)


# --- step ----------------------------------------------------------------------------------------

MILK = Version("n1", 1, NONE, "milk")
EGGS = Version("n2", 1, NONE, "eggs")


def test_a_write_is_durable_then_sent_then_answered() -> None:
    n1 = EventualStore("n1", ["n2", "n3"])
    put = Put(7, "x", (MILK,))
    assert effects(n1, "c1", VersionedRequest(7, "write", "x", "milk", NONE)) == [
        Write(VersionsStored("x", (MILK,))), Send("n2", put), Send("n3", put), SetTimer(RepliesDue(7), 40, 40),
        Send("c1", Reply(7, VersionedResult((), NONE))),
    ]  # fmt: skip


def test_a_write_that_has_not_seen_another_stays_beside_it() -> None:
    n1 = EventualStore("n1", ["n2", "n3"])
    assert effects(n1, "n2", Put(3, "x", (EGGS,))) == [
        Write(VersionsStored("x", (EGGS,))),
        Send("n2", PutAck(3, "x", VersionVector({"n2": 1}))),
    ]
    effects(n1, "c1", VersionedRequest(7, "write", "x", "milk", NONE))
    assert n1.stored["x"] == (MILK, EGGS)
    seen = VersionVector({"n1": 1, "n2": 1})
    effects(n1, "c1", VersionedRequest(8, "write", "x", "milk, eggs", seen))
    assert n1.stored["x"] == (Version("n1", 2, seen, "milk, eggs"),)


def test_a_write_tells_its_client_nothing() -> None:
    """A context of n1:2 would cover n1:1 as well, which the second writer has never seen."""
    n1 = EventualStore("n1", ["n2", "n3"])
    for op in (7, 8):
        answer = effects(n1, f"c{op}", VersionedRequest(op, "write", "x", op, NONE))[-1]
        assert answer == Send(f"c{op}", Reply(op, VersionedResult((), NONE)))
    assert [version.value for version in n1.stored["x"]] == [7, 8]


def test_a_read_waits_for_its_quorum_and_joins_what_it_hears() -> None:
    n1 = EventualStore("n1", ["n2", "n3"], read_quorum=2)
    effects(n1, "n1", Put(3, "x", (MILK,)))
    assert effects(n1, "c1", VersionedRequest(7, "read", "x", None, NONE)) == [
        Send("n2", Get(7, "x")), Send("n3", Get(7, "x")), SetTimer(RepliesDue(7), 40, 40),
    ]  # fmt: skip
    both = VersionedResult(("milk", "eggs"), VersionVector({"n1": 1, "n2": 1}))
    assert effects(n1, "n2", GetReply(7, (EGGS,))) == [Send("c1", Reply(7, both))]


def test_a_read_repairs_the_replicas_that_were_behind_once_all_have_answered() -> None:
    n1 = EventualStore("n1", ["n2", "n3"])
    effects(n1, "n1", Put(3, "x", (MILK,)))
    effects(n1, "c1", VersionedRequest(7, "read", "x", None, NONE))
    effects(n1, "n2", GetReply(7, (EGGS,)))
    both = (MILK, EGGS)
    assert effects(n1, "n3", GetReply(7, both)) == [
        CancelTimer(RepliesDue(7)), Write(VersionsStored("x", both)), Send("n2", Put(-1, "x", both)),
    ]  # fmt: skip


def test_a_peer_that_does_not_confirm_a_write_is_owed_it_until_it_does() -> None:
    n1 = EventualStore("n1", ["n2", "n3"])
    effects(n1, "c1", VersionedRequest(7, "write", "x", "milk", NONE))
    effects(n1, "n2", PutAck(7, "x"))
    handle_timer(n1, RepliesDue(7))
    assert take_effects(n1) == [Write(Hint("n3", "x")), SetTimer(HandoffDue(), 40, 40)]
    handle_timer(n1, HandoffDue())
    assert take_effects(n1) == [Send("n3", Put(-1, "x", (MILK,))), SetTimer(HandoffDue(), 40, 40)]
    assert effects(n1, "n3", PutAck(-1, "x", VersionVector({"n1": 1}))) == [
        Write(Hint("n3", "x", closed=True))
    ]
    handle_timer(n1, HandoffDue())
    assert take_effects(n1) == []


def test_a_hint_is_not_paid_by_an_answer_to_what_was_handed_over_before() -> None:
    n1 = EventualStore("n1", ["n2", "n3"])
    effects(n1, "c1", VersionedRequest(7, "write", "x", "milk", NONE))
    handle_timer(n1, RepliesDue(7))
    effects(n1, "c1", VersionedRequest(8, "write", "x", "eggs", NONE))
    assert effects(n1, "n3", PutAck(-1, "x", VersionVector({"n1": 1}))) == []
    assert ("n3", "x") in n1.hints


def test_hints_are_tried_some_times_and_survive_a_crash() -> None:
    n1 = EventualStore("n1", ["n2"], attempts=2)
    n1.on_start(
        [
            VersionsStored("x", (MILK,)),
            Hint("n2", "x"),
            VersionsStored("y", (EGGS,)),
            Hint("n2", "y"),
            Hint("n2", "y", closed=True),
        ]
    )
    assert take_effects(n1)[-1] == SetTimer(HandoffDue(), 40, 40)
    handle_timer(n1, HandoffDue())
    assert take_effects(n1)[0] == Send("n2", Put(-1, "x", (MILK,)))
    handle_timer(n1, HandoffDue())
    assert take_effects(n1) == [
        Send("n2", Put(-1, "x", (MILK,))),
        Write(Hint("n2", "x", closed=True)),
    ]


def test_equal_trees_end_a_comparison_and_different_ones_lead_to_the_bucket() -> None:
    n1, n2 = Replica("n1", ["n2"], depth=1), Replica("n2", ["n1"], depth=1)
    effects(n1, "n1")
    n1.store("x", (MILK,))
    take_effects(n1)
    handle_timer(n1, CompareNext())
    asked = take_effects(n1)[0]
    assert isinstance(asked, Send)
    deeper = effects(n2, "n1", asked.message)[0]
    assert isinstance(deeper, Send)
    assert isinstance(deeper.message, Compare)
    assert deeper.message.level == 1
    mine = effects(n1, "n2", deeper.message)[0]
    assert isinstance(mine, Send)
    assert mine.message == Entries((0,), (("x", (MILK,)),), answer=True)
    assert effects(n2, "n1", mine.message) == [
        Write(VersionsStored("x", (MILK,))), Send("n1", Entries((0,), (("x", (MILK,)),), answer=False)),
    ]  # fmt: skip
    handle_timer(n1, CompareNext())
    again = take_effects(n1)[0]
    assert isinstance(again, Send)
    assert effects(n2, "n1", again.message) == []


@pytest.mark.parametrize("name", ["read_quorum", "write_quorum"])
@pytest.mark.parametrize("size", [0, 4])
def test_an_impossible_quorum_is_refused(name: str, size: int) -> None:
    with pytest.raises(ValueError, match=f"{name}={size}: with 3 replicas it must be from 1 to 3"):
        EventualStore("n1", ["n2", "n3"], **{name: size})  # type: ignore[arg-type]


def test_an_interval_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="interval_ms=0: it must be above 0"):
        EventualStore("n1", ["n2"], interval_ms=0)


# --- sentences -----------------------------------------------------------------------------------


def divided(kind: type[Node], **settings: Any) -> World:
    """A write on each side of a partition, and reads after it."""
    plan = [At(20, Partition({"n1"}, {"n2", "n3"})), At(200, Heal())]
    client = StoreClient if kind is TellsOnceStore else ContextClient
    clients = [client("c1", "n1"), client("c2", "n2")]
    world = World(
        [*clients, *cluster(kind, NAMES, **settings)], network=Network(Constant(5)), plan=plan
    )
    world.submit("c1", [("write", "cart", "milk"), ("read", "cart")], start_ms=50, think_ms=600)
    world.submit("c2", [("write", "cart", "eggs"), ("read", "cart")], start_ms=60, think_ms=600)
    return world.run(until_ms=1_000)


def test_always_writable_and_both_writes_are_kept() -> None:
    """DeCandia et al. 2007, section 4.4: concurrent additions to a cart must not be lost; the reader merges them."""
    history = divided(EventualStore).history
    assert [op.outcome() for op in history] == [
        "ok",
        "ok",
        "ok ('milk', 'eggs')",
        "ok ('milk', 'eggs')",
    ]


def test_the_textbook_store_stays_divided_for_ever() -> None:
    world = divided(TellsOnceStore)
    assert [op.outcome() for op in world.history] == ["ok", "ok", "ok milk", "ok eggs"]
    assert (
        checkers.convergent(values(world.nodes)).reason == "cart is eggs on n2 and n3, milk on n1"
    )


def test_a_textbook_replica_that_restarts_holds_what_it_held() -> None:
    plan = [At(30, Crash("n1")), At(40, Recover())]
    world = World([StoreClient("c1", "n1"), *cluster(TellsOnceStore, NAMES)], plan=plan)
    world.submit("c1", [("write", "cart", "milk")], start_ms=10)
    world.submit("c1", [("read", "cart")], start_ms=60)
    assert [op.outcome() for op in world.run(until_ms=100).history] == ["ok", "ok milk"]


def missed_delete(kind: type[EventualStore]) -> World:
    """n3 is down while an item is deleted, and comes back after all hints were given up."""
    plan = [At(100, Crash("n3")), At(900, Recover())]
    clients = [ContextClient("c1", "n1"), ContextClient("c3", "n3")]
    world = World([*clients, *cluster(kind, NAMES)], network=Network(Constant(5)), plan=plan)
    for start_ms, op in [(10, ("write", "cart", "milk")), (60, ("read", "cart")), (150, ("delete", "cart")),
                         (500, ("read", "cart")), (1_400, ("read", "cart"))]:  # fmt: skip
        world.submit("c1", [op], start_ms=start_ms)
    return world.run(until_ms=1_500)


def test_without_a_tombstone_what_was_deleted_comes_back() -> None:
    for kind, last in ((EventualStore, None), (ForgetsDeletedStore, ("milk",))):
        reads = [op.result for op in missed_delete(kind).history if op.f == "read"]
        assert reads == [("milk",), None, last]


@pytest.mark.parametrize("missing", ["hints", "anti-entropy"])
def test_either_way_of_repair_brings_a_missed_write(missing: str) -> None:
    """Hinted handoff serves short failures, anti-entropy long ones (DeCandia et al. 2007, sections 4.6 and 4.7)."""
    settings = {"attempts": 1} if missing == "hints" else {"interval_ms": 1e6}
    plan = [At(0, Cut("n1", "n3")), At(150, Heal())]
    nodes = cluster(EventualStore, NAMES, **settings)  # type: ignore[arg-type]
    world = World([ContextClient("c1", "n1"), *nodes], network=Network(Constant(5)), plan=plan)
    world.submit("c1", [("write", "x", 1)], start_ms=10).run(until_ms=600)
    assert anti_entropy.contents(world.nodes)["n3"] == {"x": (1,)}


def test_equal_replicas_compare_by_two_messages_and_many_keys_cost_no_more() -> None:
    world = World(
        [ContextClient("c1", "n1"), *cluster(EventualStore, NAMES)], network=Network(Constant(1))
    )
    world.submit("c1", [("write", key, 1) for key in range(40)], start_ms=1).run(until_ms=500)
    before = len(world.trace)
    world.run(until_ms=1_000)
    sent = [event for event in world.trace[before:] if event.kind == "send"]
    assert len(sent) == 3 * 10
    assert {type(event.what) for event in sent} == {Compare}


# --- mutants -------------------------------------------------------------------------------------


class ForgetsWhatStoodBeside(EventualStore):
    """Keeps only what came last."""

    def store(self, key: Any, versions: Siblings) -> bool:
        self.stored[key] = versions
        self.write(VersionsStored(key, versions))
        return True


class TellsTooMuch(EventualStore):
    """Tells a writer's client of versions that it has not seen."""

    def _answer(self, now: Operation) -> VersionedResult:
        own = super()._answer(now)
        return VersionedResult(own.values, context_of(self.stored.get(now.request.key, ())))


class TellsWhatWasWritten(EventualStore):
    """Tells a writer's client of its own version."""

    def _answer(self, now: Operation) -> VersionedResult:
        if now.request.f == "read":
            return super()._answer(now)
        versions = context_of(self.stored[now.request.key])[self.id]
        return VersionedResult((), now.request.seen.join(VersionVector({self.id: versions})))


class CountsFromOne(EventualStore):
    """Numbers its writes by what the client has seen alone."""

    def _new_version(self, request: VersionedRequest, client: str) -> Version:
        return Version(
            self.id, request.seen[self.id] + 1, request.seen, request.value, request.f == "delete"
        )


class ReadRepairAlone(EventualStore):
    """Neither compares trees nor hands anything over."""

    def on_compare_next(self, timer: CompareNext) -> None:
        pass

    def on_handoff_due(self, timer: HandoffDue) -> None:
        pass


class StartsEmpty(EventualStore):
    """Forgets what it held."""

    def on_start(self, log: object) -> None:
        super().on_start(())


class AsksForNothingBack(EventualStore):
    """Takes the versions that differ, and sends none in return, so its own part of a comparison fails."""

    def on_entries(self, sender: str, entries: Entries) -> None:
        if not entries.answer:
            super().on_entries(sender, entries)


@pytest.mark.parametrize(
    ("mutant", "reason"),
    [
        (ForgetsWhatStoodBeside, "a replica went back"),
        (TellsTooMuch, "a write replaced what its client had not seen"),
        (TellsWhatWasWritten, "a write replaced what its client had not seen"),
        (CountsFromOne, "a write is lost"),
        (ReadRepairAlone, "not convergent"),
        (StartsEmpty, "a replica went back"),
        (ForgetsDeletedStore, "a replica went back"),
    ],
)
def test_every_mutant_is_caught(mutant: type[Node], reason: str) -> None:
    found = (
        wrong(shopping(mutant, _plan(seed), seed, deletes))
        for seed in range(80)
        for deletes in (True, False)
    )
    assert any(one == reason for one in found)


# --- seeds ---------------------------------------------------------------------------------------


def converges(plan: list[At]) -> Verdict:
    """Judge whether the replicas of the textbook store are equal in the end."""
    return checkers.convergent(values(shopping(TellsOnceStore, plan, deletes=False).nodes))


def test_seeds_refute_the_textbook_store_and_not_the_repaired_one() -> None:
    found = Counter(
        wrong(shopping(EventualStore, _plan(seed), seed, seed % 2 == 0)) for seed in SEEDS
    )
    assert found == {None: len(SEEDS)}
    share = sum(
        checkers.convergent(
            values(shopping(TellsOnceStore, _plan(seed), seed, deletes=False).nodes)
        ).ok
        is False
        for seed in SOME
    ) / len(SOME)
    print(f"the same plans refute the textbook store in {share:.1%} of {len(SOME)} seeds")
    assert share > 0.5


@pytest.mark.parametrize("quorums", [(1, 3), (2, 2), (3, 1)])
@once
def test_other_quorums_keep_the_promises_too(quorums: tuple[int, int]) -> None:
    for seed in SEEDS[:60]:
        assert (
            wrong(
                shopping(
                    EventualStore,
                    _plan(seed),
                    seed,
                    read_quorum=quorums[0],
                    write_quorum=quorums[1],
                )
            )
            is None
        )


def test_one_fault_is_enough_for_the_textbook_store() -> None:
    found = sweep.search(converges, NAMES, BUDGET, range(60))
    assert found.failed > 20
    assert len(found.plan) <= 1


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:25]:
        world = shopping(EventualStore, _plan(seed), seed)
        logs = [record for name in NAMES for record in world.log(name)]
        sent = [event.what for event in world.trace.kinds("send")]
        seen["siblings"] += any(
            isinstance(record, VersionsStored) and len(record.versions) > 1 for record in logs
        )
        seen["tombstones"] += any(
            isinstance(r, VersionsStored) and any(v.deleted for v in r.versions) for r in logs
        )
        seen["hints kept"] += any(isinstance(record, Hint) and not record.closed for record in logs)
        seen["hints closed"] += any(isinstance(record, Hint) and record.closed for record in logs)
        seen["Merkle differences"] += any(isinstance(message, Entries) for message in sent)
        seen["read repairs"] += "read repair" in causes(world)
        seen["hints handed over"] += "handing over" in causes(world)
        seen["crash with records"] += any(event.id for event in world.trace.kinds("restart"))
        seen["partition in a write"] += _apart(world)
    assert len(seen) == 9
    print(dict(seen))
    assert min(seen.values()) > 0, seen


def causes(world: World) -> set[str]:
    """Why replicas sent versions that no operation waits for: to repair after a read, or to hand over."""
    found, begun = set(), ""
    for event in world.trace:
        if event.kind in ("timer", "deliver"):
            begun = "handing over" if isinstance(event.what, HandoffDue) else "read repair"
        if event.kind == "send" and isinstance(event.what, Put) and event.what.op == -1:
            found.add(begun)
    return found


def _apart(world: World) -> bool:
    """True if a partition began, or a link was cut, while a client waited for the end of a write."""
    starts = [
        event.index
        for event in world.trace.kinds("fault")
        if isinstance(event.what, Partition | Cut)
    ]
    return any(
        op.invoked < start < (op.returned or math.inf)
        for start in starts
        for op in world.history
        if op.f == "write"
    )


def test_the_golden_trace_of_two_carts() -> None:
    world = divided(EventualStore, interval_ms=250)
    assert_golden("eventual_store", f"{world.trace}\n\n{world.history}\n")
