"""Transactions over locking shards: strict serializable under faulted seeds; flaws are refuted; keys in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from dscourse.checkers import transactions
from dscourse.protocols.atomicity import Outcome
from dscourse.protocols.isolation.client import StepwiseClient
from dscourse.protocols.isolation.locking_shard import LockingShard
from dscourse.protocols.isolation.shard_messages import (
    Lock,
)
from dscourse.protocols.isolation.sharded_locking import ShardedStore
from dscourse.protocols.textbook.sharded_locking import EarlyReleaseShard, LoneShard
from dscourse.protocols.two_phase_messages import Prepare
from dscourse.sim import At, Constant, Crash, Network, Restart, World
from tests.effort import a_part, chosen_seeds, once
from tests.protocols.shards import COORDINATORS, SHARDS, atomic, judged, live

SEEDS = chosen_seeds(24)
strict = transactions.strict_serializable


@once
def test_transactions_over_shards_are_strictly_serializable_under_faulted_seeds() -> None:
    met = Counter[str]()
    for seed in SEEDS:
        world = judged(ShardedStore, LockingShard, seed)
        verdict = strict(world.history)
        assert verdict.ok or verdict.vacuous, (seed, verdict)
        assert atomic(world), seed
        assert live(world), seed
        met.update(op.status for op in world.history)
        met.update(event.kind for event in world.trace)
        met.update(type(one).__name__ for name in SHARDS for one in world.log(name))
    assert met["ok"] > 10 * len(SEEDS)
    assert all(met[kind] for kind in ("unknown", "crash", "drop", "duplicate", "Prepared")), met


@pytest.mark.parametrize("shard", [EarlyReleaseShard, LoneShard])
def test_seeds_refute_shards_that_end_too_early(shard: type[LockingShard]) -> None:
    seeds = a_part(SEEDS)[:16]
    refuted = sum(strict(judged(ShardedStore, shard, seed).history).ok is False for seed in seeds)
    assert refuted > len(seeds) / 8


# --- mutants --------------------------------------------------------------------------------------------------------


class Unlocked(LockingShard):
    """After a restart the keys in doubt are not locked."""

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        for tx in self.prepared:
            self.locks.release(tx)


class Ageless(LockingShard):
    """Its starts are not counted: a lock from before a crash is taken for one after it."""

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        self.epoch = 1


class AlwaysYes(LockingShard):
    """A vote is yes even if the locks are lost."""

    def can_commit(self, prepare: Prepare) -> bool:
        return True


class WoundsVoters(LockingShard):
    """An older transaction takes the locks of one that has voted."""

    def on_prepare(self, sender: str, prepare: Prepare) -> None:
        super().on_prepare(sender, prepare)
        if self.in_doubt(prepare.tx):
            self.open[prepare.tx] = sender


class ShortReads(LockingShard):
    """A shared lock is released as soon as the value is read."""

    def _grant(self, lock: Lock) -> None:
        super()._grant(lock)
        if not lock.exclusive and not self.locks.holders[lock.key][lock.tx]:
            del self.locks.holders[lock.key][lock.tx]


@pytest.mark.parametrize("shard", [Unlocked, Ageless, AlwaysYes, WoundsVoters, ShortReads])
def test_seeds_refute_mutants_of_sharded_locking(shard: type[LockingShard]) -> None:
    for seed in range(1, 400, 4):  # short crashes
        world = judged(ShardedStore, shard, seed)
        if not atomic(world) or strict(world.history).ok is False:
            return
    raise AssertionError("no seed refutes the mutant")


# --- in doubt, and out of it ----------------------------------------------------------------------------------------

READ_X, READ_Y = ("r", "x", None), ("r", "y", None)
APPEND_X, APPEND_Y, AGAIN_X = ("append", "x", 1), ("append", "y", 1), ("append", "x", 2)


def blocked_world() -> World:
    """A world whose coordinator is down, from the votes until 500 ms, while another transaction wants x."""
    nodes = [
        StepwiseClient("c1", "m1"), StepwiseClient("c2", "m2"),
        *(ShardedStore(name, SHARDS) for name in COORDINATORS),
        LockingShard("s1", ["s2"]), LockingShard("s2", ["s1"]),
    ]  # fmt: skip
    world = World(nodes, 1, Network(Constant(2)), [At(16, Crash("m1")), At(500, Restart("m1"))])
    world.submit("c1", [("txn", None, (APPEND_X, APPEND_Y))], start_ms=5)
    return world.submit("c2", [("txn", None, (READ_X,))] * 3, start_ms=100, think_ms=1)


def test_keys_in_doubt_stay_locked_while_the_coordinator_is_down_and_not_for_longer() -> None:
    world = blocked_world().run(until_ms=499)
    shards: list[Any] = [world.nodes[name] for name in SHARDS]
    assert [shard.shown_role for shard in shards] == ["in doubt", "in doubt"]
    assert [sorted(shard.locked) for shard in shards] == [["y"], ["x"]]
    assert not [op for op in world.history.ok if op.process == "c2"]
    world.run(until_ms=1_200)
    assert live(world)
    assert [op.result for op in world.history.ok if op.process == "c2"] == [(READ_X,)]
    assert Outcome(0, False) in world.log("s1")
