"""The panel of chapter 12: its sentence against the placements themselves, and the effect of each control."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from dscourse.experiments.hash_partitioning import CHANGES, KEYS, SCHEMES, keys_of, placed
from dscourse.panels.hash_partitioning import placement_frame, placement_panel
from dscourse.placement import Jump, Ring, moved, spread
from dscourse.placement.weak import HASHES
from dscourse.show import Picture
from tests.show.drawing import faults, tag, tree

DEFAULT: dict[str, Any] = placement_panel().values


def sentence(**values: Any) -> str:
    return placement_frame(**{**DEFAULT, **values}).sentence


def number(pattern: str, **values: Any) -> float:
    found = re.search(pattern, sentence(**values))
    assert found is not None
    return float(found[1])


def moves(**values: Any) -> float:
    return number(r"([\d.]+) % of the keys move", **values)


def fullest(**values: Any) -> float:
    return number(r"holds ([\d.]+) times the mean, the spread", **values)


def test_it_says_what_the_placements_say() -> None:
    names = [f"n{n}" for n in range(1, 6)]
    before, after = Ring(names, 4), Ring([*names, "n6"], 4)
    keys, _ = keys_of("uniform")
    assert moves() == pytest.approx(100 * moved(before, after, keys), abs=0.06)
    loads = after.loads(keys)
    assert fullest() == pytest.approx(max(loads.values()) * 6 / len(keys), abs=0.006)
    assert (
        f"the spread is {100 * spread(loads):.0f} %, where one over the root of 4 is 50 %"
        in sentence()
    )


@pytest.mark.parametrize("nodes", [1, 4, 9])
def test_a_join_moves_what_each_scheme_is_known_to_move(nodes: int) -> None:
    ideal = 100 / (nodes + 1)
    assert moves(scheme="modulo", nodes=nodes) == pytest.approx(100 - ideal, abs=1.5)
    assert moves(scheme="rendezvous", nodes=nodes) == pytest.approx(ideal, abs=1.5)
    assert moves(scheme="jump", nodes=nodes) == pytest.approx(ideal, abs=1.5)
    assert moves(scheme="ring", nodes=nodes, virtual=200) == pytest.approx(ideal, rel=0.35)
    assert ideal - 1.5 < moves(scheme="Maglev", nodes=nodes) < ideal + 8


@pytest.mark.parametrize("scheme", ["ring", "rendezvous"])
def test_of_a_node_that_leaves_only_its_own_keys_move(scheme: str) -> None:
    for change in CHANGES[2:]:
        owned = number(r"it held ([\d.]+) %", scheme=scheme, change=change)
        assert moves(scheme=scheme, change=change) == owned


def test_more_virtual_nodes_and_a_better_hash_are_more_even() -> None:
    assert fullest(virtual=200) < fullest(virtual=1)
    uneven = [fullest(virtual=100, hashed=hashed) for hashed in HASHES]
    assert min(uneven) == uneven[0]
    assert uneven[-1] == 6.0


def test_a_hot_key_defeats_every_scheme() -> None:
    for scheme in SCHEMES:
        busiest = r"busiest gets ([\d.]+) times"
        assert number(busiest, scheme=scheme, nodes=20, virtual=200, keys="Zipf") > 1.9
        assert "busiest" not in sentence(scheme=scheme, keys="uniform")


def test_without_a_change_nothing_moves_and_loads_add_up() -> None:
    found = placed("ring", 5, 4, "xxHash", "words", "none")
    _, times = keys_of("words")
    assert not found.moved.any()
    assert sum(found.loads(times).values()) == times.sum()
    assert "move" not in sentence(change="none")
    assert np.array_equal(found.old, found.new)


def test_what_cannot_be_is_said_in_one_line() -> None:
    panel = placement_panel()
    panel.set(nodes=1, change="last leaves")
    assert panel.sentence == "The only node cannot leave: its keys would have no place."
    panel.set(nodes=5, scheme="jump", change="first leaves")
    assert "cannot leave: only the last one" in panel.sentence
    with pytest.raises(ValueError, match="cannot leave"):
        Jump(["a", "b"]).remove("a")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("nodes", "virtual"), [(2, 1), (20, 1), (20, 200)])
def test_nothing_overlaps(scheme: str, nodes: int, virtual: int) -> None:
    for keys in KEYS:
        values = {**DEFAULT, "scheme": scheme, "nodes": nodes, "virtual": virtual, "keys": keys}
        picture = placement_frame(**values).picture
        halves = [ET.tostring(e, "unicode") for e in tree(picture) if tag(e) == "svg"]
        assert len(halves) == 2
        assert [faults(Picture("x", svg=half)) for half in halves] == [[], []]
        assert len(picture.html) < 100_000


def test_virtual_nodes_are_a_control_of_the_ring_alone() -> None:
    panel = placement_panel()
    panel.set(scheme="Maglev")
    assert panel.controls["virtual"].disabled
    assert "only a ring has virtual nodes" in panel.sentence
    panel.set(scheme="ring")
    assert not panel.controls["virtual"].disabled


def test_the_fullest_node_is_the_luck_of_the_names() -> None:
    assert [fullest(virtual=n) for n in (70, 80)] == [1.16, 1.22]  # more points, and less even
    assert fullest(virtual=200, seed=10) == 1.18
