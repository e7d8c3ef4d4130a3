"""Rules for tripping a circuit breaker: the two in common use, each a small counter of outcomes.

Source: Nygard, "Release It!", 2007 (a count of failures opens the circuit); the sliding window of the last calls with
a rate of failures and a rate of slow calls is that of resilience4j.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["ConsecutiveFailures", "FailureRate", "Rule"]


@dataclass(slots=True)
class ConsecutiveFailures:
    """A rule that trips after ``limit`` consecutive bad calls (failed or slow). One good call resets the count.

    A steady share p of bad calls trips it by chance, after (1 - p ** limit) / ((1 - p) * p ** limit) calls on
    average; alternating good and bad calls never do, unless ``limit`` is 1. ValueError for a limit below 1.

    >>> rule = ConsecutiveFailures(limit=2)
    >>> [rule.add(failed, slow=False) for failed in (True, False, True, True)]
    [False, False, False, True]
    """

    limit: int = 5
    count: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        _whole("limit", self.limit)

    def add(self, failed: bool, slow: bool) -> bool:
        """Count an outcome. Return True if the limit is reached."""
        self.count = self.count + 1 if failed or slow else 0
        return self.count >= self.limit

    def fresh(self) -> ConsecutiveFailures:
        """Return the same rule with no calls counted."""
        return ConsecutiveFailures(self.limit)


@dataclass(slots=True)
class FailureRate:
    """A rule that trips when, of the last ``size`` calls, failures reach ``rate`` or slow calls ``slow_rate``.

    It never trips before ``minimum`` calls. The cost of counting a call does not depend on ``size``. ValueError for a
    size below 1, a minimum below 1 or above the size (it would never be reached), a rate not in (0, 1].

    >>> rule = FailureRate(size=4, rate=0.5, minimum=3)
    >>> [rule.add(failed, slow=False) for failed in (True, True, False, False, False, True)]
    [False, False, True, True, False, False]
    """

    size: int = 100
    rate: float = 0.5
    minimum: int = 100
    slow_rate: float = 1.0
    outcomes: bytearray = field(default_factory=bytearray, init=False)
    calls: int = field(default=0, init=False)
    failures: int = field(default=0, init=False)
    slow: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        _whole("size", self.size)
        _whole("minimum", self.minimum)
        if self.minimum > self.size:
            raise ValueError(
                f"minimum={self.minimum}: a window of size={self.size} never holds so many calls"
            )
        for name in ("rate", "slow_rate"):
            value = getattr(self, name)
            if not 0 < value <= 1:
                raise ValueError(f"{name}={value!r}: a share above 0 and at most 1 is required")
        self.outcomes = bytearray(self.size)

    def add(self, failed: bool, slow: bool) -> bool:
        """Count an outcome instead of the oldest. Return True if a rate is reached."""
        slot = self.calls % self.size
        oldest = self.outcomes[
            slot
        ]  # bit 0: failed, bit 1: slow; 0 where no call has been counted yet
        self.outcomes[slot] = failed | slow << 1
        self.calls += 1
        self.failures += failed - (oldest & 1)
        self.slow += slow - (oldest >> 1)
        counted = self.calls if self.calls < self.size else self.size
        if counted < self.minimum:
            return False
        return self.failures / counted >= self.rate or self.slow / counted >= self.slow_rate

    def fresh(self) -> FailureRate:
        """Return the same rule with no calls counted."""
        return FailureRate(self.size, self.rate, self.minimum, self.slow_rate)


Rule = ConsecutiveFailures | FailureRate


def _whole(name: str, value: int) -> None:
    """Raise ValueError unless ``value`` is a whole number, 1 or more."""
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{name}={value!r}: a whole number, 1 or more, is required")
