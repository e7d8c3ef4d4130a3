"""The coordinator of locking shards, one message at a time: locks, epochs and the commit."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.core.dispatch import handle_timer
from dscourse.node import Send, Write, take_effects
from dscourse.protocols.atomicity import Decided
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
    Restarted,
)
from dscourse.protocols.isolation.sharded_locking import ShardedStore
from dscourse.protocols.two_phase_messages import Decision, Inquire, Prepare, Vote
from tests.protocols.shards import SHARDS
from tests.protocols.steps import effects, sent

READ_X, READ_Y = ("r", "x", None), ("r", "y", None)
APPEND_X, APPEND_Y, AGAIN_X = ("append", "x", 1), ("append", "y", 1), ("append", "x", 2)
BOTH = ("s2", "s1")


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
