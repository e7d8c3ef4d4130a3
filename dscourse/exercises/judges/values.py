"""Values as learners write them: any numeric type for a number, any iterable for a list."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import islice
from numbers import Real
from typing import Any

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

    Texts, whole numbers, and what lists, tuples, sets and dictionaries hold are copied. Anything else, and what
    Python has once, such as small numbers, stays as it is. An answer that compares by ``is`` gives itself away.

    >>> name = "n10"
    >>> distinct(name) == name, distinct(name) is name, distinct((name, 1_000)) == (name, 1_000)
    (True, False, True)
    """
    if type(value) is str:
        return "".join(list(value))
    if type(value) is int:
        return int(str(value))
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(map(distinct, value))
    if type(value) is dict:
        return {distinct(key): distinct(one) for key, one in value.items()}
    return value
