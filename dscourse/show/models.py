"""The ladder of consistency models, and the position of one history on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import combinations, permutations, product
from typing import TYPE_CHECKING, Any

from dscourse.show import palette
from dscourse.show.glyphs import markers
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

if TYPE_CHECKING:
    from dscourse.checkers import Classification, Verdict

__all__ = ["models"]

Point = tuple[float, float]

_HIGH = 21.0  # px from the middle of a box to its edge
_HALF = 70.0  # px from the middle of a box to its side, at least
_STEP = 92.0  # px from one row to the next
_NARROW_STEP, _NARROW_GAP = 70.0, 270.0  # px down and across, where no row has more than two boxes
_TOP = 34.0
_LEGEND = 44.0
_WIDER = 1.8  # times the usual step, for a row past which an arrow of two rows has to go
_RING = 5.0  # px between a box and the second line around it
_STATES = {True: "holds", False: "fails", None: "unknown"}
_BOXES: dict[bool | None, dict[str, Any]] = {
    True: {"stroke": palette.GREEN, "fill": palette.TINTS[palette.GREEN], "rx": _HIGH},
    False: {"stroke": palette.RED, "fill": palette.PAPER, "stroke_dasharray": "5 3"},
    None: {"stroke": palette.GREY, "fill": palette.FAINT, "rx": 6, "stroke_dasharray": "1.5 3.5"},
}


def models(
    classification: Classification, *, sentence: str | None = None, width: int = 660
) -> Picture:
    """Draw every model: whether it holds (round, filled), fails (square, dashed) or is unknown (dotted).

    An arrow leads from a model to one that it implies. The strongest models that hold have a double line. A model
    tells its reason as a tooltip. The picture is at least ``width`` px wide.
    """
    verdicts = classification.verdicts
    width = max(width, 600)
    arrows = tuple(arrow for arrow in classification.implies if verdicts.keys() >= {*arrow})
    half = _half(verdicts)
    points = _points(tuple(verdicts), arrows, width)
    canvas = Canvas(width, max(y for _, y in points.values()) + _HIGH + _LEGEND)
    markers(canvas, green=palette.GREEN, line=palette.LINE)
    for strong, weak in arrows:
        gaps = [_RING * (name in classification.maximal) for name in (strong, weak)]
        _arrow(canvas, points[strong], points[weak], bool(verdicts[strong]), gaps)
    for name, verdict in verdicts.items():
        _box(canvas, points[name], half, verdict, name in classification.maximal)
    _legend(canvas, [verdict.ok for verdict in verdicts.values()])
    text = sentence or _sentence(classification)
    return Picture(text, svg=canvas.document(text))


def _sentence(classification: Classification) -> str:
    """Name the strongest models that hold, those that fail and those that are unknown."""
    parts = [classification.strongest()]
    for ok in (False, None):
        names = [v.model for v in classification.verdicts.values() if v.ok is ok]
        if names and len(names) < len(classification.verdicts):
            parts.append(f"{_STATES[ok]}: {', '.join(names)}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


# Where the models stand.


Arrows = tuple[tuple[str, str], ...]
Way = tuple[float, float]  # of a row: by how many gaps it stands aside, and how wide a gap is
_PLAIN: Way = (0.0, 1.0)


def _half(names: Iterable[str]) -> float:
    """Return half of the width of a box in which the widest of these names fits."""
    return max(_HALF, *(text_width(name.replace("_", " "), 11) * 1.1 / 2 + 3 for name in names))


@cache
def _points(names: tuple[str, ...], arrows: Arrows, width: float) -> Mapping[str, Point]:
    """Return the centre of each model's box: in rows, stronger above weaker, with the fewest crossings."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from(arrows)
    rows = [sorted(row, key=names.index) for row in nx.topological_generations(graph)]
    ways = _ways(rows, arrows)
    every = product(product(*map(permutations, rows)), product(*ways))
    half = _half(names)
    placed = (_in_rows(order, chosen, width, half) for order, chosen in every)
    return min(placed, key=lambda points: _disorder(points, arrows, half))


def _ways(rows: Sequence[Sequence[str]], arrows: Arrows) -> list[tuple[Way, ...]]:
    """Return for each row the ways of placing it: a row past which an arrow has to go may step aside, or be wider."""
    number = {name: index for index, row in enumerate(rows) for name in row}
    widest = max(map(len, rows))
    found: list[tuple[Way, ...]] = []
    for index, row in enumerate(rows):
        passed = any(number[strong] < index < number[weak] for strong, weak in arrows)
        if 1 < len(row) < widest:
            found.append((_PLAIN, (0.0, _WIDER)))
        elif passed and len(row) == 1 and widest == 2:
            found.append((_PLAIN, (-0.5, 1.0), (0.5, 1.0)))
        else:
            found.append((_PLAIN,))
    return found


