"""The experiment of chapter 13: the known effect of each pattern of keys and of each remedy."""

from __future__ import annotations

import random

import pytest

from dscourse.experiments.range_partitioning import PATTERNS, SPACE, _key, filled, hash_scan
from dscourse.placement import gapless


def test_every_write_is_kept_and_counted() -> None:
    for pattern in PATTERNS:
        run = filled(pattern, most_load=20)
        assert gapless(run.table.ranges)
        assert all(sum(one.load for one in period) == 100 for period in run.table.history)
    assert len(filled("increasing").table) == SPACE


def test_increasing_keys_are_helped_by_salts_and_by_nothing_else() -> None:
    assert filled("increasing").hottest == 1
    assert filled("increasing", most_load=10).hottest == 1
    assert filled("increasing", presplit=True).hottest == 1
    assert filled("increasing", salts=4).hottest == pytest.approx(0.25)


def test_popular_keys_are_helped_by_splits_by_load_down_to_the_hottest_key() -> None:
    by_size, by_load = filled("Zipf").hottest, filled("Zipf", most_load=5).hottest
    assert by_load < by_size / 3
    assert by_load > 0.1


def test_the_most_popular_key_takes_one_part_of_the_harmonic_sum() -> None:
    expected = 1 / sum(1 / rank for rank in range(1, SPACE + 1))
    draws = random.Random(1)
    keys = [_key("Zipf", number, draws) for number in range(50_000)]
    assert keys.count(0) / len(keys) == pytest.approx(expected, rel=0.05)
    assert keys.count(1) / len(keys) == pytest.approx(expected / 2, rel=0.05)
    assert 0 <= min(keys) <= max(keys) < SPACE


def test_random_keys_spread_by_themselves_and_sooner_if_cut_beforehand() -> None:
    assert filled("random").busiest < 0.45
    first = {one.node for one in filled("random", presplit=True).table.history[0] if one.load}
    assert first == {"n1", "n2", "n3", "n4"}
    assert {one.node for one in filled("random").table.history[0] if one.load} == {"n1"}


def test_a_scan_touches_one_range_more_for_each_salt() -> None:
    assert [filled("increasing", salts=salts).scan(1_000, 1_050)[0] for salts in (1, 3, 6)] == [
        1,
        3,
        6,
    ]
    assert hash_scan(1_000, 1_050, 4) == 4
    assert hash_scan(1_000, 1_001, 4) == 1


def test_a_pattern_that_is_not_known_is_refused() -> None:
    with pytest.raises(
        LookupError, match="pattern='odd': it must be one of random, increasing, Zipf"
    ):
        filled("odd")


def test_an_average_scan_touches_each_salt_and_now_and_then_a_boundary() -> None:
    assert filled("increasing", salts=12, nodes=6).average_scan(50) == (12, 6)
    touched, _ = filled("increasing", salts=7, nodes=6).average_scan(50)
    assert 7 < touched < 8
