"""The picture of logs."""

from __future__ import annotations

import pytest

from dscourse.replication.raft_log import Entry, Position, ReplicatedLog
from dscourse.show.logs import LogRow, logs
from tests.show.drawing import faults, titles, words


def log(*terms: int) -> ReplicatedLog:
    entries = [Entry(Position(term, index), "no-op") for index, term in enumerate(terms, 1)]
    return ReplicatedLog().extended(entries)


ROWS = {
    "a": LogRow(log(1, 1, 3), 2, "leader, term 3"),
    "b": LogRow(log(1, 1).cut(1), 1, "follower, term 3"),
}


def test_each_entry_says_its_term_and_whether_it_is_committed() -> None:
    picture = logs(ROWS, sentence="Two logs.")
    assert {
        "no-op: index 2 of term 1, committed",
        "no-op: index 3 of term 3, not committed",
        "a snapshot of everything up to 1",
    } <= set(titles(picture))
    assert {"a", "leader, term 3", "t3", "snapshot", "3"} <= set(words(picture))
    assert faults(picture) == []


def test_of_a_long_log_the_end_is_shown() -> None:
    picture = logs({"a": LogRow(log(*[1] * 30), 3, "leader, term 1")}, sentence="Long.")
    assert "30" in words(picture)
    assert "16" not in words(picture)


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="no rows"):
        logs({}, sentence="")


def test_a_leader_a_heading_and_a_marked_index_are_drawn() -> None:
    picture = logs(ROWS, sentence="Two logs.", heading="(a) a leads", mark=2)
    assert {"a leads", "index 2"} <= set(titles(picture))
    assert "(a) a leads" in words(picture)
    assert "b leads" not in titles(picture)
    assert faults(picture) == []
