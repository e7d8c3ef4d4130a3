"""Plain data: copied, so that worlds share none of it, and represented alike on every machine."""

from __future__ import annotations

import copy
import inspect
from collections import OrderedDict, defaultdict, deque
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import FunctionType, MethodType
from typing import Any, cast

from dscourse.core.attributes import attributes, is_bound
from dscourse.core.frozen_dict import FrozenDict
from dscourse.core.locks import copy_lock, is_lock
from dscourse.core.values import is_value

__all__ = ["copy_state", "stable_repr"]


def copy_state(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """Return a copy of plain data: containers are copied at every depth, immutable values are shared.

    References to one list become references to one copy of it. ``memo`` holds the copies made so far, as for
    `copy.deepcopy`. Raises TypeError for an object that cannot be copied.

    >>> before = {"a": [1, 2]}
    >>> after = copy_state(before)
    >>> before["a"].append(3)
    >>> after
    {'a': [1, 2]}
    """
    if is_value(value):
        return value
    if memo is None:
        memo = {}
    known = memo.get(id(value))
    if known is not None:
        return known
    fill = _FILL.get(type(value))
    if fill is None:
        return _copy_other(value, memo)
    empty = _EMPTY.get(type(value))
    new = memo[id(value)] = type(value)() if empty is None else empty(value)
    fill(new, value, memo)
    return new


def _fill_list(new: Any, old: Any, memo: dict[int, Any]) -> None:
    new.extend([copy_state(item, memo) for item in old])


def _fill_dict(new: dict[Any, Any], old: dict[Any, Any], memo: dict[int, Any]) -> None:
    for key, item in old.items():
        new[copy_state(key, memo)] = copy_state(item, memo)


def _fill_set(new: set[Any], old: set[Any], memo: dict[int, Any]) -> None:
    new.update([copy_state(item, memo) for item in old])


_FILL: dict[Any, Any] = {
    list: _fill_list, deque: _fill_list, dict: _fill_dict, set: _fill_set,
    defaultdict: _fill_dict, OrderedDict: _fill_dict,
}  # fmt: skip
_EMPTY: dict[Any, Any] = {
    deque: lambda old: deque(maxlen=old.maxlen),
    defaultdict: lambda old: defaultdict(old.default_factory),
}


def _copy_other(value: Any, memo: dict[int, Any]) -> Any:
    """Return a copy of a tuple or of an object that is not a container."""
    kind = type(value)
    if kind is tuple:
        new: Any = tuple(copy_state(item, memo) for item in value)
    elif isinstance(value, FunctionType):
        new = _same_function(value, memo)
    elif is_lock(value):
        new = copy_lock(value)
    elif isinstance(value, MethodType):
        new = MethodType(value.__func__, copy_state(value.__self__, memo))
    elif is_bound(value):
        new = getattr(copy_state(value.__self__, memo), value.__name__)
    elif hasattr(value, "clone") and not hasattr(value, "__deepcopy__"):
        new = value.clone()
    elif _is_ordinary(cast(Hashable, kind)):
        return _copy_attributes(kind, value, memo)
    else:
        new = copy.deepcopy(value, memo)
    memo[id(value)] = new
    return new


@lru_cache(maxsize=4096)
def _is_ordinary(kind: Any) -> bool:
    """Return True for a class written in Python, not derived from a container, that leaves copying to Python."""
    bases = kind.__mro__[:-1]
    return all(
        base.__module__ != "builtins" and _HEAP & base.__flags__ for base in bases
    ) and not any(name in vars(base) for base in bases for name in _OWN_COPYING)


_HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement, or by a module written in C
_OWN_COPYING = (
    "__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__",
    "__getnewargs_ex__", "__new__",
)  # fmt: skip


def _copy_attributes(kind: Any, value: Any, memo: dict[int, Any]) -> Any:
    """Return a copy of an object with copies of its attributes, in slots or not."""
    new = memo[id(value)] = object.__new__(kind)
    for name, item in attributes(value).items():
        object.__setattr__(new, name, copy_state(item, memo))
    return new


def _same_function(function: FunctionType, memo: dict[int, Any]) -> FunctionType:
    """Return the function itself. Raise TypeError if it refers to an object being copied, on which it would act."""
    captured = (
        list(inspect.getclosurevars(function).nonlocals.values()) if function.__closure__ else []
    )
    for item in captured + list(function.__defaults__ or ()):
        if id(item) in memo:
            raise TypeError(
                f"the function {function.__qualname__} holds on to the original; write a method"
            )
    return function


def stable_repr(value: Any) -> str:
    """Return ``repr(value)`` with the members of sets sorted: the same for any ``PYTHONHASHSEED``.

    >>> stable_repr((1, frozenset({"b", "a"})))
    "(1, {'a', 'b'})"
    """
    kind = type(value)
    if kind in (set, frozenset):
        return (
            "{" + ", ".join(sorted(map(stable_repr, value))) + "}"
            if value
            else f"{kind.__name__}()"
        )
    if kind is list:
        return "[" + ", ".join(map(stable_repr, value)) + "]"
    if kind is tuple:
        return "(" + ", ".join(map(stable_repr, value)) + (",)" if len(value) == 1 else ")")
    if kind in (dict, FrozenDict):
        items = (f"{stable_repr(key)}: {stable_repr(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, dict):  # a defaultdict, a Counter: their own repr would not sort sets
        return f"{kind.__name__}({stable_repr(dict(value))})"
    if kind is deque:
        most = "" if value.maxlen is None else f", maxlen={value.maxlen}"
        return f"deque({stable_repr(list(value))}{most})"
    if is_dataclass(kind) and getattr(kind, "__dataclass_params__").repr:  # noqa: B009
        options = (
            f"{f.name}={stable_repr(getattr(value, f.name))}" for f in fields(kind) if f.repr
        )
        return f"{kind.__name__}({', '.join(options)})"
    return repr(value)
