"""What the exercises of chapter 09 claim in words is what runs show."""

from __future__ import annotations

import random

import pytest

from dscourse.breaker import (
    Backoff,
    CircuitBreaker,
    ConsecutiveFailures,
    FailureRate,
    RetryAtOnce,
    State,
)
from dscourse.exercises import all_exercises
from dscourse.exercises.circuit_breakers import calls_before_it_opens, crowd_world
from dscourse.exercises.circuit_breakers_repairs import storm_world
from dscourse.exercises.kit import make
from dscourse.protocols.service_tiers import Users


def opens_at(rule: ConsecutiveFailures | FailureRate, outcomes: list[bool]) -> int:
    """After how many calls the circuit is open; 0 if it stays closed."""
    breaker = CircuitBreaker(rule)
    for number, ok in enumerate(outcomes, start=1):
        permit = breaker.allow(number)
        assert permit is not None
        breaker.record(permit, number, ok)
        if breaker.state is State.OPEN:
            return number
    return 0


@pytest.mark.parametrize(("share", "limit"), [(0.5, 3), (0.3, 2), (0.7, 6)])
def test_the_formula_is_the_mean_of_runs(share: float, limit: int) -> None:
    draws = random.Random(1)
    runs = [
        opens_at(ConsecutiveFailures(limit), [draws.random() >= share for _ in range(1_000)])
        for _ in range(3_000)
    ]
    assert sum(runs) / len(runs) == pytest.approx(calls_before_it_opens(share, limit), rel=0.05)


def test_a_rate_sees_the_pattern_that_a_count_does_not() -> None:
    exercise = all_exercises()["09.4"]
    outcomes = make(exercise, exercise.solution)
    assert opens_at(ConsecutiveFailures(5), outcomes) == 0
    assert opens_at(FailureRate(size=10, rate=0.5, minimum=10), outcomes) == 10


def test_a_crowd_in_step_takes_longer_and_makes_more_calls() -> None:
    def work(jitter: str) -> tuple[int, float]:
        users = [
            node
            for node in crowd_world(Backoff(100, 3_000, jitter).wait_ms).nodes.values()
            if isinstance(node, Users)
        ]
        assert all(user.ended[0].ok for user in users)
        return sum(len(user.calls_ms) for user in users), max(u.ended[0].ended_ms for u in users)

    (none, none_ms), (full, full_ms) = work("none"), work("full")
    assert none > 1.3 * full
    assert none_ms - 1_000 > 8 * (full_ms - 1_000)


def test_the_storm_of_the_exercise_does_not_end_by_itself() -> None:
    users = storm_world(RetryAtOnce(3)).nodes["users"]
    assert isinstance(users, Users)
    assert not any(end.ok for end in users.ended if end.began_ms > 15_000)
