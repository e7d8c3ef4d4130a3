"""Transactions with timestamps: strict serializability while clocks are within their bound; flaws are refuted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

import pytest

from dscourse.checkers import transactions
from dscourse.core.dispatch import handle_timer
from dscourse.node import Clock, Message, Node, Send, Time, Write, context_of, take_effects
from dscourse.protocols.atomicity import Decided, Outcome, Prepared
from dscourse.protocols.isolation.messages import Commit, Committed, DoStep, Idle, Started
from dscourse.protocols.isolation.shard_messages import Lock, Locked, ReadLocks
from dscourse.protocols.isolation.snapshot_client import SnapshotClient
from dscourse.protocols.isolation.timestamp_messages import (
    DecisionAt,
    ReadAt,
    ReadDue,
    ReadOnly,
    Snapshot,
    Stamped,
    ValuesAt,
    VoteAt,
)
from dscourse.protocols.isolation.timestamps import TimestampShard, TimestampStore
from dscourse.protocols.textbook.timestamps import PromptShard, PromptStore
from dscourse.protocols.two_phase_messages import Ack, AcksDue, Decision, Inquire, Prepare, Vote
from dscourse.sim import At, Constant, Crash, Link, Network, Restart, World
from dscourse.sim.streams import stream
from tests.effort import a_tenth, chosen_seeds, once
from tests.protocols.shards import COORDINATORS, SHARDS, atomic, judged, live
from tests.protocols.steps import effects

SEEDS = chosen_seeds(24)
BOUND_MS = 5.0
strict = transactions.strict_serializable


def run_of(
    seed: int, store: type[TimestampStore] = TimestampStore, shard: type[TimestampShard] = TimestampShard,
    skew_ms: float = BOUND_MS,
) -> World:  # fmt: skip
    """Run four clients; every server's clock is off by up to ``skew_ms``, and believed to be by up to 5 ms."""
    draws = stream(seed, "clocks", "")
    names = (*COORDINATORS, *SHARDS)
    clocks = {name: Clock(skew_ms=skew_ms * (2 * draws.random() - 1)) for name in names}
    return judged(store, shard, seed, SnapshotClient, clocks)


@once
def test_transactions_with_timestamps_are_strictly_serializable_under_faulted_seeds() -> None:
    met = Counter[str]()
    for seed in SEEDS:
        world = run_of(seed)
        verdict = strict(world.history)
        assert verdict.ok or verdict.vacuous, (seed, verdict)
        assert atomic(world), seed
        assert live(world), seed
        met.update(op.status for op in world.history)
        met.update(event.kind for event in world.trace)
    assert met["ok"] > 15 * len(SEEDS)
    assert all(met[kind] for kind in ("unknown", "crash", "drop", "duplicate")), met


