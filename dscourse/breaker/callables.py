"""The callables that a guard accepts, and the end of a call of each.

A call of a coroutine function, a generator function or an async generator function has not run when it returns: it
begins with its first step and is over with its last. So does a coroutine or a generator that a plain function
returns. A future is over when it is done. Other results that have not run when they are returned are rejected:
counted as good, they would close a circuit before any of their code has run.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import _AsyncGeneratorContextManager, _GeneratorContextManager
from enum import Enum
from typing import Any

__all__ = ["Kind", "kind_of", "kind_of_result"]

_LAZY = (
    map, filter, zip, enumerate, type(iter(int, 1)), _GeneratorContextManager, _AsyncGeneratorContextManager,
)  # fmt: skip
_LAZY_MODULES = (
    "itertools",
    "multiprocessing.pool",
)  # results of multiprocessing are those of calls elsewhere
_OF_A_FUTURE = ("add_done_callback", "cancelled", "exception")


class Kind(Enum):
    """The kinds of callable or result, by when a call is over."""

    PLAIN = "when it returns or raises"
    COROUTINE = "when it has been awaited"
    GENERATOR = "when it is exhausted, closed, or raises"
    ASYNC_GENERATOR = "as a generator, with async for"
    FUTURE = "when it is done"


def kind_of(function: Callable[..., Any]) -> Kind:
    """Return the kind of a callable. TypeError for a class, and for what cannot be called."""
    if isinstance(function, type):
        raise TypeError(
            f"{function.__qualname__} is a class, and a guarded class is none: guard a function that makes the object"
        )
    if not callable(function):
        raise TypeError(f"{function!r} cannot be called: guard a function")
    for one in (function, type(function).__call__):  # an object may have an async __call__
        if inspect.iscoroutinefunction(one) or _is_awaitable_generator(one):
            return Kind.COROUTINE
        if inspect.isasyncgenfunction(one):
            return Kind.ASYNC_GENERATOR
        if inspect.isgeneratorfunction(one):
            return Kind.GENERATOR
    return Kind.PLAIN


def kind_of_result(result: object, function: Callable[..., Any]) -> Kind:
    """Return the kind of a function's result. Raise TypeError for a result that has not run and is rejected."""
    kind = type(result)
    if inspect.iscoroutine(result) or (inspect.isgenerator(result) and inspect.isawaitable(result)):
        return Kind.COROUTINE
    if isinstance(result, Generator):
        return Kind.GENERATOR
    if isinstance(result, AsyncGenerator):
        return Kind.ASYNC_GENERATOR
    if all(hasattr(kind, name) for name in _OF_A_FUTURE):
        return Kind.FUTURE
    fault = f"{getattr(function, '__qualname__', repr(function))} returned a {kind.__qualname__}"
    if hasattr(kind, "__await__"):
        raise TypeError(
            f"{fault}, which is not awaited yet: guard an async function that awaits it"
        )
    if issubclass(kind, _LAZY) or kind.__module__ in _LAZY_MODULES:
        raise TypeError(f"{fault}, which has not run yet: guard a function that runs it")
    return Kind.PLAIN


def _is_awaitable_generator(function: object) -> bool:
    """Return True for a generator function that `types.coroutine` has made awaitable."""
    code = getattr(function, "__code__", None)
    return bool(getattr(code, "co_flags", 0) & inspect.CO_ITERABLE_COROUTINE)
