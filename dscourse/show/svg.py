"""A thin layer over SVG text: shapes in, one document out.

Numbers are rounded to 0.1 px, text is escaped, and ids carry a hash of the content, because several pictures may
stand in one page. Widths of text are estimates for a sans-serif font, made to be a little too large.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from dscourse.show.palette import INK, PAPER

__all__ = ["FONT", "Box", "Canvas", "Spot", "text_width"]

FONT = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
Box = tuple[float, float, float, float]  # left, top, right, bottom

_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WIDTHS = {
    **dict.fromkeys("iljtfrI.,:;|!'()[] ", 0.41),
    **dict.fromkeys("wMABCDGHKNOQRUVXYZ→←=+#&<>^~×≤≥≠±∞ÄÅÖÜΔ–“”", 0.87),
    **dict.fromkeys("mW%@…", 1.01),
}  # of the font size
_LEADING = 1.2  # of the font size: from one line of a label to the next
_HALO: dict[str, object] = {"stroke": PAPER, "stroke_width": 5, "stroke_linejoin": "round"}
_FULL_WIDTH = "\u1100"  # from here on, most characters are as wide as high


@lru_cache(maxsize=4096)  # colours and other styles return with every element
def clean(text: str) -> str:
    """Return the text escaped for XML, without characters that XML forbids."""
    return html.escape(_FORBIDDEN.sub("·", text), quote=True)


def text_width(text: str, size: float) -> float:
    """Return the approximate width of ``text`` in px at this font size, the same under every Python.

    The built-in sum of floats has rounded otherwise since Python 3.12.
    """
    return math.fsum(_WIDTHS.get(c, 0.65 if c < _FULL_WIDTH else 1.01) for c in text) * size


@lru_cache(maxsize=4096)  # as do rows, columns and sizes
def number(value: float) -> str:
    """Return a coordinate as it stands in the document."""
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is no coordinate in a picture")
    text = f"{value:.1f}"
    return "0" if text == "-0.0" else text.removesuffix(".0")


@lru_cache(maxsize=256)
def _named(name: str) -> str:
    return f' {name.rstrip("_").replace("_", "-")}="'


def _attributes(attributes: dict[str, object]) -> str:
    parts = []
    for name, value in attributes.items():
        if value is not None:
            text = number(value) if isinstance(value, (int, float)) else clean(str(value))
            parts.append(f'{_named(name)}{text}"')
    return "".join(parts)


class Spot(NamedTuple):
    """Room for a label: how many ``lines`` run through it, the middle and the base of its first row, its box."""

    lines: int
    x: float
    y: float
    box: Box
    rows: tuple[str, ...]
    size: float


class Canvas:
    """Shapes in the order in which they are drawn; `document` makes the SVG."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []
        self._occupied: list[Box] = []
        self._lines: list[tuple[float, float, float, float]] = []  # top, bottom, x at y = 0, slope

    def add(self, tag: str, title: str | None = None, **attributes: object) -> None:
        """Draw one element; ``title`` is its tooltip. ``stroke_width`` is written ``stroke-width``."""
        opening = f"<{tag}{_attributes(attributes)}"
        self._parts.append(
            f"{opening}><title>{clean(title)}</title></{tag}>" if title else f"{opening}/>"
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, title: str | None = None, **style: object
    ) -> None:
        self.add("line", title, x1=x1, y1=y1, x2=x2, y2=y2, **style)

    def rect(self, box: Box, title: str | None = None, **style: object) -> None:
        left, top, right, bottom = box
        self.add(
            "rect", title, x=left, y=top, width=max(0.0, right - left), height=bottom - top, **style
        )

    def path(self, points: str, title: str | None = None, **style: object) -> None:
        self.add("path", title, d=points, **style)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 11,
        fill: str = INK,
        halo: bool = False,
        **style: object,
    ) -> None:
        """Draw text whose baseline begins at (x, y); ``halo`` keeps it readable across lines.

        The halo is the same text, drawn before: not every renderer knows ``paint-order``.
        """
        base = {"x": x, "y": y, "font_size": size}
        inks: list[dict[str, object]] = (
            [{"fill": PAPER, **_HALO}, {"fill": fill}] if halo else [{"fill": fill}]
        )
        for ink in inks:
            opening = _attributes({**base, **ink, **style})
            self._parts.append(f"<text{opening}>{clean(text)}</text>")

    def define(self, markup: str) -> None:
        """Define an element that shapes refer to by its id, such as a marker; ids begin with ``ID-``."""
        self._parts.append(f"<defs>{markup}</defs>")

    def open(self, **attributes: object) -> None:
        """Begin a group; `close` ends it."""
        self._parts.append(f"<g{_attributes(attributes)}>")

    def insert(self, markup: str) -> None:
        """Draw a finished piece of SVG, such as another picture's document."""
        self._parts.append(markup)

    def close(self) -> None:
        self._parts.append("</g>")

    # Room for labels.

    def take(self, box: Box) -> None:
        """Reserve the box: no label may overlap it from now on."""
        self._occupied.append(box)

    def cross(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Register a line that labels avoid where they can."""
        if y1 != y2:
            slope = (x2 - x1) / (y2 - y1)
            self._lines.append((min(y1, y2), max(y1, y2), x1 - slope * y1, slope))

    def free(self, box: Box) -> bool:
        """Return True if the box lies in the picture and touches nothing taken."""
        left, top, right, bottom = box
        if left < 0 or top < 0 or right > self.width or bottom > self.height:
            return False
        return all(
            right <= a or c <= left or bottom <= b or d <= top for a, b, c, d in self._occupied
        )

    def crossings(self, box: Box) -> int:
        """Return how many of the lines run through the box."""
        left, top, right, bottom = box
        x, y, wide, high = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
        return sum(
            low < bottom and top < to and 2 * abs(zero + slope * y - x) < wide + abs(slope) * high
            for low, to, zero, slope in self._lines
        )

    def spot(
        self,
        points: Iterable[tuple[float, float]],
        rows: Sequence[str],
        size: float = 10,
        own: int = 0,
    ) -> Spot | None:
        """Return the first of these points at which the rows fit, centred, with at most ``own`` lines through them.

        If there is none, the point with the fewest lines at which they fit; None if they fit nowhere.
        """
        best: Spot | None = None
        half = max(text_width(row, size) for row in rows) / 2 + 1
        more = (len(rows) - 1) * _LEADING * size / 2
        for x, y in points:
            box = (x - half, y - size * 0.8 - more, x + half, y + size * 0.3 + more)
            if self.free(box):
                spot = Spot(self.crossings(box), x, y - more, box, tuple(rows), size)
                if spot.lines <= own:
                    return spot
                best = spot if best is None or spot.lines < best.lines else best
        return best

    def write(
        self,
        spot: Spot,
        fill: str = INK,
        halo: bool = True,
        title: str | None = None,
        ground: bool = False,
        **style: object,
    ) -> None:
        """Write a label where there is room for it.

        ``title`` is a tooltip; with ``ground`` nothing drawn before is seen between the letters.
        """
        self.take(spot.box)
        if ground:
            self.rect(spot.box, fill=PAPER)
        if title:
            self._parts.append(f"<g><title>{clean(title)}</title>")
        for i, row in enumerate(spot.rows):
            y = spot.y + i * _LEADING * spot.size
            self.text(spot.x, y, row, spot.size, fill, halo, text_anchor="middle", **style)
        if title:
            self.close()

    def label(
        self,
        points: Iterable[tuple[float, float]],
        text: str | Sequence[str],
        size: float = 10,
        fill: str = INK,
        own: int = 0,
        **style: Any,
    ) -> bool:
        """Write ``text``, one line or several, at the best of these points (see `spot`); False if there is no room.

        ``style`` goes on to `write`.
        """
        rows = [text] if isinstance(text, str) else text
        spot = self.spot(points, rows, size, own)
        if spot is None:
            return False
        self.write(spot, fill, **style)
        return True

    def document(self, sentence: str) -> str:
        """Return the SVG: its accessible name is ``sentence``, its paper is its own."""
        body = "".join(self._parts)
        prefix = "d" + blake2b(body.encode(), digest_size=5).hexdigest()
        size = f'width="{number(self.width)}" height="{number(self.height)}"'
        box = f'viewBox="0 0 {number(self.width)} {number(self.height)}"'
        name = clean(sentence)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} role="img" aria-label="{name}" '
            f'font-family="{FONT}"><rect width="100%" height="100%" fill="{PAPER}"/>'
            f"{body.replace('ID-', prefix + '-')}</svg>"
        )
