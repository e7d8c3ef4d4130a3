"""The circuit breaker's table, settings that contradict each other, retries, bulkheads, and the textbook version."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from dscourse.breaker import (
    TRANSITIONS,
    Backoff,
    Bulkhead,
    CircuitBreaker,
    CircuitState,
    ConsecutiveFailures,
    Event,
    FailureRate,
    Permit,
    RetryBudget,
    TextbookBreaker,
    amplification,
)
from dscourse.breaker.threads import TextbookThreads
from dscourse.core.copying import copy_state

CLOSED, OPEN, HALF_OPEN = CircuitState


def call(breaker: Any, now: float, ok: bool, lasted: float = 1.0) -> bool:
    """One call from ``now`` on; false if it was refused."""
    permit = breaker.allow(now)
    if permit is not None:
        breaker.record(permit, now + lasted, ok)
    return permit is not None


def opened(probes: int = 1, **settings: Any) -> CircuitBreaker:
    """A breaker that opened at 1 ms, for 100 ms."""
    breaker = CircuitBreaker(ConsecutiveFailures(1), open_ms=100, probes=probes, **settings)
    call(breaker, 0, ok=False)
    assert breaker.state is OPEN
    return breaker


# --- the table -----------------------------------------------------------------------------------


def test_every_state_is_left_and_reached() -> None:
    assert {state for state, _ in TRANSITIONS} == set(CircuitState) == set(TRANSITIONS.values())
    assert {event for _, event in TRANSITIONS} == set(Event)


# What a script of steps leads to: at a time in ms, + and - are the outcomes of a call of 1 ms, ? asks for a permit.
SCRIPTS: list[tuple[str, int, str, CircuitState]] = [
    ("two failures do not trip a limit of three", 1, "0- 10-", CLOSED),
    ("three in a row do", 1, "0- 10- 20-", OPEN),
    ("a good call in between starts the count again", 1, "0- 10- 20+ 30- 40-", CLOSED),
    ("open refuses until its time is over", 1, "0- 10- 20- 120x", OPEN),
    ("then one probe that is good closes it", 1, "0- 10- 20- 121+", CLOSED),
    ("one that is bad opens it again", 1, "0- 10- 20- 121-", OPEN),
    ("for as long", 1, "0- 10- 20- 121- 221x", OPEN),
    ("and not longer", 1, "0- 10- 20- 121- 222+", CLOSED),
    ("of three probes two good ones are not enough", 3, "0- 10- 20- 121+ 122+", HALF_OPEN),
    ("three are", 3, "0- 10- 20- 121+ 122+ 123+", CLOSED),
    ("one bad one is", 3, "0- 10- 20- 121+ 122+ 123-", OPEN),
    ("what failed before it opened is forgotten when it closes", 1, "0- 10- 20- 121+ 130- 140-", CLOSED),
]  # fmt: skip


@pytest.mark.parametrize("row", SCRIPTS, ids=[row[0] for row in SCRIPTS])
def test_a_script_of_calls_ends_in(row: tuple[str, int, str, CircuitState]) -> None:
    _, probes, script, end = row
    breaker = CircuitBreaker(ConsecutiveFailures(3), open_ms=100, probes=probes)
    for step in script.split():
        assert call(breaker, float(step[:-1]), ok=step[-1] == "+") == (step[-1] != "x"), step
    assert breaker.state is end


def test_half_open_lets_no_more_than_its_probes_through() -> None:
    breaker = opened(probes=2)
    permits = [breaker.allow(101) for _ in range(5)]
    assert [permit is not None for permit in permits] == [True, True, False, False, False]


def test_a_probe_without_an_outcome_counts_as_bad_after_the_open_time() -> None:
    breaker = opened()
    lost = breaker.allow(101)
    assert breaker.allow(200) is None
    assert (breaker.allow(201), breaker.state) == (None, OPEN)
    assert lost is not None
    breaker.record(lost, 250, ok=True)
    assert breaker.state is OPEN
    assert breaker.allow(301) is not None


def test_half_open_waits_for_calls_that_nobody_makes() -> None:
    breaker = opened(probes=2)
    call(breaker, 101, ok=True)
    assert breaker.state is HALF_OPEN
    call(breaker, 9_000, ok=True)
    assert breaker.state is CLOSED


def test_a_permit_that_is_given_back_can_be_given_again() -> None:
    breaker = opened()
    probe = breaker.allow(101)
    assert probe is not None
    breaker.cancel(probe)
    assert breaker.allow(102) is not None


@pytest.mark.parametrize("ok", [True, False])
def test_an_outcome_from_an_earlier_stay_counts_for_nothing(ok: bool) -> None:
    breaker = CircuitBreaker(ConsecutiveFailures(1), open_ms=100)
    old = breaker.allow(0)
    assert old is not None
    call(breaker, 0, ok=False)
    breaker.record(old, 50, ok)
    assert (breaker.state, breaker.since_ms) == (OPEN, 1)
    assert breaker.allow(101) is not None
    breaker.record(old, 102, ok)
    breaker.cancel(old)
    assert (breaker.state, breaker.permits) == (HALF_OPEN, 1)


def test_a_clock_that_is_set_back_keeps_it_open_no_longer_than_once_more() -> None:
    breaker = opened()
    assert breaker.allow(-1_000) is None
    assert breaker.allow(-901) is None
    assert breaker.allow(-900) is not None
    closed = CircuitBreaker(slow_ms=10)
    permit = closed.allow(1_000)
    assert permit is not None
    closed.record(permit, 0, ok=True)
    assert closed.state is CLOSED


def test_a_slow_call_is_a_bad_one() -> None:
    breaker = CircuitBreaker(ConsecutiveFailures(2), slow_ms=50)
    call(breaker, 0, ok=True, lasted=49.9)
    call(breaker, 0, ok=True, lasted=50)
    call(breaker, 0, ok=True, lasted=50)
    assert breaker.state is OPEN
    slow_probe = opened(slow_ms=50)
    call(slow_probe, 101, ok=True, lasted=50)
    assert slow_probe.state is OPEN


def test_a_rate_is_that_of_the_last_calls() -> None:
    rule = FailureRate(size=10, rate=0.3, minimum=10)
    assert [rule.add(i % 5 == 0, False) for i in range(20)] == [False] * 20
    assert [rule.add(True, False) for _ in range(2)] == [False, True]


def test_slow_calls_have_a_rate_of_their_own() -> None:
    rule = FailureRate(size=4, minimum=4, rate=1.0, slow_rate=0.5)
    assert [rule.add(False, slow) for slow in (True, False, False, True)] == [False] * 3 + [True]


# --- bad settings --------------------------------------------------------------------------------

BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: ConsecutiveFailures(0), "limit=0"),
    (lambda: FailureRate(size=0), "size=0"),
    (lambda: FailureRate(size=10, minimum=11), "minimum=11: a window of size=10 never holds"),
    (lambda: FailureRate(rate=0), "rate=0"),
    (lambda: FailureRate(rate=1.5), "rate=1.5"),
    (lambda: FailureRate(rate=math.nan), "rate=nan"),
    (lambda: FailureRate(slow_rate=0), "slow_rate=0"),
    (lambda: CircuitBreaker(open_ms=0), "open_ms=0"),
    (lambda: CircuitBreaker(open_ms=math.inf), "open_ms=inf"),
    (lambda: CircuitBreaker(probes=0), "probes=0"),
    (lambda: CircuitBreaker(slow_ms=-1), "slow_ms=-1"),
    (lambda: CircuitBreaker(FailureRate(slow_rate=0.5)), "slow_rate is below 1 but slow_ms is None"),
    (lambda: CircuitBreaker().allow(math.nan), "now_ms=nan"),
    (lambda: CircuitBreaker().allow(-math.inf), "now_ms=-inf"),
    (lambda: CircuitBreaker().record(Permit(0, 5.0), math.nan, True), "now_ms=nan"),
    (lambda: Backoff(base_ms=0), "base_ms=0"),
    (lambda: Backoff(base_ms=10, cap_ms=5), "cap_ms=5"),
    (lambda: Backoff(jitter="some"), "jitter='some': one of full, equal, none"),
    (lambda: Backoff().wait_ms(0), "attempt=0"),
    (lambda: RetryBudget(ratio=0), "ratio=0"),
    (lambda: RetryBudget(most=0), "most=0"),
    (lambda: Bulkhead(0), "size=0"),
    (lambda: Bulkhead(1).leave(), "no call is inside"),
    (lambda: amplification([3, 0]), "at least 1 attempt"),
    (lambda: TextbookThreads(0), "count=0"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_settings_are_named(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        make()


def test_a_rule_is_not_shared_by_two_breakers() -> None:
    rule = ConsecutiveFailures(2)
    one, other = CircuitBreaker(rule), CircuitBreaker(rule)
    call(one, 0, ok=False)
    call(other, 0, ok=False)
    assert (one.state, other.state, rule.count) == (CLOSED, CLOSED, 0)


COPIED = [opened(), TextbookBreaker(), RetryBudget(), Bulkhead(2), CircuitBreaker(FailureRate())]


@pytest.mark.parametrize("original", COPIED, ids=[type(original).__name__ for original in COPIED])
def test_a_copy_goes_on_by_itself(original: Any) -> None:
    copy, text = copy_state(original), repr(original)
    assert repr(copy) == text
    if isinstance(original, RetryBudget):
        copy.take()
    elif isinstance(original, Bulkhead):
        copy.enter()
    else:
        call(copy, 101, ok=False)
    assert repr(copy) != text == repr(original)


# --- retries and bulkheads -----------------------------------------------------------------------


@pytest.mark.parametrize(("jitter", "share"), [("full", 0.0), ("equal", 0.5), ("none", 1.0)])
def test_the_wait_doubles_up_to_its_cap(jitter: str, share: float) -> None:
    backoff = Backoff(base_ms=50, cap_ms=300, jitter=jitter)
    longest = [50.0, 100.0, 200.0, 300.0, 300.0]
    assert [backoff.wait_ms(k) for k in range(1, 6)] == [(share * most, most) for most in longest]
    assert backoff.wait_ms(10_000)[1] == 300


@pytest.mark.parametrize(("ratio", "most"), [(0.1, 1), (0.1, 10), (0.2, 3), (1.0, 1), (1 / 3, 5)])
def test_retries_are_at_most_the_ratio_of_first_attempts_and_what_was_saved(
    ratio: float, most: int
) -> None:
    budget, retries = RetryBudget(ratio, most), 0
    for first in range(1, 3_001):
        budget.earn()
        retries += budget.take() + budget.take()
        assert retries <= ratio * first + most + 1e-6
    assert retries >= ratio * 3_000 - 1


def test_a_quiet_client_saves_up_no_more_than_most() -> None:
    budget = RetryBudget(0.5, most=3)
    for _ in range(100):
        budget.earn()
    assert [budget.take() for _ in range(5)] == [True] * 3 + [False] * 2


def test_a_bulkhead_has_room_again_when_a_call_has_left() -> None:
    bulkhead = Bulkhead(2)
    assert [bulkhead.enter() for _ in range(3)] == [True, True, False]
    bulkhead.leave()
    assert [bulkhead.enter() for _ in range(2)] == [True, False]


@pytest.mark.parametrize(("attempts", "calls"), [([], 1), ([4], 4), ([3, 3], 9), ([4, 4, 4], 64)])
def test_attempts_multiply(attempts: list[int], calls: int) -> None:
    assert amplification(attempts) == calls


# --- the textbook version ------------------------------------------------------------------------


def test_the_textbook_version_lets_everybody_through_in_half_open() -> None:
    breaker = TextbookBreaker(limit=1, open_ms=100)
    call(breaker, 0, ok=False)
    assert [breaker.allow(101) is not None for _ in range(50)] == [True] * 50


def test_the_textbook_version_is_closed_by_a_probe_that_ends_after_another_has_failed() -> None:
    textbook = TextbookBreaker(limit=1, open_ms=100)
    for breaker in (opened(probes=2), textbook):
        call(breaker, 0, ok=False)
        one, other = breaker.allow(101), breaker.allow(101)
        breaker.record(one, 102, ok=False)
        breaker.record(other, 103, ok=True)
        assert breaker.state is (CLOSED if breaker is textbook else OPEN)


def test_the_textbook_version_never_trips_on_good_and_bad_calls_in_turn() -> None:
    textbook, repaired = TextbookBreaker(limit=2), CircuitBreaker(FailureRate(10, 0.5, 10))
    for i in range(1_000):
        call(textbook, i, ok=i % 2 == 0)
        call(repaired, i, ok=i % 2 == 0)
    assert (textbook.state, repaired.state) == (CLOSED, OPEN)


def test_the_textbook_version_stays_open_longer_because_of_calls_from_before() -> None:
    breaker = TextbookBreaker(limit=1, open_ms=100)
    old = breaker.allow(0)
    call(breaker, 0, ok=False)
    assert old is not None
    breaker.record(old, 90, ok=False)
    assert breaker.allow(150) is None


# --- permits come back once ----------------------------------------------------------------------


@pytest.mark.parametrize("first", ["record", "cancel"])
@pytest.mark.parametrize("second", ["record", "cancel"])
def test_a_permit_that_comes_back_twice_is_an_error(first: str, second: str) -> None:
    breaker = opened(probes=2)
    probe = breaker.allow(101)
    assert probe is not None
    for number, how in enumerate((first, second)):
        expected = pytest.raises(ValueError, match="each permit is recorded or cancelled once")
        with expected if number else nullcontext():
            breaker.cancel(probe) if how == "cancel" else breaker.record(probe, 102, ok=True)
    assert breaker.state is HALF_OPEN


@pytest.mark.parametrize("size", [0, 2.5, math.nan, math.inf])
def test_a_bulkhead_holds_a_whole_number_of_calls(size: float) -> None:
    with pytest.raises(ValueError, match="a whole number of calls, at least 1, is required"):
        Bulkhead(size)  # type: ignore[arg-type]


@pytest.mark.parametrize("most", [0, math.nan, math.inf])
def test_a_retry_budget_saves_a_finite_number(most: float) -> None:
    with pytest.raises(ValueError, match="a finite number is required"):
        RetryBudget(0.1, most)  # type: ignore[arg-type]
