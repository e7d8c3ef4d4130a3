"""Judge of 09.4: a pattern of failures that consecutive counting does not see."""

from __future__ import annotations

from typing import Any

from dscourse.breaker import CircuitBreaker, CircuitState, ConsecutiveFailures
from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_LIMIT = 5


def judge(outcomes: Any) -> Wrong | None:
    if not isinstance(outcomes, list) or not all(isinstance(one, bool) for one in outcomes):
        return Wrong("`outcomes` must be a list of True (the call is good) and False (it fails).")
    if len(outcomes) != 100:
        return Wrong(f"`outcomes` has {len(outcomes)} calls: give 100.")
    failed = outcomes.count(False)
    if failed < 80:
        return Wrong(f"Only {failed} of 100 calls fail: at least 80 must.")
    opened = _opens_at(CircuitBreaker(ConsecutiveFailures(_LIMIT)), outcomes)
    if opened is not None:
        return Wrong(f"The circuit opens at call {opened}: it is the fifth failure in a row.")
    return None


def _opens_at(breaker: CircuitBreaker, outcomes: list[bool]) -> int | None:
    """Return the number, from 1, of the call that opens the circuit."""
    for number, ok in enumerate(outcomes, start=1):
        permit = breaker.allow(float(number))
        assert permit is not None
        breaker.record(permit, number + 0.5, ok)
        if breaker.state is CircuitState.OPEN:
            return number
    return None
