"""The textbook's placement: right where nothing goes wrong, and each of its faults, shown."""

from __future__ import annotations

import pytest

from dscourse.placement import Modulo, TextbookRing, TextbookShards
from dscourse.placement.hashing import BITS, hash_of

KEYS = [f"cart {number}" for number in range(2_000)]
NODES = [f"n{number}" for number in range(5)]


def where(ring: TextbookRing) -> list[str]:
    return [ring.node_of(key) for key in KEYS[:300]]


def test_shards_are_the_same_as_modulo() -> None:
    modulo, shards = Modulo(NODES), TextbookShards(NODES)
    assert all(modulo.node_of(key) == shards.node_of(key) for key in KEYS)


def test_a_shard_given_twice_gets_two_shares() -> None:
    shards = TextbookShards(["a", "b", "a"])
    share = sum(shards.node_of(key) == "a" for key in KEYS) / len(KEYS)
    assert share == pytest.approx(2 / 3, abs=0.03)


@pytest.mark.parametrize("key", KEYS[:50])
def test_a_key_belongs_to_the_next_point_clockwise(key: str) -> None:
    ring = TextbookRing(NODES, 20)
    points = [
        ((hash_of(f"{node}:{number}") - hash_of(key)) % 2**BITS, node)
        for node in NODES
        for number in range(20)
    ]
    assert ring.node_of(key) == min(points)[1]


def test_in_64_bits_a_join_and_a_leave_change_nothing() -> None:
    ring = TextbookRing(NODES)
    before = where(ring)
    ring.add("new")
    assert where(ring) != before
    ring.remove("new")
    assert where(ring) == before


def test_on_a_small_circle_a_join_and_a_leave_take_points_of_others_away() -> None:
    ring = TextbookRing(NODES, 20, bits=8)
    before, points = where(ring), len(ring.ring)
    ring.add("new")
    ring.remove("new")
    assert len(ring.ring) < points
    assert where(ring) != before


def test_points_are_lost_as_often_as_the_birthday_problem_says() -> None:
    lost = 0
    for run in range(40):
        ring = TextbookRing([f"{run} {number}" for number in range(20)], 50, bits=16)
        lost += 20 * 50 - len(ring.ring)
    assert lost / 40 == pytest.approx(1_000**2 / 2**17, rel=0.15)


def test_a_node_that_was_added_twice_goes_at_once_and_a_stranger_takes_points_with_it() -> None:
    ring = TextbookRing(NODES, 20, bits=8)
    ring.add("n0")
    ring.remove("n0")
    assert "n0" not in where(ring)
    points = len(ring.ring)
    ring.remove("never heard of")
    assert len(ring.ring) < points


def test_every_lookup_sorts_all_points() -> None:
    ring = TextbookRing(NODES, 150)
    where(ring)
    assert ring.looked_at / 300 == pytest.approx(750 * 1.5, rel=0.1)
