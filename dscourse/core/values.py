"""Values: immutable data that is equal wherever its contents are equal.

Messages, timers, durable records, invocations and results are values. A node can then hand one to another node, to
its log or to the trace without sharing any of its own state. These are values:

* numbers, strings, bytes, booleans, None, dates, UUIDs, classes;
* the members of an ``Enum`` with immutable values;
* tuples and frozensets of values, and a `FrozenDict`, which holds nothing else;
* a frozen dataclass whose attributes are values, and that compares all its fields;
* an object of a class derived from `Value`: the class promises it.

Lists, sets, dicts and objects of any other class are not, even if they can be hashed: an ordinary object is hashed by
its identity, whatever becomes of its contents. Functions are not either: a closure can hold anything. A class derived
from one of these classes may add methods, but no attributes, and no list, set or dict that all its objects share.

Cost: a dataclass with slots and nothing but numbers, strings and the like, by its annotations, is checked field by
field at the first use of its class, and trusted to keep its annotations from then on. Everything else is checked at
every use.

`value_errors` raises the error that names the part that can change; `frozen_dict` makes values of lists, sets and
dicts.

>>> is_value((1, "a", frozenset({2}))), is_value((1, ["a"]))
(True, False)
"""

from __future__ import annotations

import typing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import date, time, timedelta, tzinfo
from enum import Enum
from fractions import Fraction
from functools import cached_property
from numbers import Number
from operator import attrgetter
from random import Random
from types import NoneType, UnionType
from typing import Any, cast
from uuid import UUID

__all__ = ["DATACLASS", "Value", "is_frozen", "is_proven", "is_value", "obstacle", "shared_state"]


DATACLASS = "its class must be @dataclass(frozen=True, slots=True), with eq, hash and compare left as they are"


class Value:
    """Base of classes other than dataclasses whose objects never change and compare by their contents.

    The class must define ``__eq__`` and ``__hash__``.
    """

    __slots__ = ()


_PLAIN = (
    int, str, float, complex, bytes, NoneType, Enum, Number, date, time, timedelta, tzinfo, range, type, UUID, Value,
)  # fmt: skip
# Classes written in Python whose objects have attributes of their own, and never change.
_KNOWN = frozenset({Fraction, UUID})

# Classes whose objects are all values; the simulator looks a message's class up here and goes on.
_PROVEN: set[type] = {bool, int, str, float, complex, bytes, NoneType}
# For every other class a function that looks at one object of it.
_LOOK: dict[type, Callable[[Any], bool]] = {}


def is_value(value: object) -> bool:
    """Return True if ``value`` is immutable at every depth."""
    kind = type(value)
    if kind in _PROVEN:
        return True
    look = _LOOK.get(kind)
    return _first_look(kind, value) if look is None else look(value)


def is_proven(kind: type) -> bool:
    """Return True if objects of ``kind`` have been checked, and need no further check."""
    return kind in _PROVEN


def is_frozen(kind: type) -> bool:
    """Return True for a frozen dataclass whose objects are equal if, and only if, all their fields are.

    A class that is derived from one must be decorated itself: only then are its own attributes frozen too.
    """
    frozen = _declares(kind, "frozen", True) and _declares(kind, "eq", True)
    return frozen and bool(kind.__hash__) and all(field.compare for field in fields(kind))


def _declares(kind: type, option: str, setting: bool) -> bool:
    """Return True if ``kind`` itself is decorated with ``@dataclass(option=setting)``."""
    parameters = kind.__dict__.get("__dataclass_params__")
    return parameters is not None and getattr(parameters, option) is setting


# --- looking -------------------------------------------------------------------------------------


def _first_look(kind: Any, value: Any) -> bool:
    """Check the first object of a class, and choose the check for all later ones."""
    if obstacle(kind):
        _LOOK[kind] = _never
    elif issubclass(kind, _PLAIN):
        _PROVEN.add(kind)
        return True
    elif issubclass(kind, tuple | frozenset):
        _LOOK[kind] = _all_values
    elif not is_frozen(kind):
        _LOOK[kind] = _never
    elif kind.__dictoffset__:
        _LOOK[kind] = _attributes_are_values
    else:
        names = [field.name for field in fields(kind)]
        if not all(hasattr(value, name) and is_value(getattr(value, name)) for name in names):
            return False
        plain = _plain_fields(kind)
        doubtful = [name for name in names if name not in plain]
        if not doubtful:
            _PROVEN.add(kind)
            return True
        _LOOK[kind] = _fields_are_values(doubtful)
    return _LOOK[kind](value)