@once
def test_seeds_refute_real_time_but_nothing_else_if_clocks_are_worse_than_their_bound() -> None:
    """Commits on one key keep their order by locks, and a shard compares its own clock with itself."""
    seeds = a_tenth(SEEDS)
    worlds = [run_of(seed, skew_ms=8 * BOUND_MS) for seed in seeds]
    assert sum(strict(world.history).ok is False for world in worlds) >= max(1, len(seeds) // 20)
    assert all(transactions.serializable(world.history).ok is not False for world in worlds)


class LowStamps(TimestampStore):
    """A commit's timestamp may be below those of its votes."""

    def _decide(self, tx: int, commit: bool) -> None:
        self.least[tx] = 0
        super()._decide(tx, commit)


class LowVotes(TimestampShard):
    """A vote's timestamp takes no notice of the clock."""

    latest = 0


class EarlyReads(TimestampShard):
    """A read is answered though its moment may lie ahead."""

    def _try(self, read: ReadAt) -> None:
        if not self.doubtful(read):
            self.uncertainty_ms, known_ms = -1e9, self.uncertainty_ms
            super()._try(read)
            self.uncertainty_ms = known_ms


@pytest.mark.parametrize(
    ("store", "shard"),
    [(PromptStore, TimestampShard), (TimestampStore, PromptShard)],
)
def test_seeds_refute_the_textbook_versions(
    store: type[TimestampStore], shard: type[TimestampShard]
) -> None:
    assert any(strict(run_of(seed, store, shard).history).ok is False for seed in range(60))


def test_seeds_refute_votes_without_the_clock_if_clocks_are_worse_than_their_bound() -> None:
    worlds = (run_of(seed, shard=LowVotes, skew_ms=8 * BOUND_MS) for seed in range(60))
    assert any(transactions.serializable(world.history).ok is False for world in worlds)


# --- every combination of extreme clocks and starts -----------------------------------------------------------------

WRITE_BOTH = (("append", "x", 1), ("append", "y", 1))
READ_BOTH = (("r", "x", None), ("r", "y", None))


SLOW = Network(Constant(1), links={("m2", "s1"): Link(Constant(6))})


def grid(
    store: type[TimestampStore], shard: type[TimestampShard], skew_ms: float
) -> Iterator[World]:
    """Yield a writer at m1 and a reader at m2 for all extreme clocks, and for starts of the reader 4 ms apart."""
    names = (*COORDINATORS, *SHARDS)
    for signs, start_ms in product(product((-1, 1), repeat=4), range(0, 40, 4)):
        clocks = {
            name: Clock(skew_ms=sign * skew_ms) for name, sign in zip(names, signs, strict=True)
        }
        nodes = [
            SnapshotClient("w", "m1"), SnapshotClient("r", "m2"), *(store(name, SHARDS) for name in COORDINATORS),
            *(shard(name) for name in SHARDS),
        ]  # fmt: skip
        world = World(nodes, 1, SLOW, clocks=clocks)
        world.submit("w", [("txn", None, WRITE_BOTH)], start_ms=10)
        yield world.submit("r", [("txn", None, READ_BOTH)] * 2, start_ms=start_ms, think_ms=1).run(
            150
        )


def test_every_combination_of_clocks_within_the_bound_is_strictly_serializable() -> None:
    for world in grid(TimestampStore, TimestampShard, BOUND_MS):
        verdict = strict(world.history)
        assert verdict.ok, (world.history, verdict)
        assert len(world.history.ok) == 3


@pytest.mark.parametrize(
    ("store", "shard", "skew_ms", "level"),
    [
        (PromptStore, TimestampShard, 5, "strict_serializable"),
        (TimestampStore, TimestampShard, 11, "strict_serializable"),
        (TimestampStore, PromptShard, 5, "serializable"),
        (LowStamps, TimestampShard, 5, "serializable"),
        (TimestampStore, EarlyReads, 5, "serializable"),
    ],
)
def test_some_combination_of_clocks_refutes_each_flaw_and_mutant_and_a_broken_bound(
    store: type[TimestampStore], shard: type[TimestampShard], skew_ms: float, level: str
) -> None:
    judge = transactions.BY_LEVEL[level]
    assert any(judge(world.history).ok is False for world in grid(store, shard, skew_ms))


# --- a read lock that a crash must not lose -------------------------------------------------------------------------


class VolatileReads(TimestampShard):
    """The keys that a transaction in doubt has read are not locked after a restart."""

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start([record for record in log if not isinstance(record, ReadLocks)])


@pytest.mark.parametrize(("shard", "holds"), [(TimestampShard, True), (VolatileReads, False)])
def test_what_a_transaction_in_doubt_has_read_stays_locked_over_a_restart(
    shard: type[TimestampShard], holds: bool
) -> None:
    """T0 reads x and its votes come late; T1 overwrites x; the reader must not see T1 and miss T0."""
    nodes = [
        *(SnapshotClient(name, server) for name, server in (("a", "m1"), ("b", "m2"), ("r", "m2"))),
        *(TimestampStore(name, SHARDS) for name in COORDINATORS), *(shard(name) for name in SHARDS),
    ]  # fmt: skip
    late = Network(Constant(1), links={("s1", "m1"): Link(Constant(30))})
    world = World(nodes, 1, late, [At(46, Crash("s2")), At(47, Restart("s2"))])
    world.submit("a", [("txn", None, (("r", "x", None), ("append", "y", 1)))], start_ms=10)
    world.submit("b", [("txn", None, (("append", "x", 2),))], start_ms=50)
    world.submit("r", [("txn", None, READ_BOTH)], start_ms=67).run(300)
    assert len(world.history.ok) == 3
    assert transactions.serializable(world.history).ok is holds


# --- one message at a time ------------------------------------------------------------------------------------------


def started(node: Node, log: Sequence[object] = (), ms: float = 100) -> Time:
    """Start a node whose clock reads ``ms``; return the time, which the test moves on."""
    time = context_of(node).time = Time(round(ms * 1000))
    node.on_start(log)
    take_effects(node)
    return time


def sent(node: Node, sender: str, *messages: Message) -> list[Message]:
    """Return the messages that the node sends at the last of these."""
    return [one.message for one in effects(node, sender, *messages) if isinstance(one, Send)]


def after(node: Node, timer: ReadDue | AcksDue | Idle) -> list[Message]:
    """Return the messages that the node sends when a timer fires."""
    handle_timer(node, timer)
    return [one.message for one in take_effects(node) if isinstance(one, Send)]


BOTH = ("s2", "s1")
PREPARE = Prepare(1, (("x", (7,)),), BOTH)
VOTED = [Started(), Stamped(1, 105_000), Prepared(1, PREPARE.writes, "m", BOTH)]


def test_a_vote_has_a_timestamp_that_has_not_passed_and_the_decision_may_raise_it() -> None:
    shard = TimestampShard("s2")
    started(shard)
    effects(shard, "m", Lock(1, "x", True, 1))
    assert effects(shard, "m", PREPARE)[:2] == [
        Write(Stamped(1, 105_000)), Write(Prepared(1, PREPARE.writes, "m", BOTH))
    ]  # fmt: skip
    assert sent(shard, "m", PREPARE) == [VoteAt(1, 105_000)]
    done = effects(shard, "m", DecisionAt(1, 107_000))
    assert [one.record for one in done if isinstance(one, Write)] == [
        Stamped(1, 107_000),
        Outcome(1, True),
    ]
    assert effects(shard, "m", DecisionAt(1, 107_000)) == [Send("m", Ack(1))]
    assert shard.versions == {"x": [(107_000, (7,))]}
    assert sent(shard, "s1", Inquire(1)) == [DecisionAt(1, 107_000)]


def test_a_read_after_the_timestamp_of_a_vote_waits_for_the_decision_and_one_before_does_not() -> (
    None
):
    shard = TimestampShard("s2")
    time = started(shard, VOTED)
    time.us = 200_000
    after_vote = ReadAt(2, ("w", "x"), 105_000)
    assert sent(shard, "m", ReadAt(3, ("x",), 104_999)) == [ValuesAt(3, 104_999, (("x", None),))]
    assert sent(shard, "m", ReadAt(4, ("w",), 105_000)) == [ValuesAt(4, 105_000, (("w", None),))]
    assert sent(shard, "m", after_vote) == sent(shard, "m", after_vote) == []
    assert ValuesAt(2, 105_000, (("w", None), ("x", None))) in sent(
        shard, "m", DecisionAt(1, 106_000)
    )
    assert sent(shard, "m", ReadAt(5, ("x",), 106_000)) == [ValuesAt(5, 106_000, (("x", (7,)),))]


def test_a_read_waits_until_its_moment_has_passed_for_certain() -> None:
    shard, read = TimestampShard("s2"), ReadAt(2, ("x",), 100_000)
    time = started(shard)
    assert sent(shard, "m", read) == []
    time.us = 105_000
    assert after(shard, ReadDue(read)) == []
    time.us = 105_001
    assert after(shard, ReadDue(read)) == [ValuesAt(2, 100_000, (("x", None),))]
    assert after(shard, ReadDue(read)) == []


def test_no_later_vote_is_below_a_read_or_an_earlier_timestamp_even_after_a_restart() -> None:
    shard = TimestampShard("s2")
    time = started(shard)
    time.us = 105_001
    assert sent(shard, "m", ReadAt(2, ("x",), 100_000))
    again = TimestampShard("s2")
    started(again, [Started()], ms=105.001)
    assert sent(again, "m", Lock(1, "x", True, 2), PREPARE) == [VoteAt(1, 110_001)]
    ahead = TimestampShard("s2")
    started(ahead, [*VOTED, Stamped(1, 300_000), Outcome(1, True)])
    assert ahead.versions == {"x": [(300_000, (7,))]}
    assert sent(ahead, "m", Lock(9, "w", True, 2), Prepare(9, (), BOTH)) == [VoteAt(9, 300_001)]


def committing() -> tuple[TimestampStore, Time]:
    """Return a coordinator that has decided to commit transaction 1 of client c at 120 ms, at 100 ms by its clock."""
    store = TimestampStore("m", SHARDS)
    time = started(store)
    effects(store, "c", DoStep(1, 0, ("append", "x", 7)))
    effects(store, "s2", Locked(1, "x", True, 1, None))
    effects(store, "c", Commit(1, 1, 0))
    done = effects(store, "s2", VoteAt(1, 120_000))
    written = [one.record for one in done if isinstance(one, Write)]
    assert written == [Stamped(1, 120_000), Decided(1, ("s2",))]
    assert not [one for one in done if isinstance(one, Send)]
    return store, time


def test_nobody_is_told_of_a_commit_before_its_timestamp_has_passed() -> None:
    store, time = committing()
    time.us = 125_000
    assert sent(store, "c", Commit(1, 1, 0)) == []
    assert sent(store, "s2", Inquire(1)) == []
    assert after(store, AcksDue(1)) == []
    assert after(store, Idle(1)) == []  # its client may be silent: it is decided
    time.us = 125_001
    assert after(store, AcksDue(1)) == [DecisionAt(1, 120_000), Committed(1)]
    assert sent(store, "c", Commit(1, 1, 0)) == [Committed(1)]
    assert sent(store, "s2", Inquire(1)) == [DecisionAt(1, 120_000)]


def test_a_coordinator_that_restarts_during_the_commit_wait_goes_on_waiting() -> None:
    log = [Started(), Stamped(1, 120_000), Decided(1, ("s2",)), Stamped(2, 121_000)]
    store = TimestampStore("m", SHARDS)
    time = started(store, log)
    assert sent(store, "c", Commit(1, 1, 0)) == []
    assert sent(store, "c", DoStep(1, 0, ("append", "x", 7))) == []
    assert sent(store, "s2", Inquire(1)) == []
    time.us = 130_000
    assert after(store, AcksDue(1)) == [DecisionAt(1, 120_000)]
    assert sent(store, "c", Commit(1, 1, 0)) == [Committed(1)]
    assert sent(store, "s2", Inquire(2)) == [Decision(2, False)]  # stamped, and not decided


def test_a_timestamp_has_not_passed_even_if_all_votes_are_older() -> None:
    store = TimestampStore("m", SHARDS)
    started(store)
    effects(store, "c", DoStep(1, 0, ("append", "x", 7)))
    effects(store, "s2", Locked(1, "x", True, 1, None))
    effects(store, "c", Commit(1, 1, 0))
    assert Write(Stamped(1, 105_000)) in effects(store, "s2", VoteAt(1, 90_000))


def test_a_commit_is_at_the_latest_of_the_moments_that_the_votes_allow() -> None:
    store = TimestampStore("m", SHARDS)
    started(store)
    for number, (key, home) in enumerate((("x", "s2"), ("y", "s1"))):
        effects(store, "c", DoStep(1, number, ("append", key, 7), 0))
        effects(store, home, Locked(1, key, True, 1, None))
    effects(store, "c", Commit(1, 2, 0))
    effects(store, "s2", VoteAt(1, 120_000))
    assert Write(Stamped(1, 120_000)) in effects(store, "s1", VoteAt(1, 110_000))


def test_votes_of_a_shard_have_rising_timestamps_whatever_is_decided_between_them() -> None:
    shard = TimestampShard("s2")
    started(shard)
    for tx, us in ((1, 105_000), (2, 105_001)):
        assert sent(shard, "m", Lock(tx, "w", False, 1), Prepare(tx, (), BOTH)) == [VoteAt(tx, us)]
    effects(shard, "m", DecisionAt(1, 105_000))
    assert sent(shard, "m", Lock(3, "w", False, 1), Prepare(3, (), BOTH)) == [VoteAt(3, 105_002)]


def test_a_request_to_read_that_comes_again_keeps_its_timestamp() -> None:
    store = TimestampStore("m", SHARDS)
    time = started(store)
    request = ReadOnly(1, ("x", "y", "w"))
    asked = [ReadAt(1, ("x", "w"), 105_000), ReadAt(1, ("y",), 105_000)]
    assert sent(store, "c", request) == asked
    time.us = 110_000
    assert sent(store, "s2", ValuesAt(1, 105_000, (("x", 1), ("w", 2)))) == []
    assert sent(store, "c", request) == asked[1:]
    assert sent(store, "s1", ValuesAt(1, 99_000, (("y", 3),))) == []  # of an attempt before a crash
    values = (("x", 1), ("w", 2), ("y", 4))
    assert sent(store, "s1", ValuesAt(1, 105_000, (("y", 4),))) == [Snapshot(1, values)]
    effects(store, "c", request)
    assert after(store, Idle(1)) == []
    assert not store.reads


def test_a_vote_of_no_and_an_abort_need_no_timestamp() -> None:
    shard = TimestampShard("s2")
    started(shard)
    assert effects(shard, "m", PREPARE) == [Write(Outcome(1, False)), Send("m", Vote(1, False))]
    assert sent(shard, "s1", Inquire(1)) == [Decision(1, False)]
