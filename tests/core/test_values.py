"""Values, non-values and their errors; frozen forms of arguments."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cached_property
from numbers import Number
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.clocks import VectorClock
from dscourse.core.frozen_dict import FrozenDict, freeze
from dscourse.core.value_errors import NotAValueError, require_value
from dscourse.core.values import Value, is_frozen, is_value


class Colour(Enum):
    RED = 1


class Pair(NamedTuple):
    left: Any
    right: Any = None


@dataclass(frozen=True, slots=True)
class Share:
    items: Any
    n: int = 0


@dataclass(frozen=True, slots=True)
class Plain:
    n: int
    name: str | None = None
    colour: Colour = Colour.RED


@dataclass(frozen=True, slots=True)
class Hidden:
    cache: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Partly:
    n: int = 0
    note: str = field(default="", compare=False)


@dataclass(frozen=True)
class Lazy:
    """Without slots, it can remember what it has computed."""

    n: int = 0

    @cached_property
    def below(self) -> tuple[int, ...]:
        return tuple(range(self.n))


@dataclass(frozen=True)
class LazyList:
    n: int = 0

    @cached_property
    def below(self) -> list[int]:
        return list(range(self.n))


@dataclass(frozen=True)
class Derived:
    """Sets an attribute that is not a field."""

    n: Any = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {self.n: 1})


class Slot:
    __slots__ = ("memo",)


@dataclass(frozen=True, slots=True)
class Inherits(Slot):
    n: int = 0


@dataclass(frozen=True, slots=True)
class Shares:
    n: int = 0
    seen: ClassVar[list[int]] = []
    LIMITS: ClassVar[dict[str, int]] = {"most": 3}


@dataclass(frozen=True, slots=True)
class Constants:
    n: int = 0
    LIMITS: ClassVar[dict[str, int]] = {"most": 3}


@dataclass(frozen=True, slots=True)
class Unset:
    n: int = field(init=False)


class Text(str):
    __slots__ = ()


class LooseText(str):
    pass


class LoosePair(Pair):
    pass


class Shelf(Enum):
    FULL = ("a",)
    OPEN = ["a"]  # noqa: RUF012


class Mass(Enum):
    EARTH = 1.0

    def __init__(self, mass: float) -> None:
        self.moons = [mass]


class NoHash(tuple[int, ...]):
    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]


class NoEquality(Value):
    pass


class Amount(Number):
    __slots__ = ("of",)

    def __hash__(self) -> int:
        return 1


@dataclass(slots=True)
class Loose:
    n: int = 0


@dataclass(frozen=True, eq=False)
class Alone:
    n: int = 0


class Undecorated(Plain):
    """Its own attributes can be set."""


class Hashed:
    """An object that can be hashed and changed."""

    def __init__(self) -> None:
        self.items: list[int] = []


class Point(Value):
    __slots__ = ("x",)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point)

    def __hash__(self) -> int:
        return 1


VALUES: list[Any] = [
    1, 1.5, 2j, "a", b"a", None, True, Colour.RED, Decimal(1), Fraction(1, 2), date(2020, 1, 1), int, range(3),
    (), (1, ("a", None)), frozenset({1, (2, 3)}), Plain(1), Share((1, 2)), Share(Share(frozenset())),
    Pair(1, (2,)), FrozenDict({"a": 1}), VectorClock({"a": 1}), Point(), Hidden(1),
    Lazy(2), Constants(1), Text("a"), UUID(int=1), UTC, ZoneInfo("UTC"), np.int64(1), np.float64(1),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_these_are_values(value: Any) -> None:
    assert is_value(value)
    require_value(value, "it")
    assert freeze(value, "it") is value
    assert isinstance(hash(value), int)


MISTAKES: list[tuple[Any, str]] = [
    ([1], "it is a list: use a tuple"),
    ({1}, "it is a set: use a frozenset"),
    ({"a": 1}, "it is a dict: use a tuple of pairs, or a FrozenDict"),
    (MappingProxyType({}), "it is a mappingproxy: use a tuple of pairs, or a FrozenDict"),
    (defaultdict(list), "it is a defaultdict: use a tuple of pairs"),
    (bytearray(), "it is a bytearray: use bytes"),
    (deque(), "it is a deque: use a tuple"),
    (iter([1]), "it is a list_iterator: use a tuple of what it yields"),
    ((1, [2]), "it[1] is a list: use a tuple"),
    (Pair(1, {}), "it[1] is a dict: use"),
    (((), ([],)), "it[1][0] is a list: use a tuple"),
    (frozenset({Hashed}), ""),
    (frozenset({Hashed()}), "a member of it is a Hashed: use numbers, strings, tuples, or a frozen dataclass"),
    (Share([]), "Share.items is a list: use a tuple"),
    (Share((1, [])), "Share.items[1] is a list: use a tuple"),
    ((Share(Share({})),), "Share.items is a dict"),
    (Share(Hashed()), "Share.items is a Hashed: use numbers, strings"),
    (Hidden([]), "Hidden.cache is a list"),  # although it can be hashed
    (Loose(), "it is a Loose: its class must be @dataclass(frozen=True, slots=True)"),
    (Alone(), "it is an Alone: its class must be @dataclass(frozen=True, slots=True), with eq, hash"),
    (Undecorated(1), "it is an Undecorated: its class must be @dataclass(frozen=True"),
    (Partly(1), "it is a Partly: its class must be @dataclass(frozen=True, slots=True), with eq, hash and compare"),
    (LazyList(1), "it is a LazyList: it keeps below outside its fields; its class must be"),
    (Derived(1), "Derived.index is a dict: use a tuple of pairs"),
    (Inherits(1), "it is an Inherits: it keeps memo outside its fields; its class must be"),
    (Shares(1), "it is a Shares: all objects of its class share seen, a list; make it a field"),
    (Unset(), "Unset.n is never set"),
    (LooseText("a"), "it is a LooseText: it can be given attributes: write __slots__ = () in its class"),
    (LoosePair(1), "it is a LoosePair: it can be given attributes: write __slots__ = () in its class"),
    (Shelf.FULL, "it is a Shelf: Shelf.OPEN stands for something that can change"),
    (Mass.EARTH, "it is a Mass: Mass.EARTH stands for something that can change"),
    (NoHash((1,)), "it is a NoHash: its class must define __hash__"),
    (NoEquality(), "it is a NoEquality: its class must define __eq__"),
    (Amount(), "it is an Amount: it can be given attributes: write __slots__ = () in its class"),
    (np.bool_(True), "it is a bool: use Python's own numbers, by tolist()"),
    (np.array([1]), "it is a ndarray: use Python's own numbers, by tolist()"),
    (print, "it is a builtin_function_or_method: use numbers"),
    (lambda: 1, "it is a function: use numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), MISTAKES, ids=[text for _, text in MISTAKES])
def test_these_are_not_and_the_error_names_the_part(value: Any, text: str) -> None:
    if not text:
        return require_value(value, "it")
    with pytest.raises(NotAValueError) as caught:
        require_value(value, "it")
    assert str(caught.value).startswith(text)
    return None


@pytest.mark.parametrize("first", [(), 1, "a", Share(1)], ids=repr)
def test_a_type_that_was_right_once_is_looked_at_again(first: Any) -> None:
    @dataclass(frozen=True, slots=True)
    class Holder:
        items: Any

    assert is_value(Holder(first))
    assert not is_value(Holder([]))
    assert is_value(Holder(first))
    assert not is_value(Holder((1, Share([]))))


def test_a_type_that_was_wrong_at_first_may_be_right_later() -> None:
    @dataclass(frozen=True, slots=True)
    class Holder:
        items: Any

    assert not is_value(Holder([]))
    assert is_value(Holder(()))


@dataclass(frozen=True, slots=True)
class Typed:
    """Its annotations say that all its fields but the last are plain."""

    n: int
    names: tuple[str, ...] = ()


def test_a_tuple_by_annotation_is_looked_at_every_time() -> None:
    assert is_value(Typed(1, ("a",)))
    assert not is_value(Typed(1, ["a"]))  # type: ignore[arg-type]


def test_a_plain_field_is_looked_at_in_the_first_object() -> None:
    @dataclass(frozen=True, slots=True)
    class Count:
        n: int

    assert not is_value(Count([]))  # type: ignore[arg-type]


def test_only_a_dataclass_that_is_frozen_itself_and_compares_is_frozen() -> None:
    kinds: list[type] = [Share, Plain, Loose, Alone, Undecorated, Hashed, int]
    assert [is_frozen(kind) for kind in kinds] == [True, True, *[False] * 5]


def test_freezing_makes_values_of_containers_at_every_depth() -> None:
    given: Any = {"a": [1, {2, 3}], "b": {"c": deque([(4, [5])])}, "d": OrderedDict(e=bytes(1))}
    frozen = freeze(given, "it")
    assert is_value(frozen)
    assert frozen == {"a": (1, frozenset({2, 3})), "b": {"c": ((4, (5,)),)}, "d": {"e": bytes(1)}}
    given["a"].append(9)
    assert frozen["a"] == (1, frozenset({2, 3}))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [Hashed()]}, "it['a'][0] is a Hashed"),
        ([Share([])], "Share.items is a list: use a tuple"),
        ({"a": (n for n in "ab")}, "it['a'] is a generator: use a tuple of what it yields"),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_what_cannot_be_frozen_is_named(value: Any, text: str) -> None:
    with pytest.raises(NotAValueError) as caught:
        freeze(value, "it")
    assert str(caught.value).startswith(text)


CHANGES: list[Callable[[Any], object]] = [
    lambda d: d.__setitem__("a", 2), lambda d: d.__delitem__("a"), lambda d: d.clear(), lambda d: d.pop("a"),
    lambda d: d.popitem(), lambda d: d.setdefault("b", 1), lambda d: d.update(b=1), lambda d: d.__ior__({"b": 1}),
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_frozen_dict_cannot_be_changed(change: Callable[[Any], object]) -> None:
    frozen = FrozenDict({"a": 1})
    with pytest.raises(TypeError, match="a FrozenDict cannot be changed"):
        change(frozen)
    assert frozen == {"a": 1}


@given(
    st.dictionaries(
        st.text(max_size=2), st.integers() | st.lists(st.integers(), max_size=2), max_size=4
    )
)
def test_a_frozen_dict_is_like_the_dict_it_was_made_from(entries: dict[str, Any]) -> None:
    frozen = freeze(entries, "it")
    plain = {key: freeze(item, "it") for key, item in entries.items()}
    assert (frozen, repr(frozen), list(frozen.items())) == (plain, repr(plain), list(plain.items()))
    backwards = FrozenDict(reversed(plain.items()))
    assert (backwards, hash(backwards)) == (frozen, hash(frozen))
    for other in (pickle.loads(pickle.dumps(frozen)), copy.deepcopy(frozen), copy.copy(frozen)):
        assert (other, type(other)) == (frozen, FrozenDict)
    assert type(frozen | {"z": 1}) is dict


def nested(depth: int) -> Any:
    value: Any = ()
    for _ in range(depth):
        value = (value,)
    return value


def endless() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "look",
    [
        lambda: require_value(nested(5_000), "it"),
        lambda: freeze(nested(5_000), "it"),
        lambda: freeze(endless(), "it"),
    ],
)
def test_what_is_nested_too_deeply_is_one_clear_error(look: Callable[[], object]) -> None:
    with pytest.raises(NotAValueError, match=r"^it is nested too deeply, or contains itself$"):
        look()


def test_what_a_dataclass_without_slots_remembers_is_looked_at_every_time() -> None:
    lazy = Lazy(2)
    assert is_value(lazy)
    lazy.__dict__["below"] = [0, 1]
    assert not is_value(lazy)
