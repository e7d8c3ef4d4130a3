"""The arguments of gestures, checked before a gesture is made: nodes, ids, and values that code can spell."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from inspect import BoundArguments, signature
from typing import Any

from dscourse.sim import World
from dscourse.touch.run.numbers import NUMBERS, as_number

__all__ = ["bind", "require_index", "require_spelled"]

_NODES = ("node", "source", "to")


def bind(
    gesture: str, function: Callable[..., Any], world: World, given: Iterable[Any], named: Any
) -> BoundArguments:
    """Return the arguments of a gesture, with numbers as `as_number` returns them.

    TypeError for a missing argument or one of the wrong type; LookupError for a node that the world does not have.
    """
    label = gesture.replace("_", " ")
    try:
        bound = signature(function).bind(world, *given, **named)
    except TypeError as error:
        raise TypeError(f"{label}: {error}") from None
    bound.apply_defaults()
    for name, value in bound.arguments.items():
        if name in NUMBERS:
            bound.arguments[name] = as_number(gesture, name, value)
        elif name in _NODES:
            _require_node(world, label, value)
        elif name == "groups":
            bound.arguments[name] = _as_groups(world, label, value)
    return bound


def _require_node(world: World, label: str, name: object) -> None:
    if not isinstance(name, str) or not name:
        raise TypeError(f"{label}: {name!r}: a node's name is required, a string that is not empty")
    if name not in world.nodes:
        raise LookupError(
            f"{label}: no node is called {name!r}; the nodes are {', '.join(world.nodes)}"
        )


def _as_groups(world: World, label: str, groups: Any) -> tuple[tuple[str, ...], ...]:
    sides: tuple[Any, ...] = tuple(groups) if _is_list(groups) else ()
    if not sides or not all(map(_is_list, sides)):
        raise TypeError(
            f"{label}: {groups!r}: lists of nodes' names are required, such as [['a'], ['b', 'c']]"
        )
    found: tuple[tuple[str, ...], ...] = tuple(tuple(side) for side in sides)
    for name in (name for side in found for name in side):
        _require_node(world, label, name)
    return found


def _is_list(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)


def require_index(value: object, what: str) -> int:
    """Return the value if it is a whole number, ``what`` in the words of the TypeError that is raised otherwise."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r}: {what} is required, a whole number")
    return value


def require_spelled(value: object, where: str) -> None:
    """Raise ValueError, beginning with ``where``, for a value whose ``repr`` is no code on its own."""
    kind = type(value)
    if isinstance(value, dict):
        value = [part for item in value.items() for part in item]
    if isinstance(value, list | tuple | set | frozenset):
        if kind.__module__.partition(".")[0] in ("builtins", "dscourse"):
            for part in value:
                require_spelled(part, where)
            return
    elif kind in (int, str, bytes, bool, type(None)) or (kind is float and math.isfinite(value)):  # type: ignore[arg-type]
        return
    raise ValueError(
        f"{where}: {value!r:.60} is not a value that code can spell: use finite numbers of Python's own, strings, "
        "and tuples, lists, sets or dicts of them"
    )
