"""The store with one write order: one event at a time, the sentences of its source, mutants, and faulted seeds."""

from __future__ import annotations

from collections import Counter

import pytest

from dscourse import checkers
from dscourse.core.dispatch import handle_timer
from dscourse.node import Node, Reply, Send, SetTimer, Write, cluster, take_effects
from dscourse.protocols.sequential_store import (
    EntriesDue,
    Entry,
    OrderedReadStore,
    Propose,
    RequestEntries,
    SequentialStore,
    one_order,
)
from dscourse.protocols.stores import Request, StoreClient
from dscourse.protocols.textbook.sequential_store import ArrivalOrderStore, LogOnlyStore, Recorded
from dscourse.sim import At, Constant, Crash, Link, Network, Restart, World
from tests.protocols.golden import assert_golden
from tests.protocols.replicas import NAMES, SEEDS, answers, coverage, plan_of, storing
from tests.protocols.steps import effects

WRITE, READ = Request(7, "write", "x", 5), Request(8, "read", "x")


def wrong(world: World, model: str = "sequential") -> str | None:
    """Return how the run breaks the promises of `dscourse.protocols.sequential_store`, or None."""
    logs = {name: world.log(name) for name in NAMES}
    if not one_order(logs):
        return "two orders"
    if len({len(log) for log in logs.values()}) > 1:
        return "a replica that has not got all"
    if any(len(node.order) != len(world.log(name)) for name, node in replicas(world).items()):
        return "a replica that forgot"
    verdict = checkers.BY_NAME[model](world.history)
    return None if verdict.ok else f"not {verdict.model}"


def replicas(world: World) -> dict[str, SequentialStore]:
    return {name: node for name, node in world.nodes.items() if isinstance(node, SequentialStore)}


# --- step ----------------------------------------------------------------------------------------


def test_a_write_is_proposed_to_the_sequencer_and_not_answered() -> None:
    n2 = SequentialStore("n2", ["n1", "n3"])
    assert effects(n2, "c2", WRITE) == [Send("n1", Propose(WRITE))]


def test_the_sequencer_makes_an_entry_durable_then_answers_its_client_then_tells_all() -> None:
    n1, entry = SequentialStore("n1", ["n2", "n3"]), Entry(0, WRITE)
    assert effects(n1, "c1", WRITE) == [
        Write(entry), Send("c1", Reply(7)), Send("n2", entry), Send("n3", entry),
    ]  # fmt: skip


def test_a_proposal_that_comes_twice_gets_one_index() -> None:
    n1 = SequentialStore("n1", ["n2"])
    effects(n1, "n2", Propose(WRITE))
    assert effects(n1, "n2", Propose(WRITE)) == [Send("n2", Entry(0, WRITE))]


def test_a_write_is_answered_when_it_is_applied_here() -> None:
    n2, entry = SequentialStore("n2", ["n1"]), Entry(0, WRITE)
    assert effects(n2, "c2", WRITE, entry) == [Write(entry), Send("c2", Reply(7))]
    assert effects(n2, "c2", READ) == [Send("c2", Reply(8, 5))]


def test_an_entry_that_arrives_early_is_buffered_and_the_gap_is_requested() -> None:
    n2 = SequentialStore("n2", ["n1"])
    first, second = Entry(0, WRITE), Entry(1, Request(9, "write", "x", 6))
    assert effects(n2, "n1", second) == [Send("n1", RequestEntries(0))]
    assert effects(n2, "c2", READ) == [Send("c2", Reply(8, None))]
    assert effects(n2, "n1", first) == [Write(first), Write(second)]
    assert effects(n2, "n1", first) == []
    assert effects(n2, "c2", READ) == [Send("c2", Reply(8, 6))]


def test_the_sequencer_sends_all_entries_from_the_first_that_is_missing() -> None:
    n1 = SequentialStore("n1", ["n2"])
    requests = [Request(op, "write", "x", op) for op in range(3)]
    effects(n1, "n2", *map(Propose, requests))
    assert effects(n1, "n2", RequestEntries(1)) == [
        Send("n2", Entry(n, requests[n])) for n in (1, 2)
    ]
    assert effects(n1, "n2", RequestEntries(3)) == []


