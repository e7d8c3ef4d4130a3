"""The encoding of values for sockets, logs and recordings: every value comes back equal, and of the same type.

Numbers, strings, booleans and None stand for themselves. Everything else is an array that begins with a number: a
negative one for a tuple, a frozenset and the like, otherwise the index of a dataclass, an enumeration or a named
tuple in the list of types, followed by its fields. The list of types is the schema: both sides have it, and no other
class is ever constructed. The arrays are written by msgspec, as MessagePack on sockets and disks, as JSON in a saved
recording.

>>> from dscourse.node import Reply
>>> codec = Codec([Reply])
>>> codec.pack(Reply(3, ("x", frozenset({1}))))
[0, 3, [-1, 'x', [-2, 1]]]
>>> codec.decode(codec.encode(Reply(3, ("x", frozenset({1})))))
Reply(op=3, result=('x', frozenset({1})))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag
from fractions import Fraction
from typing import Any
from uuid import UUID

import msgspec

from dscourse.core.frozen_dict import FrozenDict
from dscourse.core.values import Value

__all__ = ["Codec", "EncodingError", "type_name"]

TUPLE, FROZENSET, DICT, INTEGER, FLOAT, TEXT, BYTES, TYPE = range(-1, -9, -1)
_SMALL = 2**63

# Other immutable classes: how to write one as fields, and how to make one of them.
_OTHERS: dict[type, tuple[int, Callable[[Any], tuple[Any, ...]], Callable[..., Any]]] = {
    complex: (-10, lambda v: (v.real, v.imag), complex),
    Fraction: (-11, lambda v: (v.numerator, v.denominator), Fraction),
    Decimal: (-12, lambda v: (str(v),), Decimal),
    UUID: (-13, lambda v: (v.hex,), UUID),
    datetime: (-14, lambda v: (v.isoformat(),), datetime.fromisoformat),
    date: (-15, lambda v: (v.isoformat(),), date.fromisoformat),
    time: (-16, lambda v: (v.isoformat(),), time.fromisoformat),
    timedelta: (-17, lambda v: (v.days, v.seconds, v.microseconds), timedelta),
    range: (-18, lambda v: (v.start, v.stop, v.step), range),
}
_PLAIN = frozenset({type(None), bool, str})
_RAW = frozenset({type(None), bool, int, float, str})
_BUILT_IN = (type(None), bool, int, float, str, bytes, tuple, frozenset, list, set, dict)
_to_bytes = msgspec.msgpack.Encoder().encode
_from_bytes = msgspec.msgpack.Decoder().decode


class EncodingError(TypeError):
    """A value, or bytes, for which the list of types has no type."""


def type_name(kind: type) -> str:
    """Return a type's name with its module, as in ``dscourse.node:Reply``."""
    return f"{kind.__module__}:{kind.__qualname__}"


