"""Tables, and diagrams one below the other."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from dscourse.show import Picture, cluster_map
from dscourse.show.stacked import stacked
from dscourse.show.table import table

SVG = "{http://www.w3.org/2000/svg}"


def parsed(picture: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(picture.svg or "")


def test_every_name_column_and_cell_stands_in_the_table() -> None:
    picture = table(
        ["one", "two"], {"rows": ["a", ("50 %", 0.5)], "more": ["<b>", "c"]}, sentence="A table."
    )
    texts = [element.text for element in parsed(picture).iter(f"{SVG}text")]
    assert texts == ["one", "two", "rows", "a", "50 %", "more", "<b>", "c"]


def test_the_names_may_have_a_head_and_the_cells_stand_right_of_it() -> None:
    picture = table(["n"], {"1": ["25"]}, sentence="A table.", head="keys that differ")
    head, column, name, cell = parsed(picture).iter(f"{SVG}text")
    assert (head.text, head.get("x")) == ("keys that differ", name.get("x"))
    assert head.get("font-weight") == column.get("font-weight") == "bold"
    assert float(cell.get("x", 0)) > float(head.get("x", 0)) + 90


def test_a_bar_is_as_long_as_its_share() -> None:
    def widths(share: float) -> list[float]:
        rects = parsed(table(["one"], {"row": [("x", share)]}, sentence="A bar.")).iter(
            f"{SVG}rect"
        )
        return [float(rect.get("width", "0")) for rect in rects if rect.get("x")]

    assert widths(0.25) == [120, 30]
    assert widths(0) == [120, 0]
    assert widths(1) == [120, 120]


def test_a_row_of_another_length_and_an_impossible_share_are_refused() -> None:
    with pytest.raises(ValueError, match="'row' has 1 cells: there are 2 columns"):
        table(["one", "two"], {"row": ["a"]}, sentence="A table.")
    with pytest.raises(ValueError, match=r"'x' has the share 1\.5: it must be from 0 to 1"):
        table(["one"], {"row": [("x", 1.5)]}, sentence="A table.")


def test_stacked_diagrams_do_not_overlap_and_have_one_name() -> None:
    top, low = (
        cluster_map(["a", "b"], width=300),
        table(["one"], {"row": ["a"]}, sentence="A table.", width=200),
    )
    both = stacked(top, low, sentence="Both.")
    inner = [element for element in parsed(both) if element.tag == f"{SVG}svg"]
    heights = [float(element.get("height", "0")) for element in inner]
    assert [float(element.get("y", "0")) for element in inner] == [0, heights[0]]
    assert float(parsed(both).get("height", "0")) == sum(heights)
    assert re.findall('aria-label="(.*?)"', both.svg or "") == ["Both."]


def test_only_diagrams_are_stacked() -> None:
    with pytest.raises(ValueError, match="only diagrams"):
        stacked(Picture("A curve.", png=b"png"), sentence="Both.")
