"""In place of a curve or bars where matplotlib is not installed: its sentence, which says the same in words.

In a browser matplotlib is fetched from a network that may be missing; elsewhere it comes with the course.
"""

from __future__ import annotations

import textwrap
from importlib.util import find_spec

from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas

__all__ = ["can_draw", "undrawn"]

_WHY = "This picture is not drawn, because matplotlib is not installed. In words:"
_LETTERS, _SIZE, _ROW = 96, 13, 20


def can_draw() -> bool:
    """Return True if matplotlib can be imported."""
    return find_spec("matplotlib") is not None


def undrawn(sentence: str) -> Picture:
    """Return a picture of the sentence, below the reason why it is no curve.

    >>> "is not drawn" in undrawn("Half of the calls are answered.").svg
    True
    """
    rows = [_WHY, *textwrap.wrap(sentence, _LETTERS)]
    canvas = Canvas(760, _ROW * len(rows) + 16)
    for number, row in enumerate(rows):
        ink = palette.INK if number else palette.GREY
        canvas.text(12, 24 + _ROW * number, row, size=_SIZE, fill=ink)
    return Picture(sentence, svg=canvas.document(sentence))
