"""The code of an answer, and the variables that outlive a call of it: found without running any of it."""

from __future__ import annotations

from collections.abc import Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["CODE", "MISSING", "Variable", "code_of", "names_of", "value_of", "variables_of"]

CODE = (FunctionType, BuiltinFunctionType, ModuleType, type)
MISSING = object()
Variable = tuple[Any, str]  # the owner, and the name in it

_OF_FUNCTIONS = ("__defaults__", "__kwdefaults__", "__dict__")
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: created by a class statement


def code_of(root: Any) -> list[Any]:
    """Return a function or class, and the functions, classes and caches that it uses of its own module."""
    found = [root]
    for one in found:
        found += [other for other in _used(one) if not any(other is known for known in found)]
    return found


def variables_of(one: Any) -> Iterator[Variable]:
    """Yield the variables of a function or class, and the global ones that the function names."""
    if isinstance(one, type):
        yield from ((one, name) for name, value in vars(one).items() if _is_data(name, value))
    elif isinstance(one, FunctionType):
        yield from ((one, name) for name in _OF_FUNCTIONS)
        yield from ((cell, "cell_contents") for cell in one.__closure__ or ())
        space = one.__globals__
        names = sorted(set(names_of(one.__code__)))
        yield from ((space, name) for name in names if not _is_constant(space.get(name)))


def value_of(owner: Any, name: str) -> Any:
    """Return the value of a variable, or `MISSING`."""
    if isinstance(owner, dict):
        return owner.get(name, MISSING)
    try:
        return getattr(owner, name)
    except (AttributeError, ValueError):  # a cell may be empty
        return MISSING


def names_of(code: CodeType) -> Iterator[str]:
    """Yield the names that the code takes from around it, those of functions within it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_of(constant)


def _used(one: Any) -> list[Any]:
    if isinstance(one, type):
        methods = [
            getattr(value, "__func__", value) for value in vars(one).values() if _is_code(value)
        ]
        return methods + [base for base in one.__bases__ if _is_beside(base, one)]
    function = getattr(one, "__wrapped__", one) if hasattr(one, "cache_clear") else one
    if not isinstance(function, FunctionType):
        return []
    cells = [value_of(cell, "cell_contents") for cell in function.__closure__ or ()]
    return [value for value in [*_globals(function).values(), *cells] if _is_code(value)] + (
        [function] if function is not one else []
    )


def _is_code(value: Any) -> bool:
    return isinstance(getattr(value, "__func__", value), FunctionType | type) or hasattr(
        value, "cache_clear"
    )


def _is_constant(value: Any) -> bool:
    """Return True for code, but for a method of a value, such as ``[].append``, which keeps that value."""
    owner = getattr(value, "__self__", None) if isinstance(value, BuiltinFunctionType) else None
    return isinstance(value, CODE) and isinstance(owner, ModuleType | None)


def _is_beside(base: type, one: type) -> bool:
    return base.__module__ == one.__module__ and bool(base.__flags__ & _HEAP_TYPE)


def _is_data(name: str, value: Any) -> bool:
    return not (name.startswith("__") or _is_code(value) or hasattr(type(value), "__get__"))


def _globals(function: FunctionType) -> dict[str, Any]:
    """Return the code that the function names and that is of its own module."""
    space = function.__globals__
    found = {name: space[name] for name in names_of(function.__code__) if name in space}
    return {name: one for name, one in found.items() if _is_of(space, one)}


def _is_of(space: dict[str, Any], one: Any) -> bool:
    if isinstance(one, type):
        return bool(one.__module__ == space.get("__name__", "builtins"))
    return getattr(getattr(one, "__wrapped__", one), "__globals__", None) is space
