"""The claims of the exercises of chapter 09, compared with runs."""

from __future__ import annotations

import importlib

from dscourse.breaker import (
    CircuitBreaker,
    CircuitState,
    ConsecutiveFailures,
    FailureRate,
    RetryAtOnce,
)
from dscourse.exercises import all_exercises
from dscourse.exercises.tasks import make
from dscourse.protocols.service_tiers import Users

retry_budget = importlib.import_module("dscourse.exercises.09_circuit_breakers.09_7_retry_budget")


def opens_at(rule: ConsecutiveFailures | FailureRate, outcomes: list[bool]) -> int:
    """After how many calls the circuit is open; 0 if it stays closed."""
    breaker = CircuitBreaker(rule)
    for number, ok in enumerate(outcomes, start=1):
        permit = breaker.allow(number)
        assert permit is not None
        breaker.record(permit, number, ok)
        if breaker.state is CircuitState.OPEN:
            return number
    return 0


def test_a_rate_sees_the_pattern_that_a_count_does_not() -> None:
    exercise = all_exercises()["09.4"]
    outcomes = make(exercise, exercise.solution)
    assert opens_at(ConsecutiveFailures(5), outcomes) == 0
    assert opens_at(FailureRate(size=10, rate=0.5, minimum=10), outcomes) == 10


def test_the_storm_of_the_exercise_does_not_end_by_itself() -> None:
    users = retry_budget.storm_world(RetryAtOnce(3), RetryAtOnce(3)).nodes["users"]
    assert isinstance(users, Users)
    assert not any(end.ok for end in users.ended if end.began_ms > 15_000)
