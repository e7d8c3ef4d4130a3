"""Stores of transactions: each keeps its level under faulted seeds; the textbook version and mutants are refuted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from dscourse.checkers import transactions
from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.node import Complete, Invocation, Message, Node, Send, Write, take_effects
from dscourse.protocols.isolation.client import StepwiseClient
from dscourse.protocols.isolation.locking import LockingStore, WoundWaitStore
from dscourse.protocols.isolation.locks import LockTable
from dscourse.protocols.isolation.messages import (
    Aborted,
    Commit,
    Committed,
    DoStep,
    Started,
    Step,
    StepDone,
    Stored,
)
from dscourse.protocols.isolation.optimistic import OptimisticStore
from dscourse.protocols.isolation.read_committed import ReadCommittedStore
from dscourse.protocols.isolation.serializable_snapshots import SerializableSnapshotStore
from dscourse.protocols.isolation.server import Open, TransactionServer, stored_once
from dscourse.protocols.isolation.snapshots import SnapshotStore
from dscourse.protocols.stores import Unanswered
from dscourse.protocols.textbook.isolation import InPlaceStore
from dscourse.sim import At, Budget, Exponential, Link, Network, World, random_plan
from dscourse.sim.streams import stream
from tests.effort import a_part, chosen_seeds, once

CLIENTS = ("c1", "c2", "c3", "c4", "c5")
SEEDS = chosen_seeds(120)
LINKS = Budget(horizon_ms=400, menu=("loss", "duplicate", "cut", "hold"), longest_ms=300)
SERVER = Budget(horizon_ms=400, menu=("crash", "crash_during", "pause"), longest_ms=80, faults=3)
FAR = Network(client=Link(Exponential(3, 1), loss=0.03, duplicate=0.1))
LEVEL: dict[type[TransactionServer], str] = {
    ReadCommittedStore: "monotonic_atomic_view",
    SnapshotStore: "snapshot_isolation",
    SerializableSnapshotStore: "strict_serializable",
    OptimisticStore: "strict_serializable",
    LockingStore: "strict_serializable",
    WoundWaitStore: "strict_serializable",
}


def plan_of(seed: int) -> list[At]:
    """Random faults of links and server; every third seed has none, so that overlap alone decides."""
    if seed % 3 == 0:
        return []
    plan = random_plan(seed, ["n1", *CLIENTS], LINKS) + random_plan(seed, ["n1"], SERVER)
    return sorted(plan, key=lambda entry: entry.ms)


def steps_of(draws: Random, first: int, keys: str) -> tuple[Step, ...]:
    """Two to four steps on these keys, half of them appends of numbers from ``first`` on."""
    found: list[Step] = []
    for number in range(2 + int(3 * draws.random())):
        key = keys[int(len(keys) * draws.random())]
        found.append(("r", key, None) if draws.random() < 0.5 else ("append", key, first + number))
    return tuple(found)


def judged(kind: type[Node], seed: int, **settings: Any) -> World:
    """One server and five clients, who make ten transactions each on three keys."""
    clients = [StepwiseClient(name, "n1") for name in CLIENTS]
    world = World([*clients, kind("n1", **settings)], seed, FAR, plan_of(seed))
    for index, name in enumerate(CLIENTS):
        draws = stream(seed, "work", name)
        work = [("txn", None, steps_of(draws, 1000 * index + 10 * n, "xyz")) for n in range(10)]
        world.submit(name, work, start_ms=5 + 3 * index, think_ms=2)
    return world.run(until_ms=4_000)


def verdicts(kind: type[Node], seeds: Iterable[int]) -> Counter[bool | None]:
    level = next(LEVEL[base] for base in kind.__mro__ if base in LEVEL)
    judge = transactions.BY_LEVEL[level]
    return Counter(judge(judged(kind, seed).history).ok for seed in seeds)


@once
@pytest.mark.parametrize("kind", LEVEL)
def test_every_store_keeps_its_level_under_faulted_seeds(kind: type[TransactionServer]) -> None:
    judge, met = transactions.BY_LEVEL[LEVEL[kind]], Counter[str]()
    for seed in SEEDS:
        world = judged(kind, seed)
        verdict = judge(world.history)
        assert verdict.ok, (seed, verdict)
        assert stored_once(world.log("n1")).ok, seed
        met.update(op.status for op in world.history)
        met.update(event.kind for event in world.trace)
    assert met["ok"] > 15 * len(SEEDS)
    assert all(met[kind] for kind in ("unknown", "crash", "drop", "duplicate")), met


# Levels that a store does not promise, and the share of seeds that must show it.
BEYOND = [
    (InPlaceStore, "read_committed"),
    (ReadCommittedStore, "snapshot_isolation"),
    (ReadCommittedStore, "repeatable_read"),
    (SnapshotStore, "serializable"),
]


@pytest.mark.parametrize(("kind", "level"), BEYOND)
def test_seeds_refute_a_store_at_the_levels_that_it_does_not_promise(
    kind: type[TransactionServer], level: str
) -> None:
    seeds = a_part(SEEDS)
    judge = transactions.BY_LEVEL[level]
    refuted = sum(judge(judged(kind, seed).history).ok is False for seed in seeds)
    assert refuted > len(seeds) / 4


class UncheckedSnapshots(SnapshotStore):
    """Of two that overwrite one key, both commit."""

    def refusal(self, one: Open) -> str:
        return ""


class MovingSnapshots(SnapshotStore):
    """A snapshot that moves on with each step."""

    def take(self, one: Open, step: Step) -> None:
        self.snapshot[one.tx] = self.commits
        super().take(one, step)


class LatePivots(SerializableSnapshotStore):
    """A pivot that has committed is overlooked when a key is read."""

    def _reads(self, one: Open, key: Any) -> bool:
        self.conflicts[one.tx] = replace(
            self.conflicts[one.tx], reads=self.conflicts[one.tx].reads | {key}
        )
        return True


class ForgottenReaders(SerializableSnapshotStore):
    """A committed transaction is forgotten at once, as if it could have no conflict any more."""

    def forget(self, one: Open) -> None:
        super().forget(one)
        self.conflicts.pop(one.tx, None)


class BlindValidation(OptimisticStore):
    """The version of the last read of a key counts, not that of the first."""

    def take(self, one: Open, step: Step) -> None:
        self.read.get(one.tx, {}).pop(step[1], None)
        super().take(one, step)


class ShortReadLocks(LockingStore):
    """A read gives its lock up at once."""

    def done(self, one: Open, step: Step, value: Any = None) -> None:
        super().done(one, step, value)
        if step[0] == "r" and not one.written(step[1]):
            holders = self.locks.holders[step[1]]
            holders.pop(one.tx, None)


class SharedWrites(LockingStore):
    """A write asks for a shared lock."""

    def take(self, one: Open, step: Step) -> None:
        if self.locks.ask(one.tx, step[1], exclusive=False):
            TransactionServer.take(self, one, step)


@pytest.mark.parametrize(
    "kind",
    [
        UncheckedSnapshots, MovingSnapshots, LatePivots, ForgottenReaders, BlindValidation, ShortReadLocks,
        SharedWrites,
    ],
)  # fmt: skip
def test_seeds_refute_mutants_of_isolation(kind: type[TransactionServer]) -> None:
    assert any(verdicts(kind, [seed])[False] for seed in a_part(SEEDS))


# --- one message at a time ------------------------------------------------------------------------------------------


def running(
    kind: type[TransactionServer] = LockingStore, log: Sequence[object] = ()
) -> TransactionServer:
    server = kind("n1")
    server.on_start(log)
    take_effects(server)
    return server


def sent(server: TransactionServer, message: Message) -> list[Message]:
    """Hand a message of client c to the server; return its answers, to whomever."""
    handle_message(server, "c", message)
    return [effect.message for effect in take_effects(server) if isinstance(effect, Send)]


def records(server: TransactionServer, message: Message) -> list[object]:
    handle_message(server, "c", message)
    return [effect.record for effect in take_effects(server) if isinstance(effect, Write)]


READ, APPEND = ("r", "x", None), ("append", "x", 7)


def test_a_message_that_comes_again_has_the_same_answer_and_no_further_effect() -> None:
    server = running()
    append, commit = DoStep(1, 0, APPEND), Commit(1, 1, 1)
    server.epoch = 1
    assert sent(server, append) == sent(server, append) == [StepDone(1, 0, None, 1)]
    assert records(server, commit) == [Stored(1, (("x", (7,)),))]
    assert sent(server, commit) == sent(server, append) == [Committed(1)]
    assert server.data == {"x": (7,)}


def test_no_step_goes_on_with_a_transaction_that_a_crash_has_ended() -> None:
    server = running(OptimisticStore)
    assert sent(server, DoStep(1, 0, READ)) == [StepDone(1, 0, None, 0)]
    restarted = running(OptimisticStore, [Started(), Stored(2, (("x", (5,)),))])
    assert sent(restarted, DoStep(1, 0, READ)) == [StepDone(1, 0, (5,), 1)]  # a copy that was late
    late = sent(restarted, DoStep(1, 1, APPEND, epoch=0))
    assert late == [Aborted(1, "the server has restarted")]
    assert sent(restarted, Commit(1, 1, 1)) == late


def test_a_commit_is_confirmed_again_after_a_crash_and_what_did_not_commit_is_aborted() -> None:
    server = running(SnapshotStore, [Started(), Stored(1, (("x", (7,)),))])
    assert sent(server, Commit(1, 1, 0)) == [Committed(1)]
    assert sent(server, Commit(2, 1, 0)) == [Aborted(2, "the server has restarted")]
    assert sent(server, DoStep(3, 0, READ)) == [StepDone(3, 0, (7,), 1)]


def test_a_commit_that_overtakes_a_step_waits_for_its_repetition() -> None:
    server = running()
    assert sent(server, DoStep(1, 0, READ)) == [StepDone(1, 0, None, 0)]
    assert sent(server, Commit(1, 2, 0)) == []
    assert sent(server, DoStep(1, 1, APPEND, 0)) == [StepDone(1, 1, None, 0)]
    assert sent(server, Commit(1, 2, 0)) == [Committed(1)]


def test_of_a_deadlock_the_youngest_is_aborted_and_the_other_goes_on() -> None:
    server = running()
    sent(server, DoStep(1, 0, ("w", "x", 1)))
    sent(server, DoStep(2, 0, ("w", "y", 2)))
    assert sent(server, DoStep(1, 1, ("w", "y", 1), 0)) == []
    assert sent(server, DoStep(2, 1, ("w", "x", 2), 0)) == [
        Aborted(2, "it was the youngest in a deadlock"), StepDone(1, 1, None, 0),
    ]  # fmt: skip
    assert sent(server, Commit(1, 2, 0)) == [Committed(1)]
    assert server.data == {"x": 1, "y": 1}


def test_an_older_transaction_wounds_and_a_younger_one_waits() -> None:
    server = running(WoundWaitStore)
    sent(server, DoStep(1, 0, ("r", "x", None)))
    sent(server, DoStep(2, 0, ("w", "y", 2)))
    assert sent(server, DoStep(2, 1, ("w", "x", 2), 0)) == []
    assert sent(server, DoStep(1, 1, ("r", "y", None), 0)) == [
        Aborted(2, "T1, which is older, needs what it has locked"), StepDone(1, 1, None, 0),
    ]  # fmt: skip


def test_no_cycle_of_waiting_arises_where_the_older_wound_the_younger() -> None:
    class Watched(WoundWaitStore):
        """A store that looks for cycles after each step."""

        def blocked(self, one: Open) -> None:
            super().blocked(one)
            assert not any(self.locks.cycle(tx) for tx in self.open)

    for seed in range(0, 30, 3):
        assert not judged(Watched, seed).history.pending


def test_locks_are_granted_in_order_and_a_holder_that_asks_for_more_comes_first() -> None:
    locks = LockTable()
    assert locks.ask(1, "x", exclusive=False)
    assert locks.ask(2, "x", exclusive=False)
    assert not locks.ask(3, "x", exclusive=True)
    assert not locks.ask(4, "x", exclusive=False)  # or 3 would starve
    assert not locks.ask(1, "x", exclusive=True)
    assert locks.blockers(1) == [2]
    assert sorted(locks.blockers(4)) == [1, 3]
    assert locks.release(2) == [1]
    assert locks.release(1) == [3]
    assert locks.release(3) == [4]
    assert locks.release(4) == []
    assert locks.holders == locks.waiting == {}


def test_a_cycle_of_three_is_found_from_each_of_its_members() -> None:
    locks = LockTable()
    for tx, own in ((1, "x"), (2, "y"), (3, "z")):
        locks.ask(tx, own, exclusive=True)
    locks.ask(1, "y", exclusive=True)
    assert locks.cycle(1) == []
    locks.ask(2, "z", exclusive=True)
    locks.ask(3, "x", exclusive=True)
    assert [locks.cycle(tx) for tx in (1, 2, 3)] == [[1, 2, 3], [2, 3, 1], [3, 1, 2]]


@pytest.mark.parametrize(
    "op",
    [
        Invocation(1, "read", "x"),
        Invocation(1, "txn"),
        Invocation(1, "txn", None, [("inc", "x", 1)]),
    ],
)
def test_an_operation_that_is_no_transaction_is_refused(op: Invocation) -> None:
    with pytest.raises(ValueError, match="a transaction is required, txn with steps"):
        StepwiseClient("c1", "n1").on_invoke(op)


def test_a_transaction_without_answer_has_failed_before_the_commit_and_is_unknown_after_it() -> (
    None
):
    client = StepwiseClient("c1", "n1")
    client.on_invoke(Invocation(1, "txn", None, [READ]))
    handle_timer(client, Unanswered(1))
    client.on_invoke(Invocation(2, "txn", None, [READ]))
    handle_message(client, "n1", StepDone(2, 0, (5,), 0))
    handle_timer(client, Unanswered(2))
    ends = [effect for effect in take_effects(client) if isinstance(effect, Complete)]
    assert [(end.op, end.status) for end in ends] == [(1, "fail"), (2, "unknown")]
