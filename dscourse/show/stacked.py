"""Several diagrams one below the other, as one picture."""

from __future__ import annotations

import re

from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas

__all__ = ["stacked"]

_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"')
_ROLE = re.compile(r' role="img" aria-label="[^"]*"')


def stacked(*pictures: Picture, sentence: str) -> Picture:
    """The diagrams below each other, from the left edge; ValueError for a picture that is no SVG.

    >>> from dscourse.show import cluster
    >>> top = cluster(["a", "b"], width=300)
    >>> stacked(top, top, sentence="Twice the same.").sentence
    'Twice the same.'
    """
    parts, wide, high = [], 0.0, 0.0
    for picture in pictures:
        size = _SIZE.match(picture.svg or "")
        if picture.svg is None or size is None:
            raise ValueError("only diagrams, which are SVG, can be stacked")
        inner = _ROLE.sub("", picture.svg, count=1)
        parts.append(inner.replace("<svg ", f'<svg y="{high:g}" ', 1))
        wide, high = max(wide, float(size[1])), high + float(size[2])
    canvas = Canvas(wide, high)
    canvas.insert("".join(parts))
    return Picture(sentence, svg=canvas.document(sentence))
