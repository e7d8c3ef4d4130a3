"""Shards and coordinators with timestamps, one message at a time: votes, reads, commit wait and restarts."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.core.dispatch import handle_timer
from dscourse.node import Message, Node, Send, Time, Write, context_of, take_effects
from dscourse.protocols.atomicity import Decided, Outcome, Prepared
from dscourse.protocols.isolation.messages import Commit, Committed, DoStep, Idle, Started
from dscourse.protocols.isolation.shard_messages import Lock, Locked
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
from dscourse.protocols.two_phase_messages import Ack, AcksDue, Decision, Inquire, Prepare, Vote
from tests.protocols.shards import SHARDS
from tests.protocols.steps import effects, sent


def started(node: Node, log: Sequence[object] = (), ms: float = 100) -> Time:
    """Start a node whose clock reads ``ms``; return the time, which the test moves on."""
    time = context_of(node).time = Time(round(ms * 1000))
    node.on_start(log)
    take_effects(node)
    return time


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
