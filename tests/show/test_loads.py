"""Bars of loads, grids of keys, and diagrams side by side."""

from __future__ import annotations

import pytest

from dscourse.show import Picture
from dscourse.show.loads import cells, loads
from dscourse.show.stacked import beside
from tests.show.drawing import faults, tag, titles, tree, words

LOADS = {"a": 30.0, "b": 10.0, "c": 0.0}


def bars(picture: Picture) -> list[float]:
    return [
        float(e.attrib["width"])
        for e in tree(picture).iter()
        if tag(e) == "rect" and "x" in e.attrib
    ]


def lines(picture: Picture) -> list[float]:
    return [float(e.attrib["x1"]) for e in tree(picture).iter() if tag(e) == "line"]


def test_bars_are_as_long_as_loads_and_the_line_stands_at_the_mean() -> None:
    picture = loads(LOADS, sentence="x")
    longest, third, none = bars(picture)
    assert third == pytest.approx(longest / 3, abs=0.1)
    assert none == 0
    left = next(
        float(e.attrib["x"]) for e in tree(picture).iter() if tag(e) == "rect" and "x" in e.attrib
    )
    assert [at - left for at in lines(picture)] == pytest.approx([longest * 40 / 90] * 3, abs=0.2)
    assert titles(picture) == ["a: 30", "b: 10", "c: 0"]
    assert {"a", "30", "b", "10", "c", "0"} <= set(words(picture))


def test_each_node_may_have_its_own_ideal() -> None:
    first, second, third = lines(loads(LOADS, sentence="x", ideal={"a": 20, "b": 10, "c": 10}))
    assert first > second == third


@pytest.mark.parametrize("count", [1, 2, 12, 40])
def test_no_texts_overlap(count: int) -> None:
    values = {f"node {number}": 1_000.0 * number for number in range(count)}
    assert faults(loads(values, sentence="x")) == []


def test_there_is_a_cell_a_key_and_a_dot_on_those_that_moved() -> None:
    picture = cells(list("abcab"), "abc", sentence="x", moved=[True, False, False, True, False])
    fills = [e.attrib["fill"] for e in tree(picture).iter() if tag(e) == "rect"][1:]
    assert len(fills) == 5
    assert fills[0] == fills[3] != fills[1] == fills[4] != fills[2]
    assert len([e for e in tree(picture).iter() if tag(e) == "circle"]) == 2
    assert faults(picture) == []


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="0 nodes: from 1 to 40"):
        loads({}, sentence="x")
    with pytest.raises(ValueError, match="a load of -1: it must be 0 or more"):
        loads({"a": -1, "b": 1}, sentence="x")
    with pytest.raises(ValueError, match="0 cells: from 1"):
        cells([], [], sentence="x")
    with pytest.raises(ValueError, match="moved has 1 values: there are 2 cells"):
        cells(["a", "a"], ["a"], sentence="x", moved=[True])


def test_diagrams_stand_side_by_side() -> None:
    one, two = loads(LOADS, sentence="x"), cells(["a"], ["a"], sentence="y", size=200)
    both = tree(beside(one, two, sentence="Both."))
    inner = [e for e in both if tag(e) == "svg"]
    assert [e.attrib["x"] for e in inner] == ["0", "320"]
    assert (both.attrib["width"], both.attrib["height"]) == ("520", "312")
    with pytest.raises(ValueError, match="only diagrams"):
        beside(Picture("A curve.", png=b"png"), sentence="Both.")
