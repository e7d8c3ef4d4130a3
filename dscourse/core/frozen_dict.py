"""Immutable counterparts of lists, sets and dicts: tuples, frozensets and `FrozenDict`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from dscourse.core.value_errors import NotAValueError, require_value
from dscourse.core.values import Value, is_value

__all__ = ["FrozenDict", "freeze"]


class FrozenDict(Value, dict[Any, Any]):
    """A dict of values that cannot be changed; it prints, compares and iterates like the dict it was made from.

    >>> writes = FrozenDict({"p1": {"x": 1}})
    >>> writes, writes["p1"]["x"], hash(writes) == hash(FrozenDict(writes))
    ({'p1': {'x': 1}}, 1, True)
    >>> writes["p2"] = {}
    Traceback (most recent call last):
        ...
    TypeError: a FrozenDict cannot be changed: make a dict of it, and change that
    """

    __slots__ = ()

    def __init__(self, entries: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = ()) -> None:
        super().__init__(_frozen_items(dict(entries), "a FrozenDict"))

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenDict], tuple[dict[Any, Any]]]:
        return type(self), (dict(self),)

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a FrozenDict cannot be changed: make a dict of it, and change that")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


def freeze(value: Any, name: str) -> Any:
    """Return ``value`` as a value: tuples for lists, frozensets for sets, a `FrozenDict` for a dict, at every depth.

    Raises NotAValueError for anything else that can change, naming the part of ``name``.

    >>> freeze({"x": [1, {2}]}, "value")
    {'x': (1, frozenset({2}))}
    """
    try:
        return _freeze(value, name)
    except RecursionError:
        raise NotAValueError(f"{name} is nested too deeply, or contains itself") from None


def _freeze(value: Any, name: str) -> Any:
    if is_value(value):
        return value
    if isinstance(value, list | deque) or type(value) is tuple:
        return tuple(_freeze(item, f"{name}[{index}]") for index, item in enumerate(value))
    if isinstance(value, set | frozenset):
        return frozenset(_freeze(item, f"a member of {name}") for item in value)
    if isinstance(value, dict):
        return FrozenDict(_frozen_items(value, name))
    return require_value(value, name)


def _frozen_items(entries: dict[Any, Any], name: str) -> dict[Any, Any]:
    return {
        _freeze(key, f"a key of {name}"): _freeze(item, f"{name}[{key!r}]")
        for key, item in entries.items()
    }
