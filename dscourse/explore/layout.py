"""States as whole numbers: each variable of a state is a few bits of one number.

A state is a named tuple or a frozen dataclass. Each of its fields is a variable, but for tuples: there each element
is one, and every state has as many of them as the first. A tuple that is empty in the first state is one variable,
and may grow. The values of a variable are numbered as they come up.

>>> from typing import NamedTuple
>>> class Lights(NamedTuple):
...     colours: tuple[str, ...]
...     switched: int
>>> red = Lights(("red", "red"), 0)
>>> layout = Layout(red)
>>> [variable.name for variable in layout.variables]
['colours[0]', 'colours[1]', 'switched']
>>> layout.packed(red), layout.plain(layout.packed(red._replace(switched=1)))
(0, Lights(colours=('red', 'red'), switched=1))
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from dscourse.core.frozen import frozen
from dscourse.core.values import is_frozen
from dscourse.explore.model import changeable

__all__ = ["Layout", "Variable"]

_BITS = 32  # for each variable: no search stores as many states as that has values


class Variable:
    """A variable of a state: its ``mask`` covers its bits in the number of the state."""

    __slots__ = ("_numbers", "_shift", "_values", "mask", "name")

    def __init__(self, name: str, index: int) -> None:
        self.name, self._shift = name, index * _BITS
        self.mask = (1 << _BITS) - 1 << self._shift
        self._values: list[Any] = []
        self._numbers: dict[Hashable, int] = {}

    def bits(self, value: Any) -> int:
        """Return the bits of the variable in a state in which it has this value.

        TypeError for a value that can be changed, ValueError for one that only equals another, such as True and 1.
        """
        try:
            number = self._numbers.setdefault(value, len(self._values))
        except TypeError as error:
            raise changeable(value) from error
        if number == len(self._values):
            self._values.append(value)
        known = self._values[number]
        if known is not value and frozen(known) != frozen(value):
            raise ValueError(
                f"{self.name} is {known!r} in one state and {value!r} in another: these are equal, and count as one "
                "value; write it in one way"
            )
        return number << self._shift

    def value(self, state: int) -> Any:
        """Return the value that the variable has in a state."""
        return self._values[(state & self.mask) >> self._shift]


class Layout:
    """The variables of all states of the form of the ``first`` one. TypeError if that has no fields.

    ``checks`` says whether the class of the states looks at their values, or changes them, when one is made.
    """

    def __init__(self, first: Any) -> None:
        self.kind: Any = type(first)
        self.variables: list[Variable] = []
        self.fields = {name: self._field(name, getattr(first, name)) for name in _names(first)}
        self.mask = sum(variable.mask for variable in self.variables)
        self.checks = hasattr(self.kind, "__post_init__") or tuple in self.kind.__mro__[2:-1]

    def _field(self, name: str, value: Any) -> Variable | tuple[Variable, ...]:
        if type(value) is not tuple or not value:
            return self._variable(name)
        return tuple(self._variable(f"{name}[{at}]") for at in range(len(value)))

    def _variable(self, name: str) -> Variable:
        self.variables.append(Variable(name, len(self.variables)))
        return self.variables[-1]

    def packed(self, state: Any) -> int:
        """Return the number of a state. TypeError if it has another form than the first one."""
        if type(state) is not self.kind:
            raise TypeError(f"{state!r} is no {self.kind.__name__}, as the first state is")
        pairs = (pair for name in self.fields for pair in self._pairs(name, getattr(state, name)))
        return sum(variable.bits(value) for variable, value in pairs)

    def plain(self, state: int) -> Any:
        """Return the state that has this number."""
        values = {
            name: field.value(state) if isinstance(field, Variable) else tuple(one.value(state) for one in field)
            for name, field in self.fields.items()
        }  # fmt: skip
        return self.kind(**values)

    def changes(self, changed: Mapping[str, Any]) -> Iterator[tuple[Variable, int]]:
        """Return the variables that a step changes, each with its new bits.

        Of each field that changes, ``changed`` has the new value, or a dict with the elements that change, by index.
        LookupError for a field or an element that a state does not have, TypeError for another form.
        """
        if not isinstance(changed, Mapping):
            raise TypeError(
                f"{changed!r} must be a dict of what changes, as in {{'decision': 'commit'}}"
            )
        for name, value in changed.items():
            for variable, new in self._pairs(name, value):
                yield variable, variable.bits(new)

    def _pairs(self, name: str, value: Any) -> Iterable[tuple[Variable, Any]]:
        field = self.fields.get(name)
        if field is None:
            raise LookupError(f"{name!r} is no field of a state: {', '.join(self.fields)} are")
        if isinstance(field, Variable):
            return [(field, value)]
        if isinstance(value, Mapping):
            return [(_element(name, field, at), new) for at, new in value.items()]
        if type(value) is not tuple or len(value) != len(field):
            raise TypeError(
                f"{name} = {value!r}: it must stay a tuple of {len(field)}, as in the first state; one that grows "
                "begins empty, or stands in another tuple, as in ((1, 2),)"
            )
        return zip(field, value, strict=True)


def _element(name: str, field: tuple[Variable, ...], at: object) -> Variable:
    if not isinstance(at, int) or not 0 <= at < len(field):
        raise LookupError(f"{name}[{at!r}]: its elements are numbered from 0 to {len(field) - 1}")
    return field[at]


def _names(state: Any) -> list[str]:
    """Return the names of a state's fields; TypeError if it has none, ValueError if one is no public name."""
    if (
        isinstance(state, tuple)
        and hasattr(state, "_fields")
        and type(state).__eq__ is tuple.__eq__
    ):
        names = list(state._fields)
    elif is_dataclass(state) and not isinstance(state, type) and is_frozen(type(state)):
        names = [one.name for one in fields(state) if one.init]
    else:
        raise TypeError(
            f"{state!r}: with processes(), a state must be a NamedTuple or a frozen dataclass, and equal to another "
            "if all of their fields are"
        )
    for name in names:
        if name.startswith("_"):
            raise ValueError(f"the field {name!r} of a state must not begin with an underscore")
    return names