def _in_rows(
    rows: Sequence[Sequence[str]], ways: Sequence[Way], width: float, half: float
) -> dict[str, Point]:
    """Return each row spread about the middle of the picture, each in its way."""
    widest = max(map(len, rows))
    gap = (width / 2 - half - 12) / (max(1, widest - 1) / 2)
    step = _STEP
    if widest == 2:
        gap, step = min(gap, _NARROW_GAP), _NARROW_STEP
    return {
        name: (
            width / 2 + (column - (len(row) - 1) / 2 + ways[number][0]) * gap * ways[number][1],
            _TOP + number * step,
        )
        for number, row in enumerate(rows)
        for column, name in enumerate(row)
    }


def _disorder(
    points: Mapping[str, Point], arrows: Arrows, half: float = _HALF
) -> tuple[float, float]:
    """Return how many arrows cross each other or run through a box, and their total length in px.

    The length is rounded: Python 3.12 adds floats more exactly than 3.11, and equal orders must stay equal.
    """
    lines = [(points[strong], points[weak]) for strong, weak in arrows]
    crossing = sum(_cross(one, other) for one, other in combinations(lines, 2))
    through = sum(
        _through(line, point, half)
        for line in lines
        for point in points.values()
        if point not in line
    )
    long = math.fsum(abs(start[0] - end[0]) for start, end in lines)
    return crossing + 3 * through, round(long, 2)


def _cross(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Return True if the two lines cross between their ends."""
    if {one[0], one[1]} & {other[0], other[1]}:
        return False
    return (
        _side(*one, other[0]) * _side(*one, other[1])
        < 0
        > _side(*other, one[0]) * _side(*other, one[1])
    )


def _side(start: Point, end: Point, point: Point) -> float:
    """Return a number above 0 on one side of the line, and below 0 on the other."""
    (ax, ay), (bx, by), (x, y) = start, end, point
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax)


def _through(line: tuple[Point, Point], point: Point, half: float = _HALF) -> bool:
    """Return True if the line runs through or close by the box."""
    (ax, ay), (bx, by) = line
    if not min(ay, by) < point[1] < max(ay, by):
        return False
    slope = (bx - ax) / (by - ay)
    edges = (point[1] - _HIGH, point[1], point[1] + _HIGH)
    return any(abs(ax + slope * (y - ay) - point[0]) < half + 2 * _RING for y in edges)


# What is drawn.


def _arrow(canvas: Canvas, start: Point, end: Point, holds: bool, gaps: Sequence[float]) -> None:
    """Draw an arrow from the lower edge of one box to the upper edge of the other."""
    above, below = start[1] + _HIGH + gaps[0] + 1, end[1] - _HIGH - gaps[1] - 3
    colour = palette.GREEN if holds else palette.LINE
    canvas.line(
        start[0], above, end[0], below, stroke=colour,
        stroke_width=2.2 if holds else 1.2, marker_end=f"url(#ID-{'green' if holds else 'line'})",
    )  # fmt: skip


def _box(canvas: Canvas, point: Point, half: float, verdict: Verdict, strongest: bool) -> None:
    x, y = point
    style = _BOXES[verdict.ok]
    if strongest:
        wide, high = half + _RING, _HIGH + _RING
        ring = (x - wide, y - high, x + wide, y + high)
        canvas.rect(ring, rx=high, fill=palette.PAPER, stroke=palette.GREEN, stroke_width=2)
    box = (x - half, y - _HIGH, x + half, y + _HIGH)
    canvas.rect(box, repr(verdict), stroke_width=1.8, **style)
    canvas.text(x, y - 1, verdict.model, 11, text_anchor="middle", font_weight="bold")
    word = "strongest" if strongest else _STATES[verdict.ok]
    _mark(canvas, x - text_width(word, 10) / 2 - 8, y + 11, verdict.ok)
    canvas.text(x + 4, y + 14, word, 10, text_anchor="middle")


def _mark(canvas: Canvas, x: float, y: float, ok: bool | None) -> None:
    """Draw a tick, a cross or a ring."""
    if ok is None:
        canvas.add("circle", cx=x, cy=y, r=3, fill="none", stroke=palette.GREY, stroke_width=1.6)
        return
    shape = (
        f"M{x - 4:.1f} {y:.1f}l3 3.5l5 -7" if ok else f"M{x - 3.5:.1f} {y - 3.5:.1f}l7 7m0 -7l-7 7"
    )
    colour = palette.GREEN if ok else palette.RED
    canvas.path(shape, fill="none", stroke=colour, stroke_width=2, stroke_linecap="round")


def _legend(canvas: Canvas, states: Sequence[bool | None]) -> None:
    """Draw the legend of arrows and boxes."""
    y, x = canvas.height - 9, 16.0
    canvas.line(
        x, y - 4, x + 24, y - 4, stroke=palette.LINE, stroke_width=1.2, marker_end="url(#ID-line)"
    )
    words = "implies"
    canvas.text(x + 30, y, words, 10, palette.GREY)
    x += 48 + text_width(words, 10)
    for ok in (True, False, None):
        if ok in states:
            style = _BOXES[ok] | {"rx": 6 if ok else 0}
            canvas.add("rect", x=x, y=y - 10, width=24, height=12, stroke_width=1.6, **style)
            canvas.text(x + 30, y, _STATES[ok], 10, palette.GREY)
            x += 48 + text_width(_STATES[ok], 10)
