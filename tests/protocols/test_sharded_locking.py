"""Transactions over locking shards: strict serializable under faulted seeds and schedules; flaws are refuted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from dscourse.checkers import transactions
from dscourse.core.dispatch import handle_timer
from dscourse.core.properties import of_history
from dscourse.core.verdict import Verdict
from dscourse.explore import Bounds, Exploration, View, explore
from dscourse.node import Message, Node, Send, Write, take_effects
from dscourse.protocols import atomicity
from dscourse.protocols.atomicity import Decided, Outcome, Prepared
from dscourse.protocols.isolation.client import StepwiseClient
from dscourse.protocols.isolation.messages import (
    Aborted,
    Commit,
    Committed,
    DoStep,
    Idle,
    Started,
    Step,
    StepDone,
)
from dscourse.protocols.isolation.shard_messages import (
    GivenUp,
    Lock,
    LockDue,
    Locked,
    ReadLocks,
    Restarted,
)
from dscourse.protocols.isolation.sharded_locking import LockingShard, ShardedStore
from dscourse.protocols.textbook.sharded_locking import EarlyReleaseShard, HastyStore, LoneShard
from dscourse.protocols.two_phase_messages import Ack, Decision, Inquire, Prepare, Vote
from dscourse.sim import At, Constant, Crash, Network, Restart, World
from tests.effort import a_tenth, chosen_seeds, once, soak
from tests.protocols.shards import COORDINATORS, SHARDS, atomic, judged, live
from tests.protocols.steps import effects

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
    seeds = a_tenth(SEEDS)[:16]
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


# --- every schedule -------------------------------------------------------------------------------------------------

READ_X, READ_Y = ("r", "x", None), ("r", "y", None)
APPEND_X, APPEND_Y, AGAIN_X = ("append", "x", 1), ("append", "y", 1), ("append", "x", 2)
SKEW = ((READ_X, APPEND_Y), (READ_Y, AGAIN_X))
JUDGE = of_history(strict, "strict serializable")


def same_outcome(view: View) -> Verdict:
    return atomicity.same_outcome(view.logs)


def coordinator_agrees(view: View) -> Verdict:
    return atomicity.coordinator_agrees(view.logs)


def commit_needs_every_yes(view: View) -> Verdict:
    return atomicity.commit_needs_every_yes(view.logs)


ATOMIC = (same_outcome, coordinator_agrees, commit_needs_every_yes)


def every_schedule(
    work: Sequence[tuple[Step, ...]], store: type[Node] = ShardedStore, shard: type[Node] = LockingShard,
    always: Sequence[Any] = (*ATOMIC, JUDGE), **limits: Any,
) -> Exploration:  # fmt: skip
    """Explore one transaction per client over a coordinator m and the shards s1, with y, and s2, with x."""
    clients = [StepwiseClient(f"c{number}", "m") for number in range(len(work))]
    nodes = [*clients, store("m", SHARDS), shard("s1", ["s2"]), shard("s2", ["s1"])]
    operations = {f"c{number}": [("txn", None, steps)] for number, steps in enumerate(work)}
    bounds = Bounds(**{"budget": 400_000, "copies": 1, "timeouts": 0, **limits})
    return explore(nodes, operations=operations, always=always, bounds=bounds)


@pytest.mark.parametrize(
    ("work", "states"),
    [
        (((READ_X, APPEND_X), (READ_X, AGAIN_X)), 2_757),
        (((READ_X, APPEND_Y), (AGAIN_X,)), 3_959),
        (((APPEND_X, APPEND_Y), (READ_Y,)), 3_715),
        pytest.param(SKEW, 35_379, marks=soak),
        pytest.param(((APPEND_X, APPEND_Y), (READ_Y, READ_X)), None, marks=soak),
    ],
)
def test_every_schedule_of_two_transactions_is_strictly_serializable(
    work: Sequence[tuple[Step, ...]], states: int | None
) -> None:
    found = every_schedule(work)
    assert found.ok, found
    assert found.complete
    assert states in (None, found.states)


def all_decided(view: View) -> Verdict:
    return atomicity.all_decided(
        {name: log for name, log in view.logs.items() if name in view.nodes}
    )


@pytest.mark.parametrize(
    "limits",
    [
        {"crashes": 1, "restarts": 1, "timeouts": 1, "timing": "synchronous"},
        {"drops": 1, "timeouts": 1, "timing": "synchronous"},
        {"duplicates": 1, "copies": 2},
    ],
)
def test_every_schedule_of_one_transaction_with_faults_is_atomic(limits: dict[str, Any]) -> None:
    found = every_schedule([(APPEND_X, APPEND_Y)], always=ATOMIC, **limits)
    assert found.ok, found
    assert found.complete


def test_every_schedule_with_a_crash_refutes_a_decision_that_is_told_before_it_is_durable() -> None:
    limits = {"crashes": 1, "restarts": 1, "timeouts": 1, "timing": "synchronous"}
    found = every_schedule([(APPEND_X, APPEND_Y)], HastyStore, always=ATOMIC, **limits)
    assert (
        found.reason == "“same outcome” does not hold: transaction 0 commits at s2 and aborts at s1"
    )


def test_every_schedule_refutes_locks_that_are_released_with_the_vote() -> None:
    found = every_schedule(((READ_X, APPEND_X), (READ_X, AGAIN_X)), shard=EarlyReleaseShard)
    assert "lost update: T0 and T1 both read x" in found.reason


def test_every_schedule_refutes_shards_that_commit_on_their_own() -> None:
    found = every_schedule([(APPEND_X, APPEND_Y)], shard=LoneShard, always=ATOMIC, timeouts=1)
    assert found.reason.startswith("“commit needs every yes” does not hold")


# --- one message at a time ------------------------------------------------------------------------------------------


def running(shard: type[LockingShard] = LockingShard, log: Sequence[object] = ()) -> LockingShard:
    """Return shard s2, with x and w, in its first epoch, or in a later one."""
    node = shard("s2", ["s1"])
    node.on_start(log)
    take_effects(node)
    return node


def sent(node: Node, sender: str, *messages: Message) -> list[Message]:
    """Return the messages that the node sends at the last of these."""
    return [one.message for one in effects(node, sender, *messages) if isinstance(one, Send)]


BOTH = ("s2", "s1")
LOCK = Lock(1, "x", True, 1)
PREPARE = Prepare(1, (("x", (7,)),), BOTH)


def test_a_request_that_comes_late_after_an_abort_finds_no_lock_and_no_vote() -> None:
    shard = running()
    assert sent(shard, "m", LOCK) == [Locked(1, "x", True, 1, None)]
    assert sent(shard, "m", Decision(1, False)) == []
    assert sent(shard, "m", LOCK) == [GivenUp(1, "it has ended at s2")]
    assert sent(shard, "m", PREPARE) == [Vote(1, False)]
    assert shard.locks.holders == {}
    assert sent(shard, "m", Lock(2, "x", True, 1)) == [Locked(2, "x", True, 1, None)]


def test_a_prepare_that_overtakes_its_lock_is_refused_for_good() -> None:
    shard = running()
    assert sent(shard, "m", PREPARE) == [Vote(1, False)]
    assert sent(shard, "m", LOCK) == [GivenUp(1, "it has ended at s2")]


def test_keys_in_doubt_are_locked_before_a_restarted_shard_serves_anybody() -> None:
    shard = running(log=[Started(), Prepared(1, (("x", (7,)),), "m", BOTH)])
    assert shard.shown_role == "in doubt"
    assert shard.locked == {"x"}
    assert sent(shard, "m", Lock(0, "x", False, 2)) == []  # older, and yet it has to wait
    assert sent(shard, "m", Decision(1, True)) == [Locked(0, "x", False, 2, (7,)), Ack(1)]
    assert shard.shown_role == ""


def test_a_key_that_was_read_stays_locked_after_the_vote_and_after_a_restart() -> None:
    shard, read = running(), Lock(1, "w", False, 1)
    done = effects(shard, "m", LOCK, read, PREPARE)
    log = [one.record for one in done if isinstance(one, Write)]
    assert log == [ReadLocks(1, ("w",)), Prepared(1, PREPARE.writes, "m", BOTH)]
    for node, epoch in ((shard, 1), (running(log=[Started(), *log]), 2)):
        assert node.locks.holders == {"w": {1: False}, "x": {1: True}}
        assert sent(node, "m", Lock(0, "w", True, epoch)) == []
        granted = sent(node, "m", Decision(1, False))
        assert granted == [Locked(0, "w", True, epoch, None)]


def test_locks_do_not_survive_a_crash_before_the_vote() -> None:
    restarted = running(log=[Started()])
    assert sent(restarted, "m", LOCK) == [Restarted(1, 2)]
    assert sent(restarted, "m", PREPARE) == [Vote(1, False)]


def test_an_older_transaction_wounds_one_that_has_not_voted_and_waits_for_one_that_has() -> None:
    shard = running()
    sent(shard, "m", Lock(5, "x", True, 1), Lock(6, "w", True, 1), Prepare(6, (("w", 1),), BOTH))
    assert sent(shard, "m", Lock(3, "w", True, 1)) == []
    assert sent(shard, "m", Lock(4, "x", False, 1)) == [
        Locked(4, "x", False, 1, None),
        GivenUp(5, "T4, which is older, needs what it has locked"),
    ]
    assert sent(shard, "m", Lock(7, "x", True, 1)) == []  # younger: it waits


def test_a_shard_gives_up_a_transaction_whose_coordinator_is_silent_unless_it_has_voted() -> None:
    shard = running()
    sent(shard, "m", LOCK)
    handle_timer(shard, Idle(1))
    assert [one.message for one in take_effects(shard) if isinstance(one, Send)] == [
        GivenUp(1, "its coordinator fell silent")
    ]
    shard = running()
    done = effects(shard, "m", LOCK, PREPARE)
    assert [one for one in done if isinstance(one, Write)] == [
        Write(Prepared(1, PREPARE.writes, "m", BOTH))
    ]
    assert 1 not in shard.open


def test_no_cycle_of_waiting_arises_across_shards() -> None:
    class Watched(LockingShard):
        """A shard that looks for an older transaction that waits for a younger one without a vote."""

        def on_lock(self, sender: str, lock: Lock) -> None:
            super().on_lock(sender, lock)
            for tx in self.waiting:
                assert all(other < tx or self.in_doubt(other) for other in self.locks.blockers(tx))

    for seed in range(12):
        assert live(judged(ShardedStore, Watched, seed))


def store_with(*steps: Step, log: Sequence[object] = ()) -> ShardedStore:
    """Return a coordinator whose transaction 1 of client c has carried out these steps."""
    store = ShardedStore("m", SHARDS)
    store.on_start(log)
    for number, step in enumerate(steps):
        effects(store, "c", DoStep(1, number, step, 0))
        home = store.home(step[1])
        if store.own[1].step:
            effects(store, home, Locked(1, step[1], step[0] != "r", 1, None))
    take_effects(store)
    return store


COMMIT = Commit(1, 2, 0)


def test_a_transaction_reads_its_own_writes_and_commits_what_it_has_written_at_each_shard() -> None:
    store = store_with(APPEND_X, APPEND_Y)
    assert sent(store, "c", DoStep(1, 2, READ_X, 0)) == [StepDone(1, 2, (1,), 0)]
    assert sent(store, "c", Commit(1, 3, 0)) == [
        Prepare(1, (("x", (1,)),), BOTH), Prepare(1, (("y", (1,)),), BOTH),
    ]  # fmt: skip


def test_a_lock_from_another_epoch_is_not_accepted() -> None:
    store = store_with(READ_X)
    assert sent(store, "c", DoStep(1, 1, ("append", "w", 1), 0)) == [Lock(1, "w", True, 1)]
    assert sent(store, "s2", Locked(1, "w", True, 2, None)) == []
    assert sent(store, "s2", Restarted(1, 2)) == [
        Decision(1, False),
        Aborted(1, "s2 has restarted"),
    ]


def test_a_first_lock_is_asked_for_again_in_the_epoch_of_the_shard() -> None:
    store = ShardedStore("m", SHARDS)
    store.on_start([])
    assert sent(store, "c", DoStep(1, 0, READ_X)) == [Lock(1, "x", False, 1)]
    assert sent(store, "s2", Restarted(1, 3)) == [Lock(1, "x", False, 3)]
    assert sent(store, "s2", Locked(1, "x", False, 2, None)) == []  # of an earlier copy
    assert sent(store, "s2", Locked(1, "x", False, 3, None)) == [StepDone(1, 0, None, 0)]
    assert sent(store, "s2", Locked(1, "x", False, 3, None)) == []


def test_a_late_answer_about_a_read_lock_is_not_taken_for_a_write_lock() -> None:
    store = store_with(READ_X)
    assert sent(store, "c", DoStep(1, 1, APPEND_X, 0)) == [Lock(1, "x", True, 1)]
    assert sent(store, "s2", Locked(1, "x", False, 1, None)) == []
    assert sent(store, "s2", Locked(1, "x", True, 1, None)) == [StepDone(1, 1, None, 0)]


def test_a_transaction_asks_in_the_epoch_of_its_first_lock_whatever_others_have_heard() -> None:
    store = store_with(READ_X)
    effects(store, "s2", Restarted(99, 3), Restarted(98, 2))
    assert sent(store, "c", DoStep(1, 1, ("append", "w", 1), 0)) == [Lock(1, "w", True, 1)]
    assert sent(store, "c", DoStep(2, 0, READ_X)) == [Lock(2, "x", False, 3)]


def test_a_lock_is_asked_for_until_it_is_granted() -> None:
    store = store_with()
    effects(store, "c", DoStep(1, 0, READ_X))
    handle_timer(store, LockDue(1))
    assert Send("s2", Lock(1, "x", False, 1)) in take_effects(store)


def test_a_commit_that_comes_again_is_decided_once_and_answered_each_time() -> None:
    store = store_with(APPEND_X, APPEND_Y)
    assert len(sent(store, "c", COMMIT)) == 2
    assert sent(store, "c", COMMIT) == []
    effects(store, "s1", Vote(1, True))
    handle_timer(store, Idle(1))  # its client may be silent: the votes decide
    assert not store.ended
    decided = effects(store, "s2", Vote(1, True))
    assert [one for one in decided if isinstance(one, Write)] == [Write(Decided(1, BOTH))]
    assert decided[-1] == Send("c", Committed(1))
    assert sent(store, "c", COMMIT) == [Committed(1)]


def test_a_commit_that_comes_again_after_a_crash_is_answered_by_the_log() -> None:
    """Chapter 06 assumes that it does not come: the coordinator would ask for votes again."""
    assert sent(store_with(log=[Started(), Decided(1, BOTH)]), "c", COMMIT) == [Committed(1)]
    store = store_with(log=[Started()])
    assert sent(store, "c", COMMIT) == [Aborted(1, "the server has restarted")]
    assert sent(store, "s2", Inquire(1)) == [Decision(1, False)]


def test_a_shard_that_has_given_up_ends_the_transaction_before_the_votes_but_not_among_them() -> (
    None
):
    store = store_with(APPEND_X, APPEND_Y)
    gone = GivenUp(1, "it was idle")
    assert sent(store, "s2", gone) == [
        Decision(1, False),
        Decision(1, False),
        Aborted(1, "it was idle"),
    ]
    store = store_with(APPEND_X, APPEND_Y)
    effects(store, "c", COMMIT)
    assert sent(store, "s2", gone) == []
    assert sent(store, "s2", Vote(1, False))[-1] == Aborted(1, "a shard has not voted yes")


# --- in doubt, and out of it ----------------------------------------------------------------------------------------


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
