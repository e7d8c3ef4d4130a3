"""The volatile states of a world's nodes as an HTML table, with what the last move changed in bold."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

from dscourse.core.copying import stable_repr
from dscourse.core.wording import spaced
from dscourse.show.words import short
from dscourse.sim import World

__all__ = ["in_words", "states_table"]

_HEAD = "padding:1px 12px 1px 4px;text-align:left;vertical-align:top"
_LONGEST = 120  # characters of one value


def states_table(world: World, before: World | None = None) -> str:
    """Return the table; in bold what differs from the state ``before``."""
    rows = "".join(_row(name, _state(world, name), before) for name in world.nodes)
    caption = "bold: changed by the last move" if "<b>" in rows else ""
    return (
        f"<table aria-label='state of the nodes' style='line-height:1.5'>{rows}</table>"
        f"<div style='font-style:italic'>{caption}</div>"
    )


def _row(name: str, state: Mapping[str, str] | None, before: World | None) -> str:
    old = _state(before, name) if before is not None else state
    head = f"<th scope='row' style='{_HEAD}'>{html.escape(name)}</th>"
    if state is None:
        text = "down" if old is None else "<b>down</b>"
    elif not state:
        text = "no state"
    else:
        text = "; ".join(_entry(field, value, old) for field, value in state.items())
    return f"<tr>{head}<td style='text-align:left;white-space:normal'>{text}</td></tr>"


def _entry(field: str, value: str, old: Mapping[str, str] | None) -> str:
    text = html.escape(f"{field}: {value}")
    return text if old is not None and old.get(field) == value else f"<b>{text}</b>"


def _state(world: World, name: str) -> dict[str, str] | None:
    """Return each field of a node's state in words; None for a node that is down."""
    if not world.alive(name):
        return None
    state = world.nodes[name].state()
    return {field.replace("_", " "): in_words(value) for field, value in state.items()}


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
