"""Heartbeats on their way, φ over time, and the spans in which detectors suspect the sender, on one time axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

__all__ = ["ARRIVED_Y", "PHI_MOST", "SENT_Y", "Beat", "heartbeats", "phi_y", "time_scale", "time_x"]

Spans = Sequence[tuple[float, float]]

_WIDE, _LEFT, _RIGHT = 920.0, 128.0, 880.0
SENT_Y, ARRIVED_Y = 34.0, 92.0
_PHI_TOP, _PHI_FOOT = 122.0, 250.0
_ROWS_TOP, _ROW = 276.0, 26.0
PHI_MOST = 16.0  # φ above this is drawn at the upper edge
_TICK_MS = 500


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat: its number from 1, when it is sent (ms), and when it arrives; None if it is lost."""

    number: int
    sent_ms: float
    arrives_ms: float | None


def time_scale(until_ms: float) -> float:
    """Return px per ms."""
    return (_RIGHT - _LEFT) / until_ms


def time_x(ms: float, until_ms: float) -> float:
    """Return the x in px of a time."""
    return _LEFT + ms * time_scale(until_ms)


def phi_y(phi: float) -> float:
    """Return the y in px of a value of φ."""
    return _PHI_FOOT - min(phi, PHI_MOST) * (_PHI_FOOT - _PHI_TOP) / PHI_MOST


def heartbeats(
    beats: Iterable[Beat],
    phi: tuple[Sequence[float], Sequence[float]],
    threshold: float,
    suspected: Mapping[str, Spans],
    *,
    until_ms: float,
    crash_ms: float | None = None,
    sentence: str,
) -> Picture:
    """Draw the heartbeats from sender to receiver, ``phi`` as times (ms) and values, and a row of spans per detector.

    What a detector suspects before ``crash_ms`` is wrong, and drawn as such.

    >>> heartbeats([Beat(1, 100, 105)], ([0, 200], [0, 3]), 8, {"φ": []}, until_ms=200, sentence="One.").sentence
    'One.'
    """
    rows_end = _ROWS_TOP + _ROW * len(suspected)
    canvas = Canvas(_WIDE, rows_end + 48)
    _axis(canvas, rows_end, until_ms)
    _phi(canvas, phi, threshold, until_ms)
    for row, (name, spans) in enumerate(suspected.items()):
        _suspicions(canvas, _ROWS_TOP + _ROW * row, name, spans, until_ms, crash_ms)
    _lanes(canvas)
    for beat in beats:
        _beat(canvas, beat, until_ms)
    if crash_ms is not None:
        _crash(canvas, time_x(crash_ms, until_ms), rows_end)
    _legend(canvas, rows_end + 40)
    return Picture(sentence, svg=canvas.document(sentence))


def _axis(canvas: Canvas, y: float, until_ms: float) -> None:
    for ms in range(0, int(until_ms) + 1, _TICK_MS):
        x = time_x(ms, until_ms)
        canvas.line(x, 22, x, y, stroke=palette.FAINT, stroke_width=1)
        canvas.text(x, y + 14, f"{ms:,} ms", 10, palette.GREY, text_anchor="middle")


def _lanes(canvas: Canvas) -> None:
    for y, text in ((SENT_Y, "node sends"), (ARRIVED_Y, "detector hears")):
        canvas.line(_LEFT - 8, y, _RIGHT + 8, y, stroke=palette.LINE, stroke_width=1.6)
        canvas.text(_LEFT - 16, y + 4, text, 11, text_anchor="end")
    canvas.define(
        '<marker id="ID-head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 1L10 5L0 9z" fill="{palette.BLUE}"/></marker>'
    )


def _beat(canvas: Canvas, beat: Beat, until_ms: float) -> None:
    x = time_x(beat.sent_ms, until_ms)
    style: dict[str, object] = {"stroke": palette.BLUE, "stroke_width": 1.6}
    if beat.arrives_ms is not None:
        title = f"heartbeat {beat.number}: sent at {beat.sent_ms:,g} ms, arrives at {beat.arrives_ms:,.1f} ms"
        to = time_x(beat.arrives_ms, until_ms)
        canvas.line(x, SENT_Y, to, ARRIVED_Y, title, marker_end="url(#ID-head)", **style)
        return
    middle = (SENT_Y + ARRIVED_Y) / 2
    style |= {"stroke": palette.RED, "stroke_dasharray": "3 3"}
    canvas.line(x, SENT_Y, x, middle - 5, f"heartbeat {beat.number}: lost", **style)
    cross = f"M{x - 5:.1f} {middle - 5:.1f}l10 10m0 -10l-10 10"
    canvas.path(cross, stroke=palette.RED, stroke_width=2, fill="none")


