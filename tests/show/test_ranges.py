"""The picture of ranges over time."""

from __future__ import annotations

import re

import pytest

from dscourse.placement import Stretch
from dscourse.show.ranges import ranges
from tests.show.drawing import titles, words

PERIODS = [
    [Stretch(None, None, "n1", 10, 8)],
    [Stretch(None, 50, "n1", 5, 1), Stretch(50, None, "n2", 5, 9)],
]


def test_each_range_says_what_it_holds_and_how_hot_it_is() -> None:
    picture = ranges(PERIODS, ["n1", "n2"], space=100, sentence="Two periods.")
    tooltips = set(titles(picture))
    assert "the first key to the last key on n1: 10 keys, 100 % of the requests" in tooltips
    assert "50 to the last key on n2: 5 keys, 90 % of the requests" in tooltips
    assert {"n1", "n2", "over half of", "period"} <= set(words(picture))


def test_the_hot_ones_are_framed() -> None:
    svg = ranges(PERIODS, ["n1", "n2"], space=100, sentence="Framed.").svg
    assert svg is not None
    assert svg.count('stroke-width="2"') == 3  # one a period, and one in the key


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        ranges([], ["n1"], space=10, sentence="")
    with pytest.raises(ValueError, match="space=0"):
        ranges(PERIODS, ["n1", "n2"], space=0, sentence="")
    with pytest.raises(ValueError, match="a range of 'n2': the nodes are n1"):
        ranges(PERIODS, ["n1"], space=10, sentence="")


def test_a_range_that_stays_as_it_is_is_one_area() -> None:
    cold, hot = Stretch(None, 50, "n1", 5, 0), Stretch(50, None, "n2", 5, 9)
    busier = Stretch(50, None, "n2", 6, 9)
    moved = Stretch(None, 50, "n2", 5, 0)
    periods = [[cold, hot], [cold, busier], [cold, busier], [moved, busier], [cold, busier]]
    picture = ranges(periods, ["n1", "n2"], space=100, sentence="Five periods.")
    areas = re.findall(
        r'<rect x="([^"]*)" y="([^"]*)" width="([^"]*)"[^>]*fill-opacity', picture.svg or ""
    )
    step = (780 - 64 - 92) / 5
    found = {
        (round((float(x) - 64) / step), y, round(float(wide) / step)) for x, y, wide in areas[:5]
    }
    assert found == {(0, "140", 3), (3, "140", 1), (4, "140", 1), (0, "14", 1), (1, "14", 4)}
    assert words(picture).count("n2") == 5 + 1 + 1  # in each period, and in the key
