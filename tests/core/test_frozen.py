"""Data as a hashable form: lists and objects that are shared differ from equal ones, values do not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock, RLock
from typing import Any

import pytest

from dscourse.clocks import VersionVector
from dscourse.core.frozen import frozen
from dscourse.core.frozen_dict import FrozenDict


class Counter:
    def __init__(self, count: int = 0) -> None:
        self.count = count

    def add(self) -> None:
        self.count += 1


VALUES: list[Callable[[], Any]] = [
    lambda: VersionVector({"a": 1}),
    lambda: FrozenDict({"a": (1, 2)}),
    lambda: frozenset({(1, "a")}),
    lambda: (1, ("b",)),
]


@pytest.mark.parametrize("make", VALUES)
def test_one_value_twice_is_the_same_as_two_equal_ones(make: Callable[[], Any]) -> None:
    one = make()
    assert frozen([one, one]) == frozen([make(), make()])


@pytest.mark.parametrize("make", [list, dict, set, Counter, Lock, RLock])
def test_one_thing_that_changes_differs_from_two_equal_ones(make: Callable[[], Any]) -> None:
    one = make()
    assert frozen([one, one]) != frozen([make(), make()])
    assert frozen([make(), make()]) == frozen([make(), make()])
    assert frozen([one, one], ordered=False) == frozen([make(), make()], ordered=False)


def test_objects_are_compared_by_what_they_hold() -> None:
    assert frozen(Counter(1)) == frozen(Counter(1)) != frozen(Counter(2))
    assert frozen(Counter(1).add) == frozen(Counter(1).add) != frozen(Counter(2).add)
    assert frozen(partial(Counter(1).add)) == frozen(partial(Counter(1).add))
    assert frozen([1].append) == frozen([1].append) != frozen([2].append)


def test_a_held_lock_differs_from_a_free_one() -> None:
    lock = Lock()
    free = frozen(lock)
    with lock:
        assert frozen(lock) != free
    assert frozen(lock) == free


@pytest.mark.parametrize("ordered", [True, False])
def test_data_that_contains_itself_has_a_form(ordered: bool) -> None:
    def loop() -> list[Any]:
        items: list[Any] = [1]
        items.append({"back": items})
        return items

    assert frozen(loop(), ordered) == frozen(loop(), ordered)
    assert frozen(loop(), ordered) != frozen([1, {"back": [1]}], ordered)
