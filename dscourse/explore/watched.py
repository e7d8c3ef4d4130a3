"""States that notice which of their variables are read: all that agree in these are the same to their reader.

>>> from typing import NamedTuple
>>> class Lights(NamedTuple):
...     colours: tuple[str, ...]
...     switched: int
>>> layout = Layout(Lights(("red", "green"), 1))
>>> first, one, other = layout.packed(Lights(("red", "green"), 1)), Reader(), Reader()
>>> whole, by_element = watching(Watched, Lights), watching(WatchedByElement, Lights)
>>> whole(layout, first, one).colours, by_element(layout, first, other).colours[1]
(('red', 'green'), 'green')
>>> [variable.name for variable in layout.variables if variable.mask & one.read]
['colours[0]', 'colours[1]']
>>> [variable.name for variable in layout.variables if variable.mask & other.read]
['colours[1]']
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, cast

from dscourse.core.values import is_frozen
from dscourse.explore.layout import Layout, Variable

__all__ = ["Reader", "Watched", "WatchedByElement", "plain", "plain_throughout", "watching"]


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
    _bits: int
    _layout: Layout
    _reader: Reader

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


class WatchedByElement(Watched):
    """A watched state in which each element of a tuple is read by itself."""

    __slots__ = ()

    def _elements(self, variables: tuple[Variable, ...]) -> Sequence[Any]:
        elements: Sequence[Any] = _AnyElements(self, variables)
        return elements


class _Elements(Sequence[Any]):
    """A tuple of a watched state, of which only those elements count as read that are looked at."""

    __slots__ = ("_state", "_variables")
    _state: Watched
    _variables: tuple[Variable, ...]

    def __new__(cls, of: Any, variables: tuple[Variable, ...] | None = None) -> Any:
        if variables is None:
            return tuple(of)  # as asdict makes a tuple
        self = super().__new__(cls)
        self._state, self._variables = of, variables
        return self

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return tuple

    def __len__(self) -> int:
        return len(self._variables)

    def __getitem__(self, at: Any) -> Any:
        picked = self._variables[at]
        value = self._state._value
        return value(picked) if isinstance(picked, Variable) else tuple(map(value, picked))

    def __radd__(self, before: Any) -> Any:
        return before + tuple(self)


def plain(state: Any) -> Any:
    """Return the plain state for a watched one, all of which counts as read; anything else as it is."""
    if not issubclass(type(state), Watched):
        return state
    state._reader.read |= state._layout.mask
    return state._layout.plain(state._bits)


_WHOLE = frozenset({str, int, bool, float, type(None)})


def plain_throughout(value: Any) -> Any:
    """Return the value with plain states and tuples for all watched ones in it; these count as read."""
    kind = type(value)
    if kind in _WHOLE:
        return value
    if issubclass(kind, Watched):
        return plain(value)
    if kind in (_AnyElements, tuple, list, set, frozenset):
        items = [plain_throughout(item) for item in value]
        return tuple(items) if kind is _AnyElements else kind(items)
    if kind is dict:
        if _WHOLE.issuperset(map(type, value.values())):
            return value
        return {key: plain_throughout(item) for key, item in value.items()}
    if hasattr(kind, "_fields") and issubclass(kind, tuple):
        return kind(*map(plain_throughout, value))
    if is_frozen(kind):
        return _with_plain_fields(value)
    return value


def _with_plain_fields(value: Any) -> Any:
    names = [one.name for one in fields(value) if one.init]
    before = {name: getattr(value, name) for name in names}
    after = {name: plain_throughout(item) for name, item in before.items()}
    return value if all(before[name] is after[name] for name in names) else replace(value, **after)


# Python looks up special methods, such as those of operators, in the class. So there are some for each kind of state.
_NOT_ASKED = frozenset({
    "__class__", "__class_getitem__", "__delattr__", "__dir__", "__doc__", "__getattr__", "__getattribute__",
    "__getnewargs__", "__getstate__", "__init__", "__init_subclass__", "__new__", "__reduce__", "__reduce_ex__",
    "__replace__", "__setattr__", "__setstate__", "__sizeof__", "__slots__", "__subclasshook__",
})  # fmt: skip


def _asking_plain(name: str) -> Callable[..., Any]:
    def ask(self: Any, *others: Any) -> Any:
        return getattr(_plain(self), name)(*map(_plain, others))

    return ask


def _as_plain(self: Any) -> Any:
    return _plain, (_plain(self),)


def _plain(value: Any) -> Any:
    return plain(value) if type(value) is not _AnyElements else tuple(cast(Any, value))


def _special(kind: object, but: Container[str]) -> dict[str, Any]:
    """Return special methods that ask a plain object of this kind; copies are those of the plain one, too."""
    names = [
        name
        for name in dir(kind)
        if name.startswith("__") and name not in _NOT_ASKED and name not in but
    ]
    asked = {name: _asking_plain(name) for name in names if callable(getattr(kind, name))}
    return asked | {"__reduce__": _as_plain}


_AnyElements = type(
    "tuple", (_Elements,), {"__slots__": (), **_special(tuple, {*vars(_Elements), *vars(Sequence)})}
)


@lru_cache(maxsize=256)
def watching(form: type[Watched], kind: Hashable) -> Callable[[Layout, int, Reader], Any]:
    """Return a function that makes watched states of this ``kind``, in one of the two forms.

    It takes a layout, the bits of the state, and its reader. The class of such a state makes plain ones if called.
    """
    own = {"__slots__": (), **_special(kind, vars(Watched))}
    own["__new__"] = lambda _, *values, **named: cast(Any, kind)(*values, **named)
    if is_dataclass(kind):
        own["__dataclass_fields__"] = getattr(kind, "__dataclass_fields__")  # noqa: B009
    view = type(getattr(kind, "__name__"), (form,), own)  # noqa: B009
    if hasattr(kind, "_fields"):
        Sequence.register(view)  # for patterns such as [first, second]

    def make(layout: Layout, bits: int, reader: Reader) -> Any:
        state: Watched = object.__new__(view)
        state._layout, state._bits, state._reader = layout, bits, reader
        return state

    return make
