"""Guarded calls that run in steps: coroutines, generators and async generators.

The consumer's code between the steps is not part of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from types import TracebackType
from typing import Any

from dscourse.breaker.callables import Kind
from dscourse.breaker.outcomes import Call, CircuitOpenError, Judge

__all__ = ["STEPWISE"]


class _Step:
    """The ``with`` block of a step of a generator. The call ends with a step that raises.

    ``exhausted`` is the exception of a generator that has no further value, which is a good end.
    """

    __slots__ = ("call", "exhausted")

    def __init__(self, call: Call, exhausted: type[Exception]) -> None:
        self.call, self.exhausted = call, exhausted

    def __enter__(self) -> None:
        self.call.enter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is not None:
                self.call.end(None if isinstance(error, self.exhausted) else error)
        finally:
            self.call.leave()


def _coroutine(judge: Judge, function: Any) -> Any:
    """Guard a coroutine function: the call begins when the coroutine is first awaited."""

    @wraps(function)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        coroutine = function(*args, **kwargs)
        try:
            call = Call.begin(judge)
        except CircuitOpenError:
            coroutine.close()  # it will not be awaited
            raise
        with call:
            return await coroutine

    return guarded


def _generator(judge: Judge, function: Any) -> Any:
    """Guard a generator as ``yield from`` would: its steps are part of the call, the consumer's code is not."""

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        inner = function(*args, **kwargs)
        call = Call.begin(judge, timed=False)
        step = _Step(call, StopIteration)
        resume, value = inner.send, None
        while True:
            try:
                with step:
                    item = resume(value)
            except StopIteration as end:
                return end.value
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


def _async_generator(judge: Judge, function: Any) -> Any:
    """Guard an async generator as `_generator` does, awaiting each step."""

    @wraps(function)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        inner = function(*args, **kwargs)
        call = Call.begin(judge, timed=False)
        step = _Step(call, StopAsyncIteration)
        resume, value = inner.asend, None
        while True:
            try:
                with step:
                    item = await resume(value)
            except StopAsyncIteration:
                return
            try:
                resume, value = inner.asend, (yield item)
            except GeneratorExit:
                with call:
                    await inner.aclose()
                raise
            except BaseException as error:
                resume, value = inner.athrow, error

    return guarded


STEPWISE: Mapping[Kind, Callable[[Judge, Any], Any]] = {
    Kind.COROUTINE: _coroutine,
    Kind.GENERATOR: _generator,
    Kind.ASYNC_GENERATOR: _async_generator,
}
