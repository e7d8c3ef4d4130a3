"""Linearizability: verdicts on histories whose verdict is known, their reasons, and histories that are not judged."""

from __future__ import annotations

import pytest

from dscourse.checkers import (
    CasRegister,
    KeyValue,
    Queue,
    Register,
    Specification,
    linearizable,
    linearizable_by_search,
    specifications,
)
from dscourse.checkers.specifications import ILLEGAL
from dscourse.history import History, Op
from tests.checkers.histories import history

BOTH = pytest.mark.parametrize("judge", [linearizable, linearizable_by_search])

# Herlihy and Wing 1990, section 1: a queue's histories, two that are accepted and two that are not.
QUEUES = {
    "E x, E y overlap; D gives y": (
        ("a 0-3 enqueue 1", "b 1-4 enqueue 2", "b 5-6 dequeue -> 2"),
        True,
    ),
    "E x before E y; D gives y": (
        ("a 0-1 enqueue 1", "b 2-3 enqueue 2", "a 4-5 dequeue -> 2"),
        False,
    ),
    "a dequeue during its enqueue": (("a 0-5 enqueue 1", "b 1-3 dequeue -> 1"), True),
    "one element dequeued twice": (
        ("a 0-1 enqueue 1", "a 2-5 dequeue -> 1", "c 2-5 dequeue -> 1"),
        False,
    ),
}


@BOTH
@pytest.mark.parametrize("name", QUEUES)
def test_the_queues_of_herlihy_and_wing(name: str, judge: object) -> None:
    lines, allowed = QUEUES[name]
    assert judge(history(*lines)).ok is allowed  # type: ignore[operator]


@pytest.mark.parametrize(
    ("lines", "reason", "refuting"),
    [
        (
            ("a 0-1 write 1", "a 2-3 write 2", "b 15-16 read -> 1"),
            "r2 returned 1 although w1 had finished 12 ms before r2 began, and w1 began after w0 had finished",
            (0, 1, 2),
        ),
        (
            ("a 0-9 write 1", "b 1-3 read -> 1", "c 5-7 read -> None"),
            "r2 returned nothing although r1 had returned 1, 2 ms before r2 began",
            (1, 2),
        ),
        (
            ("a 0-1 write 1", "b 3-4 read -> None", "b 5-6 read -> 1"),
            "r1 returned nothing although w0 had finished 2 ms before r1 began",
            (0, 1),
        ),
        (("a 0-9 write 1", "b 1-3 read -> 7"), "r1 returned 7, which nobody wrote", (1,)),
        (
            ("b 1-3 read -> 1", "a 5-9 write 1"),
            "r0 returned 1 before any write of 1 had begun",
            (0,),
        ),
        (
            (
                "a 0-9 write 1",
                "b 0-9 write 2",
                "c 10-11 read -> 1",
                "c 12-13 read -> 2",
                "c 14-15 read -> 1",
            ),
            "r4 returned 1 although r3 had returned 2, 1 ms before r4 began, "
            "and r3, which returned 2, began after w0 had finished",
            (0, 3, 4),
        ),
    ],
)
def test_a_register_is_refuted_in_a_sentence(
    lines: tuple[str, ...], reason: str, refuting: tuple[int, ...]
) -> None:
    verdict = linearizable(history(*lines))
    assert (verdict.ok, verdict.reason, verdict.refuting) == (False, reason, refuting)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            ("a 0-1 write 1", "a 2-3 cas (1, 2) -> True", "a 4-5 read -> 1"),
            "whatever else happened, no order of cas 1 and r2 explains that r2 returned 1",
        ),
        (
            ("a 0-1 write 1", "a 2-3 write 1", "b 4-5 read -> 9"),
            "r2 returned 9, which nobody wrote",
        ),
        (
            ("a 0-1 put x 'u'", "a 2-3 append x 'v'", "b 8-9 get x -> 'u'"),
            "r2 lacks v, which append 1 had appended 5 ms before r2 began",
        ),
        (
            ("a 0-1 enqueue 1", "a 2-3 enqueue 2", "b 4-5 dequeue -> 2"),
            "whatever else happened, no order of enqueue 0 and dequeue 2 explains that dequeue 2 returned 2",
        ),
        (
            ("a 0-1 add", "b 2-3 read -> 2"),
            "r1 returned 2, which no order of what began before its end allows",
        ),
    ],
)
def test_other_objects_are_refuted_in_a_sentence(lines: tuple[str, ...], reason: str) -> None:
    assert linearizable(history(*lines)).reason == reason


