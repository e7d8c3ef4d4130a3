"""A small table as a diagram: compared numbers stand side by side, shares with a bar under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

__all__ = ["Cell", "table"]

Cell = str | tuple[str, float]  # a text, or a text and the share from 0 to 1 that its bar shows

_ROW = 26.0


def table(
    columns: Sequence[str],
    rows: Mapping[str, Sequence[Cell]],
    *,
    sentence: str,
    width: int = 640,
    head: str = "",
    bar: float = 120.0,
) -> Picture:
    """Draw the rows by name, each with one cell per column; the first column holds the names, under ``head``.

    ``bar`` is the length in px of a bar that is full. ValueError for a row with another number of cells, or a share
    outside 0 to 1.

    >>> table(["a", "b"], {"answered": [("50 %", 0.5), "all"]}, sentence="Half and all.").sentence
    'Half and all.'
    """
    for name, cells in rows.items():
        if len(cells) != len(columns):
            raise ValueError(f"{name!r} has {len(cells)} cells: there are {len(columns)} columns")
    left = 24 + max(text_width(name, 11) for name in (head, *rows))
    step = (width - left) / max(1, len(columns))
    canvas = Canvas(width, _ROW * (len(rows) + 1) + 10)
    if head:
        canvas.text(14, 18, head, 11, font_weight="bold")
    for index, column in enumerate(columns):
        canvas.text(left + index * step, 18, column, 11, font_weight="bold")
    for number, (name, cells) in enumerate(rows.items(), start=1):
        y = 18 + _ROW * number
        canvas.line(12, y - 17, width - 12, y - 17, stroke=palette.FAINT, stroke_width=1)
        canvas.text(14, y, name, 11, palette.GREY)
        for index, cell in enumerate(cells):
            _cell(canvas, left + index * step, y, cell, bar)
    return Picture(sentence, svg=canvas.document(sentence))


def _cell(canvas: Canvas, x: float, y: float, cell: Cell, bar: float) -> None:
    if isinstance(cell, str):
        canvas.text(x, y, cell, 11)
        return
    text, share = cell
    if not 0 <= share <= 1:
        raise ValueError(f"{text!r} has the share {share!r}: it must be from 0 to 1")
    box = (x, y - 10, x + bar, y + 3)
    canvas.rect(box, text, fill=palette.FAINT)
    canvas.rect((x, y - 10, x + bar * share, y + 3), fill=palette.SKY)
    canvas.text(x + bar + 8, y, text, 11)
