"""Ranges that split, merge and move; salts; indexes; and the textbook's partitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.placement import (
    GlobalIndex,
    LocalIndex,
    Partition,
    Policy,
    RangeMap,
    Shards,
    TextbookRanges,
    gapless,
    salted,
    unsalted_scan,
)

PERIODS = st.lists(st.lists(st.integers(0, 60), max_size=25), max_size=8)
POLICIES = st.builds(
    Policy, most_keys=st.integers(2, 12), most_load=st.none() | st.integers(2, 12), few_keys=st.just(2),
    balance=st.booleans(),
)  # fmt: skip


@given(PERIODS, POLICIES, st.lists(st.integers(1, 59), max_size=3))
def test_ranges_have_no_gap_and_no_key_is_lost(
    periods: list[list[int]], policy: Policy, presplit: list[int]
) -> None:
    table = Shards(["a", "b", "c"], policy, presplit)
    written: set[int] = set()
    for keys in periods:
        for key in keys:
            table.write(key)
        written |= set(keys)
        before = table.node_loads()
        table.tick()
        assert gapless(table.ranges)
        assert sum(before.values()) == len(keys)
        assert len(table) == len(written)
        assert all(key in table for key in written)
        for stretch in table.now():
            inside = {key for key in written if _holds(stretch.start, stretch.end, key)}
            assert stretch.keys == len(inside)


def _holds(start: int | None, end: int | None, key: int) -> bool:
    return (start is None or start <= key) and (end is None or key < end)


def test_a_range_splits_in_the_middle_of_its_keys_or_of_its_load() -> None:
    by_size = Shards(["a"], Policy(most_keys=4))
    for key in (1, 2, 3, 4, 50):
        by_size.write(key)
    by_size.tick()
    assert [one.start for one in by_size.ranges] == [None, 3]
    by_load = Shards(["a"], Policy(most_load=8))
    for key, times in ((1, 1), (2, 1), (3, 1), (9, 4), (10, 4)):
        for _ in range(times):
            by_load.write(key)
    by_load.tick()
    assert [one.start for one in by_load.ranges] == [None, 10]


def test_one_hot_key_cannot_be_split() -> None:
    table = Shards(["a", "b"], Policy(most_load=2))
    for _ in range(10):
        for _ in range(50):
            table.write(7)
        table.tick()
    assert len(table.ranges) == 1
    assert (table.splits, table.moves) == (0, 0)


def test_a_big_range_splits_by_size_though_one_key_has_all_its_load() -> None:
    table = Shards(["a"], Policy(most_keys=4, most_load=8))
    for key in range(4):
        table.write(key)
    table.tick()
    for _ in range(30):
        table.write(4)
    table.tick()
    assert [stretch.keys for stretch in table.now()] == [2, 3]


def test_cold_small_neighbours_on_one_node_merge() -> None:
    table = Shards(["a"], Policy(most_keys=4, few_keys=4), presplit=[10, 20])
    for key in (1, 11, 21, 22, 23):
        table.write(key)
    table.tick()
    assert len(table.ranges) == 3
    table.tick()
    assert [one.start for one in table.ranges] == [None, 20]
    assert (len(table), table.merges) == (5, 1)


def test_a_busy_node_gives_the_range_that_makes_loads_most_equal() -> None:
    table = Shards(["a", "b"], Policy(), presplit=[10, 20, 30])
    assert [one.node for one in table.ranges] == ["a", "b", "a", "b"]
    assert table.splits == 0
    for key, times in ((1, 6), (25, 5)):
        for _ in range(times):
            table.read(key)
    assert table.node_loads() == {"a": 11, "b": 0}
    table.tick()
    assert [one.node for one in table.ranges] == ["b", "b", "a", "b"]
    assert table.moves == 1


def test_increasing_keys_keep_one_range_hot_and_salts_spread_them() -> None:
    def hottest(salts: int) -> float:
        space = 10_000
        table = Shards(
            ["a", "b", "c", "d"], Policy(most_keys=50), [n * space for n in range(1, salts)]
        )
        for period in range(12):
            for key in range(100 * period, 100 * period + 100):
                table.write(salted(key, salts, space))
            table.tick()
        return max(stretch.load for stretch in table.history[-1]) / 100

    assert hottest(1) == 1.0
    assert hottest(4) == 0.25


def test_salted_keys_are_found_by_one_scan_a_salt() -> None:
    space, salts = 1_000, 4
    stored = {salted(key, salts, space) for key in range(200)}
    found = {
        key % space
        for low, high in unsalted_scan(30, 60, salts, space)
        for key in stored
        if low <= key < high
    }
    assert found == set(range(30, 60))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Shards([]), "nodes is empty"),
        (lambda: Policy(most_keys=1), "most_keys=1"),
        (lambda: Policy(most_load=1), "most_load=1"),
        (lambda: Policy(most_keys=5, few_keys=6), "few_keys=6"),
        (lambda: salted(5, 0, 10), "salts=0"),
        (lambda: salted(10, 2, 10), "key=10: it must be from 0 to 9"),
    ],
)
def test_what_cannot_be_is_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]


# --- indexes -------------------------------------------------------------------------------------


def indexes() -> list[LocalIndex]:
    ids: RangeMap[int] = RangeMap("n1")
    terms: RangeMap[str] = RangeMap("n1")
    for index in (1, 2, 3):
        ids.split(100 * index, f"n{index + 1}")
    terms.split("colour=m", "n2")
    terms.split("maker=", "n3")
    return [LocalIndex(ids), GlobalIndex(ids, terms)]


def test_a_local_index_writes_at_one_node_and_asks_all() -> None:
    local, everywhere = indexes()
    car = {"colour": "red", "maker": "dacia"}
    assert local.write(250, car) == ("n3",)
    assert everywhere.write(250, car) == ("n2", "n3")
    assert local.query("colour", "red") == ((250,), ("n1", "n2", "n3", "n4"))
    assert everywhere.query("colour", "red") == ((250,), ("n2",))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 399), st.sampled_from(["red", "blue"]), st.sampled_from(["x", "y"])
        )
    )
)
def test_both_indexes_find_the_same(cars: list[tuple[int, str, str]]) -> None:
    local, everywhere = indexes()
    for number, colour, maker in cars:
        for index in (local, everywhere):
            index.write(number, {"colour": colour, "maker": maker})
    for name, value in (("colour", "red"), ("colour", "blue"), ("maker", "x"), ("maker", "none")):
        assert local.query(name, value)[0] == everywhere.query(name, value)[0]


def test_both_tell_a_number_from_its_text_and_a_missing_field_from_one_without_value() -> None:
    for index in indexes():
        index.write(1, {"doors": 5})
        index.write(2, {"doors": "5"})
        index.write(3, {"doors": None})
        index.write(4, {})
        assert index.query("doors", 5)[0] == (1,)
        assert index.query("doors", "5")[0] == (2,)
        assert index.query("doors", None)[0] == (3,)


# --- the textbook version ------------------------------------------------------------------------


def test_the_textbooks_last_key_has_no_home_and_a_gap_goes_unseen() -> None:
    ranges = TextbookRanges([Partition("a", "m", "n1"), Partition("n", "z", "n2")])
    assert ranges.partition_of("zebra") is None
    assert ranges.partition_of("mango") is None


def test_the_textbooks_split_outside_makes_a_partition_of_nothing() -> None:
    ranges = TextbookRanges([Partition("a", "m", "n1")])
    ranges.split(0, "x")
    assert [(one.start, one.end) for one in ranges.partitions] == [("a", "x"), ("x", "m")]


def test_the_textbooks_lookup_gives_a_copy() -> None:
    ranges = TextbookRanges([Partition("a", "m", "n1")])
    found = ranges.partition_of("b")
    assert found is not None
    found.node = "n2"
    assert ranges.partitions[0].node == "n1"
