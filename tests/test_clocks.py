"""The laws of logical clocks, on random values and on random executions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.clocks import (
    HybridClock,
    LamportClock,
    Order,
    VectorClock,
    VersionVector,
    compare,
)
from dscourse.core.copying import copy_state

NODES = "abc"
clocks = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3)).map(VectorClock)
steps = st.lists(
    st.tuples(st.sampled_from(["local", "send", "receive"]), st.sampled_from(NODES), st.integers(0)),
    max_size=25,
)  # fmt: skip
OPPOSITE = {
    Order.BEFORE: Order.AFTER, Order.AFTER: Order.BEFORE,
    Order.EQUAL: Order.EQUAL, Order.CONCURRENT: Order.CONCURRENT,
}  # fmt: skip


@dataclass
class Run:
    """A random execution: each event's clocks, and its causes by definition (not by any clock)."""

    past: list[set[int]] = field(default_factory=list)
    lamport: list[LamportClock] = field(default_factory=list)
    vector: list[VectorClock] = field(default_factory=list)
    hybrid: list[HybridClock] = field(default_factory=list)
    physical: list[float] = field(default_factory=list)


def execute(choices: list[tuple[str, str, int]], errors: dict[str, float]) -> Run:
    """Carry out the choices; a receipt takes any earlier sending, also one that it took before."""
    run, sends, last = Run(), list[int](), dict[str, int]()
    for true_ms, (kind, node, index) in enumerate(choices):
        here = last.get(node)
        sent = sends[index % len(sends)] if kind == "receive" and sends else None
        causes = [index for index in (here, sent) if index is not None]
        run.past.append(set(causes).union(*(run.past[index] for index in causes)))
        run.physical.append(true_ms + errors[node])
        stamp(run, node, here, sent)
        last[node] = len(run.past) - 1
        if kind == "send":
            sends.append(last[node])
    return run


def stamp(run: Run, node: str, here: int | None, sent: int | None) -> None:
    """Append the clocks of the newest event, at ``node`` after ``here``, receiving ``sent``."""
    lamport = LamportClock(node=node) if here is None else run.lamport[here]
    vector = VectorClock() if here is None else run.vector[here]
    hybrid = HybridClock(-math.inf) if here is None else run.hybrid[here]
    now = run.physical[-1]
    run.lamport.append(lamport.tick() if sent is None else lamport.receive(run.lamport[sent]))
    run.vector.append(vector.tick(node) if sent is None else vector.receive(run.vector[sent], node))
    run.hybrid.append(hybrid.tick(now) if sent is None else hybrid.receive(run.hybrid[sent], now))


runs = st.builds(
    execute, steps, st.fixed_dictionaries({node: st.floats(-20, 20) for node in NODES})
)


@given(clocks, clocks, clocks)
def test_join_is_commutative_associative_and_idempotent(
    a: VectorClock, b: VectorClock, c: VectorClock
) -> None:
    assert a.join(b) == b.join(a)
    assert a.join(b.join(c)) == a.join(b).join(c)
    assert a.join(a) == a
    assert hash(a.join(b)) == hash(b.join(a))
    assert repr(a.join(b)) == repr(b.join(a))


@given(clocks, clocks, clocks)
def test_join_is_the_least_upper_bound(a: VectorClock, b: VectorClock, c: VectorClock) -> None:
    assert a <= a.join(b) >= b
    if a <= c and b <= c:
        assert a.join(b) <= c


@given(clocks, clocks)
def test_the_four_answers_agree_with_the_operators(a: VectorClock, b: VectorClock) -> None:
    answer = compare(a, b)
    assert compare(b, a) is OPPOSITE[answer]
    assert (answer is Order.BEFORE) == (a < b) == (b > a)
    assert (answer is Order.EQUAL) == (a == b) == (a <= b and a >= b)
    assert (answer is Order.CONCURRENT) == (not a <= b and not b <= a)


@given(runs)
def test_vector_clocks_say_exactly_what_happened_before_what(run: Run) -> None:
    for b, past in enumerate(run.past):
        for a in range(b):
            expected = Order.BEFORE if a in past else Order.CONCURRENT
            assert compare(run.vector[a], run.vector[b]) is expected


