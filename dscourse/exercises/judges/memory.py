"""The size of an object: the values that it keeps in itself, its class and its module, but for code."""

from __future__ import annotations

import gc
import sys
from collections import deque
from types import FrameType, FunctionType, ModuleType
from typing import Any

from dscourse.exercises.sandbox.code import code_of, value_of, variables_of

__all__ = ["reachable", "shared_by_its_class"]

_OUTSIDE = (type, FunctionType, ModuleType, FrameType)
_SHORT, _BYTES = (
    64,
    8,
)  # of a text or number: those that are free, and those that count as one object more


def reachable(value: Any) -> int:
    """Return the number of objects that ``value`` keeps.

    Itself and all variables of its code that outlive a call are included: of its class, of its methods, their
    default values, caches and enclosed variables, and the global variables that they name. A long text or a large
    number counts as several.

    >>> reachable([]) < 5, reachable(list(range(1000, 2000))) > 1000, reachable(["a" * 6400]) > 100
    (True, True, True)
    """
    code = code_of(type(value))
    stack = [value, *(value_of(*variable) for one in code for variable in variables_of(one))]
    number: int = sum(one.cache_info().currsize for one in code if hasattr(one, "cache_info"))
    seen: set[int] = set()
    while stack:
        one = stack.pop()
        if id(one) in seen or isinstance(one, _OUTSIDE):
            continue
        seen.add(id(one))
        number += 1
        if isinstance(one, str | bytes | bytearray | int):
            number += max(0, sys.getsizeof(one) - _SHORT) // _BYTES
        stack += gc.get_referents(one)
    return number


def shared_by_its_class(kind: type) -> str:
    """Return the name of a list, dictionary or set that is an attribute of the class itself; "" if there is none."""
    own = vars(kind).items() if isinstance(kind, type) else ()
    kinds = (list, dict, set, deque)
    return next((n for n, one in own if isinstance(one, kinds) and not n.startswith("__")), "")
