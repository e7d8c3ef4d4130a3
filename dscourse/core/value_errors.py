"""The error for an object that can change where a value is required; it names the part and a replacement.

>>> require_value((1, "a", frozenset({2})), "pair")
>>> require_value((1, ["a"]), "pair")
Traceback (most recent call last):
    ...
dscourse.core.value_errors.NotAValueError: pair[1] is a list: use a tuple
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NoReturn

from dscourse.core.values import DATACLASS, is_frozen, is_value, obstacle

__all__ = ["NotAValueError", "require_value"]


class NotAValueError(TypeError):
    """A mutable object stands where a value is required."""


def require_value(value: object, name: str) -> None:
    """Raise NotAValueError unless ``value`` is a value; the error names the part of ``name`` that can change."""
    try:
        if not is_value(value):
            _explain(value, name)
    except RecursionError:
        raise NotAValueError(f"{name} is nested too deeply, or contains itself") from None


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
    wrong = obstacle(kind)
    if isinstance(value, tuple | frozenset) and not wrong:
        for index, item in enumerate(value):
            if not is_value(item):
                _explain(
                    item, f"{name}[{index}]" if isinstance(value, tuple) else f"a member of {name}"
                )
    if is_frozen(kind) and not wrong:
        names = vars(value) if kind.__dictoffset__ else [field.name for field in fields(kind)]
        for own in names:
            if not hasattr(value, own):
                raise NotAValueError(f"{kind.__name__}.{own} is never set")
            if not is_value(getattr(value, own)):
                _explain(getattr(value, own), f"{kind.__name__}.{own}")
    article = "an" if kind.__name__[0].lower() in "aeiou" else "a"
    raise NotAValueError(f"{name} is {article} {kind.__name__}: {wrong or _instead(kind)}")


def _instead(kind: type) -> str:
    for kinds, advice in _INSTEAD:
        if issubclass(kind, kinds):
            return advice
    if is_dataclass(kind):
        return DATACLASS
    if hasattr(kind, "tolist"):  # an array or a NumPy scalar, not Python's own
        return "use Python's own numbers, by tolist()"
    return "use numbers, strings, tuples, or a frozen dataclass of these"
