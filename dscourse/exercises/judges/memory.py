"""The size of an object: the values that can be reached from it, but for classes, functions and modules."""

from __future__ import annotations

import gc
from types import BuiltinFunctionType, FrameType, FunctionType, ModuleType
from typing import Any

__all__ = ["reachable", "shared_by_its_class"]

_OUTSIDE = (type, FunctionType, BuiltinFunctionType, ModuleType, FrameType)


def reachable(value: Any) -> int:
    """Return the number of objects that ``value`` keeps, itself and what its class keeps included.

    >>> reachable([]) < 5, reachable(list(range(1000, 2000))) > 1000
    (True, True)
    """
    seen: set[int] = set()
    stack = [value, *_containers(type(value)).values()]
    while stack:
        one = stack.pop()
        if id(one) in seen or isinstance(one, _OUTSIDE):
            continue
        seen.add(id(one))
        stack += gc.get_referents(one)
    return len(seen)


def shared_by_its_class(kind: type) -> str:
    """Return the name of a list, dictionary or set that is an attribute of the class itself; "" if there is none."""
    return next(iter(_containers(kind)), "")


def _containers(kind: type) -> dict[str, Any]:
    return {
        name: one
        for name, one in vars(kind).items()
        if isinstance(one, list | dict | set) and not name.startswith("__")
    }
