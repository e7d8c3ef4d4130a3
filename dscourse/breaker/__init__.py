"""Circuit breakers, retries and bulkheads: plain objects that take the time, in ms, as an argument.

circuit    `CircuitBreaker`: closed, open, half-open, from a table of transitions
tripping   the rules that open it: consecutive failures, or a rate over the last calls
calls      `Guard`: real calls through a breaker, as a decorator or in a ``with`` block;
           plain_calls and stepwise_calls guard each kind of callable
retries    `Backoff` with jitter, `RetryBudget`, `Bulkhead`
textbook   the breaker to break
"""

from __future__ import annotations

from dscourse.breaker.calls import CircuitOpenError, Guard
from dscourse.breaker.circuit import TRANSITIONS, CircuitBreaker, CircuitState, Event, Permit
from dscourse.breaker.policies import Retries, RetryAtOnce, RetryLater, RetryWithin
from dscourse.breaker.retries import Backoff, Bulkhead, RetryBudget, amplification
from dscourse.breaker.textbook import TextbookBreaker
from dscourse.breaker.tripping import ConsecutiveFailures, FailureRate, Rule

__all__ = [
    "TRANSITIONS", "Backoff", "Bulkhead", "CircuitBreaker", "CircuitOpenError", "CircuitState",
    "ConsecutiveFailures", "Event", "FailureRate", "Guard", "Permit", "Retries", "RetryAtOnce", "RetryBudget",
    "RetryLater", "RetryWithin", "Rule", "TextbookBreaker", "amplification",
]  # fmt: skip
