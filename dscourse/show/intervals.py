"""A client history as intervals: one bar per operation, from its invocation to its return."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dscourse.core.deferred import deferred
from dscourse.core.wording import count
from dscourse.history import History, Op, concurrent_pairs
from dscourse.show import palette
from dscourse.show.axis import ticks
from dscourse.show.crowd import MOST, Crowd, merged, thinned
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width
from dscourse.show.words import endings, request, result, short

if TYPE_CHECKING:
    from dscourse.checkers import verdict
else:
    verdict = deferred("dscourse.checkers.verdict")

__all__ = ["intervals"]

_ROW = 34.0  # px between two rows of one client
_TOP = 30.0
_LEAST = 11.0  # px for the names of the clients, so that "ms" below them is on the paper
_GAP = 10.0  # px more between two clients
_LOOKS = {
    "ok": (palette.GREEN, None),
    "fail": (palette.RED, "8 2"),
    "unknown": (palette.GREY, "4 3"),
    "pending": (palette.GREY, "1.5 3"),
}


def intervals(
    history: History,
    *,
    highlight: Iterable[int] = (),
    names: bool = False,
    sentence: str | None = None,
    width: int = 860,
) -> Picture:
    """Draw ``history``; ``highlight`` names operations (their ids) to which a verdict points.

    With ``names`` each bar begins with the name that verdicts use, as in ``r2: x → 1``.

    An operation that did not end as ok or fail is drawn open to the right, because it may still take effect; what
    its client did later stands in a row below it. Above 400 operations, those that are ok and not highlighted are
    merged into bars without words, and at most 60 others and 30 clients are drawn, unless more are highlighted. The
    sentence says what is left out. It counts operations, clients and overlapping pairs unless one is given.
    LookupError if an operation to highlight is not in the history, TypeError for a world or a trace in place of its
    history.
    """
    history = _as_history(history)
    chosen = _chosen(history, highlight)
    lanes: dict[str, list[Op]] = {name: [] for name in history.processes}
    for op in history:
        lanes[op.process].append(op)
    crowd = thinned(lanes, chosen) if len(history) > MOST else Crowd(lanes, {}, "")
    text = " ".join(filter(None, [sentence or _describe(history), crowd.note]))
    rows = {name: _rows(ops) or [[]] for name, ops in crowd.single.items()}
    high = _TOP + _ROW * sum(map(len, rows.values())) + _GAP * len(rows)
    canvas = Canvas(width, high + 22)
    chart = _Chart(canvas, history, left=18 + max([_LEAST, *(text_width(n, 12) for n in rows)]))
    chart.grid(high)
    y = _TOP + 6
    for name, its in rows.items():
        chart.lane(name, y, crowd.ok.get(name, ()))
        for row in its:
            for op in row:
                chart.bar(op, y, op.id in chosen)
            for op in row:
                chart.label(op, y, op.id in chosen, names)
            y += _ROW
        y += _GAP
    return Picture(text, svg=canvas.document(text))


def _chosen(history: History, highlight: Iterable[int]) -> frozenset[int]:
    """Return the ids of the operations to highlight; LookupError for one that the history does not have."""
    chosen = frozenset(highlight)
    missing = sorted(chosen - {op.id for op in history})
    if missing:
        raise LookupError(
            f"no operation has the id {missing[0]}: highlight names ids of operations"
        )
    return chosen


def _as_history(given: object) -> History:
    """Return the object if it is a history; raise a TypeError that says what to write for anything else."""
    if isinstance(given, History):
        return given
    history = getattr(given, "history", None)
    advice = "write world.history" if isinstance(history, History) else "such as world.history"
    if callable(history):
        advice = "write trace.history()"
    raise TypeError(f"a History is required, not a {type(given).__name__}: {advice}")


def _rows(operations: Iterable[Op]) -> list[list[Op]]:
    """Return the operations of a client in the fewest rows in which none covers another."""
    rows: list[list[Op]] = []
    for op in operations:
        free = (row for row in rows if row[-1].before(op))
        row = next(free, None)
        if row is None:
            rows.append([op])
        else:
            row.append(op)
    return rows


class _Chart:
    """Bars over a time axis that leaves room at the right for what is still open."""

    def __init__(self, canvas: Canvas, history: Sequence[Op], left: float) -> None:
        ends = [op.returned_ms for op in history if op.closed and op.returned_ms is not None]
        begins = [op.invoked_ms for op in history]
        self.canvas, self.left = canvas, left
        self.low = min(begins, default=0.0)
        self.high = max(begins + ends, default=1.0)
        self.start = left + 8
        self.right = canvas.width - 10
        room = self.right - self.start - (46 if any(not op.closed for op in history) else 8)
        self.scale = room / ((self.high - self.low) or 1.0)

    def x(self, ms: float) -> float:
        return self.start + (ms - self.low) * self.scale

    def ends(self, op: Op) -> tuple[float, float]:
        """Return the ends of the operation's bar; it is at least 5 px long, so that it can be seen."""
        left = self.x(op.invoked_ms)
        closed = op.closed and op.returned_ms is not None
        return left, max(left + 5, self.x(op.returned_ms or 0.0)) if closed else self.right

    def grid(self, bottom: float) -> None:
        for ms in ticks(self.low, self.high):
            x = self.x(ms)
            self.canvas.line(x, 8, x, bottom - 6, stroke=palette.FAINT, stroke_width=1)
            self.canvas.text(x, bottom + 10, f"{ms:g}", 10, palette.GREY, text_anchor="middle")
        self.canvas.text(self.left - 10, bottom + 10, "ms", 10, palette.GREY, text_anchor="end")

    def lane(self, name: str, y: float, ops: Iterable[Op]) -> None:
        """Draw the line of a client with its name, and bars that stand for these operations together."""
        right = self.canvas.width - 10
        self.canvas.text(self.left - 10, y + 4, name, 12, text_anchor="end", font_weight="bold")
        self.canvas.line(self.left, y, right, y, stroke=palette.LINE, stroke_width=1)
        for left, right, number in merged(ops, self.ends):
            box = (left, y - 5, right, y + 5)
            self.canvas.rect(box, count(number, "operation"), fill=_pale(palette.GREEN))

    def bar(self, op: Op, y: float, chosen: bool) -> None:
        """Draw the bar, closed at the right only if the operation certainly happened or did not."""
        left, right = self.ends(op)
        colour, dash = _LOOKS[op.status]
        edge: dict[str, object] = {
            "stroke": palette.RED if chosen else colour,
            "stroke_width": 2.6 if chosen else 1.2,
            "stroke_dasharray": dash,
        }
        title = f"operation {op.id}: {op.describe()}: {op.outcome()}"
        self.canvas.take((left, y - 9, right, y + 9))
        if op.closed:
            self.canvas.rect((left, y - 8, right, y + 8), title, rx=3, fill=_pale(colour), **edge)
            return
        outline = f"M{right:.1f} {y - 8:.1f}H{left:.1f}V{y + 8:.1f}H{right:.1f}"
        self.canvas.path(outline, title, fill=_pale(colour), **edge)

    def label(self, op: Op, y: float, chosen: bool, names: bool) -> None:
        """Draw the operation in words: in its bar, or else above, below or beside it where there is room."""
        left, right = self.ends(op)
        colour = palette.RED if chosen else palette.INK
        for text in (_named(op),) if names else (_words(op, 60), _words(op, 22)):
            half = text_width(text, 10) / 2 + 2
            if 2 * half + 4 <= right - left:
                self.canvas.text(
                    (left + right) / 2, y + 3.5, text, 10, colour, text_anchor="middle"
                )
                return
            spots = [((left + right) / 2, y - 12), (left + half, y - 12), (right - half, y - 12)]
            spots += [
                ((left + right) / 2, y + 18),
                (right - half, y + 18),
                (left - half - 2, y + 3.5),
            ]
            beside = [(right + half + 2, y + 3.5)]
            if self.canvas.label(spots, text, 10, colour) or self.canvas.label(
                beside, text, 10, colour, ground=True
            ):
                return