@given(runs)
def test_lamport_and_hybrid_clocks_grow_along_every_cause(run: Run) -> None:
    for b, past in enumerate(run.past):
        for a in past:
            assert run.lamport[a].time < run.lamport[b].time
            assert run.hybrid[a] < run.hybrid[b]


@given(runs)
def test_a_lamport_clock_is_the_length_of_the_longest_chain(run: Run) -> None:
    longest: list[int] = []
    for past in run.past:
        longest.append(1 + max((longest[a] for a in past), default=0))
    assert [clock.time for clock in run.lamport] == longest


@given(runs)
def test_a_hybrid_clock_stays_within_the_largest_reading_it_can_have_heard_of(run: Run) -> None:
    for b, past in enumerate(run.past):
        heard = [run.physical[a] for a in past] + [run.physical[b]]
        assert run.hybrid[b].wall_ms == max(heard)


def test_lamport_clocks_do_not_tell_concurrency() -> None:
    first = LamportClock(node="a").tick()
    second = LamportClock(node="b").tick().tick()
    assert first.time < second.time
    assert first < LamportClock(1, "b") < second  # the total order: names break ties


def test_a_node_that_is_not_named_counts_zero() -> None:
    """Comparing only the entries of one side calls {} and {b: 1} equal: a flaw in many texts."""
    nothing, one = VectorClock(), VectorClock({"b": 1})
    assert compare(nothing, one) is Order.BEFORE
    assert compare(one, nothing) is Order.AFTER
    assert VectorClock({"a": 0}) == nothing
    assert hash(VectorClock({"a": 0})) == hash(nothing)
    assert nothing["b"] == 0
    assert "b" not in nothing
    assert compare(VectorClock({"a": 1}), one) is Order.CONCURRENT


def test_clocks_are_values() -> None:
    stored = VectorClock({"b": 1, "a": 2})
    stored.tick("a")
    stored.join(VectorClock({"c": 1}))
    assert str(stored) == "{a: 2, b: 1}"
    assert repr(stored) == "VectorClock({'a': 2, 'b': 1})"
    assert (dict(stored), len(stored)) == ({"a": 2, "b": 1}, 2)
    assert stored != {"a": 2, "b": 1, "c": 0}


def test_a_hybrid_clock_counts_ties() -> None:
    clock = HybridClock(10, 2)
    assert clock.receive(HybridClock(10, 5), 10) == HybridClock(10, 6)
    assert clock.receive(HybridClock(12, 5), 11) == HybridClock(12, 6)
    assert clock.receive(HybridClock(9, 5), 8) == HybridClock(10, 3)
    assert clock.receive(HybridClock(12, 5), 13) == HybridClock(13, 0)


@pytest.mark.parametrize("counts", [{"a": -1}, {"a": 1.5}, {"a": None}])
def test_an_entry_must_be_a_count(counts: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"a: .*an entry counts events, 0 or more"):
        VectorClock(counts)


def test_a_lamport_clock_counts_from_zero() -> None:
    with pytest.raises(ValueError, match="time=-1: a Lamport clock counts from 0"):
        LamportClock(-1)


writes = st.lists(st.tuples(st.sampled_from(["write", "copy"]), st.sampled_from(NODES),
                            st.sampled_from(NODES)), max_size=20)  # fmt: skip


@given(writes)
def test_version_vectors_say_exactly_which_copy_contains_which_updates(
    choices: list[tuple[str, str, str]],
) -> None:
    """Oracle: the set of updates that a copy contains, which no vector computed."""
    updates = {node: frozenset[int]() for node in NODES}
    vectors = {node: VersionVector() for node in NODES}
    for number, (kind, here, there) in enumerate(choices):
        if kind == "write":
            updates[here] |= {number}
            vectors[here] = vectors[here].increment(here)
        else:
            updates[here] |= updates[there]
            vectors[here] = vectors[here].join(vectors[there])
    for a in NODES:
        for b in NODES:
            answer = compare(vectors[a], vectors[b])
            assert (answer is Order.EQUAL) == (updates[a] == updates[b])
            assert (answer is Order.BEFORE) == (updates[a] < updates[b])
            assert (answer is Order.AFTER) == (updates[a] > updates[b])


