"""A ring of points drawn as a circle: the owner of each arc, the positions of keys, and the arcs that have moved.

The circle begins at the top and goes clockwise. An arc belongs to the point at its end, and has that node's colour;
if there are few arcs, a node's name stands beside its longest one, because colours repeat from the eighth node on.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width

__all__ = ["changed", "ring", "style_of"]

Points = Sequence[tuple[float, str]]  # where on the circle, from 0 to 1, and whose
Arc = tuple[float, float, str]  # from (may lie before 0), to, owner

_SIZE, RING_RADIUS, RING_THICK = 312.0, 106.0, 16.0
RING_MIDDLE = _SIZE / 2
_FEW_POINTS, _FEW_KEYS, _MOST_NAMED, _MOST_ARCS = 64, 14, 200, 480


def ring(
    points: Iterable[tuple[float, str]],
    *,
    sentence: str,
    keys: Mapping[str, float] | None = None,
    moved: Iterable[tuple[float, float]] = (),
    order: Sequence[str] = (),
) -> Picture:
    """Draw the circle; ``order`` gives the nodes their colours, ``moved`` are arcs (from, to) to be marked.

    Each of ``keys`` is a tick inside the circle, red and longer in a marked arc, with its name if they are few.
    ValueError if there is no point, or a position outside 0 to 1.

    >>> ring([(0.2, "a"), (0.7, "b")], sentence="Each owns a half.", keys={"x": 0.4}).sentence
    'Each owns a half.'
    """
    placed = sorted(points)
    _check([position for position, _ in placed], keys or {})
    colours = list(dict.fromkeys([*order, *sorted({owner for _, owner in placed})]))
    canvas = Canvas(_SIZE, _SIZE)
    arcs = list(_arcs(_thinned(placed)))
    for name in colours:
        _node(canvas, name, [arc for arc in arcs if arc[2] == name], colours)
    marked = list(moved)
    for start, end in marked:
        band = {"fill": "none", "stroke": palette.RED, "stroke_width": 4}
        canvas.path(_curve(start, end, RING_RADIUS + RING_THICK / 2 + 5), "moved", **band)
    if len(placed) <= _FEW_POINTS:
        _ticks(canvas, placed)
    _keys(canvas, keys or {}, marked)
    if len(arcs) <= _MOST_NAMED:
        _names(canvas, arcs)
    return Picture(sentence, svg=canvas.document(sentence))


def changed(
    before: Iterable[tuple[float, str]], after: Iterable[tuple[float, str]]
) -> list[tuple[float, float]]:
    """Return the arcs (from, to) that have another owner in ``after`` than in ``before``; ``from`` may lie before 0.

    >>> changed([(0.2, "a"), (0.7, "b")], [(0.2, "a"), (0.5, "c"), (0.7, "b")])
    [(0.2, 0.5)]
    """
    old, new = sorted(before), sorted(after)
    cuts = sorted({position for position, _ in [*old, *new]})
    arcs: list[tuple[float, float]] = []
    start = cuts[-1] - 1
    for end in cuts:
        if _owner(old, end) != _owner(new, end):
            if arcs and arcs[-1][1] == start:
                start = arcs.pop()[0]
            arcs.append((start, end))
        start = end
    return arcs


def style_of(name: str, colours: Sequence[str]) -> dict[str, object]:
    """Return the colour of a node, paler each time that the colours begin again."""
    turn, position = divmod(colours.index(name), len(palette.SERIES))
    return {"colour": palette.SERIES[position], "opacity": (1, 0.6, 0.35)[min(turn, 2)]}


def _check(positions: Sequence[float], keys: Mapping[str, float]) -> None:
    if not positions:
        raise ValueError("no points: a ring needs at least 1")
    for position in (*positions, *keys.values()):
        if not 0 <= position <= 1:
            raise ValueError(f"{position!r} is no position on the circle: it must be from 0 to 1")


# --- arcs ----------------------------------------------------------------------------------------


def _owner(points: Points, position: float) -> str:
    """Return the owner of the first point at or after this position."""
    return points[bisect_left(points, (position, "")) % len(points)][1]


def _thinned(points: Points) -> Points:
    """Return at most as many points as can be seen: of many, the owners at evenly spaced positions."""
    if len(points) <= _MOST_ARCS:
        return points
    spread, at = [], 0
    for number in range(1, _MOST_ARCS + 1):
        position = number / _MOST_ARCS
        while at < len(points) and points[at][0] < position:
            at += 1
        spread.append((position, points[at % len(points)][1]))
    return spread


def _arcs(points: Points) -> Iterator[Arc]:
    """Yield the arcs in order; neighbours of one owner are one arc, except across the top."""
    start = points[-1][0] - 1
    for owner, run in groupby(points, key=lambda point: point[1]):
        end = list(run)[-1][0]
        yield start, end, owner
        start = end


def _node(canvas: Canvas, name: str, arcs: Sequence[Arc], colours: Sequence[str]) -> None:
    """Draw all arcs of a node as one shape, whose tooltip gives their share of the circle."""
    share = math.fsum(end - start for start, end, _ in arcs)
    look = style_of(name, colours)
    canvas.path(
        "".join(_curve(start, end, RING_RADIUS) for start, end, _ in arcs),
        f"{name}: {100 * share:.1f} % of the circle", fill="none", stroke=look["colour"],
        stroke_width=RING_THICK, opacity=look["opacity"],
    )  # fmt: skip


def _curve(start: float, end: float, radius: float) -> str:
    """Return a piece of a circle as a path, in two pieces if it is more than a half."""
    stops = [end] if end - start < 0.5 else [(start + end) / 2, end]
    x, y = ring_point(start, radius)
    path = f"M{x:.1f} {y:.1f}"
    for stop in stops:
        x, y = ring_point(stop, radius)
        path += f"A{radius:g} {radius:g} 0 0 1 {x:.1f} {y:.1f}"
    return path


def ring_point(position: float, radius: float = RING_RADIUS) -> tuple[float, float]:
    """Return the point in px at this position of the circle, from 0 to 1, and this distance from its middle."""
    angle = 2 * math.pi * position
    return RING_MIDDLE + radius * math.sin(angle), RING_MIDDLE - radius * math.cos(angle)


# --- marks ---------------------------------------------------------------------------------------


def _ticks(canvas: Canvas, points: Points) -> None:
    for position, owner in points:
        ends = (
            *ring_point(position, RING_RADIUS - RING_THICK / 2),
            *ring_point(position, RING_RADIUS + RING_THICK / 2),
        )
        canvas.line(*ends, f"a point of {owner}", stroke=palette.PAPER, stroke_width=3)
        canvas.line(*ends, stroke=palette.INK, stroke_width=1)


def _keys(canvas: Canvas, keys: Mapping[str, float], marked: Sequence[tuple[float, float]]) -> None:
    outer = RING_RADIUS - RING_THICK / 2 - 2
    for name, position in keys.items():
        moves = any(
            start < turn <= end for start, end in marked for turn in (position, position - 1)
        )
        ends = (*ring_point(position, outer - (11 if moves else 7)), *ring_point(position, outer))
        ink, wide = (palette.RED, 2.5) if moves else (palette.INK, 1.5)
        canvas.line(*ends, name, stroke=ink, stroke_width=wide)
    if len(keys) <= _FEW_KEYS:
        for name, position in keys.items():
            _label(
                canvas, name, position, (RING_RADIUS - 28, RING_RADIUS - 42, RING_RADIUS - 56), 9.5
            )


def _names(canvas: Canvas, arcs: Iterable[Arc]) -> None:
    """Draw each node's name outside its longest arc that has room for it."""
    named: set[str] = set()
    for start, end, owner in sorted(arcs, key=lambda arc: arc[0] - arc[1]):
        if owner not in named:
            radii = (RING_RADIUS + 27, RING_RADIUS + 38, RING_RADIUS + 47)
            if _label(canvas, owner, (start + end) / 2, radii, 11, "bold"):
                named.add(owner)


def _label(
    canvas: Canvas,
    text: str,
    position: float,
    radii: Iterable[float],
    size: float,
    weight: str = "normal",
) -> bool:
    """Write the text at this position of the circle, at the first of the radii where there is room."""
    half = text_width(text, size) / 2
    # A text beside the circle stands away from it by half of its width.
    out = math.sin(2 * math.pi * position)
    spots = []
    for radius in radii:
        x, y = ring_point(position, radius)
        spots.append((x + math.copysign(half - 8, radius - RING_RADIUS) * out, y + size * 0.35))
    return canvas.label(spots, text, size, font_weight=weight)
