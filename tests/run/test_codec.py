"""The encoding of values: everything comes back equal and of the same type, and nothing else comes back."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import math
import pkgutil
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dscourse.protocols
from dscourse.clocks import VectorClock
from dscourse.core.frozen_dict import FrozenDict
from dscourse.core.value_errors import require_value
from dscourse.core.values import is_frozen
from dscourse.node import Message, Reply, Timer
from dscourse.protocols.raft_store import RaftStore
from dscourse.run.codec import Codec, EncodingError
from dscourse.run.value_types import value_types
from dscourse.sim.faults import Pause
from tests.effort import samples


class Colour(enum.Enum):
    RED = 1
    BLUE = "blue"


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


class Pair(NamedTuple):
    one: int
    two: object


@dataclass(frozen=True)
class Rounded:
    """Changes what it is given."""

    what: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "what", ("rounded", self.what))


@dataclass(frozen=True, slots=True, init=False)
class Listed:
    """Has fields that are not the arguments of its ``__init__``."""

    parts: tuple[int, ...]

    def __init__(self, *parts: int) -> None:
        object.__setattr__(self, "parts", parts)


TYPES = (Colour, Rights, Pair, Rounded, Listed, VectorClock, Reply)
VALUES = [
    None, True, False, 0, 1, -1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**400, 0.0, -0.0, 1.0, 1e308, 5e-324,
    math.inf, -math.inf, "", "a\x00b", "ü", "\ud800", "\U0001f600", b"", b"\x00\xff", (), (1,),
    ((), ((),)), (1, "1", 1.0),
    frozenset(), frozenset({1, "a", (2, None)}), FrozenDict(), FrozenDict({"b": 1, "a": {"x": (1,)}}), 1j,
    Fraction(1, 3), Fraction(10**30, 7), Decimal("1.10"), UUID(int=7), date(2020, 2, 29), time(1, 2, 3),
    datetime(2020, 2, 29, 1, 2, 3, 4), timedelta(days=-1, microseconds=3), range(1, 10, 3), int, tuple, Reply,
    Colour.BLUE, Rights.READ, Rights.READ | Rights.WRITE, Rights(0),
    Pair(1, ("x",)), Rounded(2), Listed(1, 2), VectorClock({"b": 1, "a": 2}),
    Reply(1, Reply(2, Colour.RED)),
]  # fmt: skip


def alike(one: Any, other: Any) -> bool:
    """Return True if the values and all their parts are equal and of the same types."""
    if type(one) is not type(other) or repr(one) != repr(other):
        return bool(isinstance(one, frozenset) and isinstance(other, frozenset) and one == other)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, Mapping):
        return alike(tuple(one.items()), tuple(other.items()))
    if dataclasses.is_dataclass(one) and not isinstance(one, type):
        return all(alike(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return bool(one == other)


def round_trips(codec: Codec, value: object) -> None:
    assert alike(codec.decode(codec.encode(value)), value)
    through_json = msgspec.json.decode(msgspec.json.encode(codec.pack(value)))
    assert alike(codec.unpack(through_json), value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_equal_and_of_its_type(value: object) -> None:
    round_trips(Codec(TYPES), value)


def test_nan_comes_back() -> None:
    codec = Codec(())
    assert math.isnan(codec.decode(codec.encode(math.nan)))


ATOMS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
)
NESTED = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.frozensets(inner, max_size=3)
        | st.dictionaries(inner, inner, max_size=3).map(FrozenDict)
        | st.builds(Reply, st.integers(), inner)
    ),
    max_leaves=8,
)


@given(NESTED)
@settings(max_examples=samples(400))
def test_any_nested_value_comes_back(value: object) -> None:
    codec = Codec(TYPES)
    assert codec.decode(codec.encode(value)) == value


@given(
    st.binary(max_size=20)
    | NESTED.map(lambda value: msgspec.msgpack.encode([repr(value), 3, [-2]]))
)
@settings(max_examples=samples(400))
def test_other_bytes_are_an_error_or_a_value(data: bytes) -> None:
    codec = Codec(TYPES)
    try:
        value = codec.decode(data)
    except EncodingError:
        return
    hash(value)


# --- all message types of the course ---------------------------------------------------------------


def protocol_types() -> Iterator[type]:
    """Every frozen dataclass that a module of `dscourse.protocols` defines: messages, timers and records."""
    for module in pkgutil.walk_packages(dscourse.protocols.__path__, "dscourse.protocols."):
        loaded = importlib.import_module(module.name)
        for kind in vars(loaded).values():
            if isinstance(kind, type) and is_frozen(kind) and kind.__module__ == module.name:
                yield kind


def sample(hint: Any, depth: int = 0) -> Any:
    """A value that this annotation allows."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in (Any, object) or isinstance(hint, typing.TypeVar):
        return (1, "x", None, frozenset({2.5}))
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        return hint(*(sample(part, depth + 1) for part in typing.get_type_hints(hint).values()))
    if hint is Message:
        return Reply(1, ("any",))
    if origin in (typing.Union, types.UnionType):
        return sample(arguments[0 if depth % 2 else -1], depth + 1)
    if origin is tuple:
        parts = arguments[:1] * 2 if arguments[-1:] == (...,) else arguments
        return tuple(sample(part, depth + 1) for part in parts)
    if origin is frozenset:
        return frozenset({sample(arguments[0], depth + 1)})
    if origin is typing.Literal:
        return arguments[0]
    if hint in (FrozenDict, Mapping) or origin in (FrozenDict, Mapping):
        return FrozenDict({"k": (1,)})
    if isinstance(hint, type) and is_frozen(hint):
        return instance(hint, depth + 1)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    if isinstance(hint, type) and issubclass(hint, VectorClock.__mro__[1]):
        return hint({"a": 1})
    return {
        int: 7,
        str: "text",
        float: 0.5,
        bool: True,
        bytes: b"\xff",
        type(None): None,
        tuple: (1,),
        frozenset: frozenset({1}),
    }[hint]


