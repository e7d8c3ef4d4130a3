"""A map of all links between some nodes, cut or not, in the look of the cluster map; each node keeps its place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from dscourse.show import palette
from dscourse.show.cluster_map import (
    HALF_HIGH,
    MemberSpot,
    Point,
    define_arrow,
    draw_legend,
    draw_link,
    draw_member,
)
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width
from dscourse.show.topology import LinkState, Member

__all__ = ["link_ends", "link_map", "link_of"]

Way = tuple[str, str]  # a direction, as (source, to)
_WIDE, _HIGH, _LEGEND_HIGH = 460.0, 270.0, 30.0


def link_map(
    names: Sequence[str],
    cut: Iterable[Way],
    *,
    by_hand: Iterable[Way] = (),
    shown: Iterable[str] | None = None,
    sentence: str,
) -> Picture:
    """Draw all nodes on an ellipse, and each link with a dot in its middle, as cut in the directions of ``cut``.

    The dot is filled where the link is cut by hand. Nodes that are not ``shown``, and their links, are pale.

    >>> link_map(["a", "b"], [("a", "b")], sentence="b cannot hear a.").sentence
    'b cannot hear a.'
    """
    ways, hands = frozenset(cut), frozenset(by_hand)
    full = frozenset(names if shown is None else shown)
    spots = _spots(names)
    canvas = Canvas(_WIDE, _HIGH)
    define_arrow(canvas)
    for a, b in combinations(names, 2):
        with_ends = {a, b} <= full
        _open(canvas, with_ends)
        _draw(canvas, spots, link_of(a, b, ways), not hands.isdisjoint({(a, b), (b, a)}))
        canvas.close()
    for name in names:
        _open(canvas, name in full)
        draw_member(canvas, Member(name), spots[name])
        canvas.close()
    _legend(canvas)
    return Picture(sentence, svg=canvas.document(sentence))


def link_of(a: str, b: str, cut: frozenset[Way]) -> LinkState:
    """Return the link between two nodes under this cut.

    >>> link_of("a", "b", frozenset({("a", "b")})).text
    'b → a only'
    """
    forth, back = (a, b) in cut, (b, a) in cut
    if forth and back:
        return LinkState(a, b, "cut")
    if forth or back:
        source, to = (b, a) if forth else (a, b)
        return LinkState(source, to, "one way", directed=True)
    return LinkState(a, b)


def link_ends(names: Sequence[str]) -> dict[Way, tuple[Point, Point]]:
    """Return the points in px at which the line of each link begins and ends."""
    spots = _spots(names)
    return {
        (a, b): (spots[a].edge(spots[b]), spots[b].edge(spots[a]))
        for a, b in combinations(names, 2)
    }


def _spots(names: Sequence[str]) -> dict[str, MemberSpot]:
    """Return the position of each node: on an ellipse, clockwise from the top."""
    turn = 2 * math.pi / max(1, len(names))
    middle = (_HIGH - _LEGEND_HIGH) / 2 + 8
    return {
        name: MemberSpot(
            _WIDE / 2 + 170 * math.sin(n * turn),
            middle - 95 * math.cos(n * turn),
            max(HALF_HIGH, text_width(name, 12) / 2 + 9),
        )
        for n, name in enumerate(names)
    }


def _open(canvas: Canvas, full: bool) -> None:
    canvas.open(**({} if full else {"opacity": 0.3}))


def _draw(canvas: Canvas, spots: Mapping[str, MemberSpot], link: LinkState, by_hand: bool) -> None:
    source, to = spots[link.source], spots[link.to]
    start, end = source.edge(to), to.edge(source)
    draw_link(canvas, start, end, link.kind, link.text)
    _dot(canvas, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), by_hand)


def _dot(canvas: Canvas, at: Point, by_hand: bool) -> None:
    fill, ink = (palette.ORANGE,) * 2 if by_hand else (palette.PAPER, palette.LINE)
    canvas.add("circle", cx=at[0], cy=at[1], r=5, fill=fill, stroke=ink, stroke_width=1.4)


def _legend(canvas: Canvas) -> None:
    draw_legend(canvas, ["one way", "cut"])
    y = canvas.height - 10
    _dot(canvas, (208.0, y - 4), True)
    canvas.text(218, y, "cut by hand", 10, palette.GREY)
