"""The cluster map: nodes and the links between them, as they are at one moment."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dscourse.core.deferred import deferred
from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.svg import Canvas, text_width
from dscourse.show.topology import LinkState, Member, Topology, apart

if TYPE_CHECKING:
    from dscourse import sim
else:
    sim = deferred("dscourse.sim")

__all__ = ["cluster_map"]

Point = tuple[float, float]

HALF_HIGH = 20.0  # px from the middle of a member to its upper edge
_TOP = 20.0
_LEGEND_HIGH = 26.0
_BELOW = 36.0  # px for what stands under the lowest member
_STROKES: dict[str, dict[str, object]] = {
    "open": {"stroke": palette.LINE, "stroke_width": 1.6},
    "lossy": {"stroke": palette.LINE, "stroke_width": 1.6, "stroke_dasharray": "7 3"},
    "held": {"stroke": palette.PURPLE, "stroke_width": 2.2, "stroke_dasharray": "1.5 4"},
    "one way": {"stroke": palette.ORANGE, "stroke_width": 1.8, "marker_end": "url(#ID-way)"},
    "cut": {"stroke": palette.ORANGE, "stroke_width": 1.2, "stroke_dasharray": "2 6"},
}
_LEGEND = {
    "lossy": "loses messages", "held": "held back", "one way": "only this way", "cut": "cut",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MemberSpot:
    """The position of a member: its centre, and half of its width, in px."""

    x: float
    y: float
    half: float

    def edge(self, to: MemberSpot, gap: float = 3.0) -> Point:
        """Return the point at which a line from here to ``to`` leaves the member."""
        dx, dy = to.x - self.x, to.y - self.y
        far = math.hypot(dx, dy) or 1.0
        if self.half <= HALF_HIGH + 1:
            out = (HALF_HIGH + gap) / far
        else:
            out = min((self.half + gap) / (abs(dx) or 1e-9), (HALF_HIGH + gap) / (abs(dy) or 1e-9))
        return self.x + dx * min(out, 0.5), self.y + dy * min(out, 0.5)


def cluster_map(
    world: sim.World | Iterable[str],
    *,
    labels: Mapping[str, str] | None = None,
    sentence: str | None = None,
    width: int = 560,
) -> Picture:
    """Draw ``world`` now: the nodes that are up, and the links that pass messages.

    Nodes that reach each other stand together, so a partition shows as groups; between groups, links that are cut in
    both directions are not drawn. ``labels`` puts a short text below a node. Names alone give a healthy cluster. The
    picture is at least ``width`` px wide. LookupError for a label of an unknown node.
    """
    topology = (
        Topology.of_world(world) if isinstance(world, sim.World) else Topology.of_names(world)
    )
    names = [member.name for member in topology.members]
    for name in labels or {}:
        if name not in names:
            raise LookupError(f"no node is called {name!r}: the nodes are {', '.join(names)}")
    groups = topology.groups()
    shown = [link for link in topology.links if not apart(link, groups)]
    kinds = [kind for kind in _LEGEND if any(link.kind == kind for link in shown)]
    spots, boxes, (wide, high) = _spots(groups, width)
    canvas = Canvas(wide, high + (_LEGEND_HIGH if kinds else 0.0))
    _rooms(canvas, boxes, high)
    _draw_links(canvas, shown, spots)
    for member in topology.members:
        draw_member(canvas, member, spots[member.name], (labels or {}).get(member.name, ""))
    draw_legend(canvas, kinds)
    text = sentence or topology.sentence()
    return Picture(text, svg=canvas.document(text))


def _spots(
    groups: Sequence[Sequence[str]], width: float
) -> tuple[dict[str, MemberSpot], list[Point], Point]:
    """Return the position of each member, the extent of each group, and the size of the picture.

    Each group has a circle of its own, side by side, with its first member at the top.
    """
    halves = {
        name: max(HALF_HIGH, text_width(name, 12) / 2 + 9) for group in groups for name in group
    }
    radii = [_radius([halves[name] for name in group]) for group in groups]
    rooms = [2 * r + 2 * max(halves[n] for n in g) + 56 for r, g in zip(radii, groups, strict=True)]
    spare = max(0.0, width - math.fsum(rooms)) / max(1, len(rooms))
    middle = _TOP + HALF_HIGH + max(radii, default=0.0)
    spots: dict[str, MemberSpot] = {}
    boxes, left = [], 0.0
    for group, radius, room in zip(groups, radii, rooms, strict=True):
        centre = left + (room + spare) / 2
        for nth, name in enumerate(group):
            angle = 2 * math.pi * nth / len(group)
            x, y = centre + radius * math.sin(angle), middle - radius * math.cos(angle)
            spots[name] = MemberSpot(x, y, halves[name])
        boxes.append((centre - room / 2 + 8, centre + room / 2 - 8))
        left += room + spare
    bottom = middle + max(radii, default=0.0) + HALF_HIGH
    return spots, boxes, (max(left, width), bottom + _BELOW)


def _radius(halves: Sequence[float]) -> float:
    """Return the circle on which members of these half widths do not touch, nor their labels."""
    if len(halves) < 2:
        return 0.0
    return max(52.0, (2 * max(halves) + 44) / (2 * math.sin(math.pi / len(halves))))


def _rooms(canvas: Canvas, boxes: Sequence[Point], high: float) -> None:
    """Draw a ground for each group, if there are several."""
    if len(boxes) > 1:
        for left, right in boxes:
            box = (left, 4.0, right, high - 4)
            canvas.rect(box, rx=14, fill=palette.FAINT, fill_opacity=0.45)


def _draw_links(
    canvas: Canvas, links: Sequence[LinkState], spots: Mapping[str, MemberSpot]
) -> None:
    define_arrow(canvas)
    for link in links:
        source, to = spots[link.source], spots[link.to]
        draw_link(canvas, source.edge(to), to.edge(source), link.kind, link.text)


def define_arrow(canvas: Canvas) -> None:
    """Define the head of links that pass messages only one way."""
    canvas.define(
        '<marker id="ID-way" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 1L10 5L0 9z" fill="{palette.ORANGE}"/></marker>'
    )


def draw_link(
    canvas: Canvas, source: Point, to: Point, kind: str, title: str | None = None
) -> None:
    """Draw a link of this kind; one that is ``one way`` passes messages from ``source`` to ``to``."""
    ends = {"x1": source[0], "y1": source[1], "x2": to[0], "y2": to[1]}
    canvas.add("line", title, **ends, **_STROKES[kind])


def draw_member(canvas: Canvas, member: Member, spot: MemberSpot, label: str = "") -> None:
    """Draw a member at its spot, with its name, and below it the label and what keeps it from working."""
    style: dict[str, object] = {"stroke_width": 2, "stroke": palette.BLUE, "fill": "#e8f1f8"}
    if member.state == "down":
        style |= {"stroke": palette.RED, "fill": palette.PAPER, "stroke_dasharray": "3 3"}
    elif member.state == "paused":
        style |= {"stroke": palette.GREY, "fill": palette.FAINT, "stroke_dasharray": "6 2"}
    x, y, half = spot.x, spot.y, spot.half
    title = f"{'client ' if member.client else ''}{member.name}: {member.state}"
    canvas.rect(
        (x - half, y - HALF_HIGH, x + half, y + HALF_HIGH),
        title,
        rx=3 if member.client else HALF_HIGH,
        **style,
    )
    canvas.text(x, y + 4, member.name, 12, text_anchor="middle", font_weight="bold")
    words = [word for word in (label, "" if member.state == "up" else member.state) if word]
    for row, word in enumerate(words):
        reach = text_width(word, 10) / 2
        centre = min(max(x, reach + 4), canvas.width - reach - 4)
        below = y + HALF_HIGH + 13 + 12 * row
        canvas.text(centre, below, word, 10, halo=True, text_anchor="middle")


def draw_legend(canvas: Canvas, kinds: Sequence[str]) -> None:
    """Draw the legend of these kinds of line."""
    x, y = 14.0, canvas.height - 10
    for kind in kinds:
        draw_link(canvas, (x, y - 4), (x + 26, y - 4), kind)
        canvas.text(x + 32, y, _LEGEND[kind], 10, palette.GREY)
        x += 50 + text_width(_LEGEND[kind], 10)
