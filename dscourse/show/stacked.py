"""Several diagrams one below the other, or side by side, as one picture."""

from __future__ import annotations

import re

from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas

__all__ = ["beside", "stacked"]

_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"')
_ROLE = re.compile(r' role="img" aria-label="[^"]*"')


def stacked(*pictures: Picture, sentence: str) -> Picture:
    """Draw the diagrams below each other, from the left edge; ValueError for a picture that is not an SVG.

    >>> from dscourse.show import cluster_map
    >>> top = cluster_map(["a", "b"], width=300)
    >>> stacked(top, top, sentence="Twice the same.").sentence
    'Twice the same.'
    """
    return _joined(pictures, sentence, "y")


def beside(*pictures: Picture, sentence: str) -> Picture:
    """Draw the diagrams next to each other, from the top edge; ValueError for a picture that is not an SVG.

    >>> from dscourse.show import cluster_map
    >>> left = cluster_map(["a", "b"], width=300)
    >>> beside(left, left, sentence="Twice the same.").sentence
    'Twice the same.'
    """
    return _joined(pictures, sentence, "x")


def _joined(pictures: tuple[Picture, ...], sentence: str, along: str) -> Picture:
    parts, wide, high = [], 0.0, 0.0
    for picture in pictures:
        size = _SIZE.match(picture.svg or "")
        if picture.svg is None or size is None:
            raise ValueError("only diagrams, which are SVG, can be stacked")
        at = high if along == "y" else wide
        inner = _ROLE.sub("", picture.svg, count=1)
        parts.append(inner.replace("<svg ", f'<svg {along}="{at:g}" ', 1))
        width, height = float(size[1]), float(size[2])
        wide = max(wide, width) if along == "y" else wide + width
        high = high + height if along == "y" else max(high, height)
    canvas = Canvas(wide, high)
    canvas.insert("".join(parts))
    return Picture(sentence, svg=canvas.document(sentence))
