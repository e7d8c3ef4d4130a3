"""Plain data: copied, never shared between worlds; written the same way on every machine."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import fields, is_dataclass
from typing import Any

from dscourse.values import FrozenDict, is_value

__all__ = ["copy_state", "stable_repr"]


def copy_state(value: Any) -> Any:
    """A copy of plain data: containers are copied at every depth, values that cannot change are
    shared.

    >>> before = {"a": [1, 2]}
    >>> after = copy_state(before)
    >>> before["a"].append(3)
    >>> after
    {'a': [1, 2]}
    """
    if is_value(value):
        return value
    kind = type(value)
    if kind is dict:
        return {key: copy_state(item) for key, item in value.items()}
    if kind in (list, set, tuple):
        return kind(copy_state(item) for item in value)
    if kind is deque:
        return deque(map(copy_state, value), value.maxlen)
    return value.clone() if hasattr(value, "clone") else copy.deepcopy(value)


def stable_repr(value: Any) -> str:
    """``repr(value)`` with the members of sets sorted: the same for any ``PYTHONHASHSEED``.

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
