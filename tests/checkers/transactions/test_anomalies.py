"""Every anomaly by its name, with the levels that allow it, in the sentence that a reader sees."""

from __future__ import annotations

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
from tests.checkers.transactions.anomaly_examples import ALL, EXAMPLES, strongest
from tests.checkers.transactions.histories import concurrent, in_turn, transaction
from tests.checkers.transactions.naive import HOLDS
from tests.checkers.transactions.small import small_histories


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
