"""Ranges against a plain list of boundaries: every key has one home whatever is split, merged and moved."""

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.placement.ranges import Range, RangeMap, RoutingCache, gapless

KEYS = st.integers(0, 30)
WHAT = st.sampled_from(["split", "merge", "move"])
STEPS = st.lists(st.tuples(WHAT, KEYS, st.sampled_from("abc")), max_size=25)


def changed(ranges: RangeMap[int], home: dict[int, str], step: tuple[str, int, str]) -> None:
    """Do the step, and the same to a table of every key's home; a rejected step changes nothing."""
    what, key, node = step
    before, version = list(ranges), ranges.version
    starts = [one.start for one in ranges]
    try:
        getattr(ranges, what)(*((key,) if what == "merge" else (key, node)))
    except (ValueError, LookupError):
        assert (what, key in starts) in (("split", True), ("merge", False))
        assert (list(ranges), ranges.version) == (before, version)
        return
    assert ranges.version == version + 1
    if what == "merge":
        node = before[starts.index(key) - 1].node
    touched = {
        "split": _from(before, key),
        "merge": _whole(before, key),
        "move": _whole(before, key),
    }
    for one in touched[what]:
        home[one] = node


def _whole(ranges: list[Range[int]], key: int) -> list[int]:
    owner = next(one for one in ranges if one.holds(key))
    return [one for one in range(31) if owner.holds(one)]


def _from(ranges: list[Range[int]], key: int) -> list[int]:
    return [one for one in _whole(ranges, key) if one >= key]


@given(STEPS)
def test_every_key_has_the_home_that_a_plain_table_gives_it(
    steps: list[tuple[str, int, str]],
) -> None:
    ranges: RangeMap[int] = RangeMap("a")
    home = dict.fromkeys(range(31), "a")
    for step in steps:
        changed(ranges, home, step)
        assert gapless(ranges)
        assert {key: ranges.range_of(key).node for key in home} == home
        assert all(sum(one.holds(key) for one in ranges) == 1 for key in home)


@given(STEPS, KEYS, KEYS)
def test_a_scan_touches_exactly_the_ranges_with_keys_between(
    steps: list[tuple[str, int, str]], low: int, high: int
) -> None:
    ranges: RangeMap[int] = RangeMap("a")
    for step in steps:
        changed(ranges, dict.fromkeys(range(31), "a"), step)
    low, high = sorted((low, high))
    wanted = [one for one in ranges if any(one.holds(key) for key in range(low, high))]
    assert ranges.scan(low, high) == wanted
    assert ranges.scan(None, None) == list(ranges)


@given(STEPS, st.lists(KEYS, max_size=30))
def test_a_client_with_old_knowledge_finds_every_key_after_one_miss(
    steps: list[tuple[str, int, str]], keys: list[int]
) -> None:
    ranges: RangeMap[int] = RangeMap("a")
    cache = RoutingCache(ranges)
    for index, key in enumerate(keys):
        if index < len(steps):
            changed(ranges, dict.fromkeys(range(31), "a"), steps[index])
        if cache.node_of(key) != ranges.range_of(key).node:
            assert cache.missed(key) == ranges.range_of(key).node
        assert cache.node_of(key) == ranges.range_of(key).node


TEXTS = st.text("ab", max_size=3)


@given(st.lists(TEXTS, max_size=12), TEXTS, TEXTS)
def test_no_range_of_texts_is_ever_empty_nor_touched_by_an_empty_scan(
    keys: list[str], low: str, high: str
) -> None:
    ranges: RangeMap[str] = RangeMap("n1")
    for key in keys:
        with suppress(ValueError):
            ranges.split(key)
    assert gapless(ranges)
    assert sorted(one.start for one in ranges if one.start is not None) == sorted({*keys} - {""})
    low, high = sorted((low, high))
    every = [""] + ["".join(p) for n in range(1, 5) for p in itertools.product("ab", repeat=n)]
    between = [key for key in every if low <= key < high]
    assert ranges.scan(low, high) == [one for one in ranges if any(map(one.holds, between))]
    assert ranges.scan(None, "") == []


def test_a_cache_asks_once_for_each_range() -> None:
    ranges: RangeMap[str] = RangeMap("n1")
    ranges.split("m", "n2")
    cache = RoutingCache(ranges)
    assert [cache.node_of(key) for key in ("a", "b", "x", "y", "c")] == [
        "n1",
        "n1",
        "n2",
        "n2",
        "n1",
    ]
    assert cache.asked == 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda r: r.split("m"), ValueError, "split at 'm': a range begins there already"),
        (lambda r: r.split(""), ValueError, "split at '': no key is lower"),
        (lambda r: r.split(5), TypeError, "split at 5: a key is a str, an int or bytes, and all"),
        (lambda r: r.split(b"p"), TypeError, "split at b'p'"),
        (lambda _: RangeMap("n1").split(b""), ValueError, "split at b'': no key is lower"),
        (lambda _: RangeMap("n1").split(None), TypeError, "split at None"),
        (lambda _: RangeMap("n1").split(1.5), TypeError, "split at 1.5"),
        (lambda r: r.merge("x"), LookupError, "merge at 'x': no range begins there"),
        (lambda r: r.scan("z", "a"), ValueError, "it ends before it begins"),
        (lambda r: r.move("a", ""), ValueError, "a node with a name"),
        (lambda _: RangeMap(""), ValueError, "a node with a name"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    call: Any, error: type, message: str
) -> None:
    ranges: RangeMap[str] = RangeMap("n1")
    ranges.split("m", "n2")
    before = list(ranges)
    with pytest.raises(error, match=message):
        call(ranges)
    assert list(ranges) == before


@pytest.mark.parametrize(
    "broken",
    [
        [],
        [Range(None, 5, "a")],
        [Range(0, None, "a")],
        [Range(None, 5, "a"), Range(6, None, "b")],
        [Range(None, 5, "a"), Range(4, None, "b")],
        [Range(None, 5, "a"), Range(5, 3, "b"), Range(3, None, "c")],
        [Range(None, None, "a"), Range(None, None, "b")],
        [Range(None, "", "a"), Range("", None, "b")],
        [Range(None, 5, "a"), Range(5, 5, "b"), Range(5, None, "c")],
    ],
)
def test_gaps_overlaps_and_closed_ends_are_noticed(broken: list[Range[int]]) -> None:
    assert not gapless(broken)