def test_the_refutation_lies_in_the_smallest_prefix() -> None:
    """Operations after the first impossible result play no part, however wrong they are."""
    broken = ("a 0-1 enqueue 1", "b 2-3 dequeue -> 2")
    later = ("a 4-5 enqueue 2", "b 6-7 dequeue -> 2", "b 8-9 dequeue -> 5")
    assert (
        linearizable(history(*broken, *later)).refuting == linearizable(history(*broken)).refuting
    )


@BOTH
@pytest.mark.parametrize(
    ("read", "allowed"),
    [("b 2-3 read -> 1", True), ("b 2-3 read -> None", True), ("b 7-8 read -> 2", True)],
)
def test_an_operation_of_unknown_outcome_may_have_happened_or_not_or_happen_late(
    read: str, allowed: bool, judge: object
) -> None:
    lines = ("a 0- write 1", "c 4-5 write 2", read)
    assert judge(history(*lines)).ok is allowed  # type: ignore[operator]
    late = judge(history(*lines, "b 20-21 read -> 1"))  # type: ignore[operator]
    assert late.ok is (read != "b 2-3 read -> 1")  # it does not happen twice


@BOTH
def test_a_failed_operation_did_not_happen(judge: object) -> None:
    failed = Op(0, "a", "write", None, 1, "fail", None, 0, 1)
    read = Op(1, "b", "read", None, None, "ok", 1, 2, 3)
    assert judge(History([failed, read])).ok is False  # type: ignore[operator]


@BOTH
@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((), "nothing to judge: the history is empty"),
        (("a 0-1 write x 1", "a 2-3 write x 2"), "nothing to judge: no operation told its result"),
        (
            ("a 0-5 write x 1", "a 3-7 read x -> 1"),
            "a began r1 before its w0 had ended: a process has one operation at a time",
        ),
        (
            ("a 0-2 write x 1", "a 2-3 read x"),
            "a began r1 before its w0 had ended: a process has one operation at a time",
        ),
        (
            ("a 0-1 transfer 5", "a 2-3 read -> 5"),
            "no specification has the operations read, transfer: give one as spec",
        ),
        (
            ("a 0-1 write [1]", "a 2-3 read -> 5"),
            "w0 has the value [1], which can change: use a tuple",
        ),
        (("a 0-1 cas 5", "a 2-3 read -> 5"), "cas 0 has the value 5: it must be a pair (old, new)"),
    ],
)
def test_what_cannot_be_judged_is_neither_right_nor_wrong(
    lines: tuple[str, ...], reason: str, judge: object
) -> None:
    verdict = judge(history(*lines))  # type: ignore[operator]
    assert verdict.ok is None
    assert verdict.reason == reason


def test_a_specification_that_does_not_fit_is_named() -> None:
    verdict = linearizable(history("a 0-1 enqueue 1", "a 2-3 dequeue -> 1"), Register())
    assert verdict.ok is None
    assert verdict.reason == "operation 0 is 'enqueue': a register has delete, read, write"


@BOTH
def test_a_search_gives_up_when_its_budget_is_used_up(judge: object) -> None:
    crowd = [f"p{n} 0-99 enqueue {n}" for n in range(9)] + ["q 100-101 dequeue -> 77"]
    verdict = judge(history(*crowd), budget=50)  # type: ignore[operator]
    assert verdict.ok is None
    assert verdict.reason == "gave up after 50 states"
    assert judge(history(*crowd[:3], crowd[-1])).ok is False  # type: ignore[operator]


