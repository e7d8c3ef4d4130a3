"""Limits on retries and concurrency: backoff with jitter, a retry budget, a bulkhead.

Sources: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 (full jitter); Beyer, Jones, Petoff
and Murphy (eds.), "Site Reliability Engineering", 2016, chapter 21 (a budget of 10 % of a client's requests); Nygard,
"Release It!", 2007 (bulkheads).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Backoff", "Bulkhead", "RetryBudget", "amplification"]


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff: a bound of ``base_ms`` that doubles after each attempt, up to ``cap_ms``.

    The wait is a range from which the caller draws: with ``jitter`` "full" from 0 to the bound, with "equal" from
    half of it, with "none" the bound itself. Raises ValueError for times that are not positive, a cap below the base,
    and an unknown jitter.

    >>> full = Backoff(base_ms=100, cap_ms=1_000)
    >>> [full.wait_ms(attempt) for attempt in (1, 2, 3, 9)]
    [(0.0, 100.0), (0.0, 200.0), (0.0, 400.0), (0.0, 1000.0)]
    >>> Backoff(base_ms=100, cap_ms=1_000, jitter="none").wait_ms(2)
    (200.0, 200.0)
    """

    base_ms: float = 100.0
    cap_ms: float = 10_000.0
    jitter: str = "full"

    def __post_init__(self) -> None:
        if not 0 < self.base_ms <= self.cap_ms < float("inf"):
            raise ValueError(
                f"base_ms={self.base_ms!r}, cap_ms={self.cap_ms!r}: 0 < base ≤ cap is required"
            )
        if self.jitter not in SHARES:
            raise ValueError(f"jitter={self.jitter!r}: one of {', '.join(SHARES)} is required")

    def wait_ms(self, attempt: int) -> tuple[float, float]:
        """Return the shortest and the longest wait after attempt number ``attempt``, from 1, has failed."""
        if attempt < 1:
            raise ValueError(f"attempt={attempt}: attempts are counted from 1")
        bound = min(float(self.cap_ms), self.base_ms * 2.0 ** min(attempt - 1, 60))
        return bound * SHARES[self.jitter], bound


SHARES = {"full": 0.0, "equal": 0.5, "none": 1.0}  # the shortest wait as a share of the longest


@dataclass(slots=True)
class RetryBudget:
    """A budget of about ``ratio`` retries per first attempt, however many calls fail.

    Each first attempt adds ``ratio`` to the balance. ``most`` is the maximum and the initial balance, so that a
    client that calls rarely may still retry. Retries are thus at most ratio × first attempts + most. Raises
    ValueError for a ratio not in (0, 1] and for ``most`` below 1 or infinite.

    >>> budget = RetryBudget(ratio=0.1, most=2)
    >>> [budget.take() for _ in range(3)]
    [True, True, False]
    >>> for _ in range(10):
    ...     budget.earn()
    >>> budget.take(), budget.take()
    (True, False)
    """

    ratio: float = 0.1
    most: int = 10
    saved: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        if not 0 < self.ratio <= 1:
            raise ValueError(
                f"ratio={self.ratio!r}: a share of retries above 0 and at most 1 is required"
            )
        if not 1 <= self.most < float("inf"):
            raise ValueError(
                f"most={self.most!r}: a finite number is required, and with fewer than 1 retry saved none is allowed"
            )
        self.saved = float(self.most)

    def earn(self) -> None:
        """Record a first attempt."""
        self.saved = min(float(self.most), self.saved + self.ratio)

    def take(self) -> bool:
        """Use up one retry and return True, or return False if none is left."""
        if self.saved < 1 - 1e-9:  # ten times a tenth is one
            return False
        self.saved = max(0.0, self.saved - 1)
        return True

    def clone(self) -> RetryBudget:
        """Return an independent copy."""
        other = RetryBudget(self.ratio, self.most)
        other.saved = self.saved
        return other


@dataclass(slots=True)
class Bulkhead:
    """A limit of ``size`` concurrent calls: further calls are refused and do not wait. ValueError for a size below 1.

    >>> bulkhead = Bulkhead(1)
    >>> bulkhead.enter(), bulkhead.enter()
    (True, False)
    >>> bulkhead.leave()
    >>> bulkhead.enter()
    True
    """

    size: int
    inside: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.size, int) or self.size < 1:
            raise ValueError(
                f"size={self.size!r}: room for a whole number of calls, at least 1, is required"
            )

    def enter(self) -> bool:
        """Take a place and return True, or return False if there is none."""
        if self.inside == self.size:
            return False
        self.inside += 1
        return True

    def leave(self) -> None:
        """Release the place of a call that has ended. Raise ValueError if no call had entered."""
        if self.inside == 0:
            raise ValueError(
                "no call is inside: leave() comes once after each enter() that was true"
            )
        self.inside -= 1

    def clone(self) -> Bulkhead:
        """Return an independent copy."""
        other = Bulkhead(self.size)
        other.inside = self.inside
        return other


def amplification(attempts: Sequence[int]) -> int:
    """Return the calls that reach the last tier per request if all fail; ``attempts`` lists the attempts per tier.

    >>> amplification([3, 3, 3])
    27
    """
    product = 1
    for tries in attempts:
        if tries < 1:
            raise ValueError(f"attempts={list(attempts)}: every tier makes at least 1 attempt")
        product *= tries
    return product
