"""The ladder of models: its arrows hold on tens of thousands of histories, and one history stands where it should."""

from __future__ import annotations

from collections import Counter

import pytest

from dscourse.checkers import BY_NAME, IMPLIES, classify
from dscourse.checkers.classification import Classification, weaker_than
from dscourse.checkers.verdict import Verdict
from dscourse.history import History, Op
from tests.checkers.test_causal import causal_run
from tests.checkers.test_sessions import history
from tests.checkers.weak_definitions import weak_histories
from tests.effort import once, samples


@once
def test_a_model_that_holds_makes_the_weaker_ones_hold_and_no_other_arrow_is_missing() -> None:
    """By their own judges: no arrow is ever contradicted, and every pair without one is, by some history."""
    missing = {
        (one, other)
        for one in BY_NAME
        for other in BY_NAME
        if one != other and other not in weaker_than(one)
    }
    holding: Counter[str] = Counter()
    for one in [*weak_histories(23, samples(20_000), ops=6), *RARE]:
        verdicts = {name: judge(one).ok for name, judge in BY_NAME.items()}
        for strong, weak in IMPLIES:
            assert not verdicts[strong] or verdicts[weak], (
                f"{strong} holds but {weak} does not:\n{one}"
            )
        holding.update(name for name, ok in verdicts.items() if ok)
        missing -= {
            (one, other) for one, other in missing if verdicts[one] and verdicts[other] is False
        }
    assert missing == set()
    assert min(holding.values()) > samples(1_000)


RARE = [
    history("a z=1", "a x=2", "a y=3", "b x=4", "b z:", "b y:3", "b x:4"),
    history("a x=1", "b x=2", "a x:2", "a x:1", "b x:1"),
]


@once
def test_the_search_is_left_out_where_another_model_settles_it() -> None:
    for one in weak_histories(29, samples(4_000)):
        found = classify(one)
        for name, judge in BY_NAME.items():
            assert found.verdicts[name].ok is judge(one).ok, f"{name}\n{one}"
            assert found.verdicts[name].model == judge(one).model
            assert found.verdicts[name].reason or found.verdicts[name].ok


@pytest.mark.parametrize(
    ("lines", "maximal"),
    [
        (("a x=1", "b x:1"), ("linearizable",)),
        (("a x=1", "b x:"), ("sequential",)),
        (("a x=1", "b x=2", "c x:1", "c x:2", "d x:2", "d x:1"), ("causal_memory",)),
        (("a z=1", "a x=2", "a y=3", "b x=4", "b z:", "b y:3", "b x:4"), ("causal_convergence",)),
        (("a x=1", "b x:1", "b y=2", "c y:2", "c x:"), ("pram",)),
        (("a x=1", "b x=2", "c x:1", "c x:2", "c x:1"), ("weak_causal",)),
        (("a x=1", "a x:"), ("monotonic_reads", "monotonic_writes", "writes_follow_reads")),
        (("a x=1", "a x=2", "b x:2", "b x:1"), ("read_your_writes", "writes_follow_reads")),
        (("a x:7",), ()),
    ],
)
def test_the_strongest_models_that_hold(lines: tuple[str, ...], maximal: tuple[str, ...]) -> None:
    assert classify(history(*lines)).maximal == maximal


def test_the_ladder_is_a_chain_and_weak_causal_is_no_rung_of_it() -> None:
    ladder = ("linearizable", "sequential", "causal_memory", "pram")
    for number, name in enumerate(ladder):
        assert set(ladder[number + 1 :]) <= set(weaker_than(name))
    assert "pram" not in weaker_than("weak_causal")
    assert "weak_causal" not in weaker_than("pram")


def test_there_and_back_is_weak_causal_and_neither_causal_memory_nor_pram() -> None:
    """Two reads of one client see the same two concurrent writes in different orders: 1, 2, 1."""
    found = classify(history("a x=1", "b x=2", "c x:1", "c x:2", "c x:1")).verdicts
    assert found["weak_causal"].ok is True
    assert [found[name].ok for name in ("causal_memory", "pram", "monotonic_reads")] == [False] * 3


def test_the_table() -> None:
    table = str(classify(history("a x=1", "b x:1", "b y=2", "c y:2", "c x:"))).splitlines()
    missed = "r4 returned nothing although"
    cause = "w0 came before it: w0 → r1 → w2 → r3 → r4"
    followed = f"{missed} r3 had returned 2, and w0 had been read before w2 was made"
    assert table == [
        f"linearizable         fails    {missed} w0 had finished before r4 began",
        f"sequential           fails    not even writes follow reads: {followed}",
        f"causal memory        fails    {missed} {cause}",
        f"causal convergence   fails    {missed} {cause}",
        f"weak causal          fails    {missed} {cause}",
        "PRAM                 holds    3 reads, 0 concurrent pairs",
        "read your writes     holds    follows from PRAM",
        "monotonic reads      holds    follows from PRAM",
        "monotonic writes     holds    follows from PRAM",
        f"writes follow reads  fails    {followed}",
        "strongest that holds: PRAM",
    ]


def test_what_cannot_be_judged() -> None:
    found = classify(History())
    assert found.maximal == ()
    assert found.sentence() == "none could be judged"
    assert {verdict.reason for verdict in found.verdicts.values()} == {
        "nothing to judge: the history is empty"
    }
    assert classify(history("a x:7")).sentence() == "none of these models holds"


def test_what_is_unknown_is_said_beside_what_holds() -> None:
    known = {"pram": Verdict("PRAM", True), "sequential": Verdict("sequential", None)}
    assert Classification(known).sentence() == "strongest that holds: PRAM; unknown: sequential"


def test_two_keys_that_each_are_sequential_but_not_together() -> None:
    one = history("a x=1", "a y:", "b y=2", "b x:")
    assert classify(one).maximal == ("causal_memory", "causal_convergence")
    assert all(classify(one.by_key(key)).verdicts["sequential"].ok for key in "xy")


def test_other_objects_are_judged_by_what_knows_them() -> None:
    queue = History([
        Op(0, "a", "enqueue", None, 1, "ok", None, 0, 1), Op(1, "b", "dequeue", None, None, "ok", 1, 2, 3),
        Op(2, "b", "dequeue", None, None, "ok", 1, 4, 5),
    ])  # fmt: skip
    found = classify(queue)
    assert found.verdicts["linearizable"].ok is False
    assert found.verdicts["weak_causal"].ok is None
    assert classify(queue[:2]).maximal == ("linearizable",)


def test_an_empty_string_is_what_a_get_finds_before_all_puts() -> None:
    rows = [
        ("a", "get", None, ""),
        ("a", "put", "v", None),
        ("b", "get", None, "v"),
        ("b", "get", None, ""),
    ]
    ops = [
        Op(n, *row[:2], "k", row[2], "ok", row[3], 2 * n, 2 * n + 1) for n, row in enumerate(rows)
    ]
    assert classify(History(ops[:3])).maximal == ("linearizable",)
    assert classify(History(ops)).verdicts["monotonic_reads"].ok is False
    assert classify(History(ops[1:2] + ops[3:])).verdicts["weak_causal"].ok is True


def test_a_long_history_is_classified_at_once() -> None:
    found = classify(causal_run(2_000))
    assert found.maximal[0] == "causal_memory"
