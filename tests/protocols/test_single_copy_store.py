"""The store with one copy: one event at a time, the sentences of its sources, mutants, and faulted seeds."""

from __future__ import annotations

from collections import Counter

import pytest

from dscourse import checkers
from dscourse.core.dispatch import handle_timer
from dscourse.node import Client, Invocation, Node, Reply, Send, SetTimer, Write, take_effects
from dscourse.protocols.single_copy_store import (
    InsistentClient,
    RetryDue,
    SingleCopyStore,
    Written,
    carried_out_once,
)
from dscourse.protocols.stores import Request, StoreClient, Unanswered
from dscourse.protocols.textbook.single_copy_store import LockedMap
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    Exponential,
    Link,
    Network,
    Restart,
    World,
    random_plan,
)
from dscourse.sim.streams import stream
from tests.effort import a_part
from tests.protocols.golden import assert_golden
from tests.protocols.replicas import SEEDS
from tests.protocols.steps import effects

CLIENTS = ("c1", "c2", "c3", "c4")
LINKS = Budget(horizon_ms=400, menu=("loss", "duplicate", "cut", "hold"))
SERVER = Budget(horizon_ms=400, menu=("crash", "crash_during", "pause"), longest_ms=80, faults=2)
FAR = Network(client=Link(Exponential(6, 1), loss=0.05, duplicate=0.1))
WRITE, READ = Request(7, "write", "x", 5), Request(8, "read", "x")


def plan_of(seed: int) -> list[At]:
    """Random faults of the links to the server and of the server itself; all is well again from 400 ms on."""
    plan = random_plan(seed, ["n1", *CLIENTS], LINKS) + random_plan(seed, ["n1"], SERVER)
    return sorted(plan, key=lambda entry: entry.ms)


def storing(
    kind: type[Node], plan: list[At], seed: int = 1, client: type[StoreClient] = InsistentClient
) -> World:
    """One server and four clients behind a network, who make twelve operations each on one key."""
    nodes: list[Node] = [client(name, "n1") for name in CLIENTS]
    world = World([*nodes, kind("n1")], seed, FAR, plan)
    for index, name in enumerate(CLIENTS):
        draws = stream(seed, "work", name)
        work: list[tuple[object, ...]] = [
            ("read", "x") if draws.random() < 0.6 else ("write", "x", 100 * index + n)
            for n in range(12)
        ]
        world.submit(name, work, start_ms=10 + 3 * index, think_ms=20)
    return world.run(until_ms=3_000)


def wrong(world: World) -> str | None:
    """Return how the run breaks the promises of `dscourse.protocols.single_copy_store`, or None."""
    if not carried_out_once(world.log("n1")):
        return "a write twice"
    verdict = checkers.linearizable(world.history)
    return None if verdict.ok else "not linearizable"


# --- step ----------------------------------------------------------------------------------------


def test_a_write_is_durable_before_it_is_answered() -> None:
    server = SingleCopyStore("n1")
    assert effects(server, "c1", WRITE) == [Write(Written(7, "x", 5)), Send("c1", Reply(7))]
    assert effects(server, "c1", READ) == [Send("c1", Reply(8, 5))]


def test_a_write_that_is_asked_for_again_is_answered_and_not_carried_out() -> None:
    """Saltzer, Reed and Clark 1984, section 3: only the application can tell that a request is a duplicate."""
    server = SingleCopyStore("n1")
    effects(server, "c1", WRITE, Request(9, "write", "x", 6))
    assert effects(server, "c1", WRITE) == [Send("c1", Reply(7))]
    assert effects(server, "c1", READ) == [Send("c1", Reply(8, 6))]


def test_a_server_that_starts_again_knows_what_it_has_written_and_for_which_requests() -> None:
    server = SingleCopyStore("n1")
    server.on_start([Written(7, "x", 5)])
    assert take_effects(server) == []
    assert effects(server, "c1", READ) == [Send("c1", Reply(8, 5))]
    assert effects(server, "c1", WRITE) == [Send("c1", Reply(7))]


def test_an_insistent_client_asks_again_until_it_has_an_answer() -> None:
    client = InsistentClient("c1", "n1", timeout_ms=90, retry_ms=30)
    client.on_invoke(Invocation(7, "write", "x", 5))
    again = SetTimer(RetryDue(WRITE), 30, 30)
    assert take_effects(client) == [Send("n1", WRITE), SetTimer(Unanswered(7), 90, 90), again]
    handle_timer(client, RetryDue(WRITE))
    assert take_effects(client) == [Send("n1", WRITE), again]
    effects(client, "n1", Reply(7))
    handle_timer(client, RetryDue(WRITE))
    assert take_effects(client) == []


@pytest.mark.parametrize("retry_ms", [0, -1, float("nan")])
def test_an_interval_that_is_none_is_refused(retry_ms: float) -> None:
    with pytest.raises(ValueError, match=r"retry_ms=.*: it must be above 0"):
        InsistentClient("c1", "n1", retry_ms=retry_ms)


# --- sentences -----------------------------------------------------------------------------------


