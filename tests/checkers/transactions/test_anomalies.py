"""Every anomaly by its name, with the levels that allow it, in the sentence that a reader sees."""

from __future__ import annotations

import re

import pytest

from dscourse.checkers import Verdict
from dscourse.checkers.transactions import (
    BY_LEVEL,
    LEVELS,
    MEANINGS,
    anomalies,
    forbidden,
    isolation,
    serializable,
    strict_serializable,
)
from dscourse.history import History, Op
from dscourse.interop.jepsen import read
from tests.checkers.transactions.histories import concurrent, in_turn, transaction
from tests.checkers.transactions.naive import HOLDS
from tests.checkers.transactions.small import small_histories

# The lines of the history, the names of its anomalies, the strongest level that holds, and a part of the explanation.
EXAMPLES: dict[str, tuple[History, list[str], str | None, str]] = {
    "write skew": (
        concurrent("r x, append y 1", "r y, append x 2"), ["G2-item (write skew)"], "snapshot_isolation",
        "T0 read x before T1 appended 2 to it, and T1 read y before T0 appended 1 to it, "
        "so each must come before the other",
    ),
    "write skew on registers": (
        concurrent("r x =, w y 1", "r y =, w x 2"), ["G2-item (write skew)"], "snapshot_isolation",
        "T0 read x = nothing before T1 wrote x = 2",
    ),
    "long fork": (
        concurrent("append x 1", "append y 2", "r x 1, r y", "r x, r y 2"), ["G-nonadjacent (long fork)"],
        "parallel_snapshot_isolation",
        "T2 read 1 in x, which T0 had appended, T2 read y before T1 appended 2 to it, "
        "T3 read 2 in y, which T1 had appended, and T3 read x before T0 appended 1 to it, "
        "so T0 must come before itself",
    ),
    "lost update": (
        concurrent("append x 1", "r x 1, append x 2", "r x 1, append x 3", "r x 1 2 3"),
        ["lost update (G-single)"], "monotonic_atomic_view",
        "T1 and T2 both read x when 1 was its last write, and both wrote it",
    ),
    "lost update of which nobody reads the end": (
        concurrent("w x 1", "r x = 1, w x 2", "r x = 1, w x 3"), ["lost update (G2-item)"],
        "monotonic_atomic_view", "T1 and T2 both read x when 1 was its last write, and both wrote it",
    ),
    "lost update of a value from before the history": (
        concurrent("r x = 0, w x 1", "r x = 0, w x 2"), ["garbage read", "lost update"], None,
        "T0 and T1 both read x when 0 was its last write, and both wrote it",
    ),
    "read skew": (
        concurrent("append x 1, append y 1", "r y, r x 1"), ["G-single (read skew)"], "monotonic_atomic_view",
        "T1 read 1 in x, which T0 had appended, and T1 read y before T0 appended 1 to it",
    ),
    "observed transaction vanishes": (
        concurrent("append x 1, append y 1", "r x 1, r y"), ["OTV", "G-single (read skew)"], "read_committed",
        "T1 had read a write of T0 when it read nothing in y, which T0 wrote too",
    ),
    "observed transaction vanishes, over an older version": (
        concurrent("append y 5", "append x 1, append y 6", "r x 1, r y 5", "r y 5 6"),
        ["OTV", "G-single (read skew)"],
        "read_committed",
        "T2 had read a write of T1 when it read T0's version of y, which must then be newer than T1's",
    ),
    "observed transaction vanishes, after a read from another": (
        concurrent("append x 1, append z 1", "append y 2", "r x 1, r y 2, r z"),
        ["OTV", "G-single (read skew)"], "read_committed",
        "T2 had read a write of T0 when it read nothing in z, which T0 wrote too",
    ),
    "circular information flow": (
        concurrent("append x 1, r y 2", "append y 2, r x 1"), ["G1c"], "read_uncommitted",
        "T0 read 2 in y, which T1 had appended",
    ),
    "dirty write": (
        concurrent("append x 1, append y 1", "append x 2, append y 2", "r x 1 2", "r y 2 1"), ["G0"], None,
        "T0 appended 1 to x before T1 appended 2 to it, and T1 appended 2 to y before T0 appended 1 to it",
    ),
    "aborted read": (
        concurrent("a fail: append x 1", "r x 1", "append y 2", "r y 2"), ["G1a"], "read_uncommitted",
        "T1 read 1 in x, which T0 wrote, and that aborted",
    ),
    "intermediate read": (
        concurrent("w x 1, w x 2", "r x = 1, r y = 3", "w y 3"), ["G1b"], "read_uncommitted",
        "T1 read 1 in x, after which T0 wrote x again",
    ),
    "future read": (
        concurrent("r x 1, append x 1", "r x 1"), ["future read"], "read_uncommitted",
        "T0 read 1 in x before it wrote it",
    ),
    "incompatible orders": (
        concurrent("append x 1", "append x 2", "r x 1 2", "r x 2"), ["incompatible orders"], "read_uncommitted",
        "T2 read [1 2] in x and T3 read [2]: neither is the beginning of the other",
    ),
    "incompatible orders, which leave open whether a write was dirty": (
        concurrent("append x 1, append y 1", "append x 2, append y 2", "r x 1 2", "r x 2", "r y 2 1"),
        ["incompatible orders"], "read_uncommitted", "neither is the beginning of the other",
    ),
    "internal": (
        concurrent("append x 1", "r x 1, append x 2, r x 1", "r x 1 2"), ["internal"], "monotonic_atomic_view",
        "T1 read [1] in x, where it had just read or written [1 2]",
    ),
    "internal, of appends in another order": (
        concurrent("append x 1, append x 2", "r x 2"), ["internal"], "monotonic_atomic_view",
        "T1 read [2] in x of what T0 appended as [1 2]",
    ),
    "duplicates": (
        concurrent("append x 1", "r x 1 1"), ["duplicates"], None,
        "T1 read 1 2 times in x, to which it was appended once",
    ),
    "garbage read": (concurrent("w x 1", "r x = 7"), ["garbage read"], None, "T1 read 7 in x, which nobody wrote"),
    "stale read": (
        in_turn("a ok: append x 1", "b ok: r x"), ["G-single-realtime"], "serializable",
        "T1 read x before T0 appended 1 to it, and T0 had ended before T1 began",
    ),
    "stale read of a register": (
        in_turn("a ok: w x 1", "b ok: w x 2", "c ok: r x = 1"), ["G-single-realtime"], "serializable",
        "T2 read x = 1 before T1 wrote x = 2, as T0 wrote x = 1 and had ended before T1 began, and T1 had ended "
        "before T2 began",
    ),
    "read of a register from the future": (
        in_turn("a ok: r x = 1", "b ok: w x 1"), ["G1c-realtime"], "serializable",
        "T0 read x = 1, which T1 had written, and T0 had ended before T1 began",
    ),
    "reads of a register there and back": (
        History([
            transaction(0, "w x 1", 0, 3), transaction(1, "w x 2", 1, 4), transaction(2, "r x = 2", 5, 6),
            transaction(3, "r x = 1", 7, 8), transaction(4, "r x = 2", 9, 10),
        ]),
        ["unordered writes-realtime"], "serializable",
        "T1 wrote x = 2 before T0 wrote x = 1, as T1 had ended before T3, which read x = 1, began",
    ),
    "no order of the writes to a register": (
        concurrent("r x = 3, r y = 1", "w y 1, w x 2", "r x =, w x 3"),
        ["unordered writes (G-single (lost update))"], "monotonic_atomic_view",
        "every order of the writes that no read shows leads to a cycle",
    ),
    "dirty writes around one that was read and rolled back": (
        concurrent(
            "a fail: append x 1", "append x 2, append y 2", "append x 3, append y 3", "r x 1 2 3", "r x 2 3",
            "r y 3 2",
        ),
        ["G0", "G1a", "incompatible orders"], None,
        "T1 appended 2 to x before T2 appended 3 to it, and T2 appended 3 to y before T1 appended 2 to it",
    ),
    "two anomalies, of which one is seen in real time alone": (
        in_turn("a ok: r x, append y 1", "b ok: r y, append x 2", "c ok: append z 3", "d ok: r z"),
        ["G2-item (write skew)", "G-single-realtime"], "snapshot_isolation",
        "T3 read z before T2 appended 3 to it, and T2 had ended before T3 began",
    ),
    "dirty writes that intermediate appends show": (
        concurrent("append x 1, append x 2", "append x 3, append x 4", "r x 2 4 3 1", "r x 2 4 1"),
        ["G0", "G1b", "incompatible orders", "internal"], None, "T0 appended 2 to x before T1 appended 4 to it",
    ),
    "own write unseen": (
        in_turn("a ok: append x 1", "a ok: r x"), ["G-single-session", "G-single-realtime"], "serializable",
        "T1 read x before T0 appended 1 to it",
    ),
}  # fmt: skip
TOO_LARGE_FOR_THE_DEFINITIONS: dict[str, tuple[History, list[str], str | None, str]] = {
    "a lost update and a read skew, both G-single": (
        concurrent(
            "append x 1", "r x 1, append x 2", "r x 1, append x 3", "r x 1 2 3", "append p 1, append q 1",
            "r q, r p 1",
        ),
        ["lost update (G-single)", "G-single (read skew)"], "monotonic_atomic_view",
        "T5 read 1 in p, which T4 had appended, and T5 read q before T4 appended 1 to it",
    ),
    "own write unseen, of which the client does not know whether it happened": (
        in_turn("a unknown: append x 1", "a ok: r x", "b ok: r x 1", "c ok: append z 1", "d ok: r z",
            "c ok: append w 1", "c ok: r w 1",
        ),
        ["G-single-realtime"], "strong_session_serializable",
        "T4 read z before T3 appended 1 to it, and T3 had ended before T4 began",
    ),
}  # fmt: skip
ALL = EXAMPLES | TOO_LARGE_FOR_THE_DEFINITIONS


