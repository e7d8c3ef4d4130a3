"""Real calls through a circuit breaker: as a decorator, or in a ``with`` block, from any number of threads."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from dscourse.breaker.circuit import CircuitBreaker, Permit, State
from dscourse.breaker.tripping import ConsecutiveFailures

__all__ = ["CircuitOpenError", "Guard"]

P = ParamSpec("P")
R = TypeVar("R")
CLOSED = State.CLOSED


class CircuitOpenError(RuntimeError):
    """The call was not made: the circuit breaker refused it."""


class Guard:
    """Makes calls if its breaker allows them, and records how they ended.

    An exception of a type in ``failures`` is a failure of the service; any other `Exception` is an answer of it, and
    good. One that is no `Exception` (an interrupt, a cancelled task) says nothing, and its permit goes back. A call
    that is refused raises `CircuitOpenError`. The clock, in seconds, is read here and nowhere else.

    >>> guard = Guard(CircuitBreaker(ConsecutiveFailures(1)), failures=(OSError,), clock=lambda: 5.0)
    >>> @guard
    ... def fetch(name: str) -> str:
    ...     raise ConnectionRefusedError(name)
    >>> for attempt in range(2):
    ...     try:
    ...         fetch("x")
    ...     except (OSError, CircuitOpenError) as error:
    ...         print(type(error).__name__, error)
    ConnectionRefusedError x
    CircuitOpenError the circuit is open: no call for another 60000 ms
    """

    def __init__(
        self,
        breaker: CircuitBreaker,
        failures: tuple[type[Exception], ...] = (Exception,),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.breaker, self.failures = breaker, failures
        self._clock, self._lock = clock, threading.Lock()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, with every call of it through the breaker; coroutine functions as well."""
        if inspect.iscoroutinefunction(function):
            awaiting: Any = self._awaiting(function)
            return awaiting  # type: ignore[no-any-return]
        if isinstance(self.breaker.rule, ConsecutiveFailures) and self.breaker.slow_ms is None:
            return self._counting(function)
        breaker, lock, now_ms = self.breaker, self._lock, self._now

        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            stay = breaker.stay  # read before the state: if another thread changes both, it is void
            permit = Permit(stay, now_ms()) if breaker.state is CLOSED else self._begin()
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                self._end(permit, error)
                raise
            with lock:
                breaker.record(permit, now_ms(), True)
            return result

        return guarded

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What happens in the block is one call."""
        permit = self._begin()
        try:
            yield
        except BaseException as error:
            self._end(permit, error)
            raise
        self._end(permit)

    def _counting(self, function: Callable[P, R]) -> Callable[P, R]:
        """As `__call__`, where a good call after a good call changes nothing, and so needs neither lock nor clock."""
        breaker = self.breaker

        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            stay = breaker.stay
            permit = None if breaker.state is CLOSED else self._begin()
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                self._end(permit or Permit(stay, self._now()), error)
                raise
            if permit is not None or breaker.rule.count:  # type: ignore[union-attr]
                self._end(permit or Permit(stay, self._now()))
            return result

        return guarded

    def _awaiting(self, function: Any) -> Any:
        """As `__call__`, for a coroutine function: the call ends when it has been awaited."""

        @wraps(function)
        async def guarded(*args: Any, **kwargs: Any) -> Any:
            with self.attempt():
                return await function(*args, **kwargs)

        return guarded

    def _now(self) -> float:
        return self._clock() * 1000

    def _begin(self) -> Permit:
        with self._lock:
            now = self._now()
            permit = self.breaker.allow(now)
            if permit is None:
                raise CircuitOpenError(self._refusal(now))
        return permit

    def _end(self, permit: Permit, error: BaseException | None = None) -> None:
        with self._lock:
            if error is not None and not isinstance(error, Exception):
                self.breaker.cancel(permit)
            else:
                self.breaker.record(permit, self._now(), not isinstance(error, self.failures))

    def _refusal(self, now_ms: float) -> str:
        if self.breaker.state is State.HALF_OPEN:
            return "the circuit is half-open, and its probes are under way"
        left = self.breaker.since_ms + self.breaker.open_ms - now_ms
        return f"the circuit is open: no call for another {left:.0f} ms"
