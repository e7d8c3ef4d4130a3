"""The merged trace: causes come first whatever the clocks say, and everything that happened is there once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.node import Invocation, Reply
from dscourse.run.codec import Codec
from dscourse.run.merge import in_order, merge
from dscourse.sim.trace import Trace

CODEC = Codec([Invocation, Reply])
HELLO = CODEC.encode(Reply(1))


def send(ns: int, vector: list[int], id: int, to: str) -> list[Any]:
    return ["send", ns, vector, id, to, HELLO]


def deliver(ns: int, vector: list[int], id: int, sender: str) -> list[Any]:
    return ["deliver", ns, vector, id, sender, HELLO]


def test_a_delivery_comes_after_its_sending_though_its_clock_is_behind() -> None:
    streams = {
        "a": [["start", 100, [1, 0], 0, []], send(5_000, [2, 0], 7, "b")],
        "b": [["start", 50, [0, 1], 0, []], deliver(3_000, [2, 2], 7, "a"), send(3_001, [2, 3], 9, "a")],
    }  # fmt: skip
    trace = merge(streams, [], CODEC)
    assert [(event.node, event.kind) for event in trace] == [
        ("b", "start"), ("a", "start"), ("a", "send"), ("b", "deliver"), ("b", "send"),
    ]  # fmt: skip
    assert [event.time_ms for event in trace] == [0, 0, 0.005, 0.005, 0.005]
    assert trace.past(3).nodes == ("b", "a")


def test_of_two_events_of_one_time_an_invocation_comes_first() -> None:
    """Two operations that touch must count as concurrent."""
    op = CODEC.encode(Invocation(1, "read"))
    streams = {
        "c": [["invoke", 10, [1, 0], 0, CODEC.encode(Invocation(0, "read"))], ["ok", 5_000, [2, 0], 0, HELLO]],
        "d": [["invoke", 5_000, [0, 1], 1, op]],
    }  # fmt: skip
    first, second = merge(streams, [], CODEC).history()
    assert first.concurrent(second)


def test_a_record_that_only_the_restart_reveals_was_written_before_the_crash() -> None:
    record = CODEC.encode("second")
    streams = {
        "a": [
            ["start", 1, [1], 0, []],
            ["write", 2, [2], 1, CODEC.encode("first"), 5],
            ["crash", 3_000, [3], 0],
            ["restart", 9_000, [4], 2, [record]],
        ]
    }
    trace = merge(streams, [], CODEC)
    assert [(event.kind, event.what, event.id) for event in trace] == [
        ("start", None, 0),
        ("write", "first", 1),
        ("write", "second", 2),
        ("crash", None, 0),
        ("restart", None, 2),
    ]


def test_an_operation_ends_once_and_a_timer_that_is_not_set_is_not_cancelled() -> None:
    invoked = ["invoke", 1, [1], 4, CODEC.encode(Invocation(4, "read"))]
    again = ["invoke", 5, [6], 5, CODEC.encode(Invocation(5, "read"))]
    timer = CODEC.encode("timer")
    streams = {
        "c": [
            invoked, ["cancel_timer", 2, [2], 0, timer], ["ok", 3, [3], 4, HELLO], ["ok", 4, [4], 4, HELLO],
            ["cancel_timer", 4, [5], 8, timer], again, ["fail", 6, [7], 4, HELLO], ["unknown", 7, [8], 5, HELLO],
        ]
    }  # fmt: skip
    trace = merge(streams, [], CODEC)
    assert [event.kind for event in trace] == ["invoke", "ok", "cancel_timer", "invoke", "unknown"]
    assert [op.status for op in trace.history()] == ["ok", "unknown"]


def test_settings_of_clocks_are_no_events_and_what_an_observer_saw_is_in_its_turn() -> None:
    streams = {
        "a": [
            ["start", 10, [1], 0, []],
            ["clock", 20, [1], 5.0, 0.0],
            ["timer", 9_000, [2], 3, HELLO],
        ]
    }
    observed = [
        ["fault", 5, None, None, "a fault", 0, None],
        ["drop", 4_000, "a", "b", HELLO, 2, "cut"],
    ]
    assert str(merge(streams, observed, CODEC)).splitlines() == [
        "   0.000 ms  *        'a fault'",
        "   0.000 ms  a        starts",
        "   0.004 ms  a ← b    Reply(op=1, result=None)  lost: the link is cut",
        "   0.009 ms  a        timer Reply(op=1, result=None)",
    ]


def test_no_events_are_no_trace() -> None:
    assert merge({"a": [], "b": []}, [], CODEC) == Trace()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 50)), max_size=25))
def test_any_run_is_merged_into_an_order_that_its_clocks_allow(
    steps: list[tuple[int, int, int]],
) -> None:
    """Each step sends a message, which arrives at once; the times are anything."""
    names = ["a", "b", "c"]
    streams: dict[str, list[list[Any]]] = {name: [] for name in names}
    clocks = [[0] * 3 for _ in names]
    for number, (source, to, ns) in enumerate(steps):
        clocks[source][source] += 1
        streams[names[source]].append(send(ns, clocks[source].copy(), number, names[to]))
        clocks[to] = [max(pair) for pair in zip(clocks[to], clocks[source], strict=True)]
        clocks[to][to] += 1
        streams[names[to]].append(deliver(50 - ns, clocks[to].copy(), number, names[source]))
    merged = list(in_order(streams, []))
    assert len(merged) == 2 * len(steps)
    for name in names:
        assert [event for node, event in merged if node == name] == streams[name]
    seen: list[int] = []
    for _, event in merged:
        if event[0] == "deliver":
            assert event[3] in seen
        else:
            seen.append(event[3])


@pytest.mark.parametrize("kind", ["error"])
def test_an_error_is_shown_with_its_words(kind: str) -> None:
    streams = {"a": [[kind, 5, [1], "ValueError: no", "traceback"]]}
    (event,) = merge(streams, [], CODEC)
    assert (event.kind, event.detail, event.what) == ("error", "ValueError: no", None)
