"""The volatile state of a node in words: each field with its value as a reader would say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

from dscourse.core.copying import stable_repr
from dscourse.core.wording import spaced
from dscourse.show.words import short

__all__ = ["field_in_words", "in_words", "state_in_words"]

_LONGEST = 120  # characters of one value


def state_in_words(state: Mapping[str, object]) -> dict[str, str]:
    """Return a node's state, as `Node.state` gives it, with the names of its fields and its values in words.

    >>> state_in_words({"voted_for": None, "log": ()})
    {'voted for': 'none', 'log': 'empty'}
    """
    return {field_in_words(field): in_words(value) for field, value in state.items()}


def field_in_words(field: str) -> str:
    """Return the name of a field of a node's state in words."""
    return field.replace("_", " ")


def in_words(value: Any) -> str:
    """Return a value of a node's state in words.

    >>> in_words({}), in_words({"n1": 3}), in_words(frozenset({"b", "a"})), in_words(None), in_words(True)
    ('empty', 'n1 → 3', 'a, b', 'none', 'yes')
    """
    text = _text(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Enum):
        return spaced(value.name.lower().replace("_", " "))
    if isinstance(value, Mapping):
        pairs = (f"{_inner(key)} → {_inner(item)}" for key, item in value.items())
        return ", ".join(pairs) or "empty"
    if isinstance(value, set | frozenset):
        return ", ".join(sorted(map(_inner, value))) or "empty"
    if isinstance(value, tuple | list):
        return ", ".join(map(_inner, value)) or "empty"
    if is_dataclass(value):
        return short(value, _LONGEST)
    return value if isinstance(value, str) else stable_repr(value)


def _inner(value: Any) -> str:
    """Return a value within another one: several parts stand in brackets."""
    text = _text(value)
    several = isinstance(value, Mapping | set | frozenset | tuple | list) and ", " in text
    return f"({text})" if several else text
