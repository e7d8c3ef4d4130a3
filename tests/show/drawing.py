"""Reading a diagram as a test needs it: its elements, its texts, and where these stand.

Widths of text are those of DejaVu Sans, which comes with matplotlib and is the first font that diagrams name.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from matplotlib.font_manager import FontProperties, findfont, get_font

from dscourse.show import Picture

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SHIFT = {"middle": 0.5, "end": 1.0}


@dataclass(frozen=True)
class Text:
    """Words, and the box in which their letters stand."""

    words: str
    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Text) -> bool:
        """True if the two share more than 1 px in both directions."""
        return (
            min(self.right, other.right) - max(self.left, other.left) > 1
            and min(self.bottom, other.bottom) - max(self.top, other.top) > 1
        )


def tree(picture: Picture) -> ET.Element:
    """The diagram's elements; a parse error if it is no XML."""
    assert picture.svg is not None
    return ET.fromstring(picture.svg)


def tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def is_halo(element: ET.Element) -> bool:
    """True for the paper around a text, which is the same text with a stroke."""
    return tag(element) == "text" and "stroke" in element.attrib


def titles(picture: Picture) -> list[str]:
    """The tooltips."""
    return [e.text or "" for e in tree(picture).iter() if tag(e) == "title"]


def words(picture: Picture) -> list[str]:
    """The texts that can be read without pointing at anything."""
    return [text.words for text in texts(picture)]


def texts(picture: Picture) -> list[Text]:
    """Every text with its box, without halos."""
    return [_text(e) for e in tree(picture).iter() if tag(e) == "text" and not is_halo(e)]


def _text(element: ET.Element) -> Text:
    size, x, y = (float(element.attrib[name]) for name in ("font-size", "x", "y"))
    content = "".join(element.itertext())
    width = true_width(content, size, element.get("font-weight") == "bold")
    left = x - width * _SHIFT.get(element.get("text-anchor", ""), 0.0)
    return Text(content, left, y - 0.73 * size, left + width, y + 0.12 * size)


@cache
def true_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of the text in px, by the font's own metrics."""
    weight = "bold" if bold else "normal"
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    font.set_size(100, 72)
    font.set_text(text, 0.0)
    return float(font.get_width_height()[0]) / 64 / 100 * size


def faults(picture: Picture) -> list[str]:
    """Return the faults of the texts: two that overlap, or one that leaves the paper."""
    found, root = texts(picture), tree(picture)
    wide, high = float(root.attrib["width"]), float(root.attrib["height"])
    cut_off = [
        f"cut off: {text.words}"
        for text in found
        if text.left < -0.5
        or text.top < -0.5
        or text.right > wide + 0.5
        or text.bottom > high + 0.5
    ]
    return cut_off + [
        f"overlap: {a.words} | {b.words}" for a, b in combinations(found, 2) if a.touches(b)
    ]


def numbers(picture: Picture) -> list[str]:
    """Every number that stands in a coordinate or a path, as it is written."""
    names = {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "d"}
    values = [e.attrib[name] for e in tree(picture).iter() for name in names & e.attrib.keys()]
    return [number for value in values for number in _NUMBER.findall(value)]


def elements(picture: Picture, kind: str) -> list[ET.Element]:
    """All elements of this kind, those that only define a marker left out."""
    whole = tree(picture)
    defined = {one for group in whole.iter() if tag(group) == "defs" for one in group.iter()}
    return [one for one in whole.iter() if tag(one) == kind and one not in defined]


def counts(picture: Picture) -> dict[str, int]:
    """The counts in a sentence by what is counted."""
    return {word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", picture.sentence)}
