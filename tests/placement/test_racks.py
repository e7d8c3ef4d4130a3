"""A ring over racks: preference lists reach every rack first, whatever the racks' sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from dscourse.placement import RackRing, Ring
from dscourse.placement.racks import over_racks

THREE = {"r1": ("n1", "n2"), "r2": ("n3", "n4"), "r3": ("n5", "n6")}
UNEVEN = {"small": ("n1",), "large": ("n2", "n3", "n4", "n5", "n6")}
KEYS = [f"cart {number}" for number in range(200)]


@pytest.mark.parametrize("racks", [THREE, UNEVEN, {"only": ("n1", "n2", "n3")}])
def test_the_first_nodes_of_a_key_stand_in_as_many_racks_as_there_are(
    racks: Mapping[str, Sequence[str]],
) -> None:
    ring = RackRing(racks, virtual_nodes=16)
    for key in KEYS:
        first = ring.preference(key, len(racks))
        assert {ring.rack_of[name] for name in first} == set(racks)


def test_a_plain_ring_puts_two_replicas_into_one_rack() -> None:
    rack_of = {name: rack for rack, names in THREE.items() for name in names}
    ring = Ring(list(rack_of), virtual_nodes=16)
    assert any(len({rack_of[name] for name in ring.preference(key, 3)}) < 3 for key in KEYS)


@pytest.mark.parametrize("racks", [THREE, UNEVEN])
def test_the_first_node_of_a_key_is_that_of_the_plain_ring(
    racks: Mapping[str, Sequence[str]],
) -> None:
    plain = Ring([name for names in racks.values() for name in names], virtual_nodes=16)
    ring = RackRing(racks, virtual_nodes=16)
    assert all(ring.preference(key, 1) == plain.preference(key, 1) for key in KEYS)


def test_all_nodes_are_there_once_however_many_are_asked_for() -> None:
    ring = RackRing(UNEVEN, virtual_nodes=16)
    for key in KEYS:
        every = ring.preference(key, 6)
        assert sorted(every) == ["n1", "n2", "n3", "n4", "n5", "n6"]
        assert all(ring.preference(key, count) == every[:count] for count in range(1, 7))


def test_racks_are_visited_in_rounds() -> None:
    rack_of = {"a": "x", "b": "x", "c": "y", "d": "z", "e": "y", "f": "x"}
    assert over_racks("abcdef", rack_of) == ("a", "c", "d", "b", "e", "f")
