"""A learner's retry policy in a simulated tier: used as it is, and its answers checked."""

from __future__ import annotations

import threading
from fractions import Fraction
from typing import Any

import pytest

from dscourse.exercises.judges.retry_policies import Watched
from dscourse.protocols.service_tiers import Tier


class Answering:
    """A policy with a lock, which cannot be copied, and with the same answer to every failure."""

    def __init__(self, answer: Any) -> None:
        self.lock, self.answer = threading.Lock(), answer

    def first(self) -> None:
        with self.lock:
            pass

    def wait_ms(self, attempt: int) -> Any:
        return self.answer


def test_a_tier_uses_the_policy_itself() -> None:
    policy: Any = Watched(Answering((0, 50)))
    tier: Any = Tier("front", "back", policy)
    assert tier.retries is policy


@pytest.mark.parametrize(
    "answer",
    [(0, 50), [0, 50.0], range(0, 51, 50), iter((0, Fraction(50)))],
    ids=["tuple", "list", "range", "iterator"],
)
def test_any_two_numbers_are_a_range(answer: Any) -> None:
    policy = Watched(Answering(answer))
    assert policy.wait_ms(1) == (0.0, 50.0)
    assert policy.retries == [0]


@pytest.mark.parametrize("answer", [5, (1,), (2, 1), (-1, 1), (0, float("nan")), "12", (0, 1, 2)])
def test_another_answer_is_a_fault_and_ends_the_job(answer: Any) -> None:
    policy = Watched(Answering(answer))
    assert policy.wait_ms(3) is None
    assert "wait_ms(3)" in policy.fault
    assert policy.retries == []
