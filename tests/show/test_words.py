"""Short words for messages and values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from dscourse.core.wording import count
from dscourse.history import Op
from dscourse.node import Message
from dscourse.run.external.wire import Spoken
from dscourse.show.words import bar_text, endings, marked, name_of, short, span, worth_drawing
from tests.sim.worlds import Rumour, Tick


@dataclass(frozen=True, slots=True)
class Answered(Message):
    op: int
    result: object = None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Answered(3, "yes"), "Answered 3 yes"),
        (Answered(3, None), "Answered 3"),
        (Answered(3, (("a", 5), ("b", 6))), "Answered 3 a:5 b:6"),
        (Answered(3, 0.30000000000000004), "Answered 3 0.3"),
        (Answered(3, math.inf), "Answered 3 inf"),
        (Rumour(frozenset("cab")), "Rumour {a b c}"),
        (Tick(), "tick"),
        ("plain", "plain"),
        (7, "7"),
        ((), "()"),
    ],
)
def test_short_tells_the_type_and_its_fields(value: object, text: str) -> None:
    assert short(value) == text


@dataclass(frozen=True, slots=True)
class Append(Message):
    key: str
    value: int

    def __str__(self) -> str:
        return f"append {self.key}={self.value} (term 2, after 1)"


def test_a_message_with_a_text_of_its_own_is_labelled_by_it() -> None:
    assert short(Append("x", 1)) == "append x=1 (term 2, after 1)"
    assert short(Append("x", 10**9)) == "append x=1000000000 (term 2, after 1)"
    assert short(Append("x", 10**18)) == "append x=1000000000000000000 (term 2, after 1)"
    assert len(short(Append("x" * 99, 1))) == 80
    assert short(Append("x", 1), 8) == "append …"


def test_short_is_never_longer_than_asked_for() -> None:
    assert short(Answered(1, "x" * 99), 15) == "Answered 1 xxx…"
    assert len(short(Answered(1, "x" * 99))) == 26


def test_counts_and_spans() -> None:
    assert [count(n, "reply") for n in (0, 1, 2)] == ["0 replies", "1 reply", "2 replies"]
    assert [count(n, "crash") for n in (1, 3)] == ["1 crash", "3 crashes"]
    assert span(1.5, 3) == "from 1.5 to 3 ms"
    assert span(1.5, None) == "from 1.5 ms on"
    assert span(1.5, 1.5) == "at 1.5 ms"


def op(number: int, status: str = "ok", result: object = None) -> Op:
    return Op(number, "c", "get", "x", None, status, result)


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (op(0, "ok", 5), "get x → 5"),
        (op(0, "ok"), "get x → nothing"),
        (op(0, "fail", "busy"), "get x → fail"),
        (op(0, "unknown", "time-out"), "get x → unknown"),
        (op(0, "pending"), "get x → pending"),
        (Op(0, "c", "put", "x", 1, "ok"), "put x = 1 → ok"),
        (
            Op(0, "u", "transfer", None, {"p1": {"x": 0}}, "ok", "done"),
            "transfer x=0 at p1 → done",
        ),
        (Op(0, "u", "put", "x", {"a": 1}, "ok"), "put x = {a: 1} → ok"),
        (op(0, "ok", ("milk", "eggs")), "get x → milk, eggs"),
    ],
)
def test_what_stands_on_a_bar(operation: Op, text: str) -> None:
    assert bar_text(operation) == text


def test_a_long_operation_is_cut_before_its_outcome() -> None:
    parts = {f"p{n}": {"account": 70 + n} for n in range(5)}
    text = bar_text(Op(0, "u", "transfer", None, parts, "unknown"), 40)
    assert text.startswith("transfer account=70 at p0")
    assert text.endswith("… → unknown")
    assert len(text) == 40


def test_endings_come_in_a_fixed_order_and_without_zeros() -> None:
    assert endings([op(0, "unknown"), op(1), op(2, "unknown")]) == "1 ok, 2 unknown"
    assert endings([]) == ""


def test_marked_operations_are_told_up_to_three() -> None:
    ops = [op(n, "ok", n) for n in range(6)]
    assert marked(ops, {4, 1}) == ["marked: c get x → 1, c get x → 4"]
    assert marked(ops, range(5)) == ["marked: c get x → 0, c get x → 1, c get x → 2 and 2 more"]
    assert marked(ops, ()) == []


def test_of_many_operations_those_are_drawn_that_matter() -> None:
    few = [op(n) for n in range(200)]
    assert worth_drawing(few, ()) == (few, "")
    many = [op(n, "fail" if n % 100 == 0 else "ok") for n in range(250)]
    kept, note = worth_drawing(many, {7})
    assert [one.id for one in kept] == [0, 7, 100, 200]
    assert note == "Only the 4 that are marked or not ok are drawn."


@pytest.mark.parametrize(
    ("status", "end"),
    [("ok", "committed"), ("fail", "aborted"), ("unknown", "unknown"), ("pending", "pending")],
)
def test_a_transaction_is_told_by_its_steps_and_its_end(status: str, end: str) -> None:
    steps = (("r", "x", None), ("w", "y", 2), ["append", "z", -1])
    op = Op(4, "c", "txn", None, steps, status, steps if status == "ok" else None)
    assert bar_text(op) == f"T4: read x, write y = 2, append -1 to z → {end}"


@pytest.mark.parametrize("value", [None, 5, (), ("r", "x", None), (("r", "x"),)])
def test_another_operation_of_that_name_is_told_as_any_other(value: object) -> None:
    assert bar_text(Op(4, "c", "txn", None, value, "fail")).startswith("txn")


def test_a_message_that_stands_for_many_types_says_its_name() -> None:
    assert name_of(Spoken.of({"type": "read_ok", "value": 3})) == "read_ok"
    assert name_of(Answered(3)) == "Answered"
