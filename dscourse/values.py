"""Values: data that nobody can change, and that is equal wherever its contents are equal.

Messages, timers, durable records, invocations and results are values. A node can then hand one to another node, to
its log or to the trace without sharing any of its own state. These are values:

* numbers, strings, bytes, booleans, None, dates, the members of an ``Enum``, classes;
* tuples and frozensets of values, and a `FrozenDict`, which holds nothing else;
* a frozen dataclass whose fields are values;
* an object of a class derived from `Value`: the class promises it.

Lists, sets, dicts and objects of any other class are not, even if they can be hashed: an ordinary object is hashed by
its identity, whatever becomes of its contents. Functions are not either: a closure can hold anything.

Cost: a dataclass with nothing but numbers, strings and the like, by its annotations, is checked field by field at the
first use of its class, and trusted to keep its annotations from then on. Everything else is checked at every use.

>>> require_value((1, "a", frozenset({2})), "pair")
>>> require_value((1, ["a"]), "pair")
Traceback (most recent call last):
    ...
dscourse.values.NotAValueError: pair[1] is a list: use a tuple
"""

from __future__ import annotations

import typing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from enum import Enum
from numbers import Number
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, NoReturn

__all__ = [
    "FrozenDict", "NotAValueError", "Value", "freeze", "is_frozen", "is_proven", "is_value",
    "require_value",
]  # fmt: skip


class NotAValueError(TypeError):
    """Something that can change stands where a value is required."""


class Value:
    """Base of classes that are no dataclasses, whose objects never change and compare by their contents."""

    __slots__ = ()


_PLAIN = (
    int, str, float, complex, bytes, NoneType, Enum, Number, date, time, timedelta, range, type, Value,
)  # fmt: skip

# Classes whose objects are all values; the simulator looks a message's class up here and goes on.
_PROVEN: set[type] = {bool, int, str, float, complex, bytes, NoneType}
# For every other class a function that looks at one object of it.
_LOOK: dict[type, Callable[[Any], bool]] = {}


def is_value(value: object) -> bool:
    """Return True if nothing can change ``value`` or anything inside it."""
    kind = type(value)
    if kind in _PROVEN:
        return True
    look = _LOOK.get(kind)
    return _first_look(kind, value) if look is None else look(value)


def require_value(value: object, name: str) -> None:
    """Raise NotAValueError unless ``value`` is a value; the error names the part of ``name`` that can change."""
    if type(value) not in _PROVEN and not is_value(value):
        _explain(value, name)


def is_proven(kind: type) -> bool:
    """Return True if objects of ``kind`` have been seen, and need no further look."""
    return kind in _PROVEN


def is_frozen(kind: type) -> bool:
    """Return True for a frozen dataclass whose objects are equal if their fields are.

    A class that is derived from one must be decorated itself: only then are its own attributes frozen too.
    """
    return _declares(kind, "frozen", True) and _declares(kind, "eq", True) and bool(kind.__hash__)


def _declares(kind: type, option: str, setting: bool) -> bool:
    """True if ``kind`` itself is decorated with ``@dataclass(option=setting)``."""
    parameters = kind.__dict__.get("__dataclass_params__")
    return parameters is not None and getattr(parameters, option) is setting


# --- looking -------------------------------------------------------------------------------------


def _first_look(kind: Any, value: Any) -> bool:
    """Look at the first object of a class, and decide how to look at those to come."""
    if issubclass(kind, _PLAIN):
        _PROVEN.add(kind)
        return True
    if issubclass(kind, tuple | frozenset):
        _LOOK[kind] = _all_values
    elif is_frozen(kind):
        names = [field.name for field in fields(kind)]
        if not all(is_value(getattr(value, name)) for name in names):
            return False
        plain = _plain_fields(kind)
        doubtful = [name for name in names if name not in plain]
        if not doubtful:
            _PROVEN.add(kind)
            return True
        _LOOK[kind] = _fields_are_values(doubtful)
    else:
        _LOOK[kind] = _never
    return _LOOK[kind](value)


def _never(value: object) -> bool:
    return False


def _all_values(items: Iterable[object]) -> bool:
    return _PROVEN.issuperset(map(type, items)) or all(map(is_value, items))


