"""The attributes of an object, wherever its classes keep them: in ``__dict__`` or in slots."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from types import BuiltinMethodType, ModuleType, NoneType
from typing import Any, cast

__all__ = ["attributes", "is_bound", "slot_names"]

_SYSTEM = frozenset({"__dict__", "__weakref__"})


def attributes(value: object) -> dict[str, Any]:
    """Return the attributes of an object by name: those in slots first, in the order of their classes.

    Slots that are empty are left out. Do not change the result: without slots it is the object's own ``__dict__``.

    >>> class Point:
    ...     __slots__ = ("x", "__dict__")
    >>> point = Point()
    >>> point.x, point.y = 1, 2
    >>> attributes(point)
    {'x': 1, 'y': 2}
    """
    own = getattr(value, "__dict__", {})
    slots = slot_names(cast(Hashable, type(value)))
    if not slots:
        return cast("dict[str, Any]", own)
    return {name: getattr(value, name) for name in slots if hasattr(value, name)} | own


def is_bound(value: object) -> bool:
    """Return True for a built-in method of an object, such as ``queue.append``, and False for ``len``."""
    return isinstance(value, BuiltinMethodType) and not isinstance(
        value.__self__, ModuleType | NoneType
    )


@lru_cache(maxsize=4096)
def slot_names(kind: Any) -> tuple[str, ...]:
    """Return the names of all slots of a class and its bases, private ones as they are stored; bases come first."""
    names: dict[str, None] = {}
    for base in reversed(kind.__mro__):
        slots = base.__dict__.get("__slots__", ())
        for name in [slots] if isinstance(slots, str) else slots:
            if name not in _SYSTEM:
                names[_stored(base, name)] = None
    return tuple(names)


def _stored(owner: type, name: str) -> str:
    """Return the name under which a class stores its slot: a private name has that of its class in front."""
    stripped = owner.__name__.lstrip("_")
    private = name.startswith("__") and not name.endswith("__") and stripped
    return f"_{stripped}{name}" if private else name
