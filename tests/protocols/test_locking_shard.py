"""A locking shard, one message at a time: locks, epochs, votes and wounds."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.core.dispatch import handle_timer
from dscourse.node import Send, Write, take_effects
from dscourse.protocols.atomicity import Prepared
from dscourse.protocols.isolation.locking_shard import LockingShard
from dscourse.protocols.isolation.messages import (
    Idle,
    Started,
)
from dscourse.protocols.isolation.shard_messages import (
    GivenUp,
    Lock,
    Locked,
    ReadLocks,
    Restarted,
)
from dscourse.protocols.isolation.sharded_locking import ShardedStore
from dscourse.protocols.two_phase_messages import Ack, Decision, Prepare, Vote
from tests.protocols.shards import judged, live
from tests.protocols.steps import effects, sent


def running(shard: type[LockingShard] = LockingShard, log: Sequence[object] = ()) -> LockingShard:
    """Return shard s2, with x and w, in its first epoch, or in a later one."""
    node = shard("s2", ["s1"])
    node.on_start(log)
    take_effects(node)
    return node


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
