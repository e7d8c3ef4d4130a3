"""The space-time diagram: nodes as lines, time to the right, and everything that happened in one picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from dscourse.show.arrows import Line, draw_arrows, draw_columns, label_arrows
from dscourse.show.axis import Axis, OrderAxis, TimeAxis
from dscourse.show.diagram import Diagram, left_edge
from dscourse.show.focus import Focus, find_event
from dscourse.show.key import clock_stamps, key_items
from dscourse.show.picture import Picture
from dscourse.show.scene import Arrow, Scene, read_scene
from dscourse.show.sentence import describe
from dscourse.show.words import span, worth_drawing
from dscourse.sim.events import Event, Spell
from dscourse.sim.trace import Trace, as_trace

__all__ = ["Drawing", "Look", "around", "drawing", "spacetime"]

_MOST_LABELLED = 60
_MOST_ARROWS = 400


@dataclass(frozen=True, slots=True)
class Look:
    """The appearance of a space-time diagram; ValueError for an unknown scale.

    With ``scale`` ``"time"`` a distance is a duration; with ``"order"`` each step has the same room, whatever time
    passed. ``labels`` are the words at messages and operations; tooltips stay without them. ``width`` is in px.
    """

    scale: str = "time"
    labels: bool = True
    width: int = 860

    def __post_init__(self) -> None:
        if self.scale not in ("time", "order"):
            raise ValueError(f"scale={self.scale!r}: it must be 'time' or 'order'")


_PLAIN, _NOTHING = Look(), Focus()
_NONE: Mapping[int, str] = MappingProxyType({})


def spacetime(
    trace: Trace,
    *,
    nodes: Sequence[str] | None = None,
    start_ms: float | None = None,
    end_ms: float | None = None,
    highlight: Iterable[int] = (),
    clocks: str | Mapping[int, str] | None = None,
    spells: Iterable[Spell] = (),
    refused: Mapping[int, str] = _NONE,
    timers: bool = True,
    sentence: str | None = None,
    focus: Focus = _NOTHING,
    look: Look = _PLAIN,
) -> Picture:
    """Draw ``trace``: messages, losses, crashes, partitions, timers, writes and client operations.

    ``nodes`` chooses and orders the lines; ``start_ms`` and ``end_ms`` choose a stretch of time; ``look`` is the
    appearance, such as ``Look(scale="order")``. ``highlight`` names client operations (their ids) to which a verdict
    points, and ``focus`` the events to point to, such as ``Focus(past_of=event)``. ``clocks`` is ``"lamport"`` or
    ``"vector"``: the clock of a node after each of its steps; or labels of your own, by event index. ``spells`` are
    stretches of nodes' lines to be drawn thick; their ``kind`` stands in the key. ``refused`` names deliveries that
    the receiver turns down, by event index, each with a reason in a few words; they get a red bar.

    Above 60 messages their labels are left out (tooltips stay); above 400, columns on a time axis count them and
    timers and writes are left out; above 200 operations, only those that are highlighted or not ok are drawn. The
    sentence is computed from the trace unless one is given.

    Raises LookupError for a node, operation or event that the trace does not hold, ValueError for an unknown kind of
    clock, or a stretch that ends before it begins, TypeError for a world in place of its trace or an event in place
    of a `Focus`.
    """
    asked = _Asked(
        nodes, start_ms, end_ms, highlight, clocks, spells, refused, timers, sentence, focus, look
    )
    return _lay_out(as_trace(trace), asked).picture


def drawing(
    trace: Trace,
    *,
    highlight: Iterable[int] = (),
    spells: Iterable[Spell] = (),
    look: Look = _PLAIN,
) -> Drawing:
    """Return the picture of a whole run, as `spacetime` draws it, together with where everything stands in it."""
    return _lay_out(as_trace(trace), _Asked(highlight=highlight, spells=spells, look=look))


@dataclass(frozen=True, slots=True)
class Drawing:
    """A space-time diagram and its layout; ``placed`` holds each arrow's two ends, none if columns count messages."""

    picture: Picture
    diagram: Diagram
    placed: tuple[tuple[Arrow, Line], ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The arguments of `spacetime`."""

    nodes: Sequence[str] | None = None
    start_ms: float | None = None
    end_ms: float | None = None
    highlight: Iterable[int] = ()
    clocks: str | Mapping[int, str] | None = None
    spells: Iterable[Spell] = ()
    refused: Mapping[int, str] = field(default_factory=dict)
    timers: bool = True
    sentence: str | None = None
    focus: Focus = _NOTHING
    look: Look = _PLAIN


def _lay_out(trace: Trace, asked: _Asked) -> Drawing:
    focus, look, sentence = asked.focus, asked.look, asked.sentence
    if not isinstance(focus, Focus):
        raise TypeError(f"focus={focus!r}: a Focus is required; write focus=Focus(mark={focus!r})")
    names = _names(trace, asked.nodes)
    low, high = _stretch(trace, asked.start_ms, asked.end_ms)
    scene = read_scene(trace).with_spells(asked.spells)
    chosen = _chosen(scene, asked.highlight)
    whole = scene.of(names).between(low, high)
    crowded = len(whole.arrows) > _MOST_ARROWS
    scene, notes = _thinned(whole, crowded, chosen)
    axis = _axis(trace, "time" if crowded else look.scale, low, high, names, look.width)
    diagram = Diagram(scene, names, axis, focus.vivid(trace), chosen)
    rings = focus.rings(trace)
    stamps = clock_stamps(trace, asked.clocks, names)
    ms, placed = _draw(
        diagram, trace, crowded, asked.timers, look.labels, stamps, rings, asked.refused
    )
    notes = [_crowd(ms), *notes] if crowded else notes
    items = key_items(scene, crowded, asked.clocks, names, bool(asked.refused))
    diagram.explain(asked.timers, items)
    if not sentence:
        cut_out = asked.start_ms is not None or asked.end_ms is not None
        window = _window(trace, low, high, cut_out)
        known = len([name for name in trace.nodes if name])
        sentence = " ".join([describe(whole, names, known, window, chosen), *notes])
    picture = Picture(sentence, svg=diagram.canvas.document(sentence))
    return Drawing(picture, diagram, tuple(placed))


def around(trace: Trace, event: Event | int, ms: float = 50.0) -> dict[str, float]:
    """Return the stretch of ``ms`` before and after an event, to pass on as ``spacetime(trace, **around(…))``.

    LookupError if the trace does not hold the event.
    """
    if event is None:
        raise TypeError("event=None: an event of the trace is required, or its index")
    centre = find_event(as_trace(trace), event)
    return {"start_ms": max(0.0, centre.time_ms - ms), "end_ms": centre.time_ms + ms}


# --- the drawing ---------------------------------------------------------------------------------


def _draw(
    diagram: Diagram, trace: Trace, crowded: bool, timers: bool, labels: bool, stamps: Mapping[int, str],
    rings: Sequence[tuple[Event, str]], refused: Mapping[int, str],
) -> tuple[float, list[tuple[Arrow, Line]]]:  # fmt: skip
    """Draw the layers from the ground up; return the ms per column that counts messages, and where each arrow is."""
    arrows, column_ms = diagram.scene.arrows, 0.0
    placed: list[tuple[Arrow, Line]] = []
    diagram.draw_ground()
    if crowded:
        column_ms = draw_columns(diagram, arrows)
    else:
        placed = draw_arrows(diagram, arrows)
    diagram.draw_marks(timers)
    diagram.draw_refusals(trace, refused)
    diagram.label_clocks(trace, stamps, [event.index for event, _ in rings])
    if labels and len(arrows) <= _MOST_LABELLED:
        diagram.label_operations()
        label_arrows(diagram, placed)
    for event, colour in rings:
        diagram.point_out(event, colour)
    return column_ms, placed


# --- what is shown -------------------------------------------------------------------------------


def _names(trace: Trace, nodes: Sequence[str] | None) -> list[str]:
    """Return the nodes that get a line: as asked for, or clients first."""
    known = [name for name in trace.nodes if name]
    if nodes is None:
        clients = {event.node for event in trace if event.kind == "invoke"}
        return sorted(known, key=lambda name: name not in clients)
    if isinstance(nodes, str):
        raise TypeError(f"nodes={nodes!r}: a list of names is required, such as [{nodes!r}]")
    for name in nodes:
        if name not in known:
            raise LookupError(f"no event at {name!r}: the nodes are {', '.join(known)}")
    return list(nodes)


def _chosen(scene: Scene, highlight: Iterable[int]) -> frozenset[int]:
    """Return the ids of the highlighted operations; LookupError for one that the trace does not hold."""
    chosen = frozenset(highlight)
    missing = sorted(chosen - {op.id for op in scene.operations})
    if missing:
        raise LookupError(f"highlight={missing[0]!r}: no operation of this trace has this id")
    return chosen


def _stretch(trace: Trace, start_ms: float | None, end_ms: float | None) -> tuple[float, float]:
    """Return the first and the last moment that the picture shows."""
    first, last = (trace[0].time_ms, trace[-1].time_ms) if trace else (0.0, 0.0)
    low = first if start_ms is None else float(start_ms)
    high = max(last, low) if end_ms is None else float(end_ms)
    if not low <= high or (low == high and end_ms is not None and start_ms is not None):
        raise ValueError(
            f"start_ms={start_ms!r}, end_ms={end_ms!r}: the start must be before the end"
        )
    return low, high


def _window(trace: Trace, low: float, high: float, chosen: bool) -> str:
    return span(low, high).capitalize() if chosen else f"in {high - low:g} ms" if trace else ""


def _thinned(scene: Scene, crowded: bool, chosen: frozenset[int]) -> tuple[Scene, list[str]]:
    """Return the scene without details that would only fill the paper, and the sentence's note on them."""
    notes: list[str] = []
    if crowded:
        scene = scene.without_marks("timer", "write")
    shown_operations, note = worth_drawing(scene.operations, chosen)
    return scene.with_operations(shown_operations), notes + [note] * bool(note)


def _crowd(column_ms: float) -> str:
    return f"Columns count the messages that arrived (above a line) and were lost (below it) every {column_ms:g} ms."


def _axis(
    trace: Trace, scale: str, low: float, high: float, names: Sequence[str], width: float
) -> Axis:
    left = left_edge(names) + 12
    if scale == "order":
        return OrderAxis(trace, low, high, left, width - 22.0)
    return TimeAxis(low, high, left, width - 22.0)
