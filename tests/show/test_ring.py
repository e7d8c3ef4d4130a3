"""The ring: arcs, marks and names stand at the points' positions; the arcs that moved between two rings."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.placement import Ring
from dscourse.show.ring import changed, ring
from tests.show.drawing import faults, tag, titles, tree, words

POINTS = [(0.25, "a"), (0.5, "b"), (0.75, "a")]
NODES = [f"n{number}" for number in range(6)]


def arcs(title: str) -> list[str]:
    return [found for found in titles(ring(POINTS, sentence="x")) if found.startswith(title)]


def test_an_arc_belongs_to_the_point_at_its_end() -> None:
    assert arcs("a:") == ["a: 75.0 % of the circle"]
    assert arcs("b:") == ["b: 25.0 % of the circle"]


def test_the_circle_begins_at_the_top_and_goes_clockwise() -> None:
    picture = ring([(0.25, "a"), (0.5, "b")], sentence="x")
    paths = [e.attrib["d"] for e in tree(picture).iter() if tag(e) == "path"]
    ends = [[float(n) for n in re.findall(r"[\d.]+", path)[-2:]] for path in paths]
    assert ends == [[262, 156], [156, 262]]  # the right, then the bottom


def test_shares_are_those_of_the_placement() -> None:
    placement = Ring(NODES, 5)
    shown = dict.fromkeys(NODES, 0.0)
    for title in titles(ring(placement.points(), sentence="x")):
        found = re.fullmatch(r"(n\d): ([\d.]+) % of the circle", title)
        if found:
            shown[found[1]] += float(found[2]) / 100
    for node, share in placement.arcs().items():
        assert math.isclose(shown[node], share, abs_tol=0.004)


def test_every_node_is_named_and_nothing_overlaps() -> None:
    keys = {f"key {n}": n / 12 for n in range(12)}
    picture = ring(Ring(NODES, 3).points(), sentence="x", keys=keys)
    assert set(NODES) <= set(words(picture))
    assert set(keys) <= set(words(picture))
    assert faults(picture) == []


@pytest.mark.parametrize("count", [1, 2, 7, 20])
@pytest.mark.parametrize("virtual", [1, 16, 150])
def test_any_size_is_drawn_small_enough_and_without_overlaps(count: int, virtual: int) -> None:
    nodes = [f"node {number}" for number in range(count)]
    picture = ring(Ring(nodes, virtual).points(), sentence="x")
    assert faults(picture) == []
    assert len(picture.svg or "") < 60_000
    assert len({title for title in titles(picture) if "of the circle" in title}) >= 1


def test_what_a_join_moves_is_what_the_new_node_owns() -> None:
    before = Ring(NODES, 8)
    after = Ring(NODES, 8)
    after.add("new")
    arcs = changed(before.points(), after.points())
    assert sum(end - start for start, end in arcs) == pytest.approx(after.arcs()["new"])
    assert changed(before.points(), before.points()) == []


@given(st.lists(st.tuples(st.floats(0, 0.999), st.sampled_from("abc")), min_size=1, max_size=9))
def test_one_ring_against_a_single_node_changes_what_the_others_own(
    points: list[tuple[float, str]],
) -> None:
    unique = list(dict(points).items())
    arcs = changed(unique, [(0.5, "z")])
    assert sum(end - start for start, end in arcs) == pytest.approx(1.0)


def test_moved_arcs_are_marked() -> None:
    assert titles(ring(POINTS, sentence="x", moved=[(0.2, 0.3), (0.6, 0.7)])).count("moved") == 2


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="no points: a ring needs at least 1"):
        ring([], sentence="x")
    with pytest.raises(ValueError, match=r"1\.5 is no position on the circle"):
        ring(POINTS, sentence="x", keys={"k": 1.5})
