"""The memory of a function outside of its calls, one copy per process that runs it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["OwnMemory"]

_CODE = (FunctionType, BuiltinFunctionType, ModuleType, type)
_OF_FUNCTIONS = ("__defaults__", "__kwdefaults__", "__dict__")
_MISSING = object()
Variable = tuple[Any, str]  # the owner, and the name in it
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
        self.code = _code_of(function if isinstance(function, _CODE) else type(function))
        self.variables = [variable for one in self.code for variable in _variables(one)]
        self.first = self._now()

    def fresh(self) -> Values:
        """Return the memory of a process that has just started."""
        return [_copied(value) for value in self.first]

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
        return (self.answer if isinstance(self.answer, _CODE) else _copied(self.answer))(*arguments)

    def _now(self) -> Values:
        return [_value(*variable) for variable in self.variables]

    def _set(self, values: Values) -> None:
        for (owner, name), value in zip(self.variables, values, strict=True):
            if value is not _MISSING:
                owner.__setitem__(name, value) if isinstance(owner, dict) else setattr(
                    owner, name, value
                )
            elif isinstance(owner, dict):
                owner.pop(name, None)
        for one in self.code:
            if hasattr(one, "cache_clear"):
                one.cache_clear()


def _code_of(root: Any) -> list[Any]:
    """Return a function or class, and the functions, classes and caches that it uses of its own module."""
    found = [root]
    for one in found:
        found += [other for other in _used(one) if not any(other is known for known in found)]
    return found


def _used(one: Any) -> list[Any]:
    if isinstance(one, type):
        return [
            getattr(value, "__func__", value) for value in vars(one).values() if _is_code(value)
        ]
    function = getattr(one, "__wrapped__", one) if hasattr(one, "cache_clear") else one
    if not isinstance(function, FunctionType):
        return []
    cells = [_value(cell, "cell_contents") for cell in function.__closure__ or ()]
    return [value for value in [*_globals(function).values(), *cells] if _is_code(value)] + (
        [function] if function is not one else []
    )


def _is_code(value: Any) -> bool:
    return isinstance(getattr(value, "__func__", value), FunctionType | type) or hasattr(
        value, "cache_clear"
    )


def _variables(one: Any) -> Iterator[Variable]:
    """Yield the variables of a function or class, and the global ones that the function names."""
    if isinstance(one, type):
        yield from ((one, name) for name, value in vars(one).items() if _is_data(name, value))
    elif isinstance(one, FunctionType):
        yield from ((one, name) for name in _OF_FUNCTIONS)
        yield from ((cell, "cell_contents") for cell in one.__closure__ or ())
        space = one.__globals__
        names = sorted(set(_names(one.__code__)))
        yield from ((space, name) for name in names if not isinstance(space.get(name), _CODE))


def _is_data(name: str, value: Any) -> bool:
    return not (name.startswith("__") or _is_code(value) or hasattr(type(value), "__get__"))


def _globals(function: FunctionType) -> dict[str, Any]:
    """Return the code that the function names and that is of its own module."""
    space = function.__globals__
    found = {name: space[name] for name in _names(function.__code__) if name in space}
    return {name: one for name, one in found.items() if _is_of(space, one)}


def _is_of(space: dict[str, Any], one: Any) -> bool:
    if isinstance(one, type):
        return bool(one.__module__ == space.get("__name__", "builtins"))
    return getattr(getattr(one, "__wrapped__", one), "__globals__", None) is space


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names that the code takes from around it, those of functions within it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _value(owner: Any, name: str) -> Any:
    if isinstance(owner, dict):
        return owner.get(name, _MISSING)
    try:
        return getattr(owner, name)
    except (AttributeError, ValueError):  # a cell may be empty
        return _MISSING


def _copied(value: Any) -> Any:
    """Return a copy; of a value that cannot be copied, such as a lock, the value itself."""
    if value is _MISSING or isinstance(value, _CODE):
        return value
    try:
        return copy.deepcopy(value)
    except Exception:
        return value