def strongest(history: History) -> str | None:
    """The first level that holds, the strongest first."""
    return next(
        (level for level, verdict in isolation(history).verdicts.items() if verdict.ok), None
    )


@pytest.mark.parametrize("name", ALL)
def test_an_anomaly_has_its_name_its_level_and_its_sentence(name: str) -> None:
    history, names, highest, sentence = ALL[name]
    assert [anomaly.title for anomaly in anomalies(history)] == names
    assert strongest(history) == highest
    found = isolation(history)
    reasons = [verdict.reason for verdict in found.verdicts.values()]
    reasons += [anomaly.reason for anomaly in anomalies(history)]
    assert any(sentence in reason for reason in reasons)
    for level, holds in HOLDS.items() if name in EXAMPLES else ():
        assert found.verdicts[level].ok in ((True, None) if holds(history) else (False,)), level


def test_a_read_after_the_own_write_is_no_lost_update() -> None:
    history = concurrent("w x 9", "w x 1, r x = 9", "r x = 9, w x 2")
    assert [anomaly.name for anomaly in anomalies(history)][:1] == ["internal"]
    assert "lost update" not in {anomaly.name for anomaly in anomalies(history)}


def test_a_write_that_its_transaction_overwrites_is_no_version() -> None:
    verdict = serializable(concurrent("w x 1, w x 2", "r x = 2"))
    assert verdict.ok is True
    assert "no read shows" not in str(verdict)


