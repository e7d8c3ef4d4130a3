"""Recorded values as plain JSON, and back: values that differ stay different.

JSON has neither sets nor keywords, and only strings as the keys of an object. Values that it lacks are written as an
object with one key that begins with ``#``: ``{"#set": [1, 2]}``, ``{"#keyword": "a"}``. Tuples become lists and are
read back as tuples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Set
from decimal import Decimal
from fractions import Fraction
from typing import Any

from dscourse.interop.edn import Char, Keyword, Symbol, Tagged

__all__ = ["from_plain", "to_plain"]

_DEEPEST = 100
_READERS: dict[str, Callable[[Any], Any]] = {
    "#set": lambda items: frozenset(map(from_plain, items)),
    "#map": lambda items: {from_plain(key): from_plain(value) for key, value in items},
    "#keyword": lambda name: Keyword(_text(name)),
    "#symbol": lambda name: Symbol(_text(name)),
    "#char": lambda char: Char(_text(char)),
    "#tagged": lambda pair: Tagged(_text(pair[0]), from_plain(pair[1])),
    "#ratio": lambda pair: Fraction(int(pair[0]), int(pair[1])),
    "#decimal": lambda digits: Decimal(_text(digits)),
    "#float": lambda name: {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[name],
}


def to_plain(value: Any, depth: int = 0) -> Any:
    """Return the value as plain JSON. Raise ValueError for a value that could not be restored.

    >>> to_plain((1, frozenset({True}), Keyword("a")))
    [1, {'#set': [True]}, {'#keyword': 'a'}]
    """
    if depth > _DEEPEST:
        raise ValueError(f"a value is nested more than {_DEEPEST} deep, or contains itself")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, list | tuple):
        return [to_plain(item, depth + 1) for item in value]
    if isinstance(value, Set):
        return {"#set": sorted((to_plain(item, depth + 1) for item in value), key=repr)}
    if isinstance(value, Mapping):
        items = [(to_plain(k, depth + 1), to_plain(v, depth + 1)) for k, v in value.items()]
        plain = all(isinstance(key, str) and not key.startswith("#") for key, _ in items)
        return dict(items) if plain else {"#map": [list(item) for item in items]}
    if isinstance(value, Tagged):
        return {"#tagged": [value.tag, to_plain(value.value, depth + 1)]}
    return _simple(value)


def _simple(value: Any) -> Any:
    """Return a value other than a collection as JSON."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"#float": str(float(value))}
    if isinstance(value, Fraction):
        return {"#ratio": [str(value.numerator), str(value.denominator)]}
    if isinstance(value, Decimal):
        return {"#decimal": str(value)}
    if isinstance(value, Keyword | Symbol):
        return {f"#{type(value).__name__.lower()}": value.name}
    if isinstance(value, Char):
        return {"#char": value.value}
    raise ValueError(f"a {type(value).__name__} cannot be written in JSON")


def from_plain(value: Any) -> Any:
    """Return the value that `to_plain` wrote, with lists as tuples. Raise ValueError for any other JSON.

    >>> from_plain([1, {"#set": [True]}, {"a": [2]}])
    (1, frozenset({True}), {'a': (2,)})
    """
    if isinstance(value, list):
        return tuple(map(from_plain, value))
    if not isinstance(value, dict):
        return value
    mark, *more = value or [""]
    if not mark.startswith("#"):
        return {key: from_plain(item) for key, item in value.items()}
    try:
        if more:
            raise ValueError("several keys")
        return _READERS[mark](value[mark])
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"{mark} stands before something that it cannot mean") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is required")
    return value
