"""Real calls through a circuit breaker: by a decorator or a ``with`` block, from any number of threads and tasks."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ParamSpec, TypeVar

from dscourse.breaker.callables import kind_of
from dscourse.breaker.circuit import CircuitBreaker
from dscourse.breaker.outcomes import Call, CircuitOpenError, Judge
from dscourse.breaker.plain_calls import guarded_function
from dscourse.breaker.stepwise_calls import STEPWISE

__all__ = ["CircuitOpenError", "Guard"]

P = ParamSpec("P")
R = TypeVar("R")


class Guard:
    """A wrapper that makes calls if its breaker allows them, and records their outcomes.

    A refused call raises `CircuitOpenError`. The clock, in seconds, is read here and nowhere else.

    *What can be guarded.* Functions, methods, static and class methods, partials, lambdas, builtins and callable
    objects; coroutine functions; generator functions, async ones too; and the block after ``with guard.attempt():``.
    A call that has not run when it returns begins with its first step and is over with its last; so does a coroutine
    or a generator that a plain function returns, and a future that it returns is over when it is done. Classes are
    refused when they are guarded; other awaitables, context managers made by contextlib, lazy iterators (``map``,
    ``itertools``, ``iter`` of a function) and what a ``multiprocessing`` pool will have later when they are returned:
    TypeError.

    *What counts.* An exception of a type in ``failures`` is a failure of the service, and so is an exception group
    that holds one. Any other `Exception` is an answer of the service, and good. An exception that is no `Exception`
    (an interrupt, a cancelled task) says nothing, and its permit goes back. So does the refusal of another breaker
    within the call: no call was made there, so no service has failed. Either is a failure if ``failures`` names it.
    A call that took the breaker's ``slow_ms`` is slow, however it ended. A generator that its consumer closes after
    some values has answered, and is good; one that is never started is no call. A generator is never slow, because
    the pauses of its consumer are not its own.

    *A caller's time-out.* ``asyncio.wait_for`` and ``asyncio.timeout`` around a guarded call cancel it, and the guard
    cannot tell this from any other cancellation: it says nothing. So place the time-out inside the guarded function,
    where it raises `TimeoutError`, a failure; or give the breaker a ``slow_ms`` no longer than the time-out; or name
    ``asyncio.CancelledError`` in ``failures``, and every cancellation counts.

    *Calls within calls* of one breaker, by recursion or by two guards that share it. While the circuit is closed each
    counts, but a failure that passes through several of them counts once. In half-open, a call within a probe is part
    of it and needs no permit: what counts is how the probe ends. Within the probe is what its thread or task does,
    and what others do that have inherited its context (``asyncio.create_task``, ``asyncio.to_thread``).

    >>> from dscourse.breaker.tripping import ConsecutiveFailures
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
        failures: type[BaseException] | tuple[type[BaseException], ...] = (Exception,),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not isinstance(breaker, CircuitBreaker):
            raise TypeError(f"breaker={breaker!r}: a CircuitBreaker is required")
        kinds = failures if isinstance(failures, tuple) else (failures,)
        if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
            raise TypeError(f"failures={failures!r}: a tuple of exception types is required")
        self.breaker, self.failures = breaker, kinds
        self._judge = Judge(breaker, kinds, lambda: clock() * 1000)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return the function with every call guarded by the breaker. Raise TypeError if it cannot be guarded."""
        guarded: Any
        if isinstance(function, staticmethod | classmethod):
            guarded = type(function)(self(function.__func__))
        else:
            wrap = STEPWISE.get(kind_of(function), guarded_function)
            guarded = wrap(self._judge, function)
        return guarded  # type: ignore[no-any-return]

    def attempt(self) -> AbstractContextManager[object]:
        """Return a context manager whose block is one call; entering raises CircuitOpenError if it is refused."""
        return _Attempt(self._judge)


class _Attempt:
    """A ``with`` block that is one call and can be entered once."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._call: Call | None = None

    def __enter__(self) -> None:
        if self._call is not None:
            raise RuntimeError("an attempt is one call: write guard.attempt() again for each")
        self._call = Call.begin(self._judge)
        self._call.enter()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        assert self._call is not None
        self._call.__exit__(kind, error, trace)