def test_a_writer_that_read_another_one_comes_after_it_whatever_the_key() -> None:
    history = concurrent("w x 1", "r x = 1, w x 2, w y 5", "r y = 5, r x = 1")
    verdict = BY_LEVEL["snapshot_isolation"](history)
    assert verdict.reason.startswith("G-single (read skew): ")  # proved, not found by trying orders


def test_every_anomaly_has_an_example_and_is_forbidden_by_a_level() -> None:
    shown = {anomaly.name for history, *_ in EXAMPLES.values() for anomaly in anomalies(history)}
    plain = {
        name.partition("-session")[0].partition("-realtime")[0]
        for name in forbidden("strict_serializable")
    }
    assert shown >= set(MEANINGS)
    assert plain | {"unordered writes"} == set(MEANINGS)


def test_a_cycle_says_step_by_step_why_each_comes_before_the_next() -> None:
    (skew,) = anomalies(EXAMPLES["write skew"][0])
    assert skew.refuting == (0, 1)
    assert [(number, kind) for number, kind, _ in skew.path] == [(0, "rw"), (1, "rw")]
    assert skew.path[0][2] == "T0 read x before T1 appended 2 to it"
    (fork,) = anomalies(EXAMPLES["long fork"][0])
    assert [(number, kind) for number, kind, _ in fork.path] == [
        (0, "wr"),
        (2, "rw"),
        (1, "wr"),
        (3, "rw"),
    ]


def test_a_smallest_cycle_is_shown() -> None:
    """Three write skews of one are a cycle of three; beside a cycle of two, the latter is shown."""
    ring = ["r x, append y 1", "r y, append z 2", "r z, append x 3"]
    assert serializable(concurrent(*ring)).refuting == (0, 1, 2)
    assert serializable(concurrent(*ring, "r p, append q 4", "r q, append p 5")).refuting == (3, 4)


