"""Poor hashes: the known fault of each, measured; and lookups by hashes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dscourse.placement import Maglev, Modulo, Ring, hash_of, hashes_of, spread
from dscourse.placement.weak import HASHES, HashedRing, byte_sum, crc_32, fnv_1a

NODES = [f"node-{number}" for number in range(100)]
KEYS = [f"key-{number}" for number in range(5_000)]


def test_the_published_values() -> None:
    assert fnv_1a("") == 0xCBF29CE484222325
    assert fnv_1a("a") == 0xAF63DC4C8601EC8C
    assert fnv_1a("foobar") == 0x85944171F73967E8
    assert crc_32("123456789") >> 32 == 0xCBF43926
    assert byte_sum("abc") >> 48 == 294


def test_every_hash_stays_within_64_bits() -> None:
    for hashed in HASHES.values():
        assert all(0 <= hashed(key) < 2**64 for key in KEYS)


def fullest(name: str) -> float:
    """The greatest share of the circle that one of 100 nodes with 150 points owns, over the mean."""
    return max(HashedRing(NODES, 150, HASHES[name]).arcs().values()) * len(NODES)


def test_poor_hashes_make_uneven_rings() -> None:
    assert fullest("xxHash") < 1.35
    assert 1.35 < fullest("CRC-32") < fullest("FNV-1a") < fullest("sum of bytes")
    assert fullest("sum of bytes") > 90


def test_with_the_good_hash_it_is_the_ring() -> None:
    assert HashedRing(NODES, 5, hash_of).arcs() == Ring(NODES, 5).arcs()


@pytest.mark.parametrize("kind", [Ring, Modulo, Maglev])
def test_keys_that_are_hashed_already_are_found_where_the_others_are(kind: type) -> None:
    placement = kind(NODES)
    assert (placement.indexes_at(hashes_of(KEYS)) == placement.indexes_of(KEYS)).all()


def test_words_with_the_same_letters_meet() -> None:
    assert byte_sum("stop") == byte_sum("spot") == byte_sum("post")
    assert len({byte_sum(key) for key in KEYS}) < 100


@pytest.mark.parametrize("name", HASHES)
@pytest.mark.parametrize("count", [4, 5, 16])
def test_with_modulo_every_hash_reaches_every_node(name: str, count: int) -> None:
    points = np.array([HASHES[name](key) for key in KEYS], dtype=np.uint64)
    loads = np.bincount(Modulo(NODES[:count]).indexes_at(points), minlength=count)
    assert spread(dict(zip(NODES, loads.tolist(), strict=False))) < 0.35


def test_without_nodes_there_is_no_place() -> None:
    with pytest.raises(LookupError, match="there are no nodes"):
        Ring().indexes_at(hashes_of(KEYS))
    assert math.isclose(sum(HashedRing(["a"], 1, crc_32).arcs().values()), 1)
