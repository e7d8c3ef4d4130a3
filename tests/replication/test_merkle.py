"""Merkle trees: they find exactly the buckets that differ, by few hashes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.replication.merkle import MerkleTree, bucket_of

copies = st.dictionaries(st.text(max_size=3) | st.integers(), st.integers(0, 3), max_size=20)


@given(copies, copies, st.integers(0, 7))
def test_the_differences_are_the_buckets_of_the_keys_that_differ(
    one: dict, other: dict, depth: int
) -> None:
    differ = {key for key in {*one, *other} if one.get(key, "none") != other.get(key, "none")}
    buckets = sorted({bucket_of(key, depth) for key in differ})
    trees = MerkleTree.of(one, depth), MerkleTree.of(other, depth)
    assert trees[0].differences(trees[1]) == trees[1].differences(trees[0]) == buckets
    assert (trees[0].root == trees[1].root) == (not differ)


def test_the_order_of_keys_plays_no_part() -> None:
    keys = {f"k{n}": n for n in range(100)}
    assert MerkleTree.of(keys) == MerkleTree.of(dict(reversed(keys.items())))


def test_one_key_among_many_is_found_by_two_hashes_a_level() -> None:
    many = {f"k{n}": n for n in range(10_000)}
    ours, theirs = MerkleTree.of(many, 12), MerkleTree.of({**many, "k77": -1}, 12)
    assert ours.differences(theirs) == [bucket_of("k77", 12)]
    assert ours.hashes_compared(theirs) == theirs.hashes_compared(ours) == 1 + 2 * 12


@given(copies, copies, st.integers(0, 7))
def test_a_comparison_ends_at_equal_roots_and_costs_two_hashes_a_level_and_key_at_most(
    one: dict, other: dict, depth: int
) -> None:
    differ = {key for key in {*one, *other} if one.get(key, "none") != other.get(key, "none")}
    compared = MerkleTree.of(one, depth).hashes_compared(MerkleTree.of(other, depth))
    assert compared <= 1 + 2 * depth * len(differ)
    assert compared <= 2 ** (depth + 1) - 1
    assert compared >= 1 + 2 * depth * bool(differ)


def test_buckets_are_the_same_on_every_machine() -> None:
    assert [bucket_of(key, 8) for key in ("milk", 1, ("cart", 7))] == [245, 246, 156]


@pytest.mark.parametrize("depth", [-1, 21])
def test_an_impossible_depth_is_refused(depth: int) -> None:
    with pytest.raises(
        ValueError, match=f"depth={depth}: a tree has from 0 to 20 levels below its root"
    ):
        MerkleTree.of({}, depth)


def test_trees_of_different_depths_are_not_compared() -> None:
    with pytest.raises(ValueError, match="trees of depth 2 and 3 cannot be compared"):
        MerkleTree.of({}, 2).differences(MerkleTree.of({}, 3))
