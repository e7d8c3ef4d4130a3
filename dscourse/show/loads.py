"""Loads as bars beside the ideal, and keys as a grid of cells in the colours of their nodes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.ring import style_of
from dscourse.show.svg import Box, Canvas, text_width

__all__ = ["cells", "loads"]

_MOST_ROWS, _MOST_CELLS = 40, 1_024


def loads(
    values: Mapping[str, float],
    *,
    sentence: str,
    ideal: Mapping[str, float] | None = None,
    heading: str = "keys a node holds; line: the ideal",
    form: str = "{:,.0f}",
    width: int = 320,
    height: int = 312,
) -> Picture:
    """Draw one bar per node, with a line at its ideal: the mean, unless ``ideal`` gives each node its own.

    ``form`` writes the numbers. ValueError if there is no node or more than 40, or if a load is below 0.

    >>> loads({"a": 3, "b": 1}, sentence="3 and 1, the mean is 2.").sentence
    '3 and 1, the mean is 2.'
    """
    _check(values)
    ideals = ideal or dict.fromkeys(values, sum(values.values()) / len(values))
    left = 16 + max(text_width(name, 10) for name in values)
    scale = (width - left - 52) / max(*values.values(), *ideals.values(), 1e-9)
    step = min(28.0, (height - 46) / len(values))
    canvas = Canvas(width, height)
    canvas.text(left, 16, heading, 10, palette.GREY)
    for row, (name, load) in enumerate(values.items()):
        look = style_of(name, tuple(values))
        box = (left, 26 + row * step, left + scale * load, 26 + (row + 0.75) * step)
        canvas.rect(box, f"{name}: {load:,g}", fill=look["colour"], opacity=look["opacity"])
        _marked(canvas, box, left + scale * ideals[name], (name, form.format(load)), step)
    return Picture(sentence, svg=canvas.document(sentence))


def _check(values: Mapping[str, float]) -> None:
    if not 1 <= len(values) <= _MOST_ROWS:
        raise ValueError(f"{len(values)} nodes: from 1 to {_MOST_ROWS} can be drawn")
    if min(values.values()) < 0:
        raise ValueError(f"a load of {min(values.values())!r}: it must be 0 or more")


def _marked(canvas: Canvas, box: Box, ideal: float, texts: tuple[str, str], step: float) -> None:
    """Draw the line at the ideal, the name before the bar and the number after it."""
    left, top, right, bottom = box
    gap, size, base = 0.12 * step, min(10.0, 0.72 * step), bottom - 0.2 * step
    canvas.line(ideal, top - gap, ideal, bottom + gap, stroke=palette.INK, stroke_width=1.5)
    canvas.text(left - 6, base, texts[0], size, text_anchor="end")
    canvas.text(max(right, ideal) + 5, base, texts[1], size)


def cells(
    owners: Sequence[str],
    order: Sequence[str],
    *,
    sentence: str,
    moved: Sequence[bool] = (),
    size: int = 312,
) -> Picture:
    """Draw a square grid with one cell for each of ``owners``, row by row; a cell that has moved has a dot.

    ``order`` gives the nodes their colours. ValueError for no cell, more than 1,024, or another number in ``moved``.

    >>> cells(["a", "b"], ["a", "b"], sentence="Two keys.").sentence
    'Two keys.'
    """
    if not 1 <= len(owners) <= _MOST_CELLS:
        raise ValueError(f"{len(owners)} cells: from 1 to {_MOST_CELLS} can be drawn")
    if moved and len(moved) != len(owners):
        raise ValueError(f"moved has {len(moved)} values: there are {len(owners)} cells")
    across = math.ceil(math.sqrt(len(owners)))
    step = (size - 40) / across
    canvas = Canvas(size, size)
    canvas.text(20, 14, "one cell per key; dot: its node changes", 10, palette.GREY)
    for number, owner in enumerate(owners):
        left, top = 20 + step * (number % across), 22 + step * (number // across)
        look = style_of(owner, order)
        box = (left + 0.5, top + 0.5, left + step - 0.5, top + step - 0.5)
        canvas.rect(box, fill=look["colour"], opacity=look["opacity"])
        if moved and moved[number]:
            canvas.add(
                "circle", cx=left + step / 2, cy=top + step / 2, r=0.24 * step, fill=palette.PAPER,
                stroke=palette.INK, stroke_width=1,
            )  # fmt: skip
    return Picture(sentence, svg=canvas.document(sentence))
