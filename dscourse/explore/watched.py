"""States that notice which of their variables are read: all that agree in these are the same to their reader.

>>> from typing import NamedTuple
>>> class Lights(NamedTuple):
...     colours: tuple[str, ...]
...     switched: int
>>> layout = Layout(Lights(("red", "green"), 1))
>>> first, one, other = layout.packed(Lights(("red", "green"), 1)), Reader(), Reader()
>>> Watched(layout, first, one).colours, WatchedByElement(layout, first, other).colours[1]
(('red', 'green'), 'green')
>>> [variable.name for variable in layout.variables if variable.mask & one.read]
['colours[0]', 'colours[1]']
>>> [variable.name for variable in layout.variables if variable.mask & other.read]
['colours[1]']
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dscourse.explore.layout import Layout, Variable

__all__ = ["Reader", "Watched", "WatchedByElement", "plain"]


class Reader:
    """A reader of watched states: ``read`` covers the bits of all variables that it has ever read."""

    __slots__ = ("read",)

    def __init__(self) -> None:
        self.read = 0


class Watched:
    """A state that tells its reader which variables it reads. It has the fields of the plain state, and their values.

    Whatever else is asked of it, such as its hash or a method of its class, is asked of the plain state, and counts
    as reading all of it.
    """

    __slots__ = ("_bits", "_layout", "_reader")

    def __init__(self, layout: Layout, bits: int, reader: Reader) -> None:
        self._layout, self._bits, self._reader = layout, bits, reader

    def __getattr__(self, name: str) -> Any:
        field = self._layout.fields.get(name)
        if field is None:
            return getattr(plain(self), name)
        if isinstance(field, Variable):
            return self._value(field)
        return self._elements(field)

    def _elements(self, variables: tuple[Variable, ...]) -> Sequence[Any]:
        return tuple(map(self._value, variables))

    def _value(self, variable: Variable) -> Any:
        self._reader.read |= variable.mask
        return variable.value(self._bits)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return self._layout.kind  # so that isinstance says what it says of the plain state

    def __iter__(self) -> Iterator[Any]:
        return iter(plain(self))

    def __len__(self) -> int:
        return len(plain(self))

    def __getitem__(self, at: Any) -> Any:
        return plain(self)[at]

    def __eq__(self, other: object) -> bool:
        return bool(plain(self) == plain(other))

    def __hash__(self) -> int:
        return hash(plain(self))

    def __repr__(self) -> str:
        return repr(plain(self))


class WatchedByElement(Watched):
    """A watched state in which each element of a tuple is read by itself."""

    __slots__ = ()

    def _elements(self, variables: tuple[Variable, ...]) -> Sequence[Any]:
        return _Elements(self, variables)


class _Elements(Sequence[Any]):
    """A tuple of a watched state, of which only those elements count as read that are looked at."""

    __slots__ = ("_state", "_variables")

    def __init__(self, state: Watched, variables: tuple[Variable, ...]) -> None:
        self._state, self._variables = state, variables

    def __len__(self) -> int:
        return len(self._variables)

    def __getitem__(self, at: Any) -> Any:
        picked = self._variables[at]
        value = self._state._value
        return value(picked) if isinstance(picked, Variable) else tuple(map(value, picked))

    def __eq__(self, other: object) -> bool:
        return tuple(self) == (tuple(other) if isinstance(other, _Elements) else other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __add__(self, other: Any) -> tuple[Any, ...]:
        return (*self, *other)

    def __radd__(self, other: Any) -> tuple[Any, ...]:
        return (*other, *self)

    def __repr__(self) -> str:
        return repr(tuple(self))


def plain(state: Any) -> Any:
    """Return the plain state for a watched one, all of which counts as read; anything else as it is."""
    if not issubclass(type(state), Watched):
        return state
    state._reader.read |= state._layout.mask
    return state._layout.plain(state._bits)