def instance(kind: Any, depth: int = 0) -> Any:
    """An instance with such values, whatever its ``__init__`` would check."""
    hints = typing.get_type_hints(kind)
    built = object.__new__(kind)
    for field in fields(kind):
        object.__setattr__(built, field.name, sample(hints[field.name], depth))
    return built


def test_every_value_type_of_every_protocol_comes_back() -> None:
    kinds = list(protocol_types())
    assert len([kind for kind in kinds if issubclass(kind, Message | Timer)]) > 150
    codec = Codec(value_types(kinds))
    for kind in kinds:
        for depth in (0, 1):
            round_trips(codec, instance(kind, depth))


def test_every_type_that_a_protocol_sends_is_found_from_its_class() -> None:
    """Its names are enough: no type has to be given by hand."""
    found = {kind.__name__ for kind in value_types([RaftStore("n1", ["n2"])])}
    assert {
        "AppendEntries",
        "RequestVote",
        "Entry",
        "Command",
        "TermAndVote",
        "Reply",
        "InstallSnapshot",
    } <= found
    names = [
        f"{kind.__module__}.{kind.__qualname__}" for kind in value_types(list(protocol_types()))
    ]
    assert len(set(names)) == len(names)


def test_a_class_that_was_looked_at_for_another_reason_is_not_found() -> None:
    @dataclass(frozen=True)
    class Stranger:
        items: tuple[int, ...] = ()

    require_value(Stranger(), "a value")
    assert Stranger not in value_types([Pause])  # its arguments are looked at as this was


# --- refusals --------------------------------------------------------------------------------------


class Text(str):
    """Equal to a str, and none."""


@pytest.mark.parametrize(
    "value",
    [[1], {1}, {"a": 1}, object(), Text("a"), bytearray(), Colour.RED, len],
    ids=lambda value: type(value).__name__,
)
def test_a_value_of_no_known_type_is_refused(value: object) -> None:
    with pytest.raises(
        EncodingError,
        match=rf"^{type(value).__name__} cannot be sent or stored: the types .* Reply",
    ):
        Codec([Reply]).encode((1, value))


@pytest.mark.parametrize("kind", [int, Message, object, VectorClock.__mro__[1].__mro__[2]])
def test_a_type_that_is_no_dataclass_is_refused(kind: type) -> None:
    with pytest.raises(
        TypeError, match="a dataclass, an enumeration, a named tuple or a value mapping is required"
    ):
        Codec([kind])


@pytest.mark.parametrize(
    "packed",
    [
        [99, 1],
        [-99],
        [],
        ["x"],
        [0, 1],
        [0, 1, 2, 3],
        [-8, 99],
        [-4, "zz"],
        [-5, "x"],
        [-3, 1],
        [-2, [99]],
    ],
)
def test_an_array_that_stands_for_nothing_is_refused(packed: list[Any]) -> None:
    with pytest.raises(EncodingError, match="is not an encoded value"):
        Codec([Reply]).decode(msgspec.msgpack.encode(packed))
