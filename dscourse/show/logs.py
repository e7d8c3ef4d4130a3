"""Logs one below the other: each entry with its term, and up to where it is committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dscourse.replication.log import BinaryLog, Entry
from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

__all__ = ["LogRow", "logs"]

_CELL, _ROW, _TOP = 46.0, 40.0, 26.0
_MOST = 14
_FILLS = (palette.BLUE, palette.ORANGE, palette.GREEN, palette.PURPLE, palette.YELLOW, palette.SKY)


@dataclass(frozen=True, slots=True)
class LogRow:
    """A node's log, up to which number it is committed, and what the node is, such as "leader, term 3"."""

    log: BinaryLog
    commit: int
    what: str


def logs(rows: Mapping[str, LogRow], *, sentence: str) -> Picture:
    """A row a node: a cell an entry, with its index above, its term and what it does inside.

    Cells have the colour of their term; what is committed has a thick frame. Of long logs the last 14 indexes are
    shown. ValueError for no row.

    >>> logs({"a": LogRow(BinaryLog(), 0, "follower, term 0")}, sentence="An empty log.").sentence
    'An empty log.'
    """
    if not rows:
        raise ValueError("no rows: there is no log to draw")
    last = max(row.log.last.lsn for row in rows.values())
    first = max(1, last - _MOST + 1)
    named = max(text_width(name, 12) for name in rows) * 1.1
    left = 26 + max(named, max(text_width(row.what, 10) for row in rows.values()))
    shown = max(last - first + 1, 6)
    canvas = Canvas(left + shown * _CELL + 20, _TOP + _ROW * len(rows) + 28)
    for index in range(first, last + 1):
        x = left + (index - first + 0.5) * _CELL
        canvas.text(x, _TOP - 8, f"{index}", 10, palette.GREY, text_anchor="middle")
    for place, (name, row) in enumerate(rows.items()):
        y = _TOP + place * _ROW
        canvas.text(12, y + 13, name, 12, font_weight="bold")
        canvas.text(12, y + 27, row.what, 10, palette.GREY)
        _row(canvas, row, left, y, first)
    _legend(canvas, left, _TOP + _ROW * len(rows) + 16)
    return Picture(sentence, svg=canvas.document(sentence))


def _row(canvas: Canvas, row: LogRow, left: float, y: float, first: int) -> None:
    base = row.log.base.lsn
    if base >= first:
        box = (left, y, left + (base - first + 1) * _CELL, y + 30)
        canvas.rect(
            box, f"a snapshot of everything up to {base}", fill=palette.FAINT, stroke=palette.LINE
        )
        canvas.text((box[0] + box[2]) / 2, y + 19, "snapshot", 9.5, text_anchor="middle")
    for entry in row.log.entries:
        if entry.position.lsn >= first:
            _cell(
                canvas,
                entry,
                entry.position.lsn <= row.commit,
                left + (entry.position.lsn - first) * _CELL,
                y,
            )


def _cell(canvas: Canvas, entry: Entry, committed: bool, x: float, y: float) -> None:
    colour = _FILLS[(entry.position.epoch - 1) % len(_FILLS)]
    told = f"{entry}, {'committed' if committed else 'not committed'}"
    canvas.rect(
        (x + 1.5, y, x + _CELL - 1.5, y + 30), told, fill=colour, fill_opacity=0.28,
        stroke=palette.INK if committed else palette.LINE, stroke_width=2 if committed else 0.8,
    )  # fmt: skip
    canvas.text(
        x + _CELL / 2,
        y + 13,
        f"t{entry.position.epoch}",
        10,
        text_anchor="middle",
        font_weight="bold",
    )
    text = entry.f if entry.f != "command" else f"{entry.key}"
    canvas.text(x + _CELL / 2, y + 25, text[:7], 9, text_anchor="middle")


def _legend(canvas: Canvas, left: float, y: float) -> None:
    canvas.rect((left, y - 9, left + 16, y + 3), fill="none", stroke=palette.INK, stroke_width=2)
    canvas.text(left + 22, y + 1, "committed; t is the term", 9.5, palette.GREY)