def _fields_are_values(names: list[str]) -> Callable[[Any], bool]:
    """A function that looks at these fields of an object."""
    if len(names) > 1:
        read = attrgetter(*names)
        return lambda value: _all_values(read(value))
    only = attrgetter(names[0])
    return lambda value: is_value(only(value))


def _plain_fields(kind: type) -> set[str]:
    """The fields whose annotation leaves nothing but numbers, strings and the like."""
    try:
        hints = typing.get_type_hints(kind)
    except (NameError, TypeError, AttributeError):  # a class defined inside a function
        return set()
    return {name for name, hint in hints.items() if _is_plain(hint)}


def _is_plain(hint: Any) -> bool:
    if isinstance(hint, typing.NewType):
        return _is_plain(hint.__supertype__)
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        return True
    if origin in (typing.Union, UnionType):
        return all(map(_is_plain, typing.get_args(hint)))
    return isinstance(hint, type) and origin is None and issubclass(hint, _PLAIN)


# --- explaining ----------------------------------------------------------------------------------

_INSTEAD: tuple[tuple[type | tuple[type, ...], str], ...] = (
    ((list, deque), "use a tuple"),
    (set, "use a frozenset"),
    ((dict, Mapping), "use a tuple of pairs, or a FrozenDict"),
    (bytearray, "use bytes"),
    (Iterator, "use a tuple of what it yields"),
)


def _explain(value: Any, name: str) -> NoReturn:
    """Raise the error that names the first part of ``value`` that can change."""
    kind = type(value)
    if isinstance(value, tuple | frozenset):
        for place, item in enumerate(value):
            if not is_value(item):
                _explain(
                    item, f"{name}[{place}]" if isinstance(value, tuple) else f"a member of {name}"
                )
    if is_frozen(kind):
        for field in fields(kind):
            if not is_value(getattr(value, field.name)):
                _explain(getattr(value, field.name), f"{kind.__name__}.{field.name}")
    article = "an" if kind.__name__[0].lower() in "aeiou" else "a"
    raise NotAValueError(f"{name} is {article} {kind.__name__}: {_instead(kind)}")


def _instead(kind: type) -> str:
    for kinds, advice in _INSTEAD:
        if issubclass(kind, kinds):
            return advice
    if is_dataclass(kind):
        return "its class must be @dataclass(frozen=True, slots=True), with eq and hash left as they are"
    return "use numbers, strings, tuples, or a frozen dataclass of these"


# --- freezing ------------------------------------------------------------------------------------


class FrozenDict(Value, dict[Any, Any]):
    """A dict of values that cannot be changed; it prints, compares and iterates like the dict it was made from.

    >>> writes = FrozenDict({"p1": {"x": 1}})
    >>> writes, writes["p1"]["x"], hash(writes) == hash(FrozenDict(writes))
    ({'p1': {'x': 1}}, 1, True)
    >>> writes["p2"] = {}
    Traceback (most recent call last):
        ...
    TypeError: a FrozenDict cannot be changed: make a dict of it, and change that
    """

    __slots__ = ()

    def __init__(self, entries: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = ()) -> None:
        super().__init__(_frozen_items(dict(entries), "a FrozenDict"))

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenDict], tuple[dict[Any, Any]]]:
        return type(self), (dict(self),)

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a FrozenDict cannot be changed: make a dict of it, and change that")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


def freeze(value: Any, name: str) -> Any:
    """Return ``value`` as a value: tuples for lists, frozensets for sets, a `FrozenDict` for a dict, at every depth.

    Raises NotAValueError for anything else that can change, naming the part of ``name``.

    >>> freeze({"x": [1, {2}]}, "value")
    {'x': (1, frozenset({2}))}
    """
    if is_value(value):
        return value
    if isinstance(value, list | deque) or type(value) is tuple:
        return tuple(freeze(item, f"{name}[{place}]") for place, item in enumerate(value))
    if isinstance(value, set | frozenset):
        return frozenset(freeze(item, f"a member of {name}") for item in value)
    if isinstance(value, dict):
        return FrozenDict(_frozen_items(value, name))
    return require_value(value, name)


def _frozen_items(entries: dict[Any, Any], name: str) -> dict[Any, Any]:
    return {
        freeze(key, f"a key of {name}"): freeze(item, f"{name}[{key!r}]")
        for key, item in entries.items()
    }
