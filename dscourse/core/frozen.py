"""Plain data as values: a hashable form, and the same data with nodes renamed or dicts in another order."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from enum import Enum
from functools import lru_cache, partial
from numbers import Number
from types import MethodType
from typing import Any, cast

from dscourse.core.attributes import attributes, is_bound
from dscourse.core.frozen_dict import FrozenDict
from dscourse.core.locks import is_lock, is_locked
from dscourse.core.values import is_value
from dscourse.node import Node

__all__ = ["frozen", "inside", "renamed", "rotated"]

_EXACT = frozenset({str, int, bool, bytes, type(None)})
_ATOMS = (Number, bytes, type(None), type, range, Enum, date, time, timedelta)


def frozen(value: Any, ordered: bool = True) -> Hashable:
    """Return a hashable form, equal for equal data. The order of a dict counts if ``ordered``; that of a set never.

    Data of different types is never equal: neither 1 and True nor 0.0 and -0.0, wherever they stand. Objects whose
    class defines no equality are compared by their attributes, locks by whether they are held, methods by their
    objects. Data may contain itself; a list that occurs twice differs from two equal ones if ``ordered``.

    >>> frozen({"a": [1, {2}]}) == frozen({"a": [1, {2}]})
    True
    >>> frozen({"a": 1, "b": 2}, ordered=False) == frozen({"b": 2, "a": 1}, ordered=False)
    True
    >>> one = [1]
    >>> frozen([one, one]) == frozen([one, [1]])
    False
    """
    return _Freezing(ordered).form(value)


def inside(node: Node) -> dict[str, object]:
    """Return all of a node's volatile state by name, private attributes and components included; not copied."""
    data = {name: value for name, value in attributes(node).items() if name not in _NOT_STATE}
    if type(node).state is not Node.state:
        data["state()"] = node.state()
    return data


_NOT_STATE = frozenset({"id", "peers", "_context", "_birth"})


class _Freezing:
    """The making of one hashable form, which numbers the objects that can change as it meets them."""

    __slots__ = ("kept", "numbers", "ordered")

    def __init__(self, ordered: bool) -> None:
        self.ordered = ordered
        self.numbers: dict[int, int] = {}
        self.kept: list[object] = []  # so that none of their addresses is used again

    def form(self, value: Any) -> Hashable:
        """Return the hashable form of ``value``."""
        kind = type(value)
        if kind in _EXACT:
            return kind, value  # 1 and True are equal, and not the same
        if kind is tuple:
            return (kind, *[self.form(item) for item in value])
        if kind is float:
            return kind, value.hex()
        if kind is frozenset:
            return kind, frozenset([self.form(item) for item in value])
        if isinstance(value, MethodType):
            return kind, value.__func__, self.form(value.__self__)
        if kind is partial:
            return kind, self.form((value.func, value.args, value.keywords))
        if is_bound(value):
            return kind, value.__name__, self.form(value.__self__)
        if is_dataclass(kind) and kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
            return self._parts(_parts(value), kind)
        return self._changeable(kind, value)

    def _changeable(self, kind: Any, value: Any) -> Hashable:
        """Return the form of an object that can change: its number alone if it has been met before."""
        if kind not in _MUTABLE and is_value(value):  # whether it is shared makes no difference
            return self._first(kind, value)
        number = self.numbers.get(id(value))
        if number is not None:
            return _AGAIN, number
        number = self.numbers[id(value)] = len(self.numbers)
        self.kept.append(value)
        form = self._first(kind, value)
        if (
            not self.ordered
        ):  # the order in which they are met may differ: notice only what contains itself
            del self.numbers[id(value)]
        return form

    def _first(self, kind: Any, value: Any) -> Hashable:
        """Return the form of an object that can change, where it is met for the first time."""
        if isinstance(value, _CONTAINERS):
            return self._container(kind, value)
        if isinstance(value, Node):
            return self._parts(inside(value), kind)
        if is_dataclass(kind):
            return self._parts(_parts(value), kind)
        if is_lock(value):
            return kind, is_locked(value)
        own = attributes(value)
        if own and _by_identity(kind, value):  # it would differ from each of its copies
            return self._parts(own, kind)
        try:
            hash(value)
        except TypeError:
            return kind, repr(value)
        return kind, value

    def _container(self, kind: Any, value: Any) -> Hashable:
        more = attributes(value)
        if more:
            contents = self._first(type(_contents(value)), _contents(value))
            return kind, contents, self._parts(more, kind)
        if isinstance(value, dict):
            items = [(self.form(key), self.form(item)) for key, item in value.items()]
            return (kind, *items) if self.ordered else (kind, frozenset(items))
        forms = [self.form(item) for item in value]
        return (kind, frozenset(forms)) if isinstance(value, set | frozenset) else (kind, *forms)

    def _parts(self, parts: dict[str, Any], kind: Any) -> Hashable:
        return (kind, len(parts), *parts, *[self.form(part) for part in parts.values()])


_AGAIN = object()
_MUTABLE = frozenset({list, dict, set, deque})
_CONTAINERS = (dict, list, tuple, deque, set, frozenset)


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
    if attributes(value) and not is_dataclass(kind):
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
    parts = {name: getattr(value, name, None) for name in _field_names(cast(Hashable, type(value)))}
    parts.update(attributes(value))
    return parts


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


def _by_identity(kind: type, value: object) -> bool:
    """Return True for an object that is equal to itself alone, or has no hash: neither a class nor a function."""
    own_equality: object = kind.__eq__
    return (own_equality is object.__eq__ or kind.__hash__ is None) and not callable(value)