def test_a_replica_proposes_again_and_asks_again_until_it_has_the_entry() -> None:
    n2 = SequentialStore("n2", ["n1"], ask_ms=9)
    effects(n2, "c2", WRITE)
    handle_timer(n2, EntriesDue())
    again = SetTimer(EntriesDue(), 9, 9)
    assert take_effects(n2) == [Send("n1", Propose(WRITE)), Send("n1", RequestEntries(0)), again]
    effects(n2, "n1", Entry(0, WRITE))
    handle_timer(n2, EntriesDue())
    assert take_effects(n2) == [Send("n1", RequestEntries(1)), again]


def test_a_replica_that_starts_again_has_its_entries_from_the_log() -> None:
    n2 = SequentialStore("n2", ["n1"])
    n2.on_start([Entry(0, WRITE)])
    assert take_effects(n2) == [SetTimer(EntriesDue(), 20, 20)]
    assert effects(n2, "c2", READ) == [Send("c2", Reply(8, 5))]


def test_with_ordered_reads_a_read_is_answered_with_the_value_at_its_index() -> None:
    n2 = OrderedReadStore("n2", ["n1"])
    assert effects(n2, "c2", READ) == [Send("n1", Propose(READ))]
    entries = [Entry(0, WRITE), Entry(1, READ)]
    assert effects(n2, "n1", *entries) == [Write(entries[1]), Send("c2", Reply(8, 5))]


@pytest.mark.parametrize("ask_ms", [0, -1, float("nan")])
def test_an_interval_that_is_none_is_refused(ask_ms: float) -> None:
    with pytest.raises(ValueError, match=r"ask_ms=.*: it must be above 0"):
        SequentialStore("n1", ["n2"], ask_ms)


def test_the_textbook_stores_append_what_comes_and_the_first_has_no_read() -> None:
    recorded = Recorded(0, "x", 5, 0.0, "n1")
    for kind, read in ((LogOnlyStore, "unknown no answer"), (ArrivalOrderStore, "ok 5")):
        world = World([StoreClient("c1", "n1"), *cluster(kind, ["n1", "n2"])])
        world.submit("c1", [("write", "x", 5), ("read", "x")], start_ms=0).run(until_ms=200)
        assert world.log("n1")[0] == recorded
        assert world.history[1].outcome() == read


# --- sentences -----------------------------------------------------------------------------------

SLOW = Network(Constant(5), links={("n1", "n3"): Link(Constant(60))})


def behind(kind: type[Node]) -> World:
    """A write is answered at n2, and then read at n3, which hears of it late."""
    clients = [StoreClient(f"c{n}", f"n{n}") for n in (2, 3)]
    world = World([*clients, *cluster(kind, NAMES)], network=SLOW)
    world.submit("c2", [("write", "x", 1)], start_ms=1)
    return world.submit("c3", [("read", "x")] * 2, start_ms=20, think_ms=60).run(until_ms=300)


def test_it_is_sequentially_consistent_and_not_linearizable() -> None:
    """Lamport 1979: the operations of each processor appear in its order; of time nothing is said."""
    history = behind(SequentialStore).history
    assert [op.result for op in history if op.f == "read"] == [None, 1]
    assert history[0].before(history[1])
    assert checkers.sequential(history).ok
    assert checkers.linearizable(history).ok is False


def test_ordered_reads_make_it_linearizable_and_cost_as_much_as_a_write() -> None:
    history = behind(OrderedReadStore).history
    assert [op.result for op in history if op.f == "read"] == [1, 1]
    assert history.latencies_ms() == [10.0, 65.0, 65.0]


def test_a_read_takes_no_time_and_a_write_two_message_delays() -> None:
    """Attiya and Welch 1994: sequential consistency allows one kind of operation to be instantaneous."""
    world = World(
        [StoreClient("c2", "n2"), *cluster(SequentialStore, NAMES)], network=Network(Constant(5))
    )
    world.submit("c2", [("write", "x", 1), ("read", "x")], start_ms=1).run(until_ms=15)
    assert world.history.latencies_ms() == [10, 0]
    sent = world.trace.kinds("send")
    assert sum(isinstance(e.what, Propose | Entry) for e in sent) == len(NAMES)


def test_the_literal_textbook_store_leaves_nothing_to_judge() -> None:
    verdict = checkers.sequential(storing(LogOnlyStore, []).history)
    assert (verdict.ok, verdict.reason) == (None, "nothing to judge: no operation told its result")


