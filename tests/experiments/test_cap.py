"""The experiments of chapter 03: the links cut by each preset, and both stores' scores under a cut."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest

from dscourse.experiments.cap import cut_world, distant_world, score
from dscourse.experiments.cuts import CUTS, cut_cluster, directions, sides
from dscourse.protocols.any_node_store import AnyNodeStore
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.show.topology import Topology

NAMES = ["n1", "n2", "n3", "n4", "n5"]


@pytest.mark.parametrize(
    ("preset", "nodes", "expected"),
    [
        ("none", 5, [5]),
        ("majority and minority", 5, [3, 2]),
        ("majority and minority", 4, [3, 1]),
        ("majority and minority", 3, [2, 1]),
        ("split in three", 5, [2, 2, 1]),
        ("split in three", 3, [1, 1, 1]),
        ("one way", 5, [3, 2]),
        ("isolated node", 5, [4, 1]),
    ],
)
def test_each_preset_makes_these_sides(preset: str, nodes: int, expected: list[int]) -> None:
    names = NAMES[:nodes]
    assert [len(side) for side in sides(names, directions(preset, names))] == expected


def test_one_way_cuts_what_leads_to_the_minority_alone() -> None:
    cut = directions("one way", NAMES)
    assert {to for _, to in cut} == {"n1", "n2"}
    assert {source for source, _ in cut} == {"n3", "n4", "n5"}


@pytest.mark.parametrize("preset", CUTS)
@pytest.mark.parametrize("seed", range(5))
def test_the_quorum_store_is_linearizable_and_answers_where_a_majority_is(
    preset: str, seed: int
) -> None:
    cut = directions(preset, NAMES)
    groups = sides(NAMES, cut)
    got = score(cut_world(QuorumStore, cut, seed=seed), groups)
    assert got.verdict.ok
    assert got.stale == 0
    for group, (answered, begun) in zip(groups, got.answered, strict=True):
        assert answered == (begun if len(group) >= 3 else 0)


@pytest.mark.parametrize("preset", CUTS)
@pytest.mark.parametrize("seed", range(5))
def test_the_any_node_store_answers_everywhere(preset: str, seed: int) -> None:
    cut = directions(preset, NAMES)
    got = score(cut_world(AnyNodeStore, cut, seed=seed), sides(NAMES, cut))
    assert all(answered == begun > 0 for answered, begun in got.answered)
    assert got.stale > 0
    assert got.verdict.ok is False


def test_both_stores_are_asked_for_the_same() -> None:
    asked = [
        [
            (op.process, op.f, op.value)
            for op in sorted(world.history, key=lambda op: (op.process, op.id))
        ]
        for world in (cut_world(QuorumStore), cut_world(AnyNodeStore))
    ]
    assert asked[0] == asked[1]


def test_an_operation_waits_twice_for_the_quorums_farthest_node() -> None:
    for size, wait in ((1, 0), (2, 20), (3, 80)):
        world = distant_world(QuorumStore, [0, 5, 20], read_quorum=size, write_quorum=size)
        waits = world.history.by_process("c1").latencies_ms()
        assert len(world.history.ok) == 60
        assert all(wait + 1 <= one <= 1.1 * wait + 1 for one in waits)


@pytest.mark.parametrize("seed", range(40))
def test_sides_are_the_groups_of_the_network(seed: int) -> None:
    draws = Random(seed)
    cut = [pair for pair in permutations(NAMES, 2) if draws.random() < 0.5]
    assert sides(NAMES, cut) == Topology.of_world(cut_cluster(NAMES, cut)).groups()
