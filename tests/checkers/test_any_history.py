"""Whatever a history holds, a checker gives a verdict; and only a History is taken for one."""

from __future__ import annotations

import copy
import math
import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dscourse.checkers import (
    BY_NAME,
    CasRegister,
    Counter,
    KeyValue,
    MultiRegister,
    Mutex,
    Queue,
    Register,
    Set,
    Specification,
    StrictCasRegister,
    Verdict,
    classify,
    linearizable,
    linearizable_by_search,
    sequential,
)
from dscourse.checkers.workloads import grow_only_set, logs
from dscourse.history import History, Op
from tests.checkers.test_agreement import KINDS, histories
from tests.effort import samples

JUDGES: list[Callable[[History], Verdict]] = [*BY_NAME.values(), linearizable_by_search]
WITH_MODEL = [linearizable, linearizable_by_search, sequential]
MODELS = [
    Register(),
    CasRegister(),
    StrictCasRegister(),
    MultiRegister(),
    Mutex(),
    KeyValue(),
    Counter(),
    Queue(),
    Set(),
]


class Raising:
    """A value whose comparison fails."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")

    def __hash__(self) -> int:
        return 1


class Unequal:
    """A value that is not even equal to itself."""

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 2


class Unprintable:
    """A value without a text."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")


CYCLE: list[Any] = []
CYCLE.append(CYCLE)
DEEP: Any = ()
for _ in range(5_000):
    DEEP = (DEEP,)
WIDE: Any = ()
for _ in range(60):
    WIDE = (WIDE, WIDE)

ODD = [
    None, True, False, 0, 1, -1, 1.0, 0.5, math.nan, math.inf, 10**5_000, "", "a", "1", b"a", (), (1, 2), (1, (2,)), [], [1], {},  # noqa: E501
    {"a": [1]}, {1}, frozenset({1, "a"}), Raising(), Unequal(), Unprintable(), CYCLE, np.int64(1), np.array([1, 2]),
    np.bool_(True), np.float64("nan"), object(), (("r", "x", None),), (("w", "x", 1), ("r", "x", 1)), (Raising(),),
]  # fmt: skip
NAMES = ["read", "write", "cas", "delete", "get", "put", "append", "add", "remove", "enqueue", "dequeue", "acquire",
         "release", "txn", "odd", "", None, 5, [], Unprintable()]  # fmt: skip


@st.composite
def odd_histories(draw: Any) -> History:
    """Operations of which any field may be anything that an Op can be made of."""
    names = draw(
        st.sampled_from(
            [NAMES, NAMES[:3], NAMES[4:7], NAMES[7:9] + NAMES[:1], NAMES[9:11], NAMES[11:13]]
        )
    )
    tame = draw(st.booleans())
    clock = st.integers(-3, 12)
    ops = []
    for number in range(draw(st.integers(0, 6))):
        begin = draw(clock)
        end = draw(st.none() | st.integers(begin + 1, begin + 6))
        status = draw(st.sampled_from(["ok", "ok", "ok", "fail", "unknown", "pending"]))
        process = draw(
            st.sampled_from(["a", "b", "c", f"p{number}"] if tame else ["a", "b", None, 3, []])
        )
        values = [draw(st.sampled_from(ODD)) for _ in range(3)]
        times = [
            draw(st.sampled_from([0.0, -1.0, math.nan, math.inf, None, "soon"])) for _ in range(2)
        ]
        ids = number if tame else draw(st.sampled_from([number, 0, -1]))
        if tame:
            end = begin + 1 if end is None else end
        ops.append(
            Op(
                ids,
                process,
                draw(st.sampled_from(names)),
                *values[:2],
                status,
                values[2],
                begin,
                end,
                *times,
            )
        )
    return History(ops)


@settings(max_examples=250, deadline=None)
@given(odd_histories())
def test_every_judge_gives_a_verdict_on_any_history(history: History) -> None:
    for judge in JUDGES:
        assert_complete(judge(history))
    assert classify(history).sentence()


@settings(max_examples=150, deadline=None)
@given(odd_histories(), st.sampled_from(MODELS))
def test_every_judge_gives_a_verdict_with_any_specification(
    history: History, spec: Specification
) -> None:
    for judge in WITH_MODEL:
        assert_complete(judge(history, spec, 2_000))


def assert_complete(verdict: Verdict) -> None:
    """A verdict of None has a reason, and everything can be asked of it."""
    assert verdict.ok in (True, False, None)
    assert bool(verdict.reason) is (verdict.ok is not True)
    assert "could not be explained" not in verdict.reason
    assert repr(verdict)
    assert verdict.ok is not False or isinstance(verdict.refuting, tuple)


class Broken(Specification):
    """A specification whose step fails in one of many ways."""

    def __init__(self, answer: Callable[[Any, Op], Any]) -> None:
        self.answer = answer

    def step(self, state: Any, op: Op) -> Any:
        return self.answer(state, op)


