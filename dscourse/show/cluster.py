"""The cluster map: nodes and the links between them, as they are at one moment."""

from __future__ import annotations

import math
from collections.abc import Mapping

import networkx as nx

from dscourse.show import palette
from dscourse.show.picture import Picture
from dscourse.show.scene import count
from dscourse.show.svg import Canvas, text_width
from dscourse.sim import World

__all__ = ["cluster"]

_RADIUS = 21.0


def cluster(
    world: World,
    *,
    labels: Mapping[str, str] | None = None,
    sentence: str | None = None,
    width: int = 560,
) -> Picture:
    """A picture of ``world`` now: which nodes are up, and which links pass messages.

    Nodes that reach each other in both directions stand together, so a partition shows as groups. ``labels`` puts a
    short text below a node. LookupError for a label of an unknown node.
    """
    names = list(world.nodes)
    for name in labels or {}:
        if name not in names:
            raise LookupError(f"no node is called {name!r}: the nodes are {', '.join(names)}")
    open_links: nx.Graph[str] = nx.Graph()
    open_links.add_nodes_from(names)
    open_links.add_edges_from(
        (a, b)
        for a in names
        for b in names
        if a < b and not world.link(a, b).cut and not world.link(b, a).cut
    )
    groups = sorted(
        (sorted(group) for group in nx.connected_components(open_links)), key=lambda g: (-len(g), g)
    )
    places = _places(groups, width)
    canvas = Canvas(width, 300)
    _links(canvas, world, places)
    for name, (x, y) in places.items():
        _node(canvas, world, name, x, y, (labels or {}).get(name, ""))
    text = sentence or _describe(world, groups)
    return Picture(text, svg=canvas.document(text))


def _places(groups: list[list[str]], width: float) -> dict[str, tuple[float, float]]:
    """Each group on a circle of its own, side by side; room by the number of members."""
    total = sum(len(group) + 1 for group in groups)
    places, left = {}, 0.0
    for group in groups:
        room = width * (len(group) + 1) / total
        radius = min(98.0, room / 2 - _RADIUS - 8) if len(group) > 1 else 0.0
        circle = nx.circular_layout(
            nx.Graph([(name, name) for name in group]), scale=max(radius, 0.0)
        )
        for name, (x, y) in circle.items():
            places[name] = (left + room / 2 + float(x), 142.0 + float(y))
        left += room
    return places


def _links(canvas: Canvas, world: World, places: Mapping[str, tuple[float, float]]) -> None:
    for name, colour in (("open", palette.LINE), ("cut", palette.ORANGE)):
        canvas.define(
            f'<marker id="ID-{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
            f'orient="auto-start-reverse"><path d="M0 1L10 5L0 9z" fill="{colour}"/></marker>'
        )
    names = sorted(places)
    for index, a in enumerate(names):
        for b in names[index + 1 :]:
            if not (world.is_client(a) and world.is_client(b)):
                _link(canvas, world, a, b, places)


def _link(
    canvas: Canvas, world: World, a: str, b: str, places: Mapping[str, tuple[float, float]]
) -> None:
    forth, back = world.link(a, b), world.link(b, a)
    (x1, y1), (x2, y2) = places[a], places[b]
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    dx, dy = (x2 - x1) / length * (_RADIUS + 2), (y2 - y1) / length * (_RADIUS + 2)
    ends = (x1 + dx, y1 + dy, x2 - dx, y2 - dy)
    lossy = forth.settings.loss > 0 or back.settings.loss > 0
    if forth.cut and back.cut:
        title = f"{a} and {b}: cut"
        canvas.line(*ends, title, stroke=palette.ORANGE, stroke_width=1.2, stroke_dasharray="2 6")
    elif forth.cut or back.cut:
        (source, to), way = (
            ((b, a), (ends[2], ends[3], ends[0], ends[1])) if forth.cut else ((a, b), ends)
        )
        title = f"only {source} → {to}"
        canvas.line(*way, title, stroke=palette.ORANGE, stroke_width=1.6, marker_end="url(#ID-cut)")
    else:
        held = forth.held or back.held
        title = f"{a} and {b}" + (": held" if held else ": loses messages" if lossy else "")
        dash = "1 4" if held else "7 3" if lossy else None
        canvas.line(*ends, title, stroke=palette.LINE, stroke_width=1.6, stroke_dasharray=dash)


def _node(canvas: Canvas, world: World, name: str, x: float, y: float, label: str) -> None:
    up, paused, client = world.alive(name), world.paused(name), world.is_client(name)
    state = "paused" if paused else "up" if up else "down"
    style: dict[str, object] = {"stroke_width": 2, "stroke": palette.BLUE, "fill": "#e8f1f8"}
    if not up:
        style |= {"stroke": palette.RED, "fill": palette.PAPER, "stroke_dasharray": "3 3"}
    elif paused:
        style |= {"stroke": palette.GREY, "fill": palette.FAINT, "stroke_dasharray": "6 2"}
    if client:
        canvas.rect((x - 20, y - 15, x + 20, y + 15), f"client {name}: {state}", rx=4, **style)
    else:
        canvas.add("circle", f"{name}: {state}", cx=x, cy=y, r=_RADIUS, **style)
    canvas.text(x, y + 4, name, 12, text_anchor="middle", font_weight="bold")
    words = [word for word in (label, "" if state == "up" else state) if word]
    for row, word in enumerate(words):
        half = text_width(word, 10) / 2
        centre = min(max(x, half + 4), canvas.width - half - 4)
        canvas.text(
            centre,
            y + _RADIUS + 13 + 12 * row,
            word,
            10,
            palette.INK,
            halo=True,
            text_anchor="middle",
        )


def _describe(world: World, groups: list[list[str]]) -> str:
    down = [name for name in world.nodes if not world.alive(name)]
    paused = [name for name in world.nodes if world.paused(name)]
    parts = [f"{count(len(world.nodes), 'node')} at {world.now_ms:g} ms"]
    if len(groups) > 1:
        parts.append(
            "in groups that do not reach each other: "
            + " | ".join(", ".join(group) for group in groups)
        )
    else:
        parts.append("all connected")
    parts += [f"{', '.join(down)} down"] if down else []
    parts += [f"{', '.join(paused)} paused"] if paused else []
    return "; ".join(parts) + "."
