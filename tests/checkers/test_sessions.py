"""The session guarantees: against their definitions, by examples, and with the cases that are easy to get wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dscourse.checkers.sessions import (
    monotonic_reads,
    monotonic_writes,
    read_your_writes,
    writes_follow_reads,
)
from dscourse.checkers.verdict import Verdict
from dscourse.history import History, Op
from tests.checkers.weak_definitions import (
    Small,
    is_monotonic_reads,
    is_monotonic_writes,
    is_read_your_writes,
    is_writes_follow_reads,
    weak_histories,
)  # fmt: skip
from tests.effort import samples

DEFINED: dict[str, tuple[Callable[[History], Verdict], Callable[[Small], bool]]] = {
    "read your writes": (read_your_writes, is_read_your_writes),
    "monotonic reads": (monotonic_reads, is_monotonic_reads),
    "monotonic writes": (monotonic_writes, is_monotonic_writes),
    "writes follow reads": (writes_follow_reads, is_writes_follow_reads),
}
NUMBER = samples(12_000)


def history(*lines: str) -> History:
    """One operation per line, as in ``a x=1`` (client a wrote), ``b x:1`` (b read 1), ``b x:`` (b read nothing).

    ``?`` after the value leaves the operation open, ``!`` lets it fail.
    """
    ops = []
    for n, line in enumerate(lines):
        client, rest = line.split()
        status = {"?": "unknown", "!": "fail"}.get(rest[-1], "ok")
        rest = rest.rstrip("?!")
        key, mark, value = rest[0], rest[1], int(rest[2:]) if rest[2:] else None
        f, written, result = ("write", value, None) if mark == "=" else ("read", None, value)
        ops.append(Op(n, client, f, key, written, status, result, 2 * n, 2 * n + 1))
    return History(ops)


@pytest.mark.parametrize("name", DEFINED)
def test_a_guarantee_says_what_its_definition_says(name: str) -> None:
    judge, definition = DEFINED[name]
    answers = {True: 0, False: 0}
    for one in weak_histories(len(name), NUMBER):
        verdict = judge(one)
        if verdict.ok is not None:
            small = Small(one)
            right = definition(small)
            assert verdict.ok is right, f"{verdict!r} but it is {right}\n{one}"
            answers[right and not small.broken] += not small.broken
    assert min(answers.values()) > samples(100)


@pytest.mark.parametrize("name", DEFINED)
def test_the_operations_it_names_refute_it_alone(name: str) -> None:
    judge, definition = DEFINED[name]
    refuted = 0
    for one in weak_histories(9, 3_000):
        verdict = judge(one)
        if verdict.ok is False and not Small(one).broken:
            refuted += 1
            assert verdict.reason
            named = one.where(lambda op, ids=verdict.refuting: op.id in ids)  # type: ignore[misc]
            assert not definition(Small(named)), f"{verdict!r}\n{one}"
    assert refuted > 30


@pytest.mark.parametrize(
    ("lines", "failing"),
    [
        (("a x=1", "a x:1", "b x:", "b x:1"), set()),
        (("a x=1", "a x:"), {"read your writes"}),
        (("a x=1", "a x=2", "a x:1"), {"read your writes"}),
        (("b x=1", "a x:1", "a x=2", "a x:1"), {"read your writes"}),
        (("b x=1", "a x=2", "a x:1"), set()),  # 1 may have come after 2
        (("a x=1", "b x:1", "b x:"), {"monotonic reads"}),
        (("a x=1", "a x=2", "b x:2", "b x:1"), {"monotonic reads", "monotonic writes"}),
        (("a x=1", "b x=2", "c x:1", "c x:2", "c x:1"), {"monotonic reads"}),
        (("a x=1", "b x=2", "c x:1", "c x:2", "d x:2", "d x:1"), set()),  # no two need agree
        (("a x=1", "a y=2", "b y:2", "b x:"), {"monotonic writes"}),
        (("a x=1", "a x=2", "a y=3", "b y:3", "b x:1"), {"monotonic writes"}),
        (("a x=1", "b x:1", "b y=2", "c y:2", "c x:"), {"writes follow reads"}),
        (("a x=1", "b x:1", "b x=2", "c x:2", "c x:1"), {"writes follow reads"}),
        (("a x:2", "a x=1", "b x:1", "b x=2"), {"writes follow reads"}),  # a cycle
        (("a x=1", "b x:1", "b y=2", "c y:2", "c z=3", "d z:3", "d x:"), {"writes follow reads"}),
        (("a x=1?", "a x:"), set()),  # it may not have happened
        (("a x=1?", "a x=2", "b x:2", "b x:1"), set()),  # it may have happened late
        (("a x=1", "a x=2?", "b x:2", "b x:1"), {"monotonic reads", "monotonic writes"}),
        (("a x=1!", "b x:"), set()),
    ],
)
def test_examples(lines: tuple[str, ...], failing: set[str]) -> None:
    assert {
        name for name, (judge, _) in DEFINED.items() if judge(history(*lines)).ok is False
    } == failing


@pytest.mark.parametrize("name", DEFINED)
@pytest.mark.parametrize(
    ("lines", "reason", "refuting"),
    [
        (("a x=1!", "b x:1"), "r1 returned 1, a value of a write that failed, w0", (0, 1)),
        (("a x=1", "b x:7"), "r1 returned 7, which nobody wrote", (1,)),
        (("a x:1", "a x=1"), "r0 returned 1, which its own client wrote only later, by w1", (0, 1)),
    ],
)
def test_what_no_store_can_return_refutes_every_guarantee(
    name: str, lines: tuple[str, ...], reason: str, refuting: tuple[int, ...]
) -> None:
    verdict = DEFINED[name][0](history(*lines))
    assert (verdict.ok, verdict.reason, verdict.refuting) == (False, reason, refuting)


@pytest.mark.parametrize(
    ("name", "lines", "reason", "refuting"),
    [
        (
            "monotonic reads",
            ("a x=1", "b x=2", "d x=3", "c x:3", "c x:1", "c x:2", "c x:1"),
            "r6 returned 1 although to the same client r4 had returned 1 and r5 had returned 2 since",
            (0, 1, 4, 5, 6),
        ),
        (
            "monotonic writes",
            ("a x=1", "a x=2", "a y=3", "b y:3", "b x:1"),
            "r4 returned 1 although r3 had returned 3, and its writer had made w1 before w2, and w0 before that",
            (0, 1, 2, 3, 4),
        ),
    ],
)
def test_what_a_sentence_names(
    name: str, lines: tuple[str, ...], reason: str, refuting: tuple[int, ...]
) -> None:
    verdict = DEFINED[name][0](history(*lines))
    assert (verdict.ok, verdict.reason, verdict.refuting) == (False, reason, refuting)


@pytest.mark.parametrize("name", DEFINED)
@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (History(), "nothing to judge: the history is empty"),
        (history("a x=1"), "nothing to judge: no operation told its result"),
        (
            history("a x=1", "b x=1", "c x:1"),
            "r2 returned 1, which may come from w0 and w1: written values must differ",
        ),
        (
            History([
                Op(0, "a", "delete", "x", None, "ok", None, 0, 1), Op(1, "a", "read", "x", None, "ok", None, 2, 3),
            ]),
            "r1 returned nothing, which may come from the value before all writes and delete 0: "
            "written values must differ",
        ),
        (
            History([Op(0, "a", "cas", "x", (1, 2), "ok", True, 0, 1)]),
            "operation 0 is 'cas': this model is judged on reads and writes alone",
        ),
        (
            History([
                Op(0, "a", "write", "x", 1, "ok", None, 0, 1), Op(1, "b", "write", "x", 2, "ok", None, 2, 3),
                Op(2, "a", "read", "x", None, "ok", (1, 2), 4, 5),
            ]),
            "r2 returned several values at once: a register has one",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_says_why(name: str, one: History, reason: str) -> None:
    verdict = DEFINED[name][0](one)
    assert (verdict.ok, verdict.reason) == (None, reason)


def test_a_value_that_a_list_holds_is_not_an_error() -> None:
    read = Op(0, "a", "read", "x", None, "ok", ["odd"], 0, 1)
    assert monotonic_reads(History([read])).reason == "r0 returned ['odd'], which nobody wrote"