@pytest.mark.parametrize(
    "answer",
    [
        lambda state, op: 1 // 0,
        lambda state, op: state.missing,
        lambda state, op: Raising(),
        lambda state, op: np.array([1, 2]),
        lambda state, op: CYCLE,
        lambda state, op: {},
        lambda state, op: [],
        lambda state, op: NotImplemented,
    ],
)
def test_a_specification_that_fails_gives_a_verdict_too(answer: Callable[[Any, Op], Any]) -> None:
    history = History(
        [
            Op(0, "a", "go", status="ok", invoked=0, returned=1),
            Op(1, "b", "go", status="ok", invoked=2, returned=3),
        ]
    )
    for judge in WITH_MODEL:
        verdict = judge(history, Broken(answer))
        assert_complete(verdict)
        assert verdict.ok is not False


@pytest.mark.parametrize(
    ("ops", "reason"),
    [
        ([Op(3, "a", "read"), Op(3, "b", "write")], "two operations have the id 3: ids must differ"),
        ([Op(0, "a", "read", status="ok", result=1)], "r0 ended as ok, but has no index at which it returned"),
        ([Op(0, 7, "read")], "operation 0 has process=7: a name (str) is required"),  # type: ignore[arg-type]
        ([Op(0, "a", None)], "operation 0 has f=None: a name (str) is required"),  # type: ignore[arg-type]
        ([Op(0, "a", "read", invoked=math.nan)], "r0 has invoked=nan: an index (int) is required"),  # type: ignore[arg-type]
        ([Op(0, "a", "write", value=Raising())], "the value of w0 cannot be judged: a Raising cannot be compared: no comparison"),  # noqa: E501
        ([Op(0, "a", "read", "x", None, "ok", CYCLE, 0, 1)], "the result of r0 cannot be judged: a list is too large to compare, or contains itself"),  # noqa: E501
        ([Op(0, "a", "read", result=CYCLE)], "the result of r0 cannot be judged: a list is too large to compare, or contains itself"),  # noqa: E501
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_history_is_told(ops: list[Op], reason: str) -> None:
    for judge in JUDGES:
        verdict = judge(History(ops))
        assert (verdict.ok, verdict.reason, verdict.vacuous) == (None, reason, False)


@pytest.mark.parametrize("value", [DEEP, WIDE], ids=["deep", "wide"])
def test_values_too_large_to_compare_are_refused_at_once(value: Any) -> None:
    for judge in JUDGES:
        verdict = judge(History([Op(0, "a", "write", value=value), Op(1, "b", "read")]))
        assert "too large to compare" in verdict.reason


class World:
    history = History()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (World(), "a World was given, and a History is required: write world.history"),
        ([], "a list was given, and a History is required: write History(…)"),
        ("abc", "a str was given, and a History is required, as in world.history"),
        (None, "a NoneType was given, and a History is required"),
    ],
)
def test_only_a_history_is_judged(given: Any, message: str) -> None:
    for judge in (*JUDGES, classify):
        with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
            judge(given)


@pytest.mark.parametrize("judge", WITH_MODEL)
def test_only_a_specification_is_a_specification(judge: Callable[..., Verdict]) -> None:
    with pytest.raises(TypeError, match="spec=Register: an instance is required"):
        judge(History(), Register)
    with pytest.raises(TypeError, match="spec='register': a Specification is required"):
        judge(History(), "register")


# Values.

SAME = [
    (1, 1.0),
    (math.nan, -math.nan),
    ((1, 2), [1, 2]),
    ("a", "a"),
    (True, np.bool_(True)),
    (4, np.int64(4)),
    (0.0, -0.0),
]
DIFFERENT = [
    (1, True),
    (0, False),
    ("1", 1),
    (b"a", "a"),
    ((1,), 1),
    ((1,), (True,)),
    (2**53 + 1, 2.0**53),
]


@pytest.mark.parametrize(
    ("written", "read", "allowed"), [(*p, True) for p in SAME] + [(*p, False) for p in DIFFERENT]
)
def test_one_rule_says_when_values_are_the_same(written: Any, read: Any, allowed: bool) -> None:
    ops = [
        Op(0, "a", "write", "x", written, "ok", None, 0, 1),
        Op(1, "b", "read", "x", None, "ok", read, 2, 3),
    ]
    again = [
        *ops,
        Op(2, "a", "write", "x", written, "ok", None, 4, 5),
    ]  # by search, as two values are equal
    for judge in JUDGES:
        assert judge(History(ops)).ok is allowed, judge
    for one in WITH_MODEL:
        assert one(History(again), Register()).ok is allowed
        assert one(History(ops), CasRegister()).ok is allowed


def test_keys_and_processes_of_other_types_are_other_keys() -> None:
    ops = [
        Op(0, "a", "write", 1, 5, "ok", None, 0, 1),
        Op(1, "a", "write", True, 6, "ok", None, 2, 3),
        Op(2, "b", "read", 1, None, "ok", 5, 4, 5),
        Op(3, "b", "read", True, None, "ok", 6, 6, 7),
    ]
    history = History(ops)
    assert [judge(history).ok for judge in JUDGES] == [True] * len(JUDGES)
    assert len(history.by_key(1)) == len(history.by_key(True)) == 2
    assert list(map(type, history.keys)) == [int, bool]
    swapped = History([*ops[:2], replace(ops[2], result=6)])
    assert [judge(swapped).ok for judge in JUDGES] == [False] * len(JUDGES)


