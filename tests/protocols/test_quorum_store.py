"""The quorum store: one event at a time, the sentences of its sources, mutants, and faulted seeds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from dscourse import checkers, sweep
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.core.verdict import Verdict
from dscourse.history import History
from dscourse.node import (
    CancelTimer,
    Complete,
    Invocation,
    Node,
    Reply,
    Send,
    SetTimer,
    Write,
    cluster,
    take_effects,
)
from dscourse.protocols.quorum_store import OneRoundReadStore, QuickReadStore, QuorumStore
from dscourse.protocols.quorum_store_messages import (
    Phase,
    Query,
    QueryReply,
    ResendDue,
    Update,
    UpdateAck,
)
from dscourse.protocols.stores import (
    Request,
    StoreClient,
    Stored,
    Tag,
    Unanswered,
    one_value_per_tag,
    tags_rise,
)
from dscourse.protocols.textbook.quorum_store import (
    MajorityDue,
    MajorityWriteStore,
    NoMajority,
    Put,
    PutAck,
    TrustingClient,
)
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Cut,
    Exponential,
    Heal,
    Latency,
    Network,
    Partition,
    SetLink,
    Uniform,
    World,
)
from dscourse.sim.streams import stream
from tests.effort import a_part, chosen_seeds, dealt, once
from tests.protocols.golden import assert_golden
from tests.protocols.plans import faults_everywhere
from tests.protocols.steps import effects

SEEDS = chosen_seeds(150)
SOME = a_part(SEEDS)
NAMES = ("n1", "n2", "n3", "n4", "n5")
CLIENTS = tuple(f"c{name[1:]}" for name in NAMES)
BUDGET = Budget(horizon_ms=800, timeout_ms=100)
MIDDLE = Uniform(2, 12)
WIDE = Exponential(8, 1)


def storing(
    kind: type[Node],
    plan: list[At],
    seed: int = 1,
    latency: Latency = MIDDLE,
    reads: float = 0.5,
    think_ms: float = 20,
    **settings: Any,
) -> World:
    """Five replicas under the plan, each with a client that makes eight operations on one key."""
    client = TrustingClient if kind is MajorityWriteStore else StoreClient
    clients = [client(f"c{name[1:]}", name) for name in NAMES]
    world = World([*clients, *cluster(kind, NAMES, **settings)], seed, Network(latency), plan)
    for index, one in enumerate(clients):
        draws = stream(seed, "work", one.id)
        work = [
            ("read", "x") if draws.random() < reads else ("write", "x", 100 * index + n)
            for n in range(8)
        ]
        world.submit(one.id, work, start_ms=10 + 7 * index, think_ms=think_ms)
    return world.run(until_ms=3_000)


def wrong(world: World) -> str | None:
    """Return how the run breaks the promises of `dscourse.protocols.quorum_store`, or None."""
    logs = {name: world.log(name) for name in NAMES}
    if not tags_rise(logs):
        return "an older tag after a newer one"
    if not one_value_per_tag(logs):
        return "two values with one tag"
    return None if checkers.linearizable(world.history).ok else "not linearizable"


def _plan(seed: int) -> list[At]:
    return faults_everywhere(seed, NAMES, CLIENTS, BUDGET)


# --- step ----------------------------------------------------------------------------------------


def test_a_write_first_asks_for_the_newest_tag() -> None:
    n1 = QuorumStore("n1", ["n2", "n3"])
    query = Query(7, "x")
    assert effects(n1, "c1", Request(7, "write", "x", 5)) == [
        Send("n2", query), Send("n3", query), SetTimer(ResendDue(7), 30, 30),
    ]  # fmt: skip


def test_it_then_stores_the_value_under_a_larger_tag_here_and_elsewhere() -> None:
    n1 = QuorumStore("n1", ["n2", "n3"])
    effects(n1, "c1", Request(7, "write", "x", 5))
    update = Update(7, "x", Tag(5, 7), 5)
    assert effects(n1, "n2", QueryReply(7, Tag(4, 2), 9)) == [
        Send("n2", update), Send("n3", update), SetTimer(ResendDue(7), 30, 30),
        Write(Stored("x", Tag(5, 7), 5)),
    ]  # fmt: skip


def test_the_client_hears_of_it_once_a_majority_has_it() -> None:
    n1 = QuorumStore("n1", ["n2", "n3"])
    effects(n1, "c1", Request(7, "write", "x", 5))
    effects(n1, "n2", QueryReply(7, Tag(), None))
    done = [CancelTimer(ResendDue(7)), Send("c1", Reply(7, None))]
    assert effects(n1, "n3", UpdateAck(7)) == done
    assert effects(n1, "n2", UpdateAck(7)) == []


def test_a_read_stores_what_it_found_before_it_answers() -> None:
    n1 = QuorumStore("n1", ["n2", "n3"])
    effects(n1, "c1", Request(7, "read", "x"))
    update = Update(7, "x", Tag(4, 2), 9)
    assert Send("n3", update) in effects(n1, "n2", QueryReply(7, Tag(4, 2), 9))
    assert effects(n1, "n2", UpdateAck(7))[-1] == Send("c1", Reply(7, 9))


def test_the_one_round_read_does_not() -> None:
    n1 = OneRoundReadStore("n1", ["n2", "n3"])
    effects(n1, "c1", Request(7, "read", "x"))
    done = [CancelTimer(ResendDue(7)), Send("c1", Reply(7, 9))]
    assert effects(n1, "n2", QueryReply(7, Tag(4, 2), 9)) == done


def test_the_quick_read_answers_at_once_what_a_write_quorum_holds() -> None:
    n1 = QuickReadStore("n1", ["n2", "n3"])
    effects(n1, "n2", Update(3, "x", Tag(4, 2), 9))
    effects(n1, "c1", Request(7, "read", "x"))
    assert effects(n1, "n2", QueryReply(7, Tag(4, 2), 9))[-1] == Send("c1", Reply(7, 9))


def test_the_quick_read_of_a_newer_value_stores_it_first() -> None:
    n1 = QuickReadStore("n1", ["n2", "n3"])
    effects(n1, "c1", Request(7, "read", "x"))
    assert Send("n3", Update(7, "x", Tag(4, 2), 9)) in effects(
        n1, "n2", QueryReply(7, Tag(4, 2), 9)
    )


def test_a_replica_keeps_what_is_newer_and_confirms_both() -> None:
    n1 = QuorumStore("n1", ["n2", "n3"])
    newer, older = Update(8, "x", Tag(2, 8), 6), Update(7, "x", Tag(2, 7), 5)
    assert effects(n1, "n2", newer) == [Write(Stored("x", Tag(2, 8), 6)), Send("n2", UpdateAck(8))]
    assert effects(n1, "n2", older) == [Send("n2", UpdateAck(7))]
    assert effects(n1, "n2", Query(9, "x")) == [Send("n2", QueryReply(9, Tag(2, 8), 6))]


def test_reading_what_was_never_written_writes_nothing() -> None:
    n1 = QuorumStore("n1", ["n2", "n3"])
    asked = effects(n1, "c1", Request(7, "read", "x"), UpdateAck(7))
    found = effects(n1, "n2", QueryReply(7, Tag(), None))
    assert not [effect for effect in [*asked, *found] if isinstance(effect, Write)]


def test_a_repeated_answer_counts_once() -> None:
    n1 = QuorumStore("n1", ["n2", "n3", "n4", "n5"])
    effects(n1, "c1", Request(7, "read", "x"))
    assert effects(n1, "n2", *[QueryReply(7, Tag(4, 2), 9)] * 3) == []


def test_answers_to_the_first_phase_do_not_count_for_the_second() -> None:
    n1 = QuorumStore("n1", ["n2", "n3", "n4", "n5"])
    effects(n1, "c1", Request(7, "read", "x"))
    for peer in ("n2", "n3"):
        effects(n1, peer, QueryReply(7, Tag(), None))
    assert [effects(n1, peer, QueryReply(7, Tag(), None)) for peer in ("n4", "n5")] == [[], []]


def test_what_is_not_answered_is_sent_again_to_those_who_are_silent_and_then_forgotten() -> None:
    n1 = QuorumStore("n1", ["n2", "n3", "n4", "n5"], attempts=2)
    effects(n1, "c1", Request(7, "read", "x"))
    effects(n1, "n2", QueryReply(7, Tag(), None))
    handle_timer(n1, ResendDue(7))
    again = take_effects(n1)
    assert again[:-1] == [Send(peer, Query(7, "x")) for peer in ("n3", "n4", "n5")]
    handle_timer(n1, ResendDue(7))
    assert (take_effects(n1), n1.phases) == ([], {})


def test_a_replica_that_starts_again_holds_the_last_record_of_each_key() -> None:
    n1 = QuorumStore("n1", ["n2", "n3"])
    n1.on_start([Stored("x", Tag(1, 1), 5), Stored("y", Tag(1, 2), 6), Stored("x", Tag(2, 3), 7)])
    assert effects(n1, "n2", Query(9, "x")) == [Send("n2", QueryReply(9, Tag(2, 3), 7))]


@pytest.mark.parametrize("name", ["read_quorum", "write_quorum"])
@pytest.mark.parametrize("size", [0, 4, -1, 1.5])
def test_an_impossible_quorum_is_refused(name: str, size: Any) -> None:
    with pytest.raises(ValueError, match=f"{name}={size}: with 3 replicas it must be from 1 to 3"):
        QuorumStore("n1", ["n2", "n3"], **{name: size})


def test_a_client_that_hears_nothing_does_not_know() -> None:
    client = StoreClient("c1", "n1", timeout_ms=50)
    client.on_invoke(Invocation(3, "write", "x", 5))
    asked = [Send("n1", Request(3, "write", "x", 5)), SetTimer(Unanswered(3), 50, 50)]
    assert take_effects(client) == asked
    handle_timer(client, Unanswered(3))
    handle_message(client, "n1", Reply(3, None))
    assert take_effects(client) == [CancelTimer(Unanswered(3)), Complete(3, "unknown", "no answer")]


def test_a_client_waits_for_some_time() -> None:
    with pytest.raises(ValueError, match="timeout_ms=0: it must be above 0"):
        StoreClient("c1", "n1", timeout_ms=0)


def test_the_textbook_store_reads_what_is_here_and_writes_to_all() -> None:
    n1 = MajorityWriteStore("n1", ["n2", "n3"])
    put = Put(7, "x", 5)
    assert effects(n1, "c1", Request(7, "write", "x", 5)) == [
        SetTimer(MajorityDue(7), 60, 60), Send("n2", put), Send("n3", put), Write(put),
    ]  # fmt: skip
    assert effects(n1, "c2", Request(8, "read", "x")) == [Send("c2", Reply(8, 5))]
    assert effects(n1, "n3", PutAck(7)) == [CancelTimer(MajorityDue(7)), Send("c1", Reply(7, None))]


def test_three_of_five_are_a_majority_of_the_textbook_store() -> None:
    n1 = MajorityWriteStore("n1", ["n2", "n3", "n4", "n5"])
    effects(n1, "c1", Request(7, "write", "x", 5))
    assert effects(n1, "n2", PutAck(7)) == []
    assert effects(n1, "n3", PutAck(7))[-1] == Send("c1", Reply(7, None))


def test_the_textbook_store_keeps_what_it_calls_failed() -> None:
    n1 = MajorityWriteStore("n1", ["n2", "n3"])
    effects(n1, "c1", Request(7, "write", "x", 5))
    handle_timer(n1, MajorityDue(7))
    assert take_effects(n1) == [Send("c1", NoMajority(7))]
    assert effects(n1, "c2", Request(8, "read", "x")) == [Send("c2", Reply(8, 5))]


def test_the_trusting_client_says_failed() -> None:
    client = TrustingClient("c1", "n1")
    client.on_invoke(Invocation(3, "write", "x", 5))
    take_effects(client)
    handle_message(client, "n1", NoMajority(3))
    assert take_effects(client)[-1] == Complete(3, "fail", "no majority")


# --- sentences -----------------------------------------------------------------------------------

INVERSION = [
    At(15, Cut("n1", "n2")), At(15, Cut("n1", "n3")), At(15, Cut("n2", "n3")),
    At(25, Heal("n1", "n2")), At(40, Heal("n2", "n3")), At(200, Heal()),
]  # fmt: skip


def inversion(kind: type[QuorumStore]) -> World:
    """A write that only n1 holds for a while; a read at n2 that asks n1, and after it one at n3 that asks n2."""
    clients = [StoreClient(f"c{n}", f"n{n}") for n in (1, 2, 3)]
    network = Network(Constant(10))
    world = World([*clients, *cluster(kind, NAMES[:3])], network=network, plan=INVERSION)
    world.submit("c1", [("write", "x", 1)], start_ms=0)
    world.submit("c2", [("read", "x")], start_ms=26)
    return world.submit("c3", [("read", "x")], start_ms=68 if kind is QuorumStore else 47).run()


def test_readers_must_write_too() -> None:
    """Attiya, Bar-Noy and Dolev 1995: without the second phase of a read, a later read may return an older value."""
    world = inversion(OneRoundReadStore)
    _, first, second = world.history
    assert (first.result, second.result) == (1, None)
    assert first.before(second)
    verdict = checkers.linearizable(world.history)
    assert verdict.ok is False
    assert {first.id, second.id} <= {*verdict.refuting}
    assert [op.result for op in inversion(QuorumStore).history] == [None, 1, 1]


def divided(read_quorum: int, write_quorum: int) -> World:
    """A write and a read on each side of a partition of five: three replicas and two."""
    plan = [At(50, Partition({"n1", "n2"}, {"n3", "n4", "n5"})), At(500, Heal())]
    nodes = cluster(QuorumStore, NAMES, read_quorum=read_quorum, write_quorum=write_quorum)
    clients = [StoreClient("c1", "n1"), StoreClient("c5", "n5")]
    world = World([*clients, *nodes], network=Network(Constant(5)), plan=plan)
    world.submit("c1", [("write", "x", 1), ("read", "x")], start_ms=100, think_ms=30)
    world.submit("c5", [("write", "x", 2), ("read", "x")], start_ms=110, think_ms=30)
    return world.run(until_ms=1_000)


def test_the_side_with_a_majority_goes_on_and_the_other_one_does_not_know() -> None:
    history = divided(3, 3).history
    assert [op.status for op in history.by_process("c1")] == ["unknown", "unknown"]
    assert [op.outcome() for op in history.by_process("c5")] == ["ok", "ok 2"]


def test_quorums_that_need_not_meet_answer_on_both_sides_and_are_not_linearizable() -> None:
    """Gilbert and Lynch 2002, theorem 1: no atomic object answers on both sides of a partition."""
    for quorums in ((1, 1), (2, 2), (1, 2), (2, 1)):
        history = divided(*quorums).history
        assert [op.status for op in history] == ["ok"] * 4
        assert checkers.linearizable(history).ok is False


@pytest.mark.parametrize("read_quorum", range(1, 6))
@pytest.mark.parametrize("write_quorum", range(1, 6))
def test_a_quorum_larger_than_the_side_waits(read_quorum: int, write_quorum: int) -> None:
    """Every operation needs both quorums: a write reads tags, and a read writes back."""
    history = divided(read_quorum, write_quorum).history
    needed = max(read_quorum, write_quorum)
    for client, side in (("c1", 2), ("c5", 3)):
        status = "ok" if needed <= side else "unknown"
        assert {op.status for op in history.by_process(client)} == {status}
    if read_quorum + write_quorum > len(NAMES):
        assert checkers.linearizable(history).ok in (True, None)


def test_a_write_that_nobody_answered_may_still_take_effect() -> None:
    plan = [At(0, Partition({"n1"}, {"n2", "n3"})), At(110, Heal())]
    clients = [StoreClient("c1", "n1"), StoreClient("c2", "n2")]
    nodes = cluster(QuorumStore, NAMES[:3], attempts=10)
    world = World([*clients, *nodes], network=Network(Constant(5)), plan=plan)
    world.submit("c1", [("write", "x", 1)], start_ms=1)
    world.submit("c2", [("read", "x")], start_ms=200).run()
    assert [op.outcome() for op in world.history] == ["unknown no answer", "ok 1"]
    assert checkers.linearizable(world.history).ok


def test_a_write_that_failed_is_read_in_the_textbook_store() -> None:
    plan = [At(0, Partition({"n1"}, {"n2", "n3"})), At(110, Heal())]
    clients = [TrustingClient("c1", "n1"), TrustingClient("c2", "n1")]
    world = World([*clients, *cluster(MajorityWriteStore, NAMES[:3])], plan=plan)
    world.submit("c1", [("write", "x", 1)], start_ms=1)
    world.submit("c2", [("read", "x")], start_ms=200).run()
    assert [op.outcome() for op in world.history] == ["fail no majority", "ok 1"]
    assert checkers.linearizable(world.history).ok is False


def test_two_writes_at_once_leave_the_textbook_replicas_apart_for_ever() -> None:
    """Without versions, what arrives last stays, and messages arrive in another order at each replica."""
    clients = [TrustingClient("c1", "n1"), TrustingClient("c3", "n3")]
    world = World([*clients, *cluster(MajorityWriteStore, NAMES[:3])], network=Network(Constant(5)))
    world.submit("c1", [("write", "x", 1)], 0).submit("c3", [("write", "x", 2)], 1).run()
    assert [op.status for op in world.history] == ["ok", "ok"]
    assert [world.nodes[name].state()["data"] for name in NAMES[:3]] == [
        {"x": 2},
        {"x": 2},
        {"x": 1},
    ]


def test_an_operation_takes_two_rounds_and_four_messages_a_peer() -> None:
    world = World(
        [StoreClient("c1", "n1"), *cluster(QuorumStore, NAMES)], network=Network(Constant(5))
    )
    world.submit("c1", [("write", "x", 1), ("read", "x")]).run()
    sent = [event for event in world.trace.kinds("send") if {event.node, event.peer} <= {*NAMES}]
    assert len(sent) == 2 * 4 * (len(NAMES) - 1)
    assert world.history.latencies_ms() == [20, 20]


# --- mutants -------------------------------------------------------------------------------------


class AsksNobody(QuorumStore):
    """Makes the new tag from its own copy alone."""

    def on_request(self, sender: str, request: Request) -> None:
        if request.f == "read":
            super().on_request(sender, request)
            return
        stored = self._answer_query(Query(request.op, request.key))
        tag = Tag(stored.tag.counter + 1, request.op)
        update = Update(request.op, request.key, tag, request.value)
        self.begin(Phase(sender, request, update))


class KeepsWhatComesLast(QuorumStore):
    """Stores every update, whatever it holds."""

    def _store(self, update: Update) -> UpdateAck:
        self.stored.pop(update.key, None)
        return super()._store(update)


class TagsWithoutANumber(QuorumStore):
    """Leaves the operation's number out of the tag."""

    def begin(self, phase: Phase) -> None:
        if isinstance(phase.sent, Update):
            tag = replace(phase.sent.tag, op=min(phase.sent.tag.op, 0))
            phase = replace(phase, sent=replace(phase.sent, tag=tag))
        super().begin(phase)


