"""Logs: positions, the common part of two logs, and entries that are replaced; in the terms of each protocol."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.replication import raft_log
from dscourse.replication.binary_log import START, BinaryLog, Entry, Position, applied


def entry(epoch: int, lsn: int, key: str = "x") -> Entry:
    return Entry(Position(epoch, lsn), "write", key, (epoch, lsn))


def log(*epochs: int) -> BinaryLog:
    """The log whose entries 1, 2, … are of these epochs."""
    return BinaryLog().extended(entry(epoch, lsn) for lsn, epoch in enumerate(epochs, 1))


LOGS = st.lists(st.integers(0, 2), max_size=6).map(
    lambda steps: log(*[1 + sum(steps[: index + 1]) for index in range(len(steps))])
)


def test_a_log_knows_its_positions() -> None:
    one = log(1, 1, 3)
    assert one.last == Position(3, 3)
    assert Position(1, 2) in one
    assert Position(2, 2) not in one
    assert START in one
    assert Position(3, 4) not in one
    assert one.after(Position(1, 2)) == (entry(3, 3),)


def test_an_entry_replaces_all_from_its_number_on() -> None:
    assert log(1, 1, 1).extended([entry(2, 2)]) == log(1, 2)


@pytest.mark.parametrize(
    ("bad", "message"),
    [(entry(1, 5), "entry 5"), (entry(1, 0), "entry 0"), (entry(1, 4), "1:4 cannot follow 2:3")],
)
def test_an_entry_that_cannot_follow_is_refused(bad: Entry, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        log(1, 1, 2).extended([bad])


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(LookupError, match="entry 4: this log reaches from 0 to 2"):
        log(1, 1).position(4)
    with pytest.raises(LookupError, match="is not in this log"):
        log(1, 1).after(Position(2, 1))
    with pytest.raises(ValueError, match="f='merge'"):
        applied({}, [Entry(Position(1, 1), "merge", "x")])


@given(LOGS, st.integers(0, 6))
def test_a_cut_log_holds_the_rest(one: BinaryLog, lsn: int) -> None:
    lsn = min(lsn, one.last.lsn)
    cut = one.cut(lsn)
    assert cut.last == one.last
    assert cut.entries == one.entries[lsn:]
    assert cut.extended([entry(99, cut.last.lsn + 1)]).entries[:-1] == cut.entries


@given(LOGS, LOGS)
def test_the_common_position_is_the_highest_that_both_can_have(
    one: BinaryLog, other: BinaryLog
) -> None:
    found = one.common(other.last)
    assert found in one
    assert found <= other.last
    assert found.lsn <= other.last.lsn
    higher = [one_entry.position for one_entry in one.entries if one_entry.position.lsn > found.lsn]
    assert all(position > other.last or position.lsn > other.last.lsn for position in higher)


@given(LOGS, LOGS)
def test_a_replica_comes_to_hold_its_primarys_log_in_a_few_rounds(
    primary: BinaryLog, replica: BinaryLog
) -> None:
    """The primary's last entry is of an epoch of its own, and of every epoch there is one log only, as an election
    by a majority has it."""
    epoch = max(primary.last.epoch, replica.last.epoch) + 1
    primary = primary.extended([entry(epoch, primary.last.lsn + 1)])
    if any(
        mine.position == theirs.position and primary.entries[:index] != replica.entries[:index]
        for index, (mine, theirs) in enumerate(zip(primary.entries, replica.entries, strict=False))
    ):
        return  # two logs of which no election would have made both
    after, rounds = primary.common(primary.last), 0
    new = replica.lacking(after, primary.after(after))
    while new is None:
        rounds += 1
        assert rounds <= len(replica.entries) + 1
        after = primary.common(replica.common(after))
        new = replica.lacking(after, primary.after(after))
    assert replica.extended(new) == primary


@given(LOGS)
def test_epochs_and_numbers_rise(one: BinaryLog) -> None:
    positions = [one_entry.position for one_entry in one.entries]
    assert all(a < b and a.lsn + 1 == b.lsn for a, b in pairwise(positions))


# --- Raft's log ----------------------------------------------------------------------------------


def raft_entry(term: int, index: int) -> raft_log.Entry:
    return raft_log.Entry(raft_log.Position(term, index), "command", "x", index)


def test_rafts_log_has_terms_and_indexes() -> None:
    one = raft_log.ReplicatedLog().extended([raft_entry(1, 1), raft_entry(1, 2), raft_entry(3, 3)])
    assert (one.last_index, [one.term_at(index) for index in range(4)]) == (3, [0, 1, 1, 3])
    assert (one.entry_at(3).term, one.entry_at(3).index) == (3, 3)
    cut = one.cut(2)
    assert isinstance(cut, raft_log.ReplicatedLog)
    assert (cut.base, cut.entry_at(3)) == (raft_log.Position(1, 2), one.entry_at(3))
    for index in (2, 4):
        with pytest.raises(LookupError, match=f"index {index}: this log holds entries 3 to 3"):
            cut.entry_at(index)


def test_rafts_errors_are_in_terms_and_indexes() -> None:
    one = raft_log.ReplicatedLog().extended([raft_entry(2, 1)])
    with pytest.raises(ValueError, match="index 2 of term 1 cannot follow index 1 of term 2"):
        one.extended([raft_entry(1, 2)])


@pytest.mark.parametrize(
    ("f", "key", "value", "text"),
    [
        ("no-op", None, None, "no-op"),
        ("members", None, ("a", "b"), "members a b"),
        ("command", "x", 1, "command x 1"),
    ],
)
def test_an_entry_says_what_it_does(f: str, key: object, value: object, text: str) -> None:
    assert str(raft_log.Entry(raft_log.Position(1, 1), f, key, value)) == text
