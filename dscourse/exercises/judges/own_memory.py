"""The memory of a function outside of its calls, one copy per process that runs it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import BuiltinFunctionType, ModuleType
from typing import Any

from dscourse.exercises.sandbox.code import CODE, MISSING, code_of, value_of, variables_of

__all__ = ["OwnMemory"]

Values = list[Any]  # one per variable


class OwnMemory:
    """The variables that outlive a call of a function.

    These are global and enclosed variables, default values, and attributes of functions and classes; of all that the
    function uses of its own module, directly or through others. Caches of `functools` are emptied instead.

    >>> seen = []
    >>> def note(text):
    ...     seen.append(text)
    ...     return len(seen)
    >>> memory = OwnMemory(note)
    >>> one, two = memory.fresh(), memory.fresh()
    >>> memory.within(one, lambda: note("a")), memory.within(two, lambda: note("b"))
    (1, 1)
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.answer = function
        self.code = code_of(function if isinstance(function, CODE) else type(function))
        self.variables = [variable for one in self.code for variable in variables_of(one)]
        self.first = self._now()

    def fresh(self) -> Values:
        """Return the memory of a process that has just started."""
        copies: dict[int, Any] = {}  # one copy of what several variables share
        return [_copied(value, copies) for value in self.first]

    def within(self, values: Values, work: Callable[[], Any]) -> Any:
        """Return the result of some work in a process with this memory, which is updated."""
        outside = self._now()
        self._set(values)
        try:
            return work()
        finally:
            values[:] = self._now()
            self._set(outside)

    def call(self, *arguments: Any) -> Any:
        """Call the function; a callable object is copied as a whole."""
        return (self.answer if isinstance(self.answer, CODE) else _copied(self.answer, {}))(
            *arguments
        )

    def _now(self) -> Values:
        return [value_of(*variable) for variable in self.variables]

    def _set(self, values: Values) -> None:
        for (owner, name), value in zip(self.variables, values, strict=True):
            if value is not MISSING:
                owner.__setitem__(name, value) if isinstance(owner, dict) else setattr(
                    owner, name, value
                )
            elif isinstance(owner, dict):
                owner.pop(name, None)
        for one in self.code:
            if hasattr(one, "cache_clear"):
                one.cache_clear()


def _copied(value: Any, copies: dict[int, Any]) -> Any:
    """Return a copy; of a value that cannot be copied, such as a lock, the value itself."""
    if isinstance(value, BuiltinFunctionType) and not isinstance(value.__self__, ModuleType | None):
        return getattr(_copied(value.__self__, copies), value.__name__)
    if value is MISSING or isinstance(value, CODE):
        return value
    try:
        return copy.deepcopy(value, copies)
    except Exception:
        return value
