"""Models: the evidence for each, the shortcuts that a subclass keeps, and open operations by the dozen."""

from __future__ import annotations

import copy
import pickle
import re
from types import MappingProxyType
from typing import Any

import pytest

from dscourse.checkers import (
    CasRegister,
    Counter,
    KeyValue,
    MultiRegister,
    Mutex,
    Register,
    Set,
    Specification,
    Verdict,
    linearizable,
    linearizable_by_search,
    sequential,
)
from dscourse.checkers.evidence import judged
from dscourse.checkers.specification import ILLEGAL
from dscourse.checkers.specifications import specification_of
from dscourse.checkers.sums import Sums
from dscourse.history import History, Op
from tests.checkers.histories import history

ALL = [linearizable, linearizable_by_search, sequential]


class Zero(Register):
    """A register that begins with 0."""

    initial = 0


@pytest.mark.parametrize("judge", ALL)
@pytest.mark.parametrize("spec", [Zero(), type("Zero", (CasRegister,), {"initial": 0})()])
@pytest.mark.parametrize(("read", "allowed"), [("0", True), ("None", False), ("1", True)])
def test_the_first_value_is_the_specifications(
    judge: Any, spec: Specification, read: str, allowed: bool
) -> None:
    for writes in (["a 0- write 1"], ["a 0- write 1", "b 1- write 1"]):
        assert judge(history(*writes, f"c 2-3 read -> {read}"), spec).ok is allowed


def test_a_first_value_that_was_replaced_is_told_of() -> None:
    verdict = linearizable(history("a 0-1 write 5", "b 2-3 read -> 0"), Zero())
    assert verdict.reason == "r1 returned 0 although w0 had finished 1 ms before r1 began"
    assert verdict.refuting == (0, 1)
    assert (
        linearizable(history("b 2-3 read -> None"), Zero()).reason
        == "r0 returned nothing, which nobody wrote"
    )


def test_an_instance_with_its_own_first_value() -> None:
    spec = Register()
    spec.initial = 7
    assert linearizable(history("a 0-1 read -> 7"), spec).ok is True
    assert linearizable(history("a 0-1 read -> None"), spec).ok is False


class Ever(Register):
    """A register that can be written once: its own step, everything else inherited."""

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "write" and state is not None and op.status == "ok":
            return ILLEGAL
        return super().step(state, op)


class Consuming(Register):
    """A register of which a read takes the value away."""

    def step(self, state: Any, op: Op) -> Any:
        return (
            None if super().step(state, op) is state and op.f == "read" else super().step(state, op)
        )


class Doubling(Register):
    """A register that holds twice what was written, so that no read shows a written value."""

    def step(self, state: Any, op: Op) -> Any:
        return 2 * op.value if op.f == "write" else super().step(state, op)  # type: ignore[operator]


class Personal(Register):
    """A register that each client may only read after it wrote it last."""

    def step(self, state: Any, op: Op) -> Any:
        return op.process if op.f == "write" else state if op.process == state else ILLEGAL


@pytest.mark.parametrize("judge", ALL)
@pytest.mark.parametrize(
    ("spec", "lines", "allowed"),
    [
        (Ever(), ("a 0-1 write 1", "a 2-3 write 2"), False),
        (Ever(), ("a 0-1 write 1", "a 2- write 2", "b 4-5 read -> 1"), True),
        (Consuming(), ("a 0-1 write 1", "b 2-3 read -> 1", "b 4-5 read -> 1"), False),
        (Consuming(), ("a 0-1 write 1", "b 2-3 read -> 1", "b 4-5 read -> None"), True),
        (Consuming(), ("a 0-1 write 1", "c 2- read", "b 4-5 read -> None"), True),
        (Doubling(), ("a 0-1 write 1", "a 2-3 read -> 2"), True),
        (Doubling(), ("a 0- write 1", "a 2-3 read -> 2"), True),
        (Doubling(), ("a 0-1 write 1", "a 2-3 read -> 1"), False),
        (Personal(), ("a 0-9 write 1", "b 0-9 write 1", "a 10-11 read -> 1"), True),
        (Personal(), ("a 0-9 write 1", "a 10-11 read -> 1", "b 12-13 read -> 1"), False),
    ],
)
def test_a_step_of_its_own_is_judged_by_that_step_alone(
    judge: Any, spec: Specification, lines: tuple[str, ...], allowed: bool
) -> None:
    verdict = judge(history(*lines), spec)
    assert verdict.ok is allowed
    assert bool(verdict.reason) is not allowed


class Capitals(KeyValue):
    """Whatever is appended is written in capitals."""

    def step(self, state: Any, op: Op) -> Any:
        return f"{state or ''}{op.value}".upper() if op.f == "append" else super().step(state, op)


def test_the_sentence_about_a_specification_is_not_told_of_one_derived_from_it() -> None:
    one = history("a 0-1 append x 'v'", "b 2-3 get x -> None")
    assert linearizable(one, KeyValue()).reason.startswith("r1 lacks v, which append 0")
    assert linearizable(one, Capitals()).reason.startswith("whatever else happened, no order of")