def test_while_the_sequencer_is_down_reads_are_answered_and_writes_are_not() -> None:
    plan = [At(5, Crash("n1")), At(150, Restart("n1"))]
    clients = [StoreClient("c2", "n2")]
    world = World([*clients, *cluster(SequentialStore, NAMES)], plan=plan)
    world.submit("c2", [("write", "x", 1), ("read", "x")], start_ms=10)
    world.submit("c2", [("read", "x")], start_ms=200).run(until_ms=300)
    assert [op.outcome() for op in world.history] == ["unknown no answer", "ok", "ok 1"]
    assert checkers.sequential(world.history).ok


# --- mutants -------------------------------------------------------------------------------------


class AppliesWhatComes(SequentialStore):
    """Fills no gap: applies an early entry as the next one."""

    def on_entry(self, sender: str, entry: Entry) -> None:
        if all(entry.request.op != known.request.op for known in self.order):
            self._log(entry)


class NeverAsks(SequentialStore):
    """Relies on what is sent to it."""

    def on_start(self, log: object) -> None:
        super().on_start(log)  # type: ignore[arg-type]
        self.cancel_timer(EntriesDue())


class OrdersTwice(SequentialStore):
    """Gives each proposal a new index."""

    def on_propose(self, sender: str, propose: Propose) -> None:
        entry = Entry(len(self.order), propose.request)
        self._log(entry)
        self.broadcast(entry)


class AnswersAtOnce(SequentialStore):
    """Answers a write before it is applied here: a client does not see its own write."""

    def on_request(self, sender: str, request: Request) -> None:
        super().on_request(sender, request)
        if request.op in self.proposed:
            self.proposed[request.op] = ("", request)
            self.reply(sender, request.op)


class ForgetsAtRestart(SequentialStore):
    """Starts again without its log."""

    def on_start(self, log: object) -> None:
        super().on_start(())


class AppliesEarlyOnes(SequentialStore):
    """Shows an entry to readers before the one in front of it has come."""

    def on_entry(self, sender: str, entry: Entry) -> None:
        super().on_entry(sender, entry)
        if entry.index in self.out_of_order:
            self.data[entry.request.key] = entry.request.value


@pytest.mark.parametrize(
    ("mutant", "reason"),
    [
        (AppliesWhatComes, "two orders"),
        (NeverAsks, "a replica that has not got all"),
        (OrdersTwice, "two orders"),
        (AnswersAtOnce, "not sequential"),
        (ForgetsAtRestart, "two orders"),
        (AppliesEarlyOnes, "not sequential"),
    ],
)
def test_every_mutant_is_caught(mutant: type[Node], reason: str) -> None:
    assert any(wrong(storing(mutant, plan_of(seed), seed)) == reason for seed in range(150))


# --- seeds ---------------------------------------------------------------------------------------


def test_seeds_refute_the_textbook_store_and_not_the_repaired_one() -> None:
    reasons = Counter(wrong(storing(SequentialStore, plan_of(seed), seed)) for seed in SEEDS)
    assert reasons == {None: len(SEEDS)}
    share = answers(ArrivalOrderStore, "sequential", SEEDS[:100])[False] / len(SEEDS[:100])
    print(f"the same plans refute the textbook store in {share:.1%} of {len(SEEDS[:100])} seeds")
    assert share > 0.5


def test_seeds_show_that_it_is_not_linearizable_unless_reads_are_ordered() -> None:
    share = answers(SequentialStore, "linearizable", SEEDS[:150])[False] / len(SEEDS[:150])
    print(f"the store with local reads is not linearizable in {share:.1%} of the seeds")
    assert share > 0.5
    found = {
        wrong(storing(OrderedReadStore, plan_of(seed), seed), "linearizable") for seed in SEEDS
    }
    assert found == {None}


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:100]:
        world = storing(SequentialStore, plan_of(seed), seed)
        seen += coverage(world)
        seen["a gap asked for"] += any(
            isinstance(one.what, Entry)
            and isinstance(two.what, RequestEntries)
            and two.kind == "send"
            for one, two in zip(world.trace, world.trace[1:], strict=False)
        )
    assert len(seen) == 7
    assert min(seen.values()) > 0, seen


def test_the_golden_trace_of_a_replica_that_is_behind() -> None:
    world = behind(SequentialStore)
    assert_golden("sequential_store", f"{world.trace[:40]}\n\n{world.history}\n")
