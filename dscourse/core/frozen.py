"""Plain data as values: a hashable form, and the same data with nodes renamed or dicts in another order."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from enum import Enum
from functools import lru_cache
from numbers import Number
from typing import Any, cast

from dscourse.core.frozen_dict import FrozenDict

__all__ = ["frozen", "renamed", "rotated"]

_EXACT = frozenset({str, int, bool, bytes, type(None)})
_ATOMS = (Number, bytes, type(None), type, range, Enum, date, time, timedelta)


def frozen(value: Any, ordered: bool = True) -> Hashable:
    """Return a hashable form, equal for equal data. The order of a dict counts if ``ordered``; that of a set never.

    Data of different types is never equal: neither 1 and True nor 0.0 and -0.0, wherever they stand.

    >>> frozen({"a": [1, {2}]}) == frozen({"a": [1, {2}]})
    True
    >>> frozen({"a": 1, "b": 2}, ordered=False) == frozen({"b": 2, "a": 1}, ordered=False)
    True
    """
    kind = type(value)
    if kind in _EXACT:
        return kind, value  # 1 and True are equal, and not the same
    if kind is float:
        return kind, value.hex()
    if isinstance(value, dict | list | tuple | deque | set | frozenset) and _attributes(value):
        return kind, frozen(_contents(value), ordered), frozen(vars(value), ordered)
    if isinstance(value, dict):
        items = [(frozen(key, ordered), frozen(item, ordered)) for key, item in value.items()]
        return (kind, *items) if ordered else (kind, frozenset(items))
    if isinstance(value, list | tuple | deque):
        return (kind, *[frozen(item, ordered) for item in value])
    if isinstance(value, set | frozenset):
        return frozenset([frozen(item, ordered) for item in value])
    if is_dataclass(kind):
        parts = _parts(value)
        return (kind, len(parts), *parts, *[frozen(part, ordered) for part in parts.values()])
    if _by_identity(value):  # it would differ from each of its copies
        return kind, frozen(vars(value), ordered)
    try:
        hash(value)
    except TypeError:
        return (kind, repr(value))
    return kind, value


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return the same data with every string that is a node's name replaced; sorted keys of a dict stay sorted.

    TypeError for an object that may hold names where they cannot be found.
    """
    return _rebuilt(value, lambda text: names.get(text, text), _as_sorted)


def rotated(value: Any, by: int) -> Any:
    """Return the same data with the entries of every dict rotated, or reversed for ``by=-1``; a set has no order.

    >>> rotated({"a": 1, "b": 2, "c": {"x": 3, "y": 4}}, 1)
    {'b': 2, 'c': {'y': 4, 'x': 3}, 'a': 1}
    """

    def arranged(keys: _Keys, items: _Items) -> _Items:
        at = by % len(items) if items else 0
        return items[::-1] if by < 0 else items[at:] + items[:at]

    return _rebuilt(value, str, arranged)


_Keys = list[Any]
_Items = list[tuple[Any, Any]]


def _rebuilt(
    value: Any, name: Callable[[str], str], arranged: Callable[[_Keys, _Items], _Items]
) -> Any:
    """Return the data with strings replaced and the items of each dict arranged; ``arranged`` takes the old keys."""

    def again(part: Any) -> Any:
        return _rebuilt(part, name, arranged)

    kind = type(value)
    if kind is str:
        return name(value)
    if isinstance(value, _ATOMS):
        return value
    if _attributes(value) and not is_dataclass(kind):
        raise TypeError(f"names that a {kind.__name__} may hold cannot be exchanged")
    if isinstance(value, dict):
        items = arranged(list(value), [(again(key), again(item)) for key, item in value.items()])
        return _refilled(value, items)
    if isinstance(value, deque):
        return kind(map(again, value), value.maxlen)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return kind(*map(again, value))
    if isinstance(value, list | tuple | set | frozenset):
        return kind(map(again, value))
    if is_dataclass(kind):
        other = copy.copy(value)
        for one, part in _parts(value).items():
            object.__setattr__(other, one, again(part))
        return other
    raise TypeError(f"names that a {kind.__name__} may hold cannot be exchanged")


def _as_sorted(keys: _Keys, items: _Items) -> _Items:
    """Return the items sorted if the keys were."""
    if all(isinstance(key, str) for key in keys) and keys == sorted(keys):
        return sorted(items, key=lambda item: str(item[0]))
    return items


def _refilled(value: dict[Any, Any], items: _Items) -> dict[Any, Any]:
    """Return a dict of the same kind with these items."""
    if isinstance(value, FrozenDict):
        return FrozenDict(items)
    other = copy.copy(value)
    other.clear()
    for key, item in items:  # a Counter's update would count the pairs
        other[key] = item
    return other


def _parts(value: Any) -> dict[str, Any]:
    """Return a dataclass's fields and further attributes by name."""
    attributes = {
        name: getattr(value, name, None) for name in _field_names(cast(Hashable, type(value)))
    }
    attributes.update(getattr(value, "__dict__", ()))
    return attributes


def _attributes(value: object) -> bool:
    """Return True if the object has attributes besides its contents."""
    return bool(getattr(value, "__dict__", None))


def _contents(value: Any) -> Any:
    """Return the same contents in the plain type that ``value`` is derived from."""
    return next(
        base(value)
        for base in (dict, list, tuple, deque, frozenset, set)
        if isinstance(value, base)
    )


@lru_cache(maxsize=4096)
def _field_names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast(Any, kind)))


def _by_identity(value: object) -> bool:
    """Return True for an object that is equal to nothing but itself, though it has attributes to compare."""
    kind = type(value)
    return kind.__eq__ is object.__eq__ and hasattr(value, "__dict__") and not callable(value)
