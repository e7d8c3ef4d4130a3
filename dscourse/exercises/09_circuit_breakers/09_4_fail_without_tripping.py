"""Judge of 09.4: a pattern of failures that consecutive counting does not see."""

from __future__ import annotations

from typing import Any

from dscourse.breaker import CircuitBreaker, CircuitState, ConsecutiveFailures
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_LIMIT, _CALLS, _FAILED = 5, 100, 80


def judge(outcomes: Any) -> Wrong | None:
    calls = listed(outcomes)
    if calls is None or not all(isinstance(one, bool) for one in calls):
        return Wrong("`outcomes` must be a list of True (the call is good) and False (it fails).")
    if len(calls) != _CALLS:
        return Wrong(f"`outcomes` has {len(calls):,} calls: give {_CALLS}.")
    failed = calls.count(False)
    if failed < _FAILED <= _CALLS - failed:
        return Wrong(
            f"{failed} of 100 calls fail: at least 80 must. False is a call that fails; did you mean it the other "
            "way round?"
        )
    if failed < _FAILED:
        return Wrong(f"Only {failed} of 100 calls fail: at least 80 must.")
    opened = _opens_at(CircuitBreaker(ConsecutiveFailures(_LIMIT)), calls)
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
