"""Plain data is copied at every depth and written the same way everywhere."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dscourse.core.copying import copy_state, stable_repr
from dscourse.core.values import is_frozen

leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
plain = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.tuples(inner, inner)
        | st.lists(inner, max_size=3).map(deque)
    ),
    max_leaves=8,
)


@dataclass(frozen=True, slots=True)
class Vote:
    yes: bool
    names: frozenset[str] = frozenset()
    note: str = field(default="", repr=False)


@dataclass(slots=True)
class Counter:
    counts: dict[str, int]


class Detector:
    def __init__(self) -> None:
        self.clones = 0

    def clone(self) -> Detector:
        other = Detector()
        other.clones = self.clones + 1
        return other


def containers(value: Any) -> list[Any]:
    """Every container that can change, inside ``value`` and itself."""
    inside = list(value.values()) if isinstance(value, dict) else value
    found = [value] if isinstance(value, dict | list | set | deque) else []
    if isinstance(inside, list | tuple | deque):
        found += [container for item in inside for container in containers(item)]
    return found


@given(plain)
def test_a_copy_is_equal_of_the_same_types_and_shares_no_container(value: object) -> None:
    copied = copy_state(value)
    assert repr(copied) == repr(value)
    ids = {id(container) for container in containers(value)}
    assert ids.isdisjoint(id(container) for container in containers(copied))


def test_values_that_cannot_change_are_shared() -> None:
    vote, names = Vote(True), frozenset({"a"})
    assert copy_state([vote, names])[0] is vote
    assert copy_state([vote, names])[1] is names


def test_sets_and_other_objects_are_copied() -> None:
    counter = Counter({"a": 1})
    before: dict[str, Any] = {"set": {1}, "counter": counter, "by_key": defaultdict(list, x=[1])}
    after = copy_state(before)
    before["set"].add(2)
    counter.counts["a"] = 9
    before["by_key"]["x"].append(2)
    assert after["set"] == {1}
    assert after["counter"] == Counter({"a": 1})
    assert after["by_key"] == {"x": [1]}
    assert isinstance(after["by_key"], defaultdict)


def test_a_window_keeps_its_length() -> None:
    window = copy_state(deque([1, 2], maxlen=2))
    window.append(3)
    assert list(window) == [2, 3]
    assert stable_repr(window) == repr(window) == "deque([2, 3], maxlen=2)"


def test_an_object_with_clone_is_cloned_its_own_way() -> None:
    assert copy_state([Detector()])[0].clones == 1


def test_only_frozen_dataclasses_are_frozen() -> None:
    assert is_frozen(Vote)
    assert not is_frozen(Counter)
    assert not is_frozen(Detector)


@given(plain)
def test_stable_repr_is_repr_where_there_is_no_set(value: object) -> None:
    assert stable_repr(value) == repr(value)


def test_stable_repr_sorts_sets_at_every_depth() -> None:
    names = frozenset("dcba")
    shown = "{'a', 'b', 'c', 'd'}"
    assert stable_repr(names) == stable_repr(set(names)) == shown
    assert stable_repr(Vote(True, names, "hidden")) == f"Vote(yes=True, names={shown})"
    assert stable_repr({"k": [(names,)]}) == f"{{'k': [({shown},)]}}"
    assert stable_repr(deque([names])) == f"deque([{shown}])"
    assert stable_repr(defaultdict(set, k={"b", "a"})) == "defaultdict({'k': {'a', 'b'}})"
    assert stable_repr((set(), frozenset())) == "(set(), frozenset())"
