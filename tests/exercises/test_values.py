"""Values as learners write them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Any

import numpy
import pytest

from dscourse.core.frozen_dict import FrozenDict
from dscourse.exercises.judges.values import distinct, listed, number, whole
from dscourse.exercises.tasks import plain
from dscourse.node import Reply


class Agreeing:
    """A value that says that it equals any other."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class Word(Agreeing, str):
    pass


class Share(Agreeing, float):
    pass


class Amount(Agreeing, int):
    pass


class Data(Agreeing, bytes):
    pass


class Pretender(Agreeing):
    """A value that claims to be True or False."""

    @property
    def __class__(self) -> type:  # type: ignore[override]
        return bool


@pytest.mark.parametrize(
    "value", [7, 7.0, Fraction(7), Decimal("7.0"), numpy.int64(7), numpy.float32(7), numpy.array(7)]
)
def test_every_numeric_type_is_a_number(value: Any) -> None:
    assert number(value) == 7.0
    assert whole(value) == 7
    assert type(whole(value)) is int


@pytest.mark.parametrize(
    "value",
    [True, numpy.True_, "7", None, [7], float("nan"), float("inf"), Decimal("sNaN"), 10**400, 7j],
)
def test_what_is_no_finite_number_is_none(value: Any) -> None:
    assert number(value) is None
    assert whole(value) is None


def test_a_fraction_is_a_number_but_not_whole() -> None:
    assert number(Fraction(15, 2)) == 7.5
    assert whole(Decimal("7.5")) is None
    assert whole(10**20 + 1) == 10**20 + 1


def test_every_iterable_is_a_list_of_plain_items() -> None:
    expected = [1, 2, 3]
    for value in ([1, 2, 3], (1, 2, 3), numpy.arange(1, 4), iter(expected), range(1, 4)):
        items = listed(value)
        assert items == expected
        assert [type(item) for item in items or []] == [int] * 3
    assert listed({3: "a"}.keys()) == [3]


def test_a_text_a_mapping_and_a_number_are_no_list_and_an_endless_one_is_cut() -> None:
    assert [listed(value) for value in ("abc", b"abc", {1: 2}, 7, None)] == [None] * 5
    assert listed(count(), most=5) == [0, 1, 2, 3, 4]
    assert listed(numpy.array(7)) is None


@pytest.mark.parametrize(
    "value",
    [
        "n10",
        1_000,
        -(2**70),
        ("n10", (1_000,)),
        ["n10"],
        {"n10": ["x y"]},
        {"n10"},
        frozenset({("ab", 300)}),
        b"ab",
        2.5,
        FrozenDict({"n10": (1_000,)}),
        Reply(1_000, "ok"),
    ],
)
def test_a_distinct_value_is_equal_and_another_object(value: Any) -> None:
    copied = distinct(value)
    assert copied == value
    assert type(copied) is type(value)
    assert copied is not value


@pytest.mark.parametrize("derived", [Word("no"), Share(0.5), Amount(7), Data(b"a")])
def test_a_value_of_a_derived_class_is_judged_as_pythons_own(derived: Any) -> None:
    assert derived == "anything"
    assert plain(derived) != "anything"
    assert type(plain(derived)) is type(derived).__mro__[2]


def test_a_value_that_claims_another_class_equals_nothing() -> None:
    pretender = Pretender()
    assert isinstance(pretender, bool)
    assert not isinstance(plain(pretender), bool)
    assert plain(pretender) not in (True, False)


def test_what_a_distinct_value_holds_is_distinct_too() -> None:
    names = ["n10", "n11"]
    assert all(one is not other for one, other in zip(names, distinct(names), strict=True))
    assert distinct(None) is None
    assert distinct(True) is True