class ForgetsAtRestart(QuorumStore):
    """Starts again without its log."""

    def on_start(self, log: object) -> None:
        pass


class CountsEveryAnswer(QuorumStore):
    """Takes repeated answers of one replica for those of several."""

    def _add_reply(
        self, sender: str, answer: QueryReply | UpdateAck, to: type[Query | Update]
    ) -> Phase | None:
        phase = self.phases.get(answer.op)
        if phase is None or not isinstance(phase.sent, to):
            return None
        self.phases[answer.op] = replace(phase, replies=(*phase.replies, (sender, answer)))
        return self.phases[answer.op]


class MixesPhases(QuorumStore):
    """Counts late answers of the first phase for the second one as well."""

    def on_query_reply(self, sender: str, reply: QueryReply) -> None:
        phase = self.phases.get(reply.op)
        if phase is not None and isinstance(phase.sent, Update):
            self.on_update_ack(sender, UpdateAck(reply.op))
        else:
            super().on_query_reply(sender, reply)


class NeedsOneLess(QuorumStore):
    """Is content with write quorums that need not meet read quorums."""

    def __init__(self, id: str, peers: Any = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.write_quorum -= 1


CALM, LOSSY = (MIDDLE, 0.5, 20), (WIDE, 0.8, 5)


@pytest.mark.parametrize(
    ("mutant", "reason", "setting", "first"),
    [
        (AsksNobody, "not linearizable", CALM, 290),
        (KeepsWhatComesLast, "an older tag after a newer one", CALM, 0),
        (TagsWithoutANumber, "two values with one tag", CALM, 0),
        (ForgetsAtRestart, "an older tag after a newer one", CALM, 0),
        (CountsEveryAnswer, "not linearizable", CALM, 0),
        (MixesPhases, "not linearizable", CALM, 10),
        (NeedsOneLess, "not linearizable", LOSSY, 60),
        (OneRoundReadStore, "not linearizable", LOSSY, 230),
    ],
)
def test_every_mutant_is_caught(
    mutant: type[Node], reason: str, setting: tuple[Any, float, int], first: int
) -> None:
    """One of the ten seeds from ``first`` on catches it."""
    two_alone = [
        At(0, SetLink("n2", "n1", duplicate=1.0)), At(0, Partition({"n1", "n2"}, {"n3", "n4", "n5"})),
    ]  # fmt: skip
    assert any(
        wrong(storing(mutant, plan, seed, *setting)) == reason
        for seed in range(first, first + 10)
        for plan in (two_alone, _plan(seed))
    )


# --- seeds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("latency", [MIDDLE, WIDE])
def test_seeds_refute_the_textbook_store_and_not_the_repaired_ones(latency: Latency) -> None:
    seeds = dealt(SEEDS, [MIDDLE, WIDE].index(latency), 2)
    for kind in (QuorumStore, QuickReadStore):
        found = Counter(wrong(storing(kind, _plan(seed), seed, latency)) for seed in seeds)
        assert found == {None: len(seeds)}
    some = a_part(seeds)
    reasons = Counter(
        wrong(storing(MajorityWriteStore, _plan(seed), seed, latency)) for seed in some
    )
    share = reasons["not linearizable"] / len(some)
    print(f"the same plans refute the textbook store in {share:.1%} of {len(some)} seeds")
    assert share > 0.5, reasons


@pytest.mark.parametrize(("read_quorum", "write_quorum"), [(2, 4), (4, 2), (1, 5), (5, 1), (4, 4)])
def test_seeds_do_not_refute_other_quorums_that_meet(read_quorum: int, write_quorum: int) -> None:
    settings = {"read_quorum": read_quorum, "write_quorum": write_quorum}
    found = {wrong(storing(QuorumStore, _plan(n), n, WIDE, 0.8, **settings)) for n in SEEDS[:100]}
    assert found == {None}


@once
def test_the_smallest_plan_that_breaks_the_textbook_store_is_one_partition() -> None:
    """With one writer and readers that come later, so that no read is stale without a fault."""

    def judge(kind: type[Node]) -> sweep.Judge:
        return lambda plan: calm(kind, plan)

    found = sweep.search(judge(MajorityWriteStore), NAMES, BUDGET, SOME)
    assert 0.05 < found.share < 0.9, found
    assert len(found.plan) <= 2
    assert sweep.search(judge(QuorumStore), NAMES, BUDGET, SEEDS[:150])


def calm(kind: type[Node], plan: list[At]) -> Verdict:
    """Judge the history of clients that take turns, 60 ms apart."""
    client = TrustingClient if kind is MajorityWriteStore else StoreClient
    nodes = [*(client(f"c{name[1:]}", name) for name in NAMES), *cluster(kind, NAMES)]
    world = World(nodes, 1, Network(MIDDLE), plan)
    for turn in range(10):
        op = ("read", "x") if turn % 2 else ("write", "x", turn)
        world.submit(f"c{1 + turn * 3 % 5}", [op], start_ms=10 + 60 * turn)
    return checkers.linearizable(world.run(until_ms=3_000).history)


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:25]:
        world = storing(QuorumStore, _plan(seed), seed)
        trace, history = world.trace, world.history
        seen["overlapping operations"] += (
            "0 concurrent" not in checkers.linearizable(history).judged
        )
        seen["crash with records"] += any(event.id for event in trace.kinds("restart"))
        seen["crash in an operation"] += bool(
            {e.node for e in trace.kinds("crash")} & open_at(world)
        )
        seen["partition in a write"] += written_apart(world)
        seen["sent again"] += any(isinstance(e.what, ResendDue) for e in trace.kinds("timer"))
        seen["unknown write"] += any(op.f == "write" for op in history.unknown)
        seen["unknown write that was read"] += unknown_and_read(history)
    assert len(seen) == 7
    assert min(seen.values()) > 0, seen


def unknown_and_read(history: History) -> bool:
    """True if a write that ended as unknown was read."""
    unknown = {op.value for op in history.unknown if op.f == "write"}
    return any(op.result in unknown for op in history.ok if op.f == "read")


def open_at(world: World) -> set[str]:
    """The replicas whose clients had an operation that ended as unknown."""
    return {f"n{op.process[1:]}" for op in world.history.unknown}


def written_apart(world: World) -> bool:
    """True if a write was under way when a partition began."""
    starts = [e.index for e in world.trace.kinds("fault") if isinstance(e.what, Partition)]
    writes = [op for op in world.history if op.f == "write"]
    return any(op.invoked < start < op.end for start in starts for op in writes)


def test_the_golden_trace_of_a_read_that_completes_a_write() -> None:
    world = inversion(QuorumStore)
    assert_golden("quorum_store", f"{world.trace}\n\n{world.history}\n")
