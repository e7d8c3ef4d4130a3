"""A client history as intervals: one line a client, one bar an operation, from its invocation to its return."""

from __future__ import annotations

from collections.abc import Iterable

from dscourse.history import History, Op
from dscourse.show import palette
from dscourse.show.axis import ticks
from dscourse.show.picture import Picture
from dscourse.show.scene import count
from dscourse.show.svg import Canvas, text_width

__all__ = ["intervals"]

_ROW = 44.0


def intervals(
    history: History,
    *,
    highlight: Iterable[int] = (),
    sentence: str | None = None,
    width: int = 860,
) -> Picture:
    """A picture of ``history``; ``highlight`` names operations (their ids) to which a verdict points.

    An operation whose end is unknown is drawn open to the right: it may still take effect. The sentence counts
    operations, clients and overlapping pairs unless one is given.
    """
    text = sentence or _describe(history)
    names = history.processes
    left = 18 + max((text_width(name, 12) for name in names), default=0)
    high = max((op.returned_ms or op.invoked_ms for op in history), default=1.0) or 1.0
    low = min((op.invoked_ms for op in history), default=0.0)
    scale = (width - left - 44) / max(high - low, 1e-9)
    canvas = Canvas(width, 34 + _ROW * len(names) + 20)
    bottom = canvas.height - 22
    for ms in ticks(low, high):
        x = left + 12 + (ms - low) * scale
        canvas.line(x, 10, x, bottom, stroke=palette.FAINT, stroke_width=1)
        canvas.text(x, bottom + 15, f"{ms:g}", 10, palette.GREY, text_anchor="middle")
    canvas.text(left - 8, bottom + 15, "ms", 10, palette.GREY, text_anchor="end")
    chosen = frozenset(highlight)
    for row, name in enumerate(names):
        y = 34 + _ROW * row
        canvas.text(left - 8, y + 4, name, 12, text_anchor="end", font_weight="bold")
        canvas.line(left, y, width - 16, y, stroke=palette.LINE, stroke_width=1)
        for op in history.by_process(name):
            x1 = left + 12 + (op.invoked_ms - low) * scale
            x2 = width - 16.0
            if op.returned_ms is not None and op.closed:
                x2 = left + 12 + (op.returned_ms - low) * scale
            _bar(canvas, op, x1, max(x2, x1 + 5), y, op.id in chosen)
    return Picture(text, svg=canvas.document(text))


def _bar(canvas: Canvas, op: Op, x1: float, x2: float, y: float, chosen: bool) -> None:
    colour = {"ok": palette.GREEN, "fail": palette.RED}.get(op.status, palette.GREY)
    text = f"{op.describe()}: {op.outcome()}"
    canvas.rect(
        (x1, y - 8, x2, y + 8), f"operation {op.id}: {text}", rx=3, fill=colour, fill_opacity=0.3,
        stroke=palette.RED if chosen else colour, stroke_width=2.6 if chosen else 1.2,
        stroke_dasharray=None if op.closed else "4 3",
    )  # fmt: skip
    half = text_width(text, 10) / 2
    limit = canvas.width - half - 4
    spots = [
        (min(max(x, half + 4), limit), y + dy)
        for dy in (-13, 20)
        for x in ((x1 + x2) / 2, x1 + half, x2 - half)
    ]
    canvas.label(spots, text, 10, palette.RED if chosen else palette.INK)


def _describe(history: History) -> str:
    overlapping = sum(
        a.concurrent(b)
        for i, a in enumerate(history)
        for b in history[i + 1 :]
        if a.process != b.process
    )
    pairs = f"{count(overlapping, 'pair')} of operations overlap{'s' if overlapping == 1 else ''}"
    ends = ", ".join(
        f"{number} {status}"
        for status in ("ok", "fail", "unknown", "pending")
        if (number := sum(op.status == status for op in history))
    )
    who = f"{count(len(history), 'operation')} by {count(len(history.processes), 'client')}"
    return f"{who} ({ends or 'none'}); {pairs}."
