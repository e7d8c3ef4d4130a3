"""Values as learners write them: any numeric type for a number, any iterable for a list."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from numbers import Real
from typing import Any

from dscourse.core.frozen_dict import FrozenDict
from dscourse.core.values import is_frozen
from dscourse.exercises.tasks import plain

__all__ = ["distinct", "listed", "number", "whole"]


def number(value: Any) -> float | None:
    """Return a finite number of any numeric type as a float; None for anything else, and for a truth value.

    >>> from fractions import Fraction
    >>> number(Fraction(1, 4)), number(15), number(True), number(float("nan")), number("7")
    (0.25, 15.0, None, None, None)
    """
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return None
    try:
        result = float(value)
    except (ArithmeticError, TypeError, ValueError):
        return None
    return result if math.isfinite(result) else None


def whole(value: Any) -> int | None:
    """Return a whole number of any numeric type as an int; None for anything else, such as 7.5 or True.

    >>> from fractions import Fraction
    >>> whole(15.0), whole(7.5), whole(10**20), whole(15 + Fraction(1, 10**30)), whole(True)
    (15, None, 100000000000000000000, None, None)
    """
    value = plain(value)
    if number(value) is None:
        return None
    result = int(value)
    return result if result == value else None


def listed(value: Any, most: int = 10_000) -> list[Any] | None:
    """Return the items of any iterable, with numpy scalars as Python's numbers; None for anything else.

    A text or a mapping gives None too. An iterable of more than ``most`` items is cut there, so that one without an
    end does no harm.

    >>> listed(range(3)), listed(n * n for n in (1, 2)), listed("ab"), listed(7)
    ([0, 1, 2], [1, 4], None, None)
    """
    value = plain(value)
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return None
    return [plain(item) for item in islice(value, most)]


def distinct(value: Any) -> Any:
    """Return an equal value that is another object, as one that comes in a message or from disk is.

    Texts, bytes, numbers, and what lists, tuples, sets, dictionaries and frozen dataclasses hold are copied. Anything
    else, and what Python has once, such as numbers below 257, stays as it is. An answer that compares by ``is`` gives
    itself away.

    >>> name = "n10"
    >>> distinct(name) == name, distinct(name) is name, distinct((name, 1_000)) == (name, 1_000)
    (True, False, True)
    """
    copied = _COPIES.get(type(value))
    if copied is not None:
        return copied(value)
    return _distinct_fields(value) if is_dataclass(value) and is_frozen(type(value)) else value


def _distinct_fields(value: Any) -> Any:
    """Return a dataclass as it would be unpickled: with distinct fields, and without running its code."""
    kind: Any = type(value)
    copied = object.__new__(kind)
    for name in _fields(kind):
        object.__setattr__(copied, name, distinct(getattr(value, name)))
    return copied


@lru_cache(maxsize=1024)
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _distinct_items(value: Any) -> Any:
    return type(value)(map(distinct, value))


def _distinct_entries(value: Any) -> Any:
    return type(value)({distinct(key): distinct(one) for key, one in value.items()})


_COPIES: dict[type, Callable[[Any], Any]] = {
    str: lambda text: (text + " ")[:-1],
    bytes: lambda data: bytes(bytearray(data)),
    int: lambda number: (number - 1) + 1,
    float: lambda number: number * 1.0,
    **dict.fromkeys((list, tuple, set, frozenset), _distinct_items),
    **dict.fromkeys((dict, FrozenDict), _distinct_entries),
}
