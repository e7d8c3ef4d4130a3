"""Real calls through a circuit breaker: by a decorator or a ``with`` block, from any number of threads and tasks."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from dscourse.breaker.callables import Kind, kind_of, kind_of_result
from dscourse.breaker.circuit import CircuitBreaker, CircuitState, Permit
from dscourse.breaker.outcomes import Call, CircuitOpenError, Judge, counted, lock
from dscourse.breaker.tripping import ConsecutiveFailures

__all__ = ["CircuitOpenError", "Guard"]

P = ParamSpec("P")
R = TypeVar("R")
CLOSED = CircuitState.CLOSED


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
            guarded = self._guarded(kind_of(function), function)
        return guarded  # type: ignore[no-any-return]

    def attempt(self) -> AbstractContextManager[object]:
        """Return a context manager whose block is one call; entering raises CircuitOpenError if it is refused."""
        return _Attempt(self._judge)

    def _guarded(self, kind: Kind, function: Any) -> Any:
        if kind is Kind.COROUTINE:
            return self._coroutine(function)
        if kind is Kind.GENERATOR:
            return self._generator(function)
        if kind is Kind.ASYNC_GENERATOR:
            return self._async_generator(function)
        if isinstance(self.breaker.rule, ConsecutiveFailures) and self.breaker.slow_ms is None:
            return self._counting(function)
        return self._timing(function)

    # --- plain functions -------------------------------------------------------------------------

    def _timing(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return the guarded function; in the closed state a call costs two clock readings and the lock."""
        breaker, judge, plain = self.breaker, self._judge, set[type]()
        now_ms = judge.now_ms

        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            stay, seen = (
                breaker.stay,
                counted[0],
            )  # before the state: if both change in between, the permit is void
            if breaker.state is not CLOSED:
                return self._through(function, *args, **kwargs)
            permit = Permit(stay, now_ms())
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                judge.end(permit, error, seen)
                raise
            if type(result) not in plain:
                return self._returned(function, result, Call(judge, permit, seen), plain)
            with lock:
                breaker.record(permit, now_ms(), True)
            return result

        return guarded

    def _counting(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return the guarded function as `_timing` does, without clock and lock for a good call after a good call."""
        breaker, judge, plain = self.breaker, self._judge, set[type]()

        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            stay, seen = breaker.stay, counted[0]
            if breaker.state is not CLOSED:
                return self._through(function, *args, **kwargs)
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                judge.end(Permit(stay, judge.now_ms()), error, seen)
                raise
            if type(result) not in plain:
                call = Call(judge, Permit(stay, judge.now_ms()), seen)
                return self._returned(function, result, call, plain)
            if breaker.rule.count:  # type: ignore[union-attr]
                judge.end(Permit(stay, judge.now_ms()))
            return result

        return guarded

    def _through(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Make one call while the circuit is not closed."""
        call = Call.begin(self._judge)
        call.enter()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            call.end(error)
            raise
        finally:
            call.leave()
        return self._returned(function, result, call, set())

    def _returned(self, function: Any, result: R, call: Call, plain: set[type]) -> R:
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
            again: R = self._guarded(kind, lambda: result)()
            return again
        return result

    # --- what runs in steps ----------------------------------------------------------------------

    def _coroutine(self, function: Any) -> Any:
        @wraps(function)
        async def guarded(*args: Any, **kwargs: Any) -> Any:
            coroutine = function(*args, **kwargs)
            try:
                call = Call.begin(self._judge)
            except CircuitOpenError:
                coroutine.close()  # it will not be awaited
                raise
            with call:
                return await coroutine

        return guarded

    def _generator(self, function: Any) -> Any:
        """Guard a generator as ``yield from`` would: its steps are part of the call, the consumer's code is not."""

        @wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            inner = function(*args, **kwargs)
            call = Call.begin(self._judge, timed=False)
            resume, value = inner.send, None
            while True:
                call.enter()
                try:
                    item = resume(value)
                except StopIteration as end:
                    call.end()
                    return end.value
                except BaseException as error:
                    call.end(error)
                    raise
                finally:
                    call.leave()
                try:
                    resume, value = inner.send, (yield item)
                except GeneratorExit:
                    with call:
                        closed: Any = inner.close()
                    if closed is None:
                        raise
                    return closed  # Python 3.13 returns it from close()
                except BaseException as error:
                    resume, value = inner.throw, error

        return guarded

    def _async_generator(self, function: Any) -> Any:
        """Guard an async generator as `_generator` does, awaiting each step."""

        @wraps(function)
        async def guarded(*args: Any, **kwargs: Any) -> Any:
            inner = function(*args, **kwargs)
            call = Call.begin(self._judge, timed=False)
            resume, value = inner.asend, None
            while True:
                call.enter()
                try:
                    item = await resume(value)
                except StopAsyncIteration:
                    call.end()
                    return
                except BaseException as error:
                    call.end(error)
                    raise
                finally:
                    call.leave()
                try:
                    resume, value = inner.asend, (yield item)
                except GeneratorExit:
                    with call:
                        await inner.aclose()
                    raise
                except BaseException as error:
                    resume, value = inner.athrow, error

        return guarded


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
