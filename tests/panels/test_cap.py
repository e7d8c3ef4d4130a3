"""The panel of chapter 03: what its presets cut, and what the two stores are worth under a cut."""

from __future__ import annotations

import pytest

from dscourse.panels.cap import (
    CUTS,
    consistency_or_availability,
    cut_world,
    directions,
    distant_world,
    score,
    sides,
)
from dscourse.protocols.any_node_store import AnyNodeStore
from dscourse.protocols.quorum_store import QuorumStore

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


def test_impossible_settings_are_told_in_one_line() -> None:
    panel = consistency_or_availability()
    panel.set(nodes=3, write_quorum=4)
    assert panel.sentence == "write_quorum=4: with 3 replicas it must be from 1 to 3"
    panel.set(write_quorum=2, n1_n5=True)
    assert panel.sentence.startswith("n1–n5 is cut, but there are only 3 nodes.")
    panel.set(nodes=5)
    assert panel.error is None
    assert "by hand n1–n5" in panel.sentence


def test_without_reads_there_is_nothing_to_judge() -> None:
    panel = consistency_or_availability()
    panel.set(reads=0)
    assert panel.sentence.count("nothing to judge") == 2
