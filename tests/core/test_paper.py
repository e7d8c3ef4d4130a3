"""Light paper in a dark theme: the colours that the filter makes are as easy to read as those it is given."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dscourse.core import paper
from dscourse.core.cards import GRADES
from dscourse.show import palette

_TOUCH = Path(paper.__file__).parents[1] / "touch/browser/diagram.css"
_SITE = Path(__file__).parents[2] / "website/static/site.css"
# The matrix of hue-rotate(180deg), from Filter Effects Module Level 1, section 6.1, feColorMatrix.
_ROTATED = ((-0.574, 1.430, 0.144), (0.426, 0.430, 0.144), (0.426, 1.430, -0.856))

RGB = tuple[float, float, float]


def rgb(colour: str) -> RGB:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def turned(colour: RGB) -> RGB:
    """The colour as a browser shows it in a dark theme."""
    inverted = [part + paper.INVERTED * (1 - 2 * part) for part in colour]
    red, green, blue = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, inverted, strict=True))))
        for row in _ROTATED
    )
    return red, green, blue


def luminance(colour: RGB) -> float:
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(ink: RGB, ground: RGB) -> float:
    low, high = sorted((luminance(ink), luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def test_the_paper_itself_turns_dark_but_not_black() -> None:
    red, green, blue = turned(rgb(palette.PAPER))
    assert max(red, green, blue) - min(red, green, blue) < 0.01
    assert 0.05 < red < 0.15


@pytest.mark.parametrize("name", ["INK", "GREY", "BLUE", "ORANGE", "GREEN", "PURPLE", "RED"])
def test_words_can_be_read(name: str) -> None:
    assert contrast(turned(rgb(getattr(palette, name))), turned(rgb(palette.PAPER))) >= 4.5


@pytest.mark.parametrize("name", ["LINE", "SKY", "YELLOW"])
def test_shapes_can_be_seen(name: str) -> None:
    assert contrast(turned(rgb(getattr(palette, name))), turned(rgb(palette.PAPER))) >= 3


@pytest.mark.parametrize(("ink", "ground", "sign"), GRADES.values())
def test_cards_can_be_read(ink: str, ground: str, sign: str) -> None:
    assert contrast(turned(rgb(ink)), turned(rgb(ground))) >= 4.5


def test_colours_of_one_picture_stay_apart() -> None:
    colours = [turned(rgb(colour)) for colour in palette.SERIES]
    pairs = [(a, b) for i, a in enumerate(colours) for b in colours[:i]]
    assert min(sum(abs(p - q) for p, q in zip(a, b, strict=True)) for a, b in pairs) > 0.2


@pytest.mark.parametrize("file", [_TOUCH, _SITE], ids=lambda file: file.name)
def test_style_sheets_turn_in_the_same_way(file: Path) -> None:
    found = re.findall(r"filter:\s*invert\([^;}]*", file.read_text("utf-8"))
    assert [rule.replace(" ", "") for rule in found] == [paper.FILTER.replace(" ", "")] * len(found)
    assert found