def test_a_session_is_followed_over_several_transactions() -> None:
    history = in_turn("a ok: append x 1", "a ok: append y 2", "a ok: r x", "b ok: r y 2")
    verdict = BY_LEVEL["strong_session_serializable"](history)
    assert verdict.ok is False
    assert "T0 came before T2 in client a" in verdict.reason


def test_real_time_may_be_the_only_link_between_two_parts() -> None:
    history = in_turn("append x 1", "r x 1", "append y 2", "r y 2, r x")
    verdict = strict_serializable(history)
    assert verdict.reason.startswith(
        "G-single-realtime: T3 read x before T0 appended 1 to it, and T0 had ended"
    )


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


def test_values_of_other_types_are_told_apart() -> None:
    rows = [(("w", "x", True),), (("r", "x", 1),)]
    history = History(
        Op(n, "ab"[n], "txn", None, row, "ok", row, n, 9 + n) for n, row in enumerate(rows)
    )
    assert [anomaly.name for anomaly in anomalies(history)] == ["garbage read"]
    pair = [(("w", ("k", 1), (1, 2)),), (("r", ("k", 1), (1, 2)),)]
    history = History(
        Op(n, "ab"[n], "txn", None, row, "ok", row, n, 9 + n) for n, row in enumerate(pair)
    )
    assert serializable(history).ok is True


def test_a_sentence_names_keys_and_values_of_any_type() -> None:
    history = read("""
        {:process 0, :type :ok, :f :txn, :value [[:append :x 1] [:r :y [true]]]}
        {:process 1, :type :ok, :f :txn, :value [[:append :x 2] [:append :y true]]}
        {:process 2, :type :ok, :f :txn, :value [[:r :x [1 2]]]}""")
    assert [str(anomaly) for anomaly in anomalies(history)] == [
        "G1c: T0 appended 1 to :x before T1 appended 2 to it, and T0 read True in :y, which T1 had appended, so each "
        "must come before the other"
    ]


def test_two_that_overwrite_what_the_other_read_are_a_write_skew_only_on_two_keys() -> None:
    lost = concurrent("w x 1", "r x = 1, w x 2", "r x = 1, w x 3")
    skew = concurrent("w x 1, w y 2", "r x = 1, r y = 2, w x 3", "r x = 1, r y = 2, w y 4")
    assert [anomalies(one)[-1].title for one in (lost, skew)] == [
        "lost update (G2-item)",
        "G2-item (write skew)",
    ]


def test_real_time_is_named_by_the_dependencies_on_data_that_it_closes_a_cycle_with() -> None:
    """As Elle does: G0, G1c, G-single, G-nonadjacent or G2-item, and then "-realtime"."""
    long = [
        transaction(0, "r x, r z 1", 0, 9), transaction(1, "append z 1", 1, 11), transaction(2, "append x 1", 2, 3),
        transaction(3, "r z", 4, 10),
    ]  # fmt: skip
    skew = [
        transaction(0, "append y 3", 0, 2), transaction(1, "r y, append x 2", 1, 10),
        transaction(2, "r x", 3, 9),
    ]  # fmt: skip
    for history, name in (
        (in_turn("append x 2", "append x 1", "r x 1 2"), "G0-realtime"),
        (in_turn("r x 1", "append x 1"), "G1c-realtime"),
        (History(long), "G-nonadjacent-realtime"),
        (History(skew), "G2-item-realtime"),
        (in_turn("w x 1", "r x = 1, w x 2", "r x = 1"), "G-single-realtime"),
    ):
        assert [found.name for found in anomalies(history)] == [name], history
        assert strict_serializable(history).reason.startswith(name)


def test_a_kind_of_dependency_stands_beside_the_reason_for_it() -> None:
    [found] = anomalies(in_turn("a ok: w x 1", "b ok: w x 2", "c ok: r x = 1"))
    assert [(number, kind) for number, kind, _ in found.path] == [(2, "rw"), (1, "real time")]


def test_whatever_a_level_is_refuted_by_is_among_the_anomalies() -> None:
    for history in [*small_histories(5, 300), *small_histories(6, 300, lists=False)]:
        refuted = any(verdict.ok is False for verdict in isolation(history).verdicts.values())
        assert refuted is bool(anomalies(history)), history


def test_each_level_has_a_judge_of_its_own_name() -> None:
    assert [*BY_LEVEL] == [*LEVELS] == [judge.__name__ for judge in BY_LEVEL.values()]
    history = EXAMPLES["write skew"][0]
    for name, judge in BY_LEVEL.items():
        assert isinstance(judge(history), Verdict)
        assert judge(history).model == LEVELS[name].title
