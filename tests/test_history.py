"""A history slices, prints, and goes to files and to Jepsen's format without loss."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.history import STATUSES, History, Op
from dscourse.interop import jepsen, json_histories

OPS = [
    Op(0, "c1", "write", "x", 5, "ok", None, 0, 3, 0.0, 2.0),
    Op(1, "c2", "read", "x", None, "unknown", "timed out", 1, 5, 1.0, 3.5),
    Op(2, "c1", "cas", "y", [1, 2], "fail", "was 3", 4, 6, 3.0, 4.0),
    Op(3, "c2", "read", "y", None, "ok", [1, "é"], 7, 9, 5.0, 7.25),
    Op(4, "c1", "read", None, None, "pending", None, 8, None, 6.0, None),
]
HISTORY = History(OPS)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=2), inner)
    ),
    max_leaves=4,
)


@st.composite
def histories(draw: Any) -> History:
    """Operations whose events take the places of a trace in a random order."""
    count = draw(st.integers(0, 5))
    order = draw(st.permutations(range(2 * count)))
    ops = []
    for number in range(count):
        first, second = sorted(order[2 * number : 2 * number + 2])
        status = draw(st.sampled_from(STATUSES))
        end = None if status == "pending" else second
        key, value, result = (draw(values) for _ in range(3))
        process = draw(st.sampled_from(["c1", "c2"]))
        end_ms = None if end is None else end / 8
        ops.append(
            Op(number, process, "f", key, value, status, result, first, end, first / 8, end_ms)
        )
    return History(ops)


def ids(history: History) -> list[int]:
    return [op.id for op in history]


@given(histories())
def test_json_gives_the_same_history_back(history: History) -> None:
    assert json_histories.read(json_histories.write(history)) == history
    assert len(json.loads(json_histories.write(history))) == len(history)


@given(histories())
def test_exactly_one_of_before_after_and_concurrent_holds(history: History) -> None:
    for a in history:
        for b in history:
            if a is not b:
                assert a.before(b) + b.before(a) + a.concurrent(b) == 1
                if a.before(b):
                    assert a.closed
                    assert a.returned is not None
                    assert a.returned < b.invoked


def test_an_open_operation_is_before_nothing() -> None:
    assert not HISTORY[1].before(HISTORY[3])
    assert HISTORY[0].before(HISTORY[2])
    assert [op.closed for op in HISTORY] == [True, False, True, True, False]


def test_the_order_is_that_of_the_invocations() -> None:
    assert ids(History(reversed(OPS))) == [0, 1, 2, 3, 4]
    assert History(reversed(OPS)) == HISTORY
    assert hash(History(reversed(OPS))) == hash(HISTORY)
    assert History(OPS[:-1]) != HISTORY


def test_slices() -> None:
    assert ids(HISTORY.by_process("c2")) == [1, 3]
    assert ids(HISTORY.by_process("c1", "c2")) == [0, 1, 2, 3, 4]
    assert ids(HISTORY.by_key("y")) == [2, 3]
    assert [ids(part) for part in (HISTORY.ok, HISTORY.failed, HISTORY.unknown)] == [
        [0, 3],
        [2],
        [1],
    ]
    assert ids(HISTORY.pending) == [4]
    assert ids(HISTORY[1:3]) == [1, 2]
    assert HISTORY.processes == ("c1", "c2")
    assert HISTORY.keys == ("x", "y", None)
    assert HISTORY.latencies_ms() == [2.0, 2.25]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(2.0, 2.5, [0, 1]), (2.1, 2.9, [1]), (4.1, 4.9, [1]), (7.25, 9, [1, 3, 4]), (0, 0.5, [0])],
)  # fmt: skip
def test_between_keeps_what_was_under_way(start: float, end: float, expected: list[int]) -> None:
    assert ids(HISTORY.between(start, end)) == expected


def test_a_client_without_operations_is_an_error() -> None:
    with pytest.raises(LookupError, match="no operation by 'c9': the clients are c1, c2"):
        HISTORY.by_process("c9")


TABLE = """\
op  client  operation       result             from ms  to ms
 0  c1      write x = 5     ok                   0.000  2.000
 1  c2      read x          unknown timed out    1.000      –
 2  c1      cas y = [1, 2]  fail was 3           3.000  4.000
 3  c2      read y          ok [1, 'é']          5.000  7.250
 4  c1      read            pending              6.000      –"""

JEPSEN = """\
{:index 0, :time 0, :process 0, :type :invoke, :f :write, :value ["x" 5]}
{:index 1, :time 1000000, :process 1, :type :invoke, :f :read, :value ["x" nil]}
{:index 2, :time 2000000, :process 0, :type :ok, :f :write, :value ["x" 5]}
{:index 3, :time 3000000, :process 0, :type :invoke, :f :cas, :value ["y" [1 2]]}
{:index 4, :time 3500000, :process 1, :type :info, :f :read, :value ["x" nil]}
{:index 5, :time 4000000, :process 0, :type :fail, :f :cas, :value ["y" [1 2]]}
{:index 6, :time 5000000, :process 3, :type :invoke, :f :read, :value ["y" nil]}
{:index 7, :time 6000000, :process 0, :type :invoke, :f :read, :value nil}
{:index 8, :time 7250000, :process 3, :type :ok, :f :read, :value ["y" [1 "é"]]}
"""


def test_it_prints_as_a_table() -> None:
    assert str(HISTORY) == TABLE
    assert repr(HISTORY) == "History(5 operations: 2 ok, 1 fail, 1 unknown, 1 pending)"
    assert repr(History()) == "History(no operations)"


def test_jepsen_text() -> None:
    assert jepsen.write(HISTORY) == JEPSEN


def test_jepsen_text_of_every_kind_of_value() -> None:
    value = {"a": True, "b": 1.5, "c": frozenset({"y", "x"}), "d": (None, 'say "no"')}
    text = jepsen.write(History([Op(0, "c", "f", None, value)]))
    shown = r'{"a" true, "b" 1.5, "c" #{"x" "y"}, "d" [nil "say \"no\""]}'
    assert text.endswith(f":value {shown}}}\n")


@st.composite
def sequential_clients(draw: Any) -> History:
    """Each client begins its next operation only after the end of the one before."""
    ops: list[Op] = []
    time = 0
    for process in draw(st.lists(st.sampled_from(["a", "b", "c"]), max_size=8)):
        status = draw(st.sampled_from(["ok", "fail", "unknown"]))
        ops.append(Op(len(ops), process, "f", status=status, invoked=time, returned=time + 1))
        time += 2
    return History(ops)


@given(sequential_clients())
def test_no_jepsen_process_goes_on_after_info(history: History) -> None:
    ended: set[str] = set()
    for line in jepsen.write(history).splitlines():
        process = re.search(r":process (\d+)", line)
        assert process is not None
        assert process[1] not in ended
        if ":type :info" in line:
            ended.add(process[1])
    assert len(ended) == len(history.unknown)


def test_an_operation_must_make_sense() -> None:
    with pytest.raises(ValueError, match="status='done': it must be one of ok, fail, unknown, pen"):
        Op(0, "c", "f", status="done")
    with pytest.raises(ValueError, match="operation 7 returned at 3, before it was invoked at 3"):
        Op(7, "c", "f", status="ok", invoked=3, returned=3)


@pytest.mark.parametrize("entry", ["3", '{"id": 1}', "[]"])
def test_a_file_that_is_no_history_names_its_first_wrong_entry(entry: str) -> None:
    good = json_histories.write(HISTORY[:1]).strip()[1:-1]
    with pytest.raises(ValueError, match=r"entry 1 is .*: an operation has the fields f, id, inv"):
        json_histories.read(f"[{good}, {entry}]")


def test_a_pair_comes_back_from_json_as_a_pair() -> None:
    history = History([Op(0, "a", "cas", "x", (1, (2, 3)), "ok", True, 0, 1)])
    assert json_histories.read(json_histories.write(history)) == history


@pytest.mark.parametrize("depth", [90, 200, 400, 600, 800, 960, 5_000])
@pytest.mark.parametrize("field", ["value", "id", "another"])
def test_a_value_nested_at_any_depth_is_read_or_refused(depth: int, field: str) -> None:
    text = json_histories.write(History([Op(0, "c", "read")]))
    nested = '{"a":' * depth + "1" + "}" * depth
    text = text.replace('{"id": 0', f'{{"id": 0, "{field}": {nested}').replace(
        '"value": null, ', ""
    )
    if field == "id":
        text = text.replace('"id": 0, ', "")
    with suppress(ValueError):
        assert len(json_histories.read(text)) == 1


def test_an_error_shows_no_more_than_the_beginning_of_an_entry() -> None:
    with pytest.raises(ValueError, match="entry 0 is ") as caught:
        json_histories.read(json.dumps(["x" * 100_000]))
    assert len(str(caught.value)) < 500
