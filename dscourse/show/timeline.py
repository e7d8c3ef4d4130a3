"""States over time: a row for each name, with coloured stretches of time and marks; and totals of each state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dscourse.show import palette
from dscourse.show.axis import ticks
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width
from dscourse.show.traffic import Span

__all__ = ["MARKS", "Mark", "timeline"]

MARKS = ("good", "bad", "refused")
_ROW, _TOP, _BAR, _RIGHT = 30.0, 24.0, 9.0, 18.0
_FILLS = (palette.BLUE, palette.ORANGE, palette.GREEN, palette.PURPLE, palette.YELLOW, palette.SKY)


@dataclass(frozen=True, slots=True)
class Mark:
    """An event at a moment, of one of the kinds in `MARKS`, with a tooltip.

    A good one has the colour of the row ``of``, such as the writer's, or green without one.
    """

    at_ms: float
    kind: str
    text: str = ""
    of: str = ""


def timeline(
    rows: Mapping[str, Sequence[Span]],
    *,
    until_ms: float,
    sentence: str,
    marks: Mapping[str, Sequence[Mark]] | None = None,
    shaded: Sequence[Span] = (),
    meanings: Mapping[str, str] | None = None,
    levels: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    unit: str = "",
    width: float = 860.0,
) -> Picture:
    """Draw each row's spans as named bars in the row's colour, its marks below; time runs to ``until_ms``.

    A span called "down" is grey. ``shaded`` are stretches behind everything; ``meanings`` say in the key what the
    kinds of marks mean. ``levels`` are further rows, of amounts that change at times (ms, amount), on one scale, with
    the largest and its ``unit``.
    ValueError for no row, a mark of an unknown kind, or a mark in a row that is not there.

    >>> timeline({"a": [Span(0, 50, "leads")]}, until_ms=100, sentence="a leads.").sentence
    'a leads.'
    """
    marks, levels = marks or {}, levels or {}
    _check(rows, marks)
    chart = _Chart([*rows, *levels], until_ms, width)
    chart.draw_shades(shaded)
    chart.draw_grid()
    colours = {name: _FILLS[index % len(_FILLS)] for index, name in enumerate(rows)}
    for index, (name, spans) in enumerate(rows.items()):
        chart.draw_row(index, name, spans, marks.get(name, ()), colours)
    most = max((amount for level in levels.values() for _, amount in level), default=0.0)
    for index, (name, level) in enumerate(levels.items(), len(rows)):
        chart.draw_level(index, name, level, most, unit)
    _key(chart.canvas, chart.left, chart.bottom + 36, marks, meanings or {})
    return Picture(sentence, svg=chart.canvas.document(sentence))


class _Chart:
    """One timeline being drawn: a row per name, above an axis of time."""

    def __init__(self, names: Sequence[str], until_ms: float, width: float) -> None:
        self.until_ms = until_ms
        self.left = 20 + max(text_width(name, 12) * 1.1 for name in names)
        self.right = width - _RIGHT
        self.bottom = _TOP + _ROW * len(names)
        self.canvas = Canvas(width, self.bottom + 48)

    def x(self, ms: float) -> float:
        """The x coordinate of a time; one beyond the axis is drawn at its end."""
        share = min(max(ms, 0.0), self.until_ms) / self.until_ms
        return self.left + share * (self.right - self.left)

    def draw_shades(self, spans: Sequence[Span]) -> None:
        """Draw stretches of time behind all rows, each with its name."""
        for span in spans:
            box = (self.x(span.start_ms), 4.0, self.x(span.end_ms), self.bottom)
            self.canvas.rect(box, span.name, fill=palette.SHADE, fill_opacity=0.6)
            self.canvas.text(self.x(span.start_ms) + 4, 15, span.name, 10)

    def draw_grid(self) -> None:
        """Draw the axis of time and its vertical lines."""
        canvas, y = self.canvas, self.bottom + 14
        for ms in ticks(0, self.until_ms):
            x = self.x(ms)
            canvas.line(x, _TOP, x, self.bottom, stroke=palette.FAINT, stroke_width=1)
            canvas.text(x, y, f"{ms:g}", 10, palette.GREY, text_anchor="middle")
        canvas.text(self.left - 8, y, "ms", 10, palette.GREY, text_anchor="end")

    def draw_row(
        self, index: int, name: str, spans: Sequence[Span], marks: Sequence[Mark], colours: Mapping[str, str]
    ) -> None:  # fmt: skip
        """Draw the spans and marks of one name; ``colours`` are those of all rows."""
        y = _TOP + _ROW * (index + 0.5)
        self._name(name, y + 4)
        self.canvas.line(self.left, y, self.right, y, stroke=palette.LINE, stroke_width=1)
        for span in spans:
            colour = palette.GREY if span.name == "down" else colours[name]
            _bar(self.canvas, self.x(span.start_ms), self.x(span.end_ms), y, span.name, colour)
        for mark in marks:
            colour = colours.get(mark.of, palette.GREEN)
            _mark(self.canvas, self.x(mark.at_ms), y, mark.kind, mark.text, colour)

    def draw_level(
        self, index: int, name: str, level: Sequence[tuple[float, float]], most: float, unit: str
    ) -> None:
        """Draw how an amount changes; ``most`` is the amount at the upper edge of a row."""
        y = _TOP + _ROW * (index + 1) - 3
        self._name(name, y - 8)
        points = [(self.x(ms), y - amount / (most or 1) * (_ROW - 8)) for ms, amount in level]
        _area(self.canvas, points, y, self.x(self.until_ms))
        highest = max((amount for _, amount in level), default=0.0)
        if highest:
            text = f"at most {highest:g} {unit}".strip()
            self.canvas.text(self.left + 4, y - 8, text, 9.5, palette.GREY, halo=True)

    def _name(self, name: str, y: float) -> None:
        self.canvas.text(self.left - 8, y, name, 12, text_anchor="end", font_weight="bold")


def _check(rows: Mapping[str, Sequence[Span]], marks: Mapping[str, Sequence[Mark]]) -> None:
    if not rows:
        raise ValueError("no rows: a timeline has at least 1")
    for name, some in marks.items():
        if name not in rows:
            raise ValueError(f"marks of {name!r}: the rows are {', '.join(rows)}")
        for mark in some:
            if mark.kind not in MARKS:
                raise ValueError(f"{mark.kind!r}: a mark is one of {', '.join(MARKS)}")


def _bar(canvas: Canvas, left: float, right: float, y: float, name: str, colour: str) -> None:
    right = max(right, left + 1.5)
    box = (left, y - _BAR, right, y + _BAR)
    canvas.rect(box, fill=palette.PAPER)
    canvas.rect(box, name, fill=colour, fill_opacity=0.3, stroke=colour, stroke_width=1)
    if text_width(name, 10) + 6 < right - left:
        canvas.text((left + right) / 2, y + 3.6, name, 10, text_anchor="middle")


def _area(canvas: Canvas, points: Sequence[tuple[float, float]], y: float, right: float) -> None:
    """Draw a filled curve of steps from each point to the next, above the line at ``y``."""
    path = [f"M{points[0][0] if points else right:.1f} {y:.1f}"]
    for px, py in points:
        path.append(f"H{px:.1f}V{py:.1f}")
    path.append(f"H{right:.1f}V{y:.1f}")
    canvas.path(
        "".join(path), fill=palette.ORANGE, fill_opacity=0.25, stroke=palette.ORANGE, stroke_width=1
    )


def _mark(canvas: Canvas, x: float, y: float, kind: str, text: str, colour: str) -> None:
    """Draw a mark: a good one in its colour on the line of its row, another one below it."""
    if kind == "good":
        canvas.rect((x - 1.1, y - 9, x + 1.1, y), text, fill=colour)
    elif kind == "bad":
        canvas.path(f"M{x - 3.5:.1f} {y + 2:.1f}l7 8m0 -8l-7 8", text, stroke=palette.RED,
                    stroke_width=1.8, fill="none")  # fmt: skip
    else:
        canvas.add("circle", text, cx=x, cy=y + 6, r=3.4, fill=palette.PAPER, stroke=palette.GREY,
                   stroke_width=1.5)  # fmt: skip


def _key(
    canvas: Canvas, left: float, y: float, marks: Mapping[str, Sequence[Mark]], meanings: Mapping[str, str]
) -> None:  # fmt: skip
    used = {mark.kind for some in marks.values() for mark in some}
    x = left + 6
    for kind in MARKS:
        if kind in used and kind in meanings:
            plain = any(
                mark.kind == kind and not mark.of for some in marks.values() for mark in some
            )
            colour = palette.GREEN if plain else palette.GREY
            _mark(canvas, x, y if kind == "good" else y - 9.5, kind, "", colour)
            canvas.text(x + 10, y, meanings[kind], 9.5, palette.GREY)
            x += text_width(meanings[kind], 9.5) + 34