def _phi(
    canvas: Canvas,
    phi: tuple[Sequence[float], Sequence[float]],
    threshold: float,
    until_ms: float,
) -> None:
    for value in (0, 4, 8, 12, 16):
        y = phi_y(value)
        canvas.line(_LEFT, y, _RIGHT, y, stroke=palette.FAINT, stroke_width=1)
        canvas.text(_LEFT - 6, y + 4, f"{value}", 10, palette.GREY, text_anchor="end")
    canvas.text(_LEFT - 36, (_PHI_TOP + _PHI_FOOT) / 2 + 4, "φ", 14, text_anchor="end")
    points = [
        f"{time_x(ms, until_ms):.1f} {phi_y(value):.1f}" for ms, value in zip(*phi, strict=True)
    ]
    canvas.path(f"M{'L'.join(points)}", stroke=palette.INK, stroke_width=1.6, fill="none")
    y = phi_y(threshold)
    line = {"stroke": palette.PURPLE, "stroke_width": 1.6, "stroke_dasharray": "7 4"}
    canvas.line(_LEFT, y, _RIGHT, y, f"threshold {threshold:g}", **line)


def _suspicions(
    canvas: Canvas, y: float, name: str, spans: Spans, until_ms: float, crash_ms: float | None
) -> None:
    canvas.text(_LEFT - 16, y + 11, name, 10, text_anchor="end")
    canvas.line(_LEFT, y + 7, _RIGHT, y + 7, stroke=palette.FAINT, stroke_width=1)
    for start, end in spans:
        alive = end if crash_ms is None else min(max(start, crash_ms), end)
        _span(canvas, time_x(start, until_ms), time_x(alive, until_ms), y, wrong=True)
        _span(canvas, time_x(alive, until_ms), time_x(end, until_ms), y, wrong=False)


def _span(canvas: Canvas, left: float, right: float, y: float, *, wrong: bool) -> None:
    if right <= left:
        return
    box = (left, y, max(right, left + 1.5), y + 14)
    if wrong:
        canvas.rect(box, "wrongly suspected", fill=palette.ORANGE)
    else:
        style = {"fill": palette.TINTS[palette.GREEN], "stroke": palette.GREEN}
        canvas.rect(box, "suspected after the crash", stroke_width=1.5, **style)


def _crash(canvas: Canvas, x: float, foot: float) -> None:
    canvas.line(x, SENT_Y, x, foot, stroke=palette.RED, stroke_width=1.4, stroke_dasharray="5 3")
    cross = f"M{x - 6:.1f} {SENT_Y - 6:.1f}l12 12m0 -12l-12 12"
    canvas.path(cross, stroke=palette.RED, stroke_width=2.5, fill="none")
    half = text_width("crash", 11) / 2
    middle = min(max(x, half + 2), _WIDE - half - 2)
    canvas.text(middle, 18, "crash", 11, palette.RED, text_anchor="middle")


def _legend(canvas: Canvas, y: float) -> None:
    _span(canvas, _LEFT, _LEFT + 26, y - 11, wrong=True)
    canvas.text(_LEFT + 32, y, "wrongly suspected", 10, palette.GREY)
    _span(canvas, _LEFT + 160, _LEFT + 186, y - 11, wrong=False)
    canvas.text(_LEFT + 192, y, "suspected after the crash", 10, palette.GREY)
    canvas.line(_LEFT + 356, y - 4, _LEFT + 382, y - 4, stroke=palette.PURPLE, stroke_width=1.6,
                stroke_dasharray="7 4")  # fmt: skip
    canvas.text(_LEFT + 388, y, "threshold of φ", 10, palette.GREY)
    cross = f"M{_LEFT + 504:.1f} {y - 9:.1f}l10 10m0 -10l-10 10"
    canvas.path(cross, stroke=palette.RED, stroke_width=2, fill="none")
    canvas.text(_LEFT + 522, y, "lost", 10, palette.GREY)
