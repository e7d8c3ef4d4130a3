"""The circuit breaker as introductions write it, to be broken: `dscourse.breaker.circuit` is the repair.

Half-open lets every call through. The first good call closes the circuit, even if its outcome arrives after another
call has failed and opened it again. Only consecutive failures count, so that alternating good and bad calls never
trip it; a slow call is a good one. A late failure of a call from before the circuit opened extends the open time. For
the faults with threads see `dscourse.breaker.threads`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dscourse.breaker.circuit import CircuitState, Permit

__all__ = ["TextbookBreaker"]


@dataclass(slots=True)
class TextbookBreaker:
    """Open for ``open_ms`` after ``limit`` failures in a row; then half-open until the next outcome.

    >>> breaker = TextbookBreaker(limit=1, open_ms=1_000)
    >>> breaker.record(breaker.allow(0), 5, ok=False)
    >>> breaker.allow(900) is None
    True
    >>> [breaker.allow(1_005) is not None for caller in range(3)]  # three probes at once
    [True, True, True]
    """

    limit: int = 5
    open_ms: float = 60_000.0
    state: CircuitState = field(default=CircuitState.CLOSED, init=False)
    failures: int = field(default=0, init=False)
    failed_ms: float = field(default=0.0, init=False)

    def allow(self, now_ms: float) -> Permit | None:
        """A permit, unless the circuit is open; its stay is 1 for a call in half-open, and 0 for one in closed."""
        if self.state is CircuitState.OPEN:
            if now_ms - self.failed_ms < self.open_ms:
                return None
            self.state = CircuitState.HALF_OPEN
        return Permit(int(self.state is CircuitState.HALF_OPEN), now_ms)

    def record(self, permit: Permit, now_ms: float, ok: bool) -> None:
        """Count an outcome, whenever it arrives."""
        if ok:
            self.failures = 0
            if permit.stay:
                self.state = CircuitState.CLOSED
            return
        self.failures += 1
        self.failed_ms = now_ms
        if permit.stay or self.failures >= self.limit:
            self.state = CircuitState.OPEN

    def clone(self) -> TextbookBreaker:
        """Return an independent copy."""
        other = replace(self)
        other.state, other.failures, other.failed_ms = self.state, self.failures, self.failed_ms
        return other
