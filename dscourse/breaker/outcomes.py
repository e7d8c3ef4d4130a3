"""The outcomes of guarded calls, including calls nested within a call of the same breaker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Self

from dscourse.breaker.circuit import CircuitBreaker, CircuitState, Permit

__all__ = ["Call", "CircuitOpenError", "Judge", "counted", "lock"]

# The failures so far, of all breakers: a failure counted during a call has a higher number.
counted = [0]
# The lock of all breakers; an RLock, since a generator may be collected, and end, at any time.
lock = threading.RLock()
_probes: ContextVar[tuple[Call, ...]] = ContextVar("probes", default=())
_MARK = "_counted_as"  # the attribute of an exception that maps each breaker that counted it to the failure's number


class CircuitOpenError(RuntimeError):
    """A call that was not made because the circuit breaker refused it."""


class Judge:
    """A breaker with its rules of judgement: the exceptions that are failures, and the clock in ms."""

    def __init__(
        self,
        breaker: CircuitBreaker,
        failures: tuple[type[BaseException], ...],
        now_ms: Callable[[], float],
    ) -> None:
        self.breaker, self.failures, self.now_ms = breaker, failures, now_ms

    def permit(self) -> Permit | None:
        """Return a permit, or None within a probe under way. Raise CircuitOpenError if the call is refused."""
        with lock:
            if any(probe.is_around(self.breaker) for probe in _probes.get()):
                return None
            now = self.now_ms()
            permit = self.breaker.allow(now)
            if permit is None:
                raise CircuitOpenError(_refusal(self.breaker, now))
            return permit

    def end(
        self, permit: Permit, error: BaseException | None = None, since: int = 0, timed: bool = True
    ) -> None:
        """Record the outcome of a call that began after failure ``since``; only ``timed`` calls can be slow."""
        breaker, now = self.breaker, self.now_ms()
        verdict = self.verdict(error)
        if timed:
            slow = breaker.slow_ms is not None and now - permit.began_ms >= breaker.slow_ms
        else:
            permit, slow = Permit(permit.stay, now), False
        with lock:
            again = verdict is False and _was_counted(error, breaker, since)
            if again or (verdict is None and not slow):
                breaker.cancel(permit)
                return
            if verdict is False and permit.stay == breaker.stay:
                _mark(error, breaker)
            breaker.record(permit, now, verdict is not False)

    def verdict(self, error: BaseException | None) -> bool | None:
        """Return True for an answer of the service, False for a failure, None if the outcome says neither."""
        if isinstance(error, BaseExceptionGroup):
            verdicts = {self.verdict(one) for one in error.exceptions}
            return False if False in verdicts else None if None in verdicts else True
        for silent in (CircuitOpenError, CancelledError):
            if isinstance(error, silent):
                named = tuple(one for one in self.failures if issubclass(one, silent))
                return False if isinstance(error, named) else None
        if isinstance(error, self.failures):
            return False
        return True if error is None or isinstance(error, Exception) else None


class Call:
    """A call under way, by a permit or as part of a probe; also a context manager that ends with its block."""

    __slots__ = ("_token", "judge", "permit", "since", "timed", "under_way")

    def __init__(self, judge: Judge, permit: Permit | None, since: int, timed: bool = True) -> None:
        self.judge, self.permit, self.since, self.timed = judge, permit, since, timed
        self.under_way = True
        self._token: Token[tuple[Call, ...]] | None = None

    @classmethod
    def begin(cls, judge: Judge, timed: bool = True) -> Call:
        """Return a call if the breaker allows it. Raise CircuitOpenError if not."""
        since = counted[0]
        return cls(judge, judge.permit(), since, timed)

    def is_around(self, breaker: CircuitBreaker) -> bool:
        """Return True while this is a probe of the breaker."""
        permit = self.permit
        return (
            self.under_way
            and permit is not None
            and self.judge.breaker is breaker
            and permit.stay == breaker.stay
            and breaker.state is CircuitState.HALF_OPEN
        )

    def enter(self) -> None:
        """Make what this thread or task does from now on part of the call."""
        if self.is_around(self.judge.breaker):
            self._token = _probes.set((*_probes.get(), self))

    def leave(self) -> None:
        """End what `enter` began: later actions are not part of the call."""
        if self._token is not None:
            # Raised if closed in another context, where the value set here is not visible.
            with suppress(ValueError):
                _probes.reset(self._token)
            self._token = None

    def end(self, error: BaseException | None = None) -> None:
        """Record the outcome, unless the call is part of a probe, which has its own."""
        self.under_way = False
        if self.permit is not None:
            self.judge.end(self.permit, error, self.since, self.timed)

    def end_with(self, future: Any) -> None:
        """Record the outcome of a completed future."""
        try:
            error = future.exception()
        except BaseException as cancelled:
            error = cancelled
        self.end(error)

    def give_back(self) -> None:
        """End the call without an outcome."""
        self.under_way = False
        if self.permit is not None:
            with lock:
                self.judge.breaker.cancel(self.permit)

    def __enter__(self) -> Self:
        self.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()
        self.end(error)


def _mark(error: BaseException | None, breaker: CircuitBreaker) -> None:
    """Record on the exception that the breaker counts it, and as which failure."""
    counted[0] += 1
    vars(error).setdefault(_MARK, {})[id(breaker)] = counted[0]


def _was_counted(error: BaseException | None, breaker: CircuitBreaker, since: int) -> bool:
    """Return True if the breaker has counted the exception, or one of its causes, since failure number ``since``."""
    left, known = [error], set[int]()
    while left:
        one = left.pop()
        if one is None or id(one) in known:
            continue
        if vars(one).get(_MARK, {}).get(id(breaker), 0) > since:
            return True
        known.add(id(one))
        left += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
    return False


def _refusal(breaker: CircuitBreaker, now_ms: float) -> str:
    if breaker.state is CircuitState.HALF_OPEN:
        return "the circuit is half-open, and its probes are under way"
    left = breaker.since_ms + breaker.open_ms - now_ms
    return f"the circuit is open: no call for another {left:.0f} ms"
