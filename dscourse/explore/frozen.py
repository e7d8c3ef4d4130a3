"""Plain data as values: a form that can be hashed and compared, and the same with nodes renamed."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

__all__ = ["frozen", "renamed"]


def frozen(value: Any) -> Hashable:
    """A value that is equal for equal data and can be hashed. The order of a dict counts, that of a set does not.

    >>> frozen({"a": [1, {2}]}) == frozen({"a": [1, {2}]})
    True
    """
    kind = type(value)
    if kind is dict:
        return (dict, *((frozen(key), frozen(item)) for key, item in value.items()))
    if kind in (list, tuple, deque):
        return (kind, *map(frozen, value))
    if kind in (set, frozenset):
        return frozenset(map(frozen, value))
    try:
        hash(value)
    except TypeError:
        return (kind, repr(value))
    return kind, value  # 1, 1.0 and True are equal, and not the same


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same data with every string that is a node's name replaced."""
    kind = type(value)
    if kind is str:
        return names.get(value, value)
    if kind is dict:
        return {renamed(key, names): renamed(item, names) for key, item in value.items()}
    if kind in (list, tuple, set, frozenset):
        return kind(renamed(item, names) for item in value)
    if kind is deque:
        return deque((renamed(item, names) for item in value), value.maxlen)
    if is_dataclass(kind):
        changed = {f.name: renamed(getattr(value, f.name), names) for f in fields(kind) if f.init}
        return replace(value, **changed)
    return value