def _never(value: object) -> bool:
    return False


def _all_values(items: Iterable[object]) -> bool:
    return _PROVEN.issuperset(map(type, items)) or all(map(is_value, items))


def _attributes_are_values(value: object) -> bool:
    """Check a dataclass without slots: it may have more attributes than fields."""
    return _all_values(vars(value).values())


def _fields_are_values(names: list[str]) -> Callable[[Any], bool]:
    """Return a function that checks these fields of an object."""
    if len(names) > 1:
        read = attrgetter(*names)
        return lambda value: _all_values(read(value))
    only = attrgetter(names[0])
    return lambda value: is_value(only(value))


def _plain_fields(kind: type) -> set[str]:
    """Return the fields whose annotation leaves nothing but numbers, strings and the like."""
    return {name for name, hint in _hints(kind).items() if _is_plain(hint)}


def _hints(owner: Any) -> dict[str, Any]:
    """Return the annotations; none if they cannot be resolved, as of a class defined inside a function."""
    try:
        return typing.get_type_hints(owner)
    except (NameError, TypeError, AttributeError):
        return {}


def _is_plain(hint: Any) -> bool:
    if isinstance(hint, typing.NewType):
        return _is_plain(hint.__supertype__)
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        return True
    if origin in (typing.Union, UnionType):
        return all(map(_is_plain, typing.get_args(hint)))
    return isinstance(hint, type) and origin is None and issubclass(hint, _PLAIN)


# --- classes whose objects are no values, whatever they hold --------------------------------------


def obstacle(kind: type) -> str:
    """Return the reason why no object of this class is a value, unlike those of its base; "" if they may be."""
    if issubclass(kind, type) or not (
        issubclass(kind, (*_PLAIN, tuple, frozenset)) or is_frozen(kind)
    ):
        return ""
    if kind.__hash__ is None:
        return "its class must define __hash__"
    if issubclass(kind, Enum):
        return _obstacle_of_members(kind)
    shared = shared_state(kind)
    if shared:
        return f"all objects of its class share {shared[1]}, a {type(shared[2]).__name__}; make it a field"
    if issubclass(kind, Value):
        return "its class must define __eq__" if kind.__eq__ is object.__eq__ else ""
    if is_frozen(kind):
        named = {field.name for field in fields(cast(Any, kind))}
        hidden = [name for name in _slots(kind) if name not in named and name not in _SYSTEM]
        hidden += _lazy(kind)
        return f"it keeps {hidden[0]} outside its fields; {DATACLASS}" if hidden else ""
    return "it can be given attributes: write __slots__ = () in its class" if _slots(kind) else ""


def _lazy(kind: type) -> list[str]:
    """Return the cached properties whose annotation allows more than tuples, frozensets, numbers and strings."""
    return [
        name
        for base in kind.__mro__
        for name, item in vars(base).items()
        if isinstance(item, cached_property) and not _gives_value(item.func)
    ]


def _gives_value(function: Callable[..., Any]) -> bool:
    hint = _hints(function).get("return")
    return hint is not None and (typing.get_origin(hint) in (tuple, frozenset) or _is_plain(hint))


def _obstacle_of_members(kind: type[Enum]) -> str:
    for member in kind.__members__.values():
        if not _attributes_are_values(member):
            return f"{member} stands for something that can change"
    return ""


_SYSTEM = frozenset({"__dict__", "__weakref__"})


def _slots(kind: type) -> list[str]:
    """Return the attributes that its classes give each object; ``__dict__`` stands for any others."""
    names: list[str] = []
    for base in kind.__mro__:
        if base not in _KNOWN:
            slots = base.__dict__.get("__slots__", ())
            names += [slots] if isinstance(slots, str) else slots
            names += ["__dict__"] if "__dict__" in base.__dict__ else []
    return names


def shared_state(kind: type) -> tuple[type, str, object] | None:
    """Return the first list, set, dict, iterator or source of random numbers that all objects of a class share.

    It is given as the class that has it, its name and the object; None if there is none. Names in capital letters
    are constants, which are not looked at.
    """
    for base in kind.__mro__:
        for name, item in vars(base).items():
            if (
                not name.startswith("__")
                and not name.isupper()
                and name not in _TABLES
                and _is_state(item)
            ):
                return base, name, item
    return None


_TABLES = frozenset({"_handlers", "_field_defaults"})  # of node classes, and of named tuples


_STATE = (list, dict, set, deque, bytearray, Iterator, Random)


def _is_state(item: object) -> bool:
    return isinstance(item, _STATE) and not isinstance(item, Value)
