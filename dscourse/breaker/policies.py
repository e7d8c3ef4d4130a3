"""Retry policies: whether and when a caller retries a failed call.

The caller reports every first attempt by ``first()``. After attempt number ``attempt`` has failed,
``wait_ms(attempt)`` returns the shortest and the longest wait before the next one, or None to give up.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dscourse.breaker.retries import Backoff, RetryBudget

__all__ = ["Retries", "RetryAtOnce", "RetryLater", "RetryWithin"]


@dataclass(frozen=True, slots=True)
class RetryAtOnce:
    """Up to ``attempts`` attempts in all, without a pause, like a loop around a call.

    >>> [RetryAtOnce(3).wait_ms(attempt) for attempt in (1, 2, 3)]
    [(0.0, 0.0), (0.0, 0.0), None]
    """

    attempts: int = 3

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"attempts={self.attempts}: at least 1 attempt is required")

    def first(self) -> None:
        """Do nothing: this policy counts no first attempts."""

    def wait_ms(self, attempt: int) -> tuple[float, float] | None:
        """No wait, or None after the last attempt."""
        return (0.0, 0.0) if attempt < self.attempts else None


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Up to ``attempts`` attempts in all, separated by the waits of a `Backoff`.

    >>> [RetryLater(3, Backoff(100, 1_000)).wait_ms(attempt) for attempt in (1, 2, 3)]
    [(0.0, 100.0), (0.0, 200.0), None]
    """

    attempts: int = 3
    backoff: Backoff = field(default_factory=Backoff)

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"attempts={self.attempts}: at least 1 attempt is required")

    def first(self) -> None:
        """Do nothing: this policy counts no first attempts."""

    def wait_ms(self, attempt: int) -> tuple[float, float] | None:
        """Return the wait of the backoff, or None after the last attempt."""
        return self.backoff.wait_ms(attempt) if attempt < self.attempts else None


@dataclass(slots=True)
class RetryWithin:
    """The waits of ``policy`` as long as the caller's budget has a retry left.

    >>> within = RetryWithin(RetryBudget(0.1, most=1), RetryAtOnce(3))
    >>> within.wait_ms(1), within.wait_ms(2)
    ((0.0, 0.0), None)
    """

    budget: RetryBudget = field(default_factory=RetryBudget)
    policy: RetryAtOnce | RetryLater = field(default_factory=RetryLater)

    def first(self) -> None:
        """Credit the budget with a share of a retry."""
        self.budget.earn()

    def wait_ms(self, attempt: int) -> tuple[float, float] | None:
        """Return the wait of the policy, or None if it gives up or the budget is used up."""
        wait = self.policy.wait_ms(attempt)
        return wait if wait is not None and self.budget.take() else None

    def clone(self) -> RetryWithin:
        """Return an independent copy."""
        return RetryWithin(self.budget.clone(), self.policy)


Retries = RetryAtOnce | RetryLater | RetryWithin
