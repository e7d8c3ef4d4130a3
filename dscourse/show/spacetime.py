"""The space-time diagram: nodes as lines, time to the right, and everything that happened in one picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dscourse.history import Op
from dscourse.show import palette
from dscourse.show.axis import Axis, OrderAxis, TimeAxis
from dscourse.show.picture import Picture
from dscourse.show.scene import Arrow, Band, Scene, Spell, describe, read_scene, short
from dscourse.show.svg import Canvas, text_width
from dscourse.sim.trace import Event, Trace

__all__ = ["around", "spacetime"]

_LANE = 58.0  # px between two nodes
_TOP = 16.0
_ALONG = (
    0.5,
    0.42,
    0.58,
    0.34,
    0.66,
    0.26,
    0.74,
    0.18,
    0.82,
)  # where on an arrow its label may stand
_MOST_LABELLED = 60
_REASON = {"lost": "lost", "cut": "cut", "crashed": "down", "dropped": "dropped"}


def spacetime(
    trace: Trace,
    *,
    nodes: Sequence[str] | None = None,
    start_ms: float | None = None,
    end_ms: float | None = None,
    scale: str = "time",
    highlight: Iterable[int] = (),
    mark: Event | int | None = None,
    past_of: Event | int | None = None,
    future_of: Event | int | None = None,
    clocks: str | None = None,
    timers: bool = True,
    labels: bool = True,
    sentence: str | None = None,
    width: int = 860,
) -> Picture:
    """A picture of ``trace``: messages, losses, crashes, partitions, timers, writes and client operations.

    ``nodes`` chooses and orders the lines; ``start_ms`` and ``end_ms`` choose a stretch of time. With ``scale``
    ``"order"`` each step has the same room, whatever time passed. ``highlight`` names client operations (their
    ids) and ``mark`` one event to which a verdict points; ``past_of`` and ``future_of`` show what an event may
    depend on and what it may have led to, the rest faded. ``clocks`` is ``"lamport"`` or ``"vector"``. Above 60
    messages their labels are left out; tooltips stay. The sentence is computed from the trace unless one is given.

    Raises LookupError for a node that the trace does not hold, ValueError for an unknown scale or kind of clock.
    """
    if scale not in ("time", "order"):
        raise ValueError(f"scale={scale!r}: it must be 'time' or 'order'")
    if clocks not in (None, "lamport", "vector"):
        raise ValueError(f"clocks={clocks!r}: it must be None, 'lamport' or 'vector'")
    names = _names(trace, nodes)
    vivid = _vivid(trace, past_of, future_of)
    stamps = _stamps(trace, clocks, names)
    shown = trace
    if start_ms is not None or end_ms is not None:
        shown = _stretch(trace, start_ms, end_ms)
    scene = read_scene(shown)
    text = sentence or describe(scene, shown, names)
    diagram = _Diagram(shown, scene, names, scale, width)
    diagram.vivid, diagram.highlight = vivid, frozenset(highlight)
    diagram.show_labels = labels and len(scene.arrows) <= _MOST_LABELLED
    diagram.draw(timers, stamps, mark.index if isinstance(mark, Event) else mark)
    return Picture(text, svg=diagram.canvas.document(text))


def around(trace: Trace, event: Event | int, ms: float = 50.0) -> dict[str, float]:
    """The stretch of ``ms`` before and after an event, to pass on as ``spacetime(trace, **around(…))``."""
    at = (event if isinstance(event, Event) else trace[event]).time_ms
    return {"start_ms": max(0.0, at - ms), "end_ms": at + ms}


def _names(trace: Trace, nodes: Sequence[str] | None) -> list[str]:
    known = [name for name in trace.nodes if name]
    if nodes is None:
        clients = {event.node for event in trace if event.kind == "invoke"}
        return [name for name in known if name in clients] + [
            name for name in known if name not in clients
        ]
    for name in nodes:
        if name not in known:
            raise LookupError(f"no event at {name!r}: the nodes are {', '.join(known)}")
    return list(nodes)


def _vivid(
    trace: Trace, past_of: Event | int | None, future_of: Event | int | None
) -> frozenset[int] | None:
    """The trace indices that are not faded; None if none is."""
    if past_of is None and future_of is None:
        return None
    past = {event.index for event in trace.past(past_of)} if past_of is not None else set()
    future = {event.index for event in trace.future(future_of)} if future_of is not None else set()
    return frozenset(past | future)


def _stamps(trace: Trace, clocks: str | None, names: Sequence[str]) -> dict[int, str]:
    """The clock label of each event, by trace index."""
    if clocks == "lamport":
        return {
            e.index: str(c)
            for e, c in zip(trace, trace.lamport_clocks(), strict=True)
            if c is not None
        }
    if clocks == "vector":
        return {
            e.index: "[" + " ".join(str(c.get(name, 0)) for name in names) + "]"
            for e, c in zip(trace, trace.vector_clocks(), strict=True)
            if c is not None
        }
    return {}


def _stretch(trace: Trace, start_ms: float | None, end_ms: float | None) -> Trace:
    """The events in the stretch, with whatever began before it and is still going on."""
    low, high = start_ms or 0.0, float("inf") if end_ms is None else end_ms
    if low >= high:
        raise ValueError(
            f"start_ms={start_ms!r}, end_ms={end_ms!r}: the start must be before the end"
        )
    inside = {
        event.id
        for event in trace
        if event.kind in ("deliver", "drop") and low <= event.time_ms <= high
    }
    lasting = ("fault", "crash", "pause", "restart", "resume", "invoke", "ok", "fail", "unknown")
    return trace.where(
        lambda e: (
            low <= e.time_ms <= high
            or (e.time_ms < low and (e.kind in lasting or (e.kind == "send" and e.id in inside)))
        )
    )


class _Diagram:
    """One drawing under way."""

    def __init__(
        self, trace: Trace, scene: Scene, names: list[str], scale: str, width: int
    ) -> None:
        self.scene, self.names, self.trace = scene, names, trace
        left = 18 + max((text_width(name, 12) for name in names), default=0)
        self.rows = min(len(scene.bands), 4)
        self.top = _TOP + 15 * self.rows + 24
        self.bottom = self.top + _LANE * (len(names) - 1) + 26
        self.axis: Axis = (TimeAxis if scale == "time" else OrderAxis)(
            trace, left + 12, width - 22.0
        )
        self.left, self.right = left, self.axis.right + 8
        self.canvas = Canvas(self.axis.right + 22, self.bottom + 24)
        self.y = {name: self.top + _LANE * row for row, name in enumerate(names)}
        self.vivid: frozenset[int] | None = None
        self.highlight: frozenset[int] = frozenset()
        self.show_labels = True

    def draw(self, timers: bool, stamps: dict[int, str], mark: int | None) -> None:
        self._arrowheads()
        for row, band in enumerate(self.scene.bands):
            self._band(band, row)
        self.axis.draw(self.canvas, self.top - 20, self.bottom)
        for name, y in self.y.items():
            self._lane(name, y)
        for spell in self.scene.spells:
            self._spell(spell)
        for op in self.scene.operations:
            self._operation(op)
        for setting in self.scene.settings:
            self._setting(setting)
        for event in self.scene.marks:
            if event.node in self.y and (timers or event.kind != "timer"):
                self._mark(event)
        drawn = [
            arrow
            for arrow in self.scene.arrows
            if {arrow.sent.node, arrow.sent.peer} <= self.y.keys()
        ]
        for arrow in drawn:
            self._arrow(arrow)
        self._stamps(stamps)
        if self.show_labels:
            for arrow in drawn:
                self._arrow_label(arrow)
        self._point_out(mark)

    def x(self, event: Event | None) -> float:
        return self.right if event is None else self.axis.x(event)

    def _opacity(self, *events: Event | None) -> float | None:
        """Faded unless one of the events is in the causal past or future asked for."""
        if self.vivid is None or any(
            event is not None and event.index in self.vivid for event in events
        ):
            return None
        return 0.22

    def _arrowheads(self) -> None:
        for name, colour in (("head", palette.BLUE), ("copy", palette.PURPLE)):
            self.canvas.define(
                f'<marker id="ID-{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
                f'orient="auto-start-reverse"><path d="M0 1L10 5L0 9z" fill="{colour}"/></marker>'
            )

    def _lane(self, name: str, y: float) -> None:
        self.canvas.text(self.left - 8, y + 4, name, 12, text_anchor="end", font_weight="bold")
        self.canvas.line(self.left, y, self.right, y, stroke=palette.LINE, stroke_width=1.4)

    def _band(self, band: Band, row: int) -> None:
        left, right = self.x(band.start), self.x(band.end)
        top = _TOP + 15 * min(row, 3)
        self.canvas.rect(
            (left, top - 11, right, self.bottom), band.text, fill=palette.SHADE, fill_opacity=0.55,
            stroke=palette.YELLOW, stroke_width=0.8, stroke_dasharray="3 2",
        )  # fmt: skip
        self.canvas.label(
            _near(left + 4, text_width(band.text, 10), top, self.canvas.width), band.text, 10
        )

    def _spell(self, spell: Spell) -> None:
        if spell.node not in self.y:
            return
        y, left, right = self.y[spell.node], self.x(spell.start), self.x(spell.end)
        if spell.kind == "down":
            self.canvas.line(left, y, right, y, stroke=palette.PAPER, stroke_width=4)
            self.canvas.line(
                left, y, right, y, stroke=palette.LINE, stroke_width=1.2, stroke_dasharray="1.5 5"
            )
        else:
            title = f"{spell.node} stands still"
            self.canvas.rect((left, y - 5, right, y + 5), title, fill=palette.FAINT, stroke=palette.GREY,
                             stroke_width=1, stroke_dasharray="2 2")  # fmt: skip
        word = "down" if spell.kind == "down" else "paused"
        self.canvas.label([((left + right) / 2, y - 7)], word, 9.5, palette.GREY)

    def _operation(self, op: Op) -> None:
        if op.process not in self.y:
            return
        y, left = self.y[op.process], self.axis.at(op.invoked, op.invoked_ms)
        ended = op.returned is not None and op.returned_ms is not None
        right = self.axis.at(op.returned or 0, op.returned_ms or 0.0) if ended else self.right
        right = max(right, left + 5)
        colour = {"ok": palette.GREEN, "fail": palette.RED}.get(op.status, palette.GREY)
        chosen = op.id in self.highlight
        text = f"{op.describe()}: {op.outcome()}"
        self.canvas.rect(
            (left, y - 6, right, y + 6), f"operation {op.id}: {text}", rx=3, fill=colour,
            fill_opacity=0.30, stroke=palette.RED if chosen else colour, stroke_width=2.4 if chosen else 1.1,
            stroke_dasharray=None if op.closed else "4 3",
        )  # fmt: skip
        if self.show_labels:
            width = text_width(text, 10)
            spots = [
                ((left + right) / 2, y - 11),
                (left + width / 2, y - 11),
                (right - width / 2, y - 11),
            ]
            self.canvas.label(spots, text, 10, palette.RED if chosen else colour)

    def _setting(self, event: Event) -> None:
        x = self.x(event)
        self.canvas.line(x, self.top - 16, x, self.bottom, repr(event.what), stroke=palette.YELLOW,
                         stroke_width=1, stroke_dasharray="1 3")  # fmt: skip
        text = repr(event.what)
        self.canvas.label(
            _near(x + 3, text_width(text, 9), self.bottom - 4, self.canvas.width),
            text,
            9,
            palette.GREY,
        )

    def _mark(self, event: Event) -> None:
        x, y, fade = self.x(event), self.y[str(event.node)], self._opacity(event)
        title = " ".join(str(event).split())
        if event.kind == "timer":
            self.canvas.path(f"M{x:.1f} {y - 5:.1f}l4 5l-4 5l-4 -5z", title, fill=palette.PAPER,
                             stroke=palette.PURPLE, stroke_width=1.4, opacity=fade)  # fmt: skip
        elif event.kind == "write":
            self.canvas.rect((x - 3, y + 3, x + 3, y + 9), title, fill=palette.INK, opacity=fade)
        elif event.kind == "restart":
            self.canvas.path(
                f"M{x - 4:.1f} {y + 5:.1f}l8 -5l-8 -5z", title, fill=palette.GREEN, opacity=fade
            )
        else:
            self.canvas.path(f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10", title, stroke=palette.RED,
                             stroke_width=2.6, fill="none", opacity=fade)  # fmt: skip

    def _ends(self, arrow: Arrow) -> tuple[float, float, float, float]:
        """From where to where the arrow goes; one that is lost under way stops between the lines."""
        x1, y1 = self.x(arrow.sent), self.y[str(arrow.sent.node)]
        y2 = self.y[str(arrow.sent.peer)]
        if arrow.end is None:
            return x1, y1, self.right, y1 + (y2 - y1) * 0.8
        if arrow.noticed_at_once:
            return (
                x1,
                y1,
                min(x1 + 16, self.right),
                y1 + (y2 - y1) * min(1.0, 30 / max(1.0, abs(y2 - y1))),
            )
        return x1, y1, self.x(arrow.end), y2

    def _arrow(self, arrow: Arrow) -> None:
        x1, y1, x2, y2 = self._ends(arrow)
        lost, fade = (
            arrow.lost,
            self._opacity(arrow.end if arrow.end and not arrow.lost else arrow.sent),
        )
        kind = "lost" if lost else "copy" if arrow.copy else "head"
        colour = {"lost": palette.ORANGE, "copy": palette.PURPLE, "head": palette.BLUE}[kind]
        arrived = arrow.end is not None and not lost
        word = (
            f"lost ({_REASON[lost]})"
            if lost in _REASON
            else "delivered again"
            if arrow.copy
            else ""
        )
        title = (
            f"{arrow.sent.node} → {arrow.sent.peer}: {short(arrow.sent.what, 80)} {word}".strip()
        )
        curve = f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"
        if y1 == y2:
            curve = f"M{x1:.1f} {y1:.1f}C{x1:.1f} {y1 - 30:.1f} {x2:.1f} {y1 - 30:.1f} {x2:.1f} {y2:.1f}"
        self.canvas.path(
            curve, title, stroke=colour, stroke_width=1.5, fill="none", opacity=fade,
            stroke_dasharray="5 3" if lost or arrow.copy or arrow.end is None else None,
            marker_end=f"url(#ID-{kind})" if arrived else None,
        )  # fmt: skip
        if lost:
            self.canvas.path(f"M{x2 - 4:.1f} {y2 - 4:.1f}l8 8m0 -8l-8 8", title, stroke=colour,
                             stroke_width=2.2, fill="none", opacity=fade)  # fmt: skip
        elif arrived:
            self.canvas.add("circle", None, cx=x1, cy=y1, r=2.2, fill=colour, opacity=fade)

    def _arrow_label(self, arrow: Arrow) -> None:
        if self._opacity(arrow.sent, arrow.end):
            return
        x1, y1, x2, y2 = self._ends(arrow)
        text = short(arrow.sent.what)
        if arrow.lost:
            text += f" ({_REASON.get(arrow.lost, arrow.lost)})"
        colour = palette.ORANGE if arrow.lost else palette.INK
        half = text_width(text, 10) / 2 + 4
        if abs(x2 - x1) < 6:
            spots = [(x1 + side * half, y1 + (y2 - y1) * t + 3) for side in (1, -1) for t in _ALONG]
        else:
            spots = [(x1 + (x2 - x1) * t, y1 + (y2 - y1) * t + 3) for t in _ALONG]
        spots = [spot for spot in spots if all(abs(spot[1] - 3 - y) > 11 for y in self.y.values())]
        if arrow.noticed_at_once:
            spots = [(x2 + half + 4, y2 + 3), (x2 - half - 20, y2 + 3)]
        self.canvas.label(spots, text, 10, colour)

    def _stamps(self, stamps: dict[int, str]) -> None:
        for event in self.trace:
            if event.index in stamps and event.node in self.y and not self._opacity(event):
                x, y = self.x(event), self.y[event.node]
                self.canvas.label([(x, y + 14), (x, y - 8)], stamps[event.index], 9, palette.PURPLE)

    def _point_out(self, index: int | None) -> None:
        for event in self.trace:
            if event.index == index and event.node in self.y:
                x, y = self.x(event), self.y[event.node]
                self.canvas.add(
                    "circle",
                    "here",
                    cx=x,
                    cy=y,
                    r=10,
                    fill="none",
                    stroke=palette.RED,
                    stroke_width=2.4,
                )


def _near(left: float, width: float, y: float, limit: float) -> list[tuple[float, float]]:
    """Places for the centre of a label that begins at ``left``, or ends before the right edge."""
    centre = min(left + width / 2, limit - width / 2 - 4)
    return [(centre, y), (centre, y + 12)]