def test_a_vector_clock_counts_receipts_and_a_version_vector_does_not() -> None:
    sent = VersionVector().increment("a")
    assert VersionVector().join(sent) == sent
    event = VectorClock().tick("a")
    assert VectorClock().receive(event, "b") == VectorClock({"a": 1, "b": 1})


def test_a_version_vector_is_never_equal_to_a_vector_clock() -> None:
    """They count different things, so a mix-up must not pass for equality."""
    assert VersionVector({"a": 1}) != VectorClock({"a": 1})
    assert repr(VersionVector({"a": 1})) == "VersionVector({'a': 1})"
    assert type(VersionVector().increment("a").join(VersionVector())) is VersionVector


def test_a_snapshot_shares_a_vector() -> None:
    vector = VersionVector({"a": 1})
    assert copy_state({"x": vector})["x"] is vector


@pytest.mark.parametrize("counts", ["abc", ["a"], 5, {1: 2}, {b"a": 1}, {None: 1}])
@pytest.mark.parametrize("kind", [VectorClock, VersionVector])
def test_counts_belong_to_names(kind: type, counts: object) -> None:
    with pytest.raises(
        TypeError, match=r"a dict from names to counts is required|a name must be a string"
    ):
        kind(counts)


def test_two_kinds_of_counts_are_neither_compared_nor_joined() -> None:
    clock, vector = VectorClock({"a": 1}), VersionVector({"a": 1})
    for mix in (
        lambda: clock <= vector, lambda: clock < vector, lambda: clock >= vector, lambda: compare(clock, vector),
    ):  # fmt: skip
        with pytest.raises(TypeError, match="not supported between"):
            mix()  # type: ignore[no-untyped-call]
    with pytest.raises(TypeError, match="count different things and cannot be joined"):
        clock.join(vector)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        clock <= {"a": 1}  # type: ignore[operator]  # noqa: B015


def test_two_clients_of_one_replica_are_ordered_and_not_concurrent() -> None:
    """The docstring's condition, broken: neither write has seen the other, and yet the second covers the first."""
    first = VersionVector().increment("r1")
    second = VersionVector().join(first).increment("r1")  # all that the replica can number it with
    assert compare(first, second) is Order.BEFORE
    by_client = VersionVector().increment("ann"), VersionVector().increment("bob")
    assert compare(*by_client) is Order.CONCURRENT


def test_a_hybrid_clock_stays_ahead_of_a_clock_that_was_set_back() -> None:
    """Within the largest error that a clock has ever had, not within its present one."""
    stamp = HybridClock().tick(120.0)  # true time 20: 100 ms ahead, and then set right
    for true_ms in (30.0, 60.0, 119.0):
        stamp = stamp.tick(true_ms)
    assert stamp == HybridClock(120.0, 3)
    assert stamp.tick(121.0) == HybridClock(121.0, 0)


@pytest.mark.parametrize("reading", [math.nan, math.inf, -math.inf])
def test_a_reading_is_a_finite_number(reading: float) -> None:
    clock = HybridClock(5.0)
    for ask in (lambda: clock.tick(reading), lambda: clock.receive(clock, reading)):
        with pytest.raises(
            ValueError, match=r"physical_ms=.*a clock's reading must be a finite number"
        ):
            ask()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HybridClock(math.nan), "wall_ms=nan: no later reading would be larger"),
        (lambda: HybridClock(math.inf), "wall_ms=inf"),
        (lambda: HybridClock(0, -1), "count=-1"),
        (lambda: HybridClock(0, 1.5), "count=1.5"),  # type: ignore[arg-type]
        (lambda: LamportClock(1.5), "time=1.5: a Lamport clock counts from 0"),  # type: ignore[arg-type]
    ],
)
def test_a_timestamp_that_cannot_be_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
