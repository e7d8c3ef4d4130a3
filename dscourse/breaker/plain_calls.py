"""Guarded calls of plain functions, whatever they return."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from dscourse.breaker.callables import Kind, kind_of_result
from dscourse.breaker.circuit import CircuitState, Permit
from dscourse.breaker.outcomes import Call, Judge, counted, lock
from dscourse.breaker.stepwise_calls import STEPWISE
from dscourse.breaker.tripping import ConsecutiveFailures

__all__ = ["guarded_function"]

P = ParamSpec("P")
R = TypeVar("R")
CLOSED = CircuitState.CLOSED


def guarded_function(judge: Judge, function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with every call guarded, at the lowest cost that the breaker's rule allows."""
    if isinstance(judge.breaker.rule, ConsecutiveFailures) and judge.breaker.slow_ms is None:
        return _counting(judge, function)
    return _timing(judge, function)


def _timing(judge: Judge, function: Callable[P, R]) -> Callable[P, R]:
    """Return the guarded function; in the closed state a call costs two clock readings and the lock."""
    breaker, now_ms, plain = judge.breaker, judge.now_ms, set[type]()

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        # before the state: if both change in between, the permit is void
        stay, since = breaker.stay, counted[0]
        if breaker.state is not CLOSED:
            return _through(judge, function, *args, **kwargs)
        permit = Permit(stay, now_ms())
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            judge.end(permit, error, since)
            raise
        if type(result) not in plain:
            return _returned(function, result, Call(judge, permit, since), plain)
        with lock:
            breaker.record(permit, now_ms(), True)
        return result

    return guarded


def _counting(judge: Judge, function: Callable[P, R]) -> Callable[P, R]:
    """Return the guarded function as `_timing` does, without clock and lock for a good call after a good call."""
    breaker, plain = judge.breaker, set[type]()

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        stay, since = breaker.stay, counted[0]
        if breaker.state is not CLOSED:
            return _through(judge, function, *args, **kwargs)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            judge.end(Permit(stay, judge.now_ms()), error, since)
            raise
        if type(result) not in plain:
            call = Call(judge, Permit(stay, judge.now_ms()), since)
            return _returned(function, result, call, plain)
        if breaker.rule.count:  # type: ignore[union-attr]
            judge.end(Permit(stay, judge.now_ms()))
        return result

    return guarded


def _through(judge: Judge, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Make one call while the circuit is not closed."""
    call = Call.begin(judge)
    call.enter()
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        call.end(error)
        raise
    finally:
        call.leave()
    return _returned(function, result, call, set())


def _returned(function: Any, result: R, call: Call, plain: set[type]) -> R:
    """Return the result, guarded if it has not run yet; remember the type of a plain result."""
    try:
        kind = kind_of_result(result, function)
    except TypeError:
        call.give_back()
        raise
    if kind is Kind.PLAIN:
        plain.add(type(result))
        call.end()
    elif kind is Kind.FUTURE:
        result.add_done_callback(call.end_with)  # type: ignore[attr-defined]
    else:
        call.give_back()  # the call begins with its first step
        again: R = STEPWISE[kind](call.judge, lambda: result)()
        return again
    return result
