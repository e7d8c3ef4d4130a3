"""The SVG layer: escaping, rounding, room for labels, ids, and widths of text."""

from __future__ import annotations

import math
import re
import string
import xml.etree.ElementTree as ET

import pytest

from dscourse.show import Picture
from dscourse.show.palette import PAPER
from dscourse.show.svg import Canvas, text_width

from .drawing import faults, numbers, texts, titles, tree, true_width, words

LETTERS = string.printable[:95] + "→←…–·×≤≥∞äöüßéÅλµΔ"
SENTENCES = [
    "partition: a | b, c, d", "WWW mmm 100 %", "put x = 5 → ok", "Reply 3 x:5", "[10 3 7]", "iiii{}",
]  # fmt: skip


def picture_of(canvas: Canvas, sentence: str = "a picture") -> Picture:
    return Picture(sentence, svg=canvas.document(sentence))


@pytest.mark.parametrize("letter", LETTERS)
def test_no_letter_is_wider_than_its_estimate(letter: str) -> None:
    assert true_width(letter * 10, 100) <= text_width(letter * 10, 100) + 1


@pytest.mark.parametrize("text", SENTENCES)
def test_an_estimate_is_at_most_a_quarter_too_large(text: str) -> None:
    assert true_width(text, 10) <= text_width(text, 10) <= 1.25 * true_width(text, 10) + 2


def test_a_width_is_the_same_under_every_python() -> None:
    assert text_width("3 attempts", 11) == 64.9  # by the sum of Python 3.11: 64.90000000000002


@pytest.mark.parametrize("hostile", ["</text><script>alert(1)</script>", "a & b", "\"'<>", "]]>"])
def test_text_titles_attributes_and_the_sentence_are_escaped(hostile: str) -> None:
    canvas = Canvas(300, 50)
    canvas.text(1, 20, hostile)
    canvas.line(0, 0, 9, 9, hostile, data_name=hostile)
    picture = picture_of(canvas, hostile)
    root = tree(picture)
    assert words(picture) == [hostile]
    assert titles(picture) == [hostile]
    assert root.attrib["aria-label"] == hostile
    assert [e.attrib["data-name"] for e in root.iter() if "data-name" in e.attrib] == [hostile]
    assert {e.tag.rpartition("}")[2] for e in root.iter()} == {
        "svg",
        "rect",
        "text",
        "line",
        "title",
    }


def test_what_xml_forbids_is_replaced() -> None:
    canvas = Canvas(100, 50)
    canvas.text(1, 20, "a\x00b\x1bc\ud800d")
    assert words(picture_of(canvas)) == ["a·b·c·d"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_coordinate_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no coordinate in a picture"):
        Canvas(10, 10).line(0, value, 1, 1)


def test_coordinates_have_at_most_one_decimal() -> None:
    canvas = Canvas(100, 50)
    canvas.line(1 / 3, -0.04, 2.0, 99.96)
    line = next(e for e in tree(picture_of(canvas)).iter() if e.tag.endswith("line"))
    assert [line.attrib[name] for name in ("x1", "y1", "x2", "y2")] == ["0.3", "0", "2", "100"]
    assert all(len(number.partition(".")[2]) <= 1 for number in numbers(picture_of(canvas)))


def test_the_picture_has_a_role_a_name_and_its_own_paper() -> None:
    root = tree(picture_of(Canvas(30, 20), "two nodes"))
    assert (root.attrib["role"], root.attrib["aria-label"]) == ("img", "two nodes")
    paper = next(iter(root))
    assert paper.attrib == {"width": "100%", "height": "100%", "fill": "#ffffff"}
    assert root.attrib["viewBox"] == "0 0 30 20"


def marked(x: float) -> str:
    canvas = Canvas(30, 20)
    canvas.define('<marker id="ID-tip"/>')
    canvas.line(0, 0, x, 5, marker_end="url(#ID-tip)")
    return canvas.document("a line")


def test_ids_come_from_the_content_so_that_two_pictures_can_share_a_page() -> None:
    def ids(svg: str) -> set[str]:
        return set(re.findall(r'id="([^"]+)"', svg))

    assert marked(5) == marked(5)
    assert ids(marked(5)).isdisjoint(ids(marked(6)))
    for svg in (marked(5), marked(6)):
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) == ids(svg)
        ET.fromstring(svg)


def test_a_label_takes_the_first_free_place_and_none_on_top_of_another() -> None:
    canvas = Canvas(200, 100)
    spots = [(50.0, 20.0), (50.0, 40.0)]
    assert canvas.label(spots, "first")
    assert canvas.label(spots, "second")
    assert not canvas.label(spots, "third")
    assert [(t.words, round(t.bottom)) for t in texts(picture_of(canvas))] == [
        ("first", 21),
        ("second", 41),
    ]
    assert faults(picture_of(canvas)) == []


@pytest.mark.parametrize("position", [(5.0, 50.0), (195.0, 50.0), (100.0, 3.0), (100.0, 99.0)])
def test_a_label_never_leaves_the_paper(position: tuple[float, float]) -> None:
    canvas = Canvas(200, 100)
    assert not canvas.label([position], "a label")
    assert words(picture_of(canvas)) == []


def test_a_label_prefers_the_place_through_which_no_line_runs() -> None:
    canvas = Canvas(200, 100)
    canvas.cross(40, 0, 60, 40)
    assert canvas.label([(50.0, 20.0), (150.0, 20.0)], "here")
    (text,) = texts(picture_of(canvas))
    assert text.left > 100
    canvas.cross(140, 0, 160, 40)
    assert canvas.label([(50.0, 20.0)], "there")


def test_the_finder_finds_overlaps_and_what_is_cut_off() -> None:
    canvas = Canvas(100, 50)
    canvas.text(10, 20, "one")
    canvas.text(14, 22, "two")
    canvas.text(80, 40, "too long")
    assert faults(picture_of(canvas)) == ["cut off: too long", "overlap: one | two"]


def test_a_halo_is_the_same_text_in_the_colour_of_the_paper_drawn_before() -> None:
    canvas = Canvas(90, 30)
    canvas.text(9, 20, "put x", 11, "#123456", halo=True, font_weight="bold")
    halo, text = (e for e in tree(picture_of(canvas)).iter() if e.tag.endswith("text"))
    assert (halo.text, halo.attrib["fill"], text.attrib["fill"]) == ("put x", PAPER, "#123456")
    ink = {"fill", "stroke", "stroke-width", "stroke-linejoin"}
    assert halo.attrib.keys() - text.attrib.keys() == ink - {"fill"}
    assert all(halo.get(name) == text.get(name) for name in text.attrib.keys() - ink)
    assert words(picture_of(canvas)) == ["put x"]
