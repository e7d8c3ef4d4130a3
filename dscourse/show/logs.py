"""Raft's logs, one row per node: each entry with its term, and whether it is committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dscourse.replication.raft_log import Entry, ReplicatedLog
from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

__all__ = ["LogRow", "logs"]

_CELL, _ROW, _TOP = 46.0, 40.0, 26.0
_MOST = 14
_HEADING = 20.0
_LEGEND = "committed; t is the term; a bar: the leader"
_FILLS = (palette.BLUE, palette.ORANGE, palette.GREEN, palette.PURPLE, palette.YELLOW, palette.SKY)


@dataclass(frozen=True, slots=True)
class LogRow:
    """A node's log, its commit index, and the node's role, such as "leader, term 3"."""

    log: ReplicatedLog
    commit_index: int
    what: str


def logs(
    rows: Mapping[str, LogRow], *, sentence: str, heading: str = "", mark: int | None = None
) -> Picture:
    """Draw a row per node and a cell per entry, with its index above it, and its term and what it does inside.

    A cell has the colour of its term, and a thick frame if its entry is committed; a leader's row begins with a bar.
    ``heading`` stands above the logs, and a red frame is around the index ``mark``. Of long logs the last 14 indexes
    are shown. ValueError for no row.

    >>> logs({"a": LogRow(ReplicatedLog(), 0, "follower, term 0")}, sentence="An empty log.").sentence
    'An empty log.'
    """
    if not rows:
        raise ValueError("no rows: there is no log to draw")
    last = max(row.log.last_index for row in rows.values())
    first = max(1, last - _MOST + 1)
    named = max(text_width(name, 12) for name in rows) * 1.1
    left = 26 + max(named, max(text_width(row.what, 10) for row in rows.values()))
    top = _TOP + (_HEADING if heading else 0)
    shown = max(last - first + 1, 6 if not heading else 4)
    room = max(text_width(heading, 11) * 1.1 + 24, left + 30 + text_width(_LEGEND, 9.5))
    width = max(left + shown * _CELL + 20, room)
    canvas = Canvas(width, top + _ROW * len(rows) + 28)
    if heading:
        canvas.text(12, 16, heading, 11, font_weight="bold")
    for index in range(first, last + 1):
        x = left + (index - first + 0.5) * _CELL
        canvas.text(x, top - 8, f"{index}", 10, palette.GREY, text_anchor="middle")
    for nth, (name, row) in enumerate(rows.items()):
        _node(canvas, name, row, top + nth * _ROW)
        _row(canvas, row, left, top + nth * _ROW, first)
    if mark is not None and first <= mark <= last:
        x = left + (mark - first) * _CELL
        box = (x - 1.5, top - 20, x + _CELL + 1.5, top + _ROW * len(rows) - 5)
        canvas.rect(box, f"index {mark}", fill="none", stroke=palette.RED, stroke_width=2.4)
    _legend(canvas, left, top + _ROW * len(rows) + 16)
    return Picture(sentence, svg=canvas.document(sentence))


def _node(canvas: Canvas, name: str, row: LogRow, y: float) -> None:
    """Write the name and role of a node before its log; a leader has a bar."""
    leads = row.what.startswith("leader")
    if leads:
        canvas.rect((4, y - 1, 8, y + 31), f"{name} leads", fill=palette.INK)
    canvas.text(12, y + 13, name, 12, font_weight="bold")
    canvas.text(12, y + 27, row.what, 10, palette.INK if leads else palette.GREY)


def _row(canvas: Canvas, row: LogRow, left: float, y: float, first: int) -> None:
    base = row.log.base.index
    if base >= first:
        box = (left, y, left + (base - first + 1) * _CELL, y + 30)
        canvas.rect(
            box, f"a snapshot of everything up to {base}", fill=palette.FAINT, stroke=palette.LINE
        )
        canvas.text((box[0] + box[2]) / 2, y + 19, "snapshot", 9.5, text_anchor="middle")
    for entry in row.log.entries:
        if entry.index >= first:
            x = left + (entry.index - first) * _CELL
            _cell(canvas, entry, entry.index <= row.commit_index, x, y)


def _cell(canvas: Canvas, entry: Entry, committed: bool, x: float, y: float) -> None:
    colour = _FILLS[(entry.term - 1) % len(_FILLS)]
    state = "committed" if committed else "not committed"
    title = f"{entry}: {entry.position}, {state}"
    canvas.rect(
        (x + 1.5, y, x + _CELL - 1.5, y + 30), title, fill=colour, fill_opacity=0.28,
        stroke=palette.INK if committed else palette.LINE, stroke_width=2 if committed else 0.8,
    )  # fmt: skip
    middle = x + _CELL / 2
    canvas.text(middle, y + 13, f"t{entry.term}", 10, text_anchor="middle", font_weight="bold")
    canvas.text(middle, y + 25, f"{entry}"[:8], 9, text_anchor="middle")


def _legend(canvas: Canvas, left: float, y: float) -> None:
    canvas.rect((left, y - 9, left + 16, y + 3), fill="none", stroke=palette.INK, stroke_width=2)
    canvas.text(left + 22, y + 1, _LEGEND, 9.5, palette.GREY)