def test_one_bad_key_ends_the_search() -> None:
    """A key on which the search would take long does not keep a simple contradiction on another from being found."""
    hard = [f"p{n} 0-99 enqueue x {n}" for n in range(10)] + ["q 100-101 dequeue x -> 77"]
    verdict = linearizable(history(*hard, "r 0-1 enqueue y 1", "r 2-3 dequeue y -> 2"))
    assert verdict.ok is False
    assert verdict.states < 5_000
    assert verdict.refuting == (12,)


def test_a_verdict_says_on_what_it_rests() -> None:
    verdict = linearizable(history("a 0-3 write x 1", "b 1-4 read x -> 1", "b 5-6 read y -> None"))
    assert verdict.judged == "2 reads, 1 concurrent pair"
    assert repr(verdict).startswith("linearizable; judged 2 reads, 1 concurrent pair")


class Doomed(KeyValue):
    """Calls every text doomed that does not begin the next get's, also one that another get may see."""

    def foreseen(self, state, observers, writers):  # type: ignore[no-untyped-def]
        return super().foreseen(state, observers[:1], writers)


def test_a_text_counts_as_doomed_only_if_no_other_get_may_see_it() -> None:
    lines = (
        "a 0-4 put x 'u'",
        "c 0-20 get x -> 'z'",
        "d 1-6 get x -> 'uv'",
        "e 1-5 append x 'v'",
        "b 7-9 put x 'z'",
    )
    assert linearizable(history(*lines)).ok is linearizable_by_search(history(*lines)).ok is True
    assert linearizable(history(*lines), Doomed()).ok is False


@pytest.mark.parametrize(
    ("spec", "state", "op", "after"),
    [
        (CasRegister(), 1, Op(0, "a", "cas", None, (1, 2), "ok", None, 0, 1), 2),
        (CasRegister(), 1, Op(0, "a", "cas", None, (1, 2), "ok", True, 0, 1), 2),
        (CasRegister(), 1, Op(0, "a", "cas", None, (1, 2), "ok", False, 0, 1), ILLEGAL),
        (CasRegister(), 3, Op(0, "a", "cas", None, (1, 2), "ok", False, 0, 1), 3),
        (CasRegister(), 3, Op(0, "a", "cas", None, (1, 2), "ok", None, 0, 1), ILLEGAL),
        (CasRegister(), 3, Op(0, "a", "cas", None, (1, 2), "unknown"), 3),
        (KeyValue(), None, Op(0, "a", "get", "x", None, "ok", "", 0, 1), None),
        (KeyValue(), "u", Op(0, "a", "append", "x", "v", "ok", None, 0, 1), "uv"),
        (KeyValue(), "u", Op(0, "a", "delete", "x", None, "ok", None, 0, 1), None),
        (Queue(), (), Op(0, "a", "dequeue", None, None, "ok", None, 0, 1), ()),
        (Queue(), (1,), Op(0, "a", "dequeue", None, None, "ok", None, 0, 1), ILLEGAL),
        (Queue(), (1, 2), Op(0, "a", "dequeue", None, None, "unknown"), (2,)),
        (
            specifications.Set(),
            frozenset({1}),
            Op(0, "a", "read", None, None, "ok", [1], 0, 1),
            frozenset({1}),
        ),
        (
            specifications.Set(),
            frozenset({1}),
            Op(0, "a", "remove", None, 1, "ok", None, 0, 1),
            frozenset(),
        ),
        (specifications.Counter(), 4, Op(0, "a", "add", None, 3, "ok", None, 0, 1), 7),
    ],
)
def test_specifications_step_as_their_objects_do(
    spec: Specification, state: object, op: Op, after: object
) -> None:
    assert (
        spec.step(state, op) == after if after is not ILLEGAL else spec.step(state, op) is ILLEGAL
    )
