"""Plain data as values: a form that can be hashed and compared, and the same data with nodes renamed."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from enum import Enum
from numbers import Number
from typing import Any

from dscourse.values import FrozenDict

__all__ = ["frozen", "renamed"]

_ATOMS = (Number, bytes, type(None), type, range, Enum, date, time, timedelta)


def frozen(value: Any, ordered: bool = True) -> Hashable:
    """A hashable form that is equal for equal data. The order of a dict counts if ``ordered``; that of a set never.

    >>> frozen({"a": [1, {2}]}) == frozen({"a": [1, {2}]})
    True
    >>> frozen({"a": 1, "b": 2}, ordered=False) == frozen({"b": 2, "a": 1}, ordered=False)
    True
    """
    kind = type(value)
    if kind in (str, int, bool, float):
        return kind, value  # 1, 1.0 and True are equal, and not the same
    if isinstance(value, dict):
        items = [(frozen(key, ordered), frozen(item, ordered)) for key, item in value.items()]
        return (kind, *items) if ordered else (kind, frozenset(items))
    if isinstance(value, list | tuple | deque):
        return (kind, *[frozen(item, ordered) for item in value])
    if isinstance(value, set | frozenset):
        return frozenset([frozen(item, ordered) for item in value])
    if is_dataclass(kind) and (kind.__hash__ is None or not ordered):
        parts = [frozen(getattr(value, f.name, None), ordered) for f in fields(kind)]
        return (kind, *parts)
    if _by_identity(value):  # it would differ from each of its copies
        return kind, frozen(vars(value), ordered)
    try:
        hash(value)
    except TypeError:
        return (kind, repr(value))
    return kind, value


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same data with every string that is a node's name replaced; sorted keys of a dict stay sorted.

    TypeError for an object that may hold names where they cannot be found.
    """
    kind = type(value)
    if kind is str:
        return names.get(value, value)
    if isinstance(value, _ATOMS):
        return value
    if isinstance(value, dict):
        return _renamed_dict(value, names)
    if isinstance(value, deque):
        return kind((renamed(item, names) for item in value), value.maxlen)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return kind(*(renamed(item, names) for item in value))
    if isinstance(value, list | tuple | set | frozenset):
        return kind(renamed(item, names) for item in value)
    if is_dataclass(kind):
        other = copy.copy(value)
        for one in fields(kind):
            object.__setattr__(other, one.name, renamed(getattr(value, one.name), names))
        return other
    raise TypeError(f"names that a {kind.__name__} may hold cannot be exchanged")


def _renamed_dict(value: dict[Any, Any], names: Mapping[str, str]) -> dict[Any, Any]:
    items = [(renamed(key, names), renamed(item, names)) for key, item in value.items()]
    keys = list(value)
    if all(isinstance(key, str) for key in keys) and keys == sorted(keys):
        items.sort(key=lambda item: str(item[0]))
    if isinstance(value, FrozenDict):
        return FrozenDict(items)
    other = copy.copy(value)
    other.clear()
    other.update(items)
    return other


def _by_identity(value: object) -> bool:
    """True for an object that is equal to nothing but itself, though it has attributes to compare."""
    kind = type(value)
    return kind.__eq__ is object.__eq__ and hasattr(value, "__dict__") and not callable(value)
