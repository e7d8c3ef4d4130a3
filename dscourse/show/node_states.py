"""The volatile state of a node in words: each field with its value as a reader would say it."""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any

from dscourse.core.copying import stable_repr
from dscourse.core.wording import action, spaced
from dscourse.node import Component, Invocation, Node

__all__ = ["field_in_words", "in_words", "own_fields", "state_in_words"]

_LONGEST = 120  # characters of one value
_BRACKETS = re.compile(r"\([^()]*\)|\{[^{}]*\}|\[[^\[\]]*\]")  # that hold no others of their kind
_IN_MS = "_ms"  # the end of the name of a field whose value is a time


def own_fields(node: Node, state: Mapping[str, object]) -> dict[str, object]:
    """Return a state, as `Node.state` gives it, with the fields of the node's components beside those of the node.

    A field of a component comes after the component's name: "gossip beats".
    """
    found: dict[str, object] = {}
    for name, value in state.items():
        part = getattr(node, name, None)
        if isinstance(part, Component) and isinstance(value, Mapping):
            inner = own_fields(part, value)
            found.update({f"{name} {field}": item for field, item in inner.items()})
        else:
            found[name] = value
    return found


def state_in_words(state: Mapping[str, object]) -> dict[str, str]:
    """Return a node's state, as `own_fields` gives it, with the names of its fields and its values in words.

    >>> state_in_words({"voted_for": None, "log": (), "timeout_ms": 60.0})
    {'voted for': 'none', 'log': 'empty', 'timeout': '60 ms'}
    """
    return {field_in_words(field): in_words(value, field) for field, value in state.items()}


def field_in_words(field: str) -> str:
    """Return the name of a field of a node's state in words; the unit is said with the value."""
    return field.removesuffix(_IN_MS).replace("_", " ")


def in_words(value: Any, field: str = "") -> str:
    """Return a value of a node's state in words, with the unit that the name of its ``field`` tells.

    >>> in_words({}), in_words({"n1": 3}), in_words(frozenset({"b", "a"})), in_words(None), in_words(True)
    ('empty', 'n1 → 3', 'a, b', 'none', 'yes')
    >>> in_words(""), in_words(math.inf), in_words({"x": {"n1": 1}}), in_words(20.0, "resend_ms")
    ('none', 'no limit', 'x → (n1 → 1)', '20 ms')
    >>> in_words(Invocation(3, "write", "x", 1))
    'write x=1'
    """
    text = _text(value)
    if len(text) > _LONGEST:
        return _beginning(text)
    return f"{text} ms" if field.endswith(_IN_MS) and _is_number(value) else text


def _beginning(text: str) -> str:
    """Return the parts of a long text that fit, whole; or its first characters, if it has no part that fits."""
    ends = [at.start() for at in re.finditer(", ", text[:_LONGEST])]
    whole = [text[:end] for end in ends if text[:end].count("(") == text[:end].count(")")]
    return f"{whole[-1]}, …" if whole else f"{text[: _LONGEST - 1]}…"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _text(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "no limit" if value == math.inf else f"{value:g}"
    if isinstance(value, Enum):
        return spaced(value.name.lower().replace("_", " "))
    if isinstance(value, Mapping | set | frozenset | tuple | list | deque) and not hasattr(
        value, "_fields"
    ):
        return ", ".join(_members(value)) or "empty"
    return _object_text(value)


def _members(value: Any) -> Iterable[str]:
    """Return the members of a collection in words; one of pairs that begin with a name reads like a mapping."""
    if isinstance(value, set | frozenset):
        return sorted(map(_inner, value))
    items = value.items() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping) or all(map(_is_named, items)):
        return (f"{_inner(key)} → {_inner(item)}" for key, item in items)
    return map(_inner, items)


def _is_named(item: Any) -> bool:
    return type(item) is tuple and len(item) == 2 and isinstance(item[0], str)


def _inner(value: Any) -> str:
    """Return a value within another one: several parts stand in brackets."""
    text = _text(value)
    return f"({text})" if not isinstance(value, str) and _has_parts(text) else text


def _has_parts(text: str) -> bool:
    """Return True for a text with a comma or an arrow outside of all brackets."""
    while (shorter := _BRACKETS.sub("", text)) != text:
        text = shorter
    return ", " in text or " → " in text


def _object_text(value: Any) -> str:
    """Return an object's own text; otherwise the name of its type, with its fields in brackets."""
    if isinstance(value, Invocation):
        return action(value.f, value.key, value.value)
    if isinstance(value, tuple):  # one with names
        return ", ".join(map(_field_text, getattr(value, "_fields", ()), value))
    own = getattr(type(value), "__str__") is not object.__str__  # noqa: B009
    if own or not is_dataclass(value):
        text = str(value) if own else stable_repr(value)
        name = type(value).__name__
        is_call = text.startswith(f"{name}(") and text.endswith(")")
        return text[len(name) + 1 : -1] if is_call else text
    inside = ", ".join(
        _field_text(option.name, getattr(value, option.name))
        for option in fields(value)
        if option.repr and not _is_plain(option, getattr(value, option.name))
    )
    name = spaced(type(value).__name__)
    return f"{name} ({inside})" if inside else name


def _is_plain(option: Field[Any], value: Any) -> bool:
    """Return True for a value that is empty or the field's default."""
    if value is None or (option.default is not MISSING and value == option.default):
        return True
    return isinstance(value, str | Mapping | set | frozenset | tuple | list) and not value


def _field_text(name: str, value: Any) -> str:
    """Return a field of a value: its name, and its value with the unit."""
    unit = " ms" if name.endswith(_IN_MS) and _is_number(value) else ""
    return f"{field_in_words(name)} {_inner(value)}{unit}"