class Codec:
    """Encodes and decodes values of these ``types``: frozen dataclasses, enumerations and named tuples.

    Value mappings such as vector clocks too. TypeError for another kind of type.
    """

    def __init__(self, types: Iterable[type]) -> None:
        self.types = tuple(dict.fromkeys(types))
        self._pack: dict[type, Callable[[Any], list[Any]]] = {
            tuple: lambda v: [TUPLE, *map(self.pack, v)],
            frozenset: lambda v: [FROZENSET, *sorted(map(self.pack, v), key=_to_bytes)],
            FrozenDict: lambda v: [DICT, *(self.pack(part) for item in v.items() for part in item)],
            bytes: lambda v: [BYTES, v.decode("latin-1")],
            **{kind: _packer(number, split) for kind, (number, split, _) in _OTHERS.items()},
        }
        self._make: dict[int, Callable[[list[Any]], Any]] = {
            TUPLE: tuple,
            FROZENSET: frozenset,
            DICT: lambda parts: FrozenDict(_pairs(parts)),
            BYTES: lambda parts: parts[0].encode("latin-1"),
            INTEGER: lambda parts: int(parts[0], 16),
            FLOAT: lambda parts: float(parts[0]),
            TEXT: lambda parts: parts[0].encode("latin-1").decode("utf-8", "surrogatepass"),
            TYPE: self._type,
            **{number: _maker(make) for number, _, make in _OTHERS.values()},
        }
        for index, kind in enumerate(self.types):
            self._add(index, kind)

    def _add(self, index: int, kind: Any) -> None:
        if issubclass(kind, Flag):  # a combination of members has no name of its own
            self._pack[kind] = lambda member: [index, self.pack(member.value)]
            self._make[index] = lambda parts: kind(parts[0])
        elif issubclass(kind, Enum):
            self._pack[kind] = lambda member: [index, member.name]
            self._make[index] = lambda parts: kind[parts[0]]
        elif "__dataclass_fields__" in vars(kind):
            names = [field.name for field in fields(kind)]
            self._pack[kind] = lambda v: [index, *(self.pack(getattr(v, name)) for name in names)]
            self._make[index] = _constructor(kind, names)
        elif issubclass(kind, tuple) and hasattr(kind, "_fields"):
            self._pack[kind] = lambda v: [index, *map(self.pack, v)]
            self._make[index] = kind._make
        elif issubclass(kind, Mapping) and issubclass(kind, Value):
            self._pack[kind] = lambda v: [
                index,
                *(self.pack(part) for item in v.items() for part in item),
            ]
            self._make[index] = lambda parts: kind(_pairs(parts))
        else:
            raise TypeError(
                f"types: {kind!r}: a dataclass, an enumeration, a named tuple or a value mapping is required"
            )

    # --- values as arrays ------------------------------------------------------------------------

    def pack(self, value: Any) -> Any:
        """Return the value as numbers, strings, None and lists of these. EncodingError for an unknown type."""
        kind = type(value)
        if kind in _PLAIN:
            return _text(value) if kind is str else value
        if kind is int:
            return value if -_SMALL <= value < _SMALL else [INTEGER, hex(value)]
        if kind is float:
            return value if math.isfinite(value) else [FLOAT, repr(value)]
        packer = self._pack.get(kind)
        if packer is not None:
            return packer(value)
        if isinstance(value, type):
            return [TYPE, self._number(value)]
        raise EncodingError(
            f"{kind.__name__} cannot be sent or stored: the types of this run are "
            f"{', '.join(known.__name__ for known in self.types)}; write Cluster(…, types=[{kind.__name__}]) "
            "for a dataclass, an enumeration or a named tuple"
        )

    def unpack(self, packed: Any) -> Any:
        """Return the value of which `pack` made this. EncodingError if it made no such thing."""
        if type(packed) in _RAW:
            return packed
        try:
            return self._make[packed[0]]([self.unpack(part) for part in packed[1:]])
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise EncodingError(f"{str(packed)[:80]} is not an encoded value: {error}") from error

    # --- values as bytes -------------------------------------------------------------------------

    def encode(self, value: Any) -> bytes:
        """Return the value as bytes. EncodingError for an unknown type."""
        return _to_bytes(self.pack(value))

    def decode(self, encoded: bytes) -> Any:
        """Return the value of which `encode` made these bytes. EncodingError for any other bytes."""
        try:
            packed = _from_bytes(encoded)
        except msgspec.DecodeError as error:
            raise EncodingError(f"{encoded[:40]!r} is not an encoded value: {error}") from error
        return self.unpack(packed)

    def name(self, encoded: bytes) -> str:
        """Return the name of the class of an encoded dataclass, such as a message."""
        index: int = _from_bytes(encoded)[0]
        return self.types[index].__name__

    def _number(self, kind: type) -> int:
        if kind in _BUILT_IN:
            return -1 - _BUILT_IN.index(kind)
        if kind not in self.types:
            raise EncodingError(
                f"the class {kind.__name__} cannot be sent or stored: it is none of the run's types"
            )
        return self.types.index(kind)

    def _type(self, parts: list[Any]) -> type:
        (number,) = parts
        return self.types[number] if number >= 0 else _BUILT_IN[-1 - number]


def _text(text: str) -> Any:
    """Return the text, or an array for one that UTF-8 cannot hold: one with half of a surrogate pair."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return [TEXT, text.encode("utf-8", "surrogatepass").decode("latin-1")]
    return text


def _packer(number: int, split: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any], list[Any]]:
    return lambda value: [
        number,
        *(
            part if type(part) is not int or abs(part) < _SMALL else [INTEGER, hex(part)]
            for part in split(value)
        ),
    ]


def _maker(make: Callable[..., Any]) -> Callable[[list[Any]], Any]:
    return lambda parts: make(*parts)


def _pairs(parts: list[Any]) -> dict[Any, Any]:
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _constructor(kind: type, names: list[str]) -> Callable[[list[Any]], Any]:
    """Return a function from the fields to an object with exactly these, whatever its ``__init__`` makes of them."""

    def construct(parts: list[Any]) -> Any:
        if len(parts) != len(names):
            raise ValueError(f"{kind.__name__} has {len(names)} fields, not {len(parts)}")
        instance: Any = object.__new__(kind)
        for name, part in zip(names, parts, strict=True):
            object.__setattr__(instance, name, part)
        return instance

    return construct
