"""Verdicts that say no more than was looked at: unknown, aborted and unordered transactions, and none at all."""

from __future__ import annotations

import re

import pytest

from dscourse.checkers.transactions import (
    BY_LEVEL,
    anomalies,
    isolation,
    serializable,
    strict_serializable,
)
from dscourse.history import History, Op
from tests.checkers.transactions.histories import concurrent
from tests.checkers.transactions.naive import HOLDS

# Unknown and aborted transactions.


def test_an_unknown_transaction_committed_if_it_was_read_and_else_is_left_out() -> None:
    read = concurrent("a unknown: append x 1, append y 1", "r x 1, r y")
    assert serializable(read).ok is False
    unread = concurrent("a unknown: append x 1, append y 1", "append x 2", "r x 2, r y")
    assert serializable(unread).ok is True
    assert (
        "1 unknown transaction left out"
        in strict_serializable(unread).judged + serializable(unread).judged
    )


def test_an_unknown_transaction_never_ends() -> None:
    first = Op(0, "a", "txn", None, (("w", "x", 1),), "unknown", None, 0, 1)
    rows = [((("r", "x", None),), (("r", "x", None),)), ((("r", "x", None),), (("r", "x", 1),))]
    later = [
        Op(n, "bc"[n - 1], "txn", None, *row[:1], "ok", row[1], 2 * n, 2 * n + 1)
        for n, row in enumerate(rows, 1)
    ]
    assert strict_serializable(History([first, *later])).ok is True


def test_what_an_aborted_transaction_read_counts_for_nothing() -> None:
    history = concurrent("append x 1", "a fail: r x 7 7", "r x 1")
    assert isolation(history).verdicts["serializable"].ok is True


# Verdicts that say no more than was looked at.


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (History(), "the history is empty"),
        (concurrent("append x 1", "append y 2"), "no transaction depends on another"),
        (concurrent("r x", "r x"), "no transaction depends on another"),
        (concurrent("a unknown: append x 1", "r x"), "no transaction depends on another"),
    ],
)
def test_nothing_to_judge_is_not_a_pass(history: History, reason: str) -> None:
    for verdict in isolation(history).verdicts.values():
        assert (verdict.ok, verdict.vacuous, verdict.reason) == (
            None,
            True,
            f"nothing to judge: {reason}",
        )


def test_without_real_time_or_sessions_the_levels_that_need_them_are_open() -> None:
    found = isolation(concurrent("append x 1", "r x 1"))
    assert found.maximal == ("serializable",)
    assert (
        "no transaction ended before another began" in found.verdicts["strict_serializable"].reason
    )
    assert "no client has two transactions" in found.verdicts["strong_session_serializable"].reason


def test_the_order_of_writes_that_no_read_shows_is_tried_out() -> None:
    """T1 and T2 wrote x, in an order that no read shows: either way snapshot isolation is broken."""
    history = concurrent(
        "r y, append x 1", "r z 3, append x 2, append p 1", "append y 4, append z 3", "r p 1, r q", "append q 9, r x",
    )  # fmt: skip
    assert BY_LEVEL["snapshot_isolation"](history).ok is HOLDS["snapshot_isolation"](history)
    crossed = concurrent(
        "r p, r y, append x 1, append q 5",
        "r z 3, append x 2",
        "append y 4, append z 3",
        "r z 3, r q, append p 6",
    )
    assert BY_LEVEL["snapshot_isolation"](crossed).ok is HOLDS["snapshot_isolation"](crossed)


def test_a_dirty_write_may_lie_among_appends_that_nobody_read() -> None:
    history = concurrent("append x 3, r x 3 1, append x 4", "append x 1, append x 2", "r x 3")
    assert BY_LEVEL["read_uncommitted"](history).ok is HOLDS["read_uncommitted"](history) is False


def test_registers_whose_order_is_not_known_are_open_and_say_so() -> None:
    """Thirteen blind writes, and readers that no likely order explains, but perhaps another does."""
    lines = [f"w x {n}, w y {n}" for n in range(1, 14)]
    reads = ["r x = 3, r y = 3", "r x = 9, r y = 9"]
    verdict = serializable(concurrent(*lines, *reads))
    assert verdict.ok in (True, None)
    assert "26 writes in an order that no read shows" in verdict.judged


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            ("w x 1", "w x 1"),
            "1 is written to x by T0 and T1: the values written to a key must differ",
        ),
        (
            ("w x 1, w x 1",),
            "1 is written to x by T0 twice: the values written to a key must differ",
        ),
        (("w x 1", "append x 2"), "x is appended to and written: a key is a list or a register"),
        (("append x 1", "r x = 1"), "T1 read 1 in x, which is a list"),
    ],
)
def test_a_history_that_cannot_be_judged_says_why(lines: tuple[str, ...], reason: str) -> None:
    for verdict in isolation(concurrent(*lines)).verdicts.values():
        assert (verdict.ok, verdict.reason) == (None, reason)
    assert anomalies(concurrent(*lines)) == ()


def test_other_operations_are_no_transactions() -> None:
    odd = [
        Op(0, "a", "txn", None, 5, "ok", None, 0, 1),
        Op(0, "a", "txn", None, (("cas", "x", 1),), "ok", None, 0, 1),
        Op(0, "a", "txn", None, (("r", "x", None),), "ok", (("r", "y", None),), 0, 1),
        Op(0, "a", "txn", None, (("w", "x", 1),), "ok", (("w", "x", 2),), 0, 1),
        Op(0, "a", "enqueue", None, 1, "ok", None, 0, 1),
        Op(0, "a", "txn", None, (("w", "x", None),), "ok", None, 0, 1),
    ]
    for op in odd:
        verdict = serializable(History([op]))
        assert verdict.ok is None
        assert re.search(r"T0|operation 0", verdict.reason)


def test_only_a_history_is_judged() -> None:
    for judge in (isolation, anomalies, serializable):
        with pytest.raises(TypeError, match="a History is required"):
            judge([])  # type: ignore[arg-type]