def restarted(kind: type[Node]) -> World:
    """A write is answered, the server restarts, and the value is read."""
    plan = [At(20, Crash("n1")), At(40, Restart("n1"))]
    world = World([StoreClient("c1", "n1"), kind("n1")], plan=plan)
    return world.submit("c1", [("write", "x", 5), ("read", "x")], 1, think_ms=50).run()


def test_a_map_in_memory_is_linearizable_until_its_process_ends() -> None:
    assert [op.result for op in restarted(LockedMap).history] == [None, None]
    assert checkers.linearizable(restarted(LockedMap).history).ok is False
    assert [op.result for op in restarted(SingleCopyStore).history] == [None, 5]
    quiet = Network(client=Link(Exponential(6, 1)))
    for seed in range(20):
        clients: list[Client] = [StoreClient(name, "n1") for name in CLIENTS]
        world = World([*clients, LockedMap("n1")], seed, quiet)
        for n, name in enumerate(CLIENTS):
            world.submit(name, [("write", "x", n), ("read", "x"), ("write", "x", 10 + n)], 1)
        assert checkers.linearizable(world.run().history).ok


def test_two_maps_behind_one_name_know_nothing_of_each_other() -> None:
    world = World(
        [StoreClient("c1", "n1"), StoreClient("c2", "n2"), LockedMap("n1"), LockedMap("n2")]
    )
    world.submit("c1", [("write", "x", 5)], 1).submit("c2", [("read", "x")], 50).run()
    assert checkers.linearizable(world.history).ok is False


def test_a_server_that_is_down_answers_nobody() -> None:
    world = World([StoreClient("c1", "n1"), SingleCopyStore("n1")], plan=[At(0, Crash("n1"))])
    world.submit("c1", [("read", "x")], 1).run()
    assert world.history[0].status == "unknown"


# --- mutants -------------------------------------------------------------------------------------


class AnswersFirst(SingleCopyStore):
    """Answers a write, and then makes it durable."""

    def on_request(self, sender: str, request: Request) -> None:
        if request.f == "write":
            self.reply(sender, request.op)
        super().on_request(sender, request)


class CarriesOutAgain(SingleCopyStore):
    """Remembers no request."""

    def _apply(self, written: Written) -> None:
        super()._apply(written)
        self.done.clear()


class RemembersInMemory(SingleCopyStore):
    """Remembers requests until it restarts."""

    def on_start(self, log: object) -> None:
        super().on_start(log)  # type: ignore[arg-type]
        self.done.clear()


class ForgetsAtRestart(SingleCopyStore):
    """Starts again without its log."""

    def on_start(self, log: object) -> None:
        super().on_start(())


@pytest.mark.parametrize(
    ("mutant", "reason"),
    [
        (AnswersFirst, "not linearizable"),
        (CarriesOutAgain, "a write twice"),
        (RemembersInMemory, "a write twice"),
        (ForgetsAtRestart, "not linearizable"),
    ],
)
def test_every_mutant_is_caught(mutant: type[Node], reason: str) -> None:
    assert any(wrong(storing(mutant, plan_of(seed), seed)) == reason for seed in range(300))


# --- seeds ---------------------------------------------------------------------------------------


def test_seeds_refute_the_map_in_memory_and_not_the_store() -> None:
    found = Counter(wrong(storing(SingleCopyStore, plan_of(seed), seed)) for seed in SEEDS)
    assert found == {None: len(SEEDS)}
    some = a_part(SEEDS)
    reasons = Counter(wrong(storing(LockedMap, plan_of(seed), seed)) for seed in some)
    share = reasons["not linearizable"] / len(some)
    print(f"the same plans refute the map in memory in {share:.1%} of {len(some)} seeds")
    assert share > 0.2


def test_seeds_cover_what_the_promises_are_about() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS[:25]:
        world = storing(SingleCopyStore, plan_of(seed), seed)
        trace, history = world.trace, world.history
        seen["overlapping operations"] += "0 concurrent" not in checkers.linearizable(history).judged  # fmt: skip
        seen["crash with records"] += any(event.id for event in trace.kinds("restart"))
        seen["asked again"] += any(isinstance(e.what, RetryDue) for e in trace.kinds("timer"))
        seen["repeated message"] += len(trace.kinds("duplicate")) > 0
        seen["lost message"] += len(trace.kinds("drop")) > 0
        seen["unknown write"] += any(op.f == "write" for op in history.unknown)
    assert len(seen) == 6
    assert min(seen.values()) > 0, seen


def test_the_golden_trace_of_an_answer_that_is_lost() -> None:
    network = Network(client=Link(Constant(5)), links={("n1", "c1"): Link(Constant(5), loss=1.0)})
    world = World([InsistentClient("c1", "n1"), SingleCopyStore("n1")], network=network)
    world.submit("c1", [("write", "x", 5)], 1).run(until_ms=200)
    assert_golden("single_copy_store", f"{world.trace}\n\n{world.history}\n")


def test_a_number_that_is_used_again_breaks_what_is_assumed() -> None:
    """A client that counted its own operations would begin again at the same number after a restart."""
    server = SingleCopyStore("n1")
    effects(server, "c1", WRITE)
    assert effects(server, "c1", Request(7, "write", "x", 6)) == [Send("c1", Reply(7))]
    assert effects(server, "c1", READ) == [Send("c1", Reply(8, 5))]
