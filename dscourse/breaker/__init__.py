"""Circuit breakers, retries and bulkheads: plain objects that take the time, in ms, as an argument.

circuit    `CircuitBreaker`: closed, open, half-open, from a table of transitions
tripping   the rules that open it: consecutive failures, or a rate over the last calls
"""

from __future__ import annotations

from dscourse.breaker.circuit import TRANSITIONS, CircuitBreaker, Event, Permit, State
from dscourse.breaker.tripping import ConsecutiveFailures, FailureRate, Rule

__all__ = [
    "TRANSITIONS", "CircuitBreaker", "ConsecutiveFailures", "Event", "FailureRate", "Permit", "Rule", "State",
]  # fmt: skip