# Evidence.


def test_what_a_verdict_rests_on_is_counted() -> None:
    read, get, write = (
        Op(n, "abc"[n], f, "x", None, "ok", None, begin, begin + 3)
        for n, (f, begin) in enumerate([("read", 4), ("get", 6), ("write", 0)])
    )
    assert judged([read, get, write], lambda op: op is not write) == "2 reads, 1 concurrent pair"
    assert judged([read, get, write], lambda op: True) == "3 results, 1 concurrent pair"


class Lock(Specification):
    """A lock as a reader may write it: a step, and nothing else."""

    initial = False

    def step(self, state: Any, op: Op) -> Any:
        if op.f == "acquire":
            return ILLEGAL if state and op.status == "ok" else True
        return False


@pytest.mark.parametrize("judge", ALL)
@pytest.mark.parametrize("spec", [Lock(), Mutex(), None])
def test_a_lock_that_was_granted_is_evidence(judge: Any, spec: Specification | None) -> None:
    twice = judge(history("a 0-1 acquire", "b 2-3 acquire"), spec)
    assert twice.ok is False
    assert twice.refuting
    assert judge(history("a 0-1 acquire", "a 2-3 release", "b 4-5 acquire"), spec).ok is True
    assert linearizable(history("a 0-1 acquire", "b 2-3 acquire"), spec).refuting == (0, 1)


def test_a_lock_knows_its_owner() -> None:
    assert linearizable(history("a 0-1 acquire", "b 2-3 release")).ok is False
    assert (
        linearizable(history("a 0-1 acquire", "b 2-3 release -> False", "a 4-5 release")).ok is True
    )
    assert linearizable(history("a 0-1 acquire", "b 2-3 acquire -> False")).ok is True
    assert linearizable(history("b 2-3 acquire -> False")).ok is False
    assert (
        linearizable(history("a 0- acquire", "b 2-3 acquire -> False", "b 4-5 acquire")).ok is False
    )
    assert (
        linearizable(history("a 0- acquire", "b 2-3 acquire", "b 4-5 acquire -> False")).ok is True
    )


@pytest.mark.parametrize("judge", ALL)
@pytest.mark.parametrize(
    "lines", [("a 0-1 write 1",), ("a 0-1 add 1",), ("a 0-1 enqueue 1",), ("a 0-1 put x 'u'",)]
)
def test_what_only_succeeds_is_no_evidence(judge: Any, lines: tuple[str, ...]) -> None:
    verdict = judge(history(*lines))
    assert (verdict.ok, verdict.vacuous) == (None, True)
    assert verdict.reason == "nothing to judge: no operation told its result"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ("a 0-1 read -> 1",),
            "a history of reads alone may be one of a register, a counter or a set: give a specification",
        ),
        (
            ("a 0-1 add 'x'", "b 2-3 read -> 5"),
            "its adds and reads are neither those of a counter nor those of a set",
        ),
    ],
)
def test_a_specification_is_not_guessed_where_several_or_none_fit(
    lines: tuple[str, ...], message: str
) -> None:
    for judge in ALL:
        assert judge(history(*lines)).ok is None
        assert message in judge(history(*lines)).reason


def test_the_specification_that_is_guessed() -> None:
    rows = {
        ("a 0-1 add 1", "b 2-3 read -> None"): "counter",
        ("a 0-1 add 0.5", "b 2-3 read -> 0.5"): "counter",
        ("a 0-1 add 1", "b 2-3 read -> [1]"): "set",
        ("a 0-1 add 'x'", "b 2-3 read -> None"): "set",
        ("a 0-1 acquire",): "mutex",
        ("a 0-1 txn ()",): "multi-register",
    }
    assert {lines: specification_of(history(*lines)).name for lines in rows} == rows
    assert linearizable(history("a 0-1 add 0.5", "b 2-3 read -> 0.5")).ok is True
    assert linearizable(history("z 0-1 read -> None", "a 2-3 add 5", "b 4-5 read -> 5")).ok is True
    assert linearizable(history("a 2-3 add 5", "b 4-5 read -> None")).ok is False


def test_registers_that_are_read_together() -> None:
    both = "a 0-1 txn (('w', 'x', 1), ('w', 'y', 1))"
    for seen, allowed in (((1, 1), True), ((None, 1), False), ((1, True), False)):
        read = f"b 2-3 txn (('r', 'x', {seen[0]}), ('r', 'y', {seen[1]}))"
        for judge in ALL:
            assert judge(history(both, read), MultiRegister()).ok is allowed
    assert linearizable(history("b 2-3 txn 5"), MultiRegister()).ok is None


# Many operations of unknown outcome.


def open_adds(number: int, values: Any, shown: Any) -> History:
    adds = [
        Op(n, f"c{n}", "add", None, values(n), "unknown", None, 2 * n, None) for n in range(number)
    ]
    return History(
        [
            *adds,
            *(
                Op(900 + n, "r", "read", None, None, "ok", one, 900 + 2 * n, 901 + 2 * n)
                for n, one in enumerate(shown)
            ),
        ]
    )


