"""Equality of recorded values: the one rule that checkers, histories and their readers share.

Python holds ``1 == True == 1.0``, and a NaN differs from itself. A history needs another rule:

- Numbers are compared by value, whatever their type: 1 is 1.0, because JSON and JavaScript do not tell them apart.
- A truth value is not a number: True is not 1.
- A NaN is the same as any NaN.
- A sequence is the same as one with the same elements in the same order, be it a list or a tuple; sets are compared
  with sets, and maps with maps, by their contents.
- Text, bytes, keywords, symbols and all other values are the same if both their types and their values are.

>>> same(1, True), same(1, 1.0), same(float("nan"), float("nan")), same([1, True], (1, 1))
(False, True, True, False)
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set
from numbers import Number
from typing import Any, cast

__all__ = ["PLAIN", "flat", "same", "token"]

PLAIN = frozenset({int, str, type(None)})  # types whose values are their own tokens
_DEEPEST = 100
_LARGEST = 100_000  # lists, maps and other values in one, not counting plain ones


def same(one: object, other: object) -> bool:
    """Return whether the two values are the same."""
    if type(one) in PLAIN and type(other) in PLAIN:
        return one == other
    return token(one) == token(other)


def token(value: Any) -> Hashable:
    """Return a key for dictionaries and sets that is equal for two values if and only if they are the same.

    ValueError for a value that cannot be compared: too large, nested too deeply or in itself, without a hash, or with
    an ``==`` or hash of its own that fails.
    """
    if type(value) in PLAIN:
        return cast(Hashable, value)
    return (tuple, *value) if flat(value) else _token(value, 0, [_LARGEST])


def flat(value: object) -> bool:
    """Return True if the value is a tuple of plain values."""
    return type(value) is tuple and PLAIN.issuperset(map(type, value))


def _token(value: Any, depth: int, left: list[int]) -> Hashable:
    """Return the token of a value nested in ``depth`` others; ``left`` holds the number of further values allowed."""
    kind = type(value)
    if kind in PLAIN:
        return cast(Hashable, value)
    if kind is bool:
        return (bool, value)
    left[0] -= 1
    if depth > _DEEPEST or left[0] < 0:
        raise ValueError(f"a {kind.__name__} is too large to compare, or contains itself")
    if isinstance(value, tuple | list):
        return (tuple, *[_token(item, depth + 1, left) for item in value])
    if isinstance(value, Set):
        return (frozenset, frozenset([_token(item, depth + 1, left) for item in value]))
    if isinstance(value, Mapping):
        items = [
            (_token(key, depth + 1, left), _token(item, depth + 1, left))
            for key, item in value.items()
        ]
        return (dict, frozenset(items))
    return _simple(value, kind)


def _simple(value: Any, kind: type) -> Hashable:
    """Return the token of a number, or of a value whose type this module does not know."""
    try:
        hash(value)
        if kind.__name__ in ("bool", "bool_"):  # numpy's, which need not be there
            return (bool, bool(value))
        if isinstance(value, Number):
            return (float, "nan") if value != value else value
        if not value == value:
            raise ValueError(f"a {kind.__name__} is not equal to itself")
    except Exception as error:
        message = str(error) or type(error).__name__
        raise ValueError(f"a {kind.__name__} cannot be compared: {message}") from error
    return (kind, value)
