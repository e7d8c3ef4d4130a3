"""The memory of a function outside of its calls, one copy per process that runs it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["OwnMemory"]

_CODE = (FunctionType, BuiltinFunctionType, ModuleType, type)
_MISSING = object()
Values = tuple[dict[str, Any], list[Any]]


class OwnMemory:
    """The global variables that a function uses, itself or by others of its module, and those enclosed in it.

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
        self.function = function if isinstance(function, FunctionType) else None
        self.space: dict[str, Any] = self.function.__globals__ if self.function else {}
        self.names = sorted(self._data()) if self.function else []
        self.cells = self.function.__closure__ or () if self.function else ()
        self.first = self._now()

    def fresh(self) -> Values:
        """Return the memory of a process that has just started."""
        return {name: _copied(one) for name, one in self.first[0].items()}, [
            _copied(one) for one in self.first[1]
        ]

    def within(self, values: Values, work: Callable[[], Any]) -> Any:
        """Return the result of some work in a process with this memory, which is updated."""
        outside = self._now()
        self._set(values)
        try:
            return work()
        finally:
            values[0].update(self._now()[0])
            values[1][:] = self._now()[1]
            self._set(outside)

    def call(self, *arguments: Any) -> Any:
        """Call the function with default values of its own; another callable is copied as a whole."""
        if self.function is None:
            return _copied(self.answer)(*arguments)
        defaults = self.function.__defaults__
        self.function.__defaults__ = _copied(defaults)
        try:
            return self.function(*arguments)
        finally:
            self.function.__defaults__ = defaults

    def _data(self) -> set[str]:
        """Return the names of the variables, found over the functions that the function calls by name."""
        assert self.function is not None
        found: set[str] = set()
        ahead = [self.function.__code__]
        for code in ahead:
            for name in set(_names(code)) - found:
                found.add(name)
                one = self.space.get(name)
                if isinstance(one, FunctionType) and one.__globals__ is self.space:
                    ahead.append(one.__code__)
        return {name for name in found if not isinstance(self.space.get(name, 0), _CODE)}

    def _now(self) -> Values:
        names = {name: self.space.get(name, _MISSING) for name in self.names}
        return names, [cell.cell_contents for cell in self.cells]

    def _set(self, values: Values) -> None:
        for name, value in values[0].items():
            if value is _MISSING:
                self.space.pop(name, None)
            else:
                self.space[name] = value
        for cell, value in zip(self.cells, values[1], strict=True):
            cell.cell_contents = value


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names that the code takes from around it, those of functions within it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _copied(value: Any) -> Any:
    """Return a copy; of a value that cannot be copied, such as a lock, the value itself."""
    if value is _MISSING or isinstance(value, _CODE):
        return value
    try:
        return copy.deepcopy(value)
    except Exception:
        return value