@pytest.mark.parametrize("number", [18, 24, 60])
@pytest.mark.parametrize("judge", [linearizable, sequential])
def test_dozens_of_open_adds_to_a_set(judge: Any, number: int) -> None:
    evens = tuple(range(0, number, 2))
    removed = Op(800, "z", "remove", None, 0, "ok", None, 800, 801)
    for shown, allowed in (
        ([evens, (*evens, 1)], True),
        ([(*evens, 999)], False),
        ([(*evens, 1), evens], False),
    ):
        one = open_adds(number, int, shown)
        quick(judge(one, Set()), allowed)
        again = [replaced(shown, 0) for shown in shown]
        quick(judge(History([*open_adds(number, int, again), removed]), Set()), allowed)


def replaced(shown: tuple[int, ...], gone: int) -> tuple[int, ...]:
    return tuple(value for value in shown if value != gone)


@pytest.mark.parametrize("number", [18, 24, 60])
@pytest.mark.parametrize("judge", [linearizable, sequential])
def test_dozens_of_open_adds_to_a_counter(judge: Any, number: int) -> None:
    def amount(n: int) -> int:
        return 37 * n % 101 + 1

    some = sum(map(amount, range(0, number, 2)))
    quick(judge(open_adds(number, amount, [some, some + amount(1)]), Counter()), True)
    quick(judge(open_adds(number, amount, [sum(map(amount, range(number))) + 1]), Counter()), False)
    quick(judge(open_adds(number, lambda n: 2, [2 * number - 2, 2 * number - 1]), Counter()), False)


def quick(verdict: Verdict, allowed: bool) -> None:
    assert verdict.ok is allowed
    assert verdict.states < 2_000
    assert len(verdict.refuting) <= 2


def test_the_budget_bounds_every_search() -> None:
    """Values too large for sums by bits, texts and queues: unknown within the budget, whatever it would take."""
    large = open_adds(24, lambda n: 10**9 + n * n, [24 * 10**9])
    for judge in ALL:
        for budget in (1, 500):
            verdict = judge(large, Counter(), budget)
            assert verdict.ok is None
            assert verdict.reason.startswith("gave up after")


def test_the_budget_bounds_time_where_a_state_takes_long() -> None:
    """With hundreds of open adds each state costs more than with a few, and sums are not tabled without bound."""
    large = open_adds(500, lambda n: 10**9 + n * n, [24 * 10**9])
    verdict = linearizable(large, Counter(), 5_000)
    assert verdict.ok is None
    assert re.fullmatch("gave up after [0-9]{1,3} states", verdict.reason)
    assert Sums([8] * 1_000).exact
    assert not Sums([800] * 1_000).exact


@pytest.mark.parametrize("numbers", [[1, 0.5], [0.5, 1], [True, 1]])
def test_sums_are_exact_only_of_whole_numbers(numbers: list[Any]) -> None:
    assert not Sums(numbers).exact
    assert Sums(numbers).reach(9)


class MixedElements(Set):
    initial = frozenset({True, ("a", 1)})


class MixedKeys(MultiRegister):
    initial = MappingProxyType({("x", 1): 0, True: 5})


@pytest.mark.parametrize("judge", [linearizable, linearizable_by_search, sequential])
def test_first_values_of_any_type(judge: Any) -> None:
    for end in ((), (Op(1, "a", "remove", None, "b", "ok", None, 2, 3),)):  # by rule, by search
        shown = [((True, ("a", 1)), True), ((1, ("a", 1)), False)]
        for result, allowed in shown:
            read = Op(0, "a", "read", None, None, "ok", result, 0, 1)
            assert judge(History([read, *end]), MixedElements()).ok is allowed
    for key, value, allowed in ((("x", 1), 0, True), (True, 5, True), (1, 5, False)):
        read = Op(0, "a", "read", key, None, "ok", value, 0, 1)
        assert judge(History([read]), MixedKeys()).ok is allowed


def test_a_copy_of_illegal_is_illegal() -> None:
    assert copy.deepcopy(ILLEGAL) is pickle.loads(pickle.dumps(ILLEGAL)) is ILLEGAL


def test_two_reads_of_a_set_that_only_grows() -> None:
    lines = (
        "a 0-9 add 1",
        "b 0-9 add 2",
        "c 1-8 read -> [1]",
        "d 1-8 read -> [2]",
        "e 10-11 read -> [1, 2]",
    )
    verdict = linearizable(history(*lines), Set())
    assert verdict.refuting == (2, 3)
    assert verdict.reason == (
        "r2 returned 1 without 2, and r3 2 without 1: in a set that only grows one of them would have seen both"
    )
    late = linearizable(history("a 0-1 add 1", "b 2-3 add 2", "c 4-5 read -> [2]"), Set())
    assert late.refuting == (0, 2)
    assert (
        late.reason
        == "whatever else happened, no order of add 0 and r2 explains that r2 returned [2]"
    )
