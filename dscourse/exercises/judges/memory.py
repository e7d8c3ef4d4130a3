"""The size of an object: the values that it keeps in itself, its class and its module, but for code."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FrameType, FunctionType, ModuleType
from typing import Any

__all__ = ["reachable", "shared_by_its_class"]

_OUTSIDE = (type, FunctionType, BuiltinFunctionType, ModuleType, FrameType)


def reachable(value: Any) -> int:
    """Return the number of objects that ``value`` keeps.

    Itself, the containers of its class, and those global variables that its methods name are included.

    >>> reachable([]) < 5, reachable(list(range(1000, 2000))) > 1000
    (True, True)
    """
    seen: set[int] = set()
    stack = [value, *_containers(vars(type(value))).values(), *_named(type(value))]
    while stack:
        one = stack.pop()
        if id(one) in seen or isinstance(one, _OUTSIDE):
            continue
        seen.add(id(one))
        stack += gc.get_referents(one)
    return len(seen)


def shared_by_its_class(kind: type) -> str:
    """Return the name of a list, dictionary or set that is an attribute of the class itself; "" if there is none."""
    return next(iter(_containers(vars(kind))), "")


def _named(kind: type) -> Iterator[Any]:
    """Yield the containers among the global variables that the methods of a class name."""
    for method in vars(kind).values():
        if isinstance(method, FunctionType):
            space = _containers(method.__globals__)
            yield from (space[name] for name in method.__code__.co_names if name in space)


def _containers(space: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: one
        for name, one in space.items()
        if isinstance(one, list | dict | set | deque) and not name.startswith("__")
    }