def _pale(colour: str) -> str:
    """Return the colour mixed with four parts of paper, so that text reads on it."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{math.floor((part + 4 * 255) / 5):02x}" for part in parts)


def _words(op: Op, most: int) -> str:
    """Describe, as in ``write x = 5 → ok`` or ``read x → nothing``; a result stands alone if it says how it ended."""
    end = op.status if op.result is None or not op.closed else str(result(op))
    if op.status == "ok" and op.result is None and op.f in verdict.READS:
        end = "nothing"
    if op.status == "fail" and op.result is not None:
        end = f"fail {end}"
    return short(f"{request(op)} → {end}", most)


def _named(op: Op) -> str:
    """Label an operation, as in ``w1: x = 5`` or ``r2: x → 5``; a write says how it ended if that is not ok."""
    operation = request(op).removeprefix(op.f).strip()
    if op.status == "ok" and op.result is None:
        end = " → nothing" if op.f in verdict.READS else ""
    else:
        end = f" → {result(op) if op.status == 'ok' else op.status}"
    return short(f"{verdict.name(op)}: {operation}{end}", 60)


def _describe(history: History) -> str:
    """Return the counts in words; overlapping pairs are of different clients."""
    lanes: dict[str, list[Op]] = {}
    for op in history:
        lanes.setdefault(op.process, []).append(op)
    overlapping = concurrent_pairs(history) - sum(map(concurrent_pairs, lanes.values()))
    pairs = f"{count(overlapping, 'pair')} of operations overlap{'s' if overlapping == 1 else ''}"
    subject = f"{count(len(history), 'operation')} by {count(len(history.processes), 'client')}"
    return f"{subject} ({endings(history) or 'none'}); {pairs}."
