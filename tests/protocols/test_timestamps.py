"""Transactions with timestamps: strict serializability while clocks are within their bound; flaws are refuted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

import pytest

from dscourse.checkers import transactions
from dscourse.node import Clock
from dscourse.protocols.isolation.shard_messages import ReadLocks
from dscourse.protocols.isolation.snapshot_client import SnapshotClient
from dscourse.protocols.isolation.timestamp_messages import (
    ReadAt,
)
from dscourse.protocols.isolation.timestamps import TimestampShard, TimestampStore
from dscourse.protocols.textbook.timestamps import PromptShard, PromptStore
from dscourse.sim import At, Constant, Crash, Link, Network, Restart, World
from dscourse.sim.streams import stream
from tests.effort import a_part, chosen_seeds, once
from tests.protocols.shards import COORDINATORS, SHARDS, atomic, judged, live

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
    seeds = a_part(SEEDS)
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