def test_sets_and_states_do_not_mix_types() -> None:
    ops = [
        Op(0, "a", "add", None, 1, "ok", None, 0, 1),
        Op(1, "b", "read", None, None, "ok", (True,), 2, 3),
    ]
    assert linearizable(History(ops), Set()).ok is False
    removing = [*ops, Op(2, "b", "remove", None, 7, "ok", None, 4, 5)]
    assert [judge(History(removing), Set()).ok for judge in WITH_MODEL] == [False] * 3
    both = [
        Op(n, "abc"[n], "write", None, value, "ok", None, 0, 9)
        for n, value in enumerate((1, True, 1))
    ]
    reads = [
        Op(9, "r", "read", None, None, "ok", True, 10, 11),
        Op(10, "r", "read", None, None, "ok", 1, 12, 13),
    ]
    assert linearizable(History([*both, reads[0]])).ok is True
    assert linearizable(History([*both, *reads])).ok is False


# Explanations.


def test_an_explanation_is_worked_out_when_it_is_asked_for_and_once() -> None:
    asked = []

    def explain() -> Any:
        asked.append(1)
        return Verdict("x", False, "because", (), (1, 2))

    verdict = Verdict.explained("m", explain, "1 read", 5)
    assert (verdict.ok, verdict.judged, verdict.states, asked) == (False, "1 read", 5, [])
    assert not verdict
    assert (verdict.refuting, verdict.reason, verdict.reason, asked) == (
        (1, 2),
        "because",
        "because",
        [1],
    )
    with pytest.raises(AttributeError, match="a Verdict has no 'other'"):
        verdict.other  # noqa: B018


def explained_at_once(verdict: Verdict) -> Verdict:
    assert verdict.reason is not None
    return verdict


@pytest.mark.parametrize("kind", KINDS)
def test_an_explanation_is_the_same_whenever_and_however_it_is_asked_for(kind: str) -> None:
    spec, asked = KINDS[kind][0], 0
    ways: list[Callable[[Verdict], object]] = [
        copy.copy, copy.deepcopy, lambda verdict: pickle.loads(pickle.dumps(verdict)), replace,
        lambda verdict: (repr(verdict), verdict)[1], lambda verdict: (verdict._repr_html_(), verdict)[1],
    ]  # fmt: skip
    for n, one in enumerate(histories(kind, samples(120), 8)):
        late = [linearizable(one, spec), *(judge(one) for judge in BY_NAME.values())]
        eager = [
            explained_at_once(linearizable(one, spec)),
            *(explained_at_once(judge(one)) for judge in BY_NAME.values()),
        ]
        one = History()
        asked += sum(verdict._explain is not None for verdict in late)
        assert [ways[n % len(ways)](verdict) for verdict in late] == eager
    assert asked > 10


@pytest.mark.parametrize("kind", ["growing set", "set", "queue"])
def test_a_result_that_changes_after_the_verdict_does_not_change_the_explanation(kind: str) -> None:
    spec, refuted = KINDS[kind][0], 0
    for one in histories(kind, samples(200)):
        in_lists = History(
            replace(op, result=list(op.result) if isinstance(op.result, tuple) else [op.result])
            if op.f in ("read", "dequeue") and op.status == "ok" else op
            for op in one
        )  # fmt: skip
        expected, late = (
            explained_at_once(linearizable(in_lists, spec)),
            linearizable(in_lists, spec),
        )
        for op in in_lists:
            if isinstance(op.result, list):
                op.result[:] = [99]
        assert late == expected
        refuted += late.ok is False
    assert refuted > 10


@pytest.mark.parametrize(
    ("judge", "ops"),
    [
        (
            grow_only_set,
            [Op(0, "a", "add", None, 3, "ok", None, 0, 1), Op(1, "b", "read", None, None, "ok", [], 2, 3)],
        ),
        (logs, [Op(0, "b", "poll", None, (("k", 0),), "ok", [["k", [[1, 11]]]], 0, 1)]),
    ],
)  # fmt: skip
def test_judges_of_workloads_explain_when_asked_what_was_recorded_then(
    judge: Callable[[History], Verdict], ops: list[Op]
) -> None:
    history = History(ops)
    expected, late = explained_at_once(judge(history)), judge(history)
    assert late._explain is not None
    ops[-1].result[:] = [3]  # type: ignore[index]
    assert late == expected


def test_a_verdict_with_an_explanation_can_be_copied_compared_and_sent() -> None:
    ops = [
        Op(0, "a", "enqueue", None, 1, "ok", None, 0, 1),
        Op(1, "b", "dequeue", None, None, "ok", 2, 2, 3),
    ]
    one, other, third = (linearizable(History(ops)) for _ in range(3))
    assert pickle.loads(pickle.dumps(one)) == other
    assert replace(third, model="m").refuting == (1,)
    assert len({one, other}) == 1
    assert len({hash(v) for v in (one, other)}) == 1
