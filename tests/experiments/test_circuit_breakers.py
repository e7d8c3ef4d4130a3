"""The experiments of chapter 09: when the service is back, how soon a circuit opens, and a crowd that retries."""

from __future__ import annotations

import random

import pytest

from dscourse.breaker import Backoff, CircuitBreaker, CircuitState, ConsecutiveFailures
from dscourse.experiments.circuit_breakers import (
    END_MS,
    back_at,
    calls_before_it_opens,
    crowd_world,
)
from dscourse.protocols.textbook.service_tiers import Users
from dscourse.protocols.tier_messages import Ended


def test_when_the_service_is_back() -> None:
    users = Users("users", "front")
    outcomes = [(0, True), (100, False), (200, False), (300, True), (400, True)]
    users.ended = [
        Ended(n, END_MS + at, END_MS + at + 9, ok) for n, (at, ok) in enumerate(outcomes)
    ]
    assert back_at(users) == END_MS + 300
    users.ended = users.ended[1:3]
    assert back_at(users) is None


def opens_at(rule: ConsecutiveFailures, outcomes: list[bool]) -> int:
    """After how many calls the circuit is open; 0 if it stays closed."""
    breaker = CircuitBreaker(rule)
    for number, ok in enumerate(outcomes, start=1):
        permit = breaker.allow(number)
        assert permit is not None
        breaker.record(permit, number, ok)
        if breaker.state is CircuitState.OPEN:
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
