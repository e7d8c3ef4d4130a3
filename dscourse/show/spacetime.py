"""The space-time diagram: nodes as lines, time to the right, and everything that happened in one picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from dscourse.core.deferred import deferred
from dscourse.show.arrow_labels import label_arrows
from dscourse.show.arrows import Line, draw_arrows, draw_columns
from dscourse.show.diagram import Diagram
from dscourse.show.extent import axis_of, lines_of, stretch_of, window_of
from dscourse.show.focus import Focus
from dscourse.show.key import clock_stamps, key_items
from dscourse.show.picture import Picture
from dscourse.show.scene import Arrow, Scene, read_scene
from dscourse.show.sentence import describe, note_hidden, note_unlabelled
from dscourse.show.words import worth_drawing

if TYPE_CHECKING:
    from dscourse.sim import trace as traces
    from dscourse.sim.events import Spell
    from dscourse.sim.trace import Trace
else:
    traces = deferred("dscourse.sim.trace")

__all__ = ["Drawing", "Look", "Part", "drawing", "spacetime"]

_MOST_LABELLED = 60
_MOST_ARROWS = 400
_CROWD = (
    "Columns count the messages that arrived (above a line) and were lost (below it) every {:g} ms."
)


@dataclass(frozen=True, slots=True)
class Look:
    """The appearance of a space-time diagram; ValueError for an unknown scale.

    With ``scale`` ``"time"`` a distance is a duration; with ``"order"`` each step has the same room, whatever time
    passed. ``labels`` are the words at messages and operations; tooltips stay without them. ``width`` is in px.
    ``header_rows`` are kept free above the lines if there are fewer headers of partitions and settings. The time axis
    goes on for ``rest_ms`` after the last event, unless the end of the stretch is given. With ``names``, highlighted
    operations begin with the names that verdicts use, as in ``r2: read x → 1``.
    """

    scale: str = "time"
    labels: bool = True
    width: int = 860
    header_rows: int = 0
    rest_ms: float = 0.0
    names: bool = False

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
    sentence is computed from the trace unless one is given; it says how many labels found no room.

    Raises LookupError for a node, operation or event that the trace does not hold, ValueError for an unknown kind of
    clock, or a stretch that ends before it begins, TypeError for a world in place of its trace or an event in place
    of a `Focus`.
    """
    asked = _Asked(
        nodes, start_ms, end_ms, highlight, clocks, spells, refused, timers, sentence, focus, look
    )
    return _lay_out(traces.as_trace(trace), asked).picture


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a run that a picture shows: a stretch in ms, nodes, and all types of message but those hidden.

    None as an end of the stretch is that of the run; None as ``nodes`` is all of them.
    """

    start_ms: float | None = None
    end_ms: float | None = None
    nodes: Sequence[str] | None = None
    hidden: frozenset[str] = frozenset()


_WHOLE = Part()


def drawing(
    trace: Trace, part: Part = _WHOLE, *, highlight: Iterable[int] = (), look: Look = _PLAIN,
    scene: Scene | None = None, most: int | None = None,
) -> Drawing:  # fmt: skip
    """Return the picture of a part of a run, as `spacetime` draws it, together with where everything stands in it.

    ``scene`` saves reading the trace again: `read_scene` of the same trace. Above ``most`` messages nothing is drawn
    on the paper; its lines and its axis are known all the same.
    """
    asked = _Asked(
        part.nodes, part.start_ms, part.end_ms, highlight, look=look, hidden=part.hidden, most=most
    )
    return _lay_out(traces.as_trace(trace), asked, scene)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A space-time diagram and its layout; ``placed`` holds each arrow's two ends, none if columns count messages.

    ``messages`` is the number of arrows in the part shown, drawn or not.
    """

    picture: Picture
    diagram: Diagram
    placed: tuple[tuple[Arrow, Line], ...]
    messages: int


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
    hidden: frozenset[str] = frozenset()
    most: int | None = None


def _lay_out(trace: Trace, asked: _Asked, read: Scene | None = None) -> Drawing:
    focus, look = asked.focus, asked.look
    if not isinstance(focus, Focus):
        raise TypeError(f"focus={focus!r}: a Focus is required; write focus=Focus(mark={focus!r})")
    names = lines_of(trace, asked.nodes)
    low, high = stretch_of(trace, asked.start_ms, asked.end_ms)
    scene = (read or read_scene(trace)).with_spells(asked.spells)
    chosen = _chosen(scene, asked.highlight)
    whole = scene.of(names).without_messages(asked.hidden).between(low, high)
    crowded = len(whole.arrows) > _MOST_ARROWS
    bare = asked.most is not None and len(whole.arrows) > asked.most
    scene, notes = _thinned(whole, crowded, chosen)
    rest_ms = look.rest_ms if asked.end_ms is None else 0.0
    axis = axis_of(trace, "time" if crowded else look.scale, low, high + rest_ms, names, look.width)
    diagram = Diagram(scene, names, axis, focus.vivid(trace), chosen, look.header_rows)
    remarks, placed = ([], []) if bare else _draw(diagram, trace, crowded, asked, names)
    notes = [] if bare else [*remarks, *notes]
    sentence = asked.sentence or " ".join([_described(trace, whole, asked, diagram), *notes])
    picture = Picture(sentence, svg=diagram.canvas.document(sentence))
    return Drawing(picture, diagram, tuple(placed), len(whole.arrows))


def _described(trace: Trace, scene: Scene, asked: _Asked, diagram: Diagram) -> str:
    """Return the sentence of the picture, without notes on how it is drawn."""
    cut_out = asked.start_ms is not None or asked.end_ms is not None
    low, high = stretch_of(trace, asked.start_ms, asked.end_ms)
    window = window_of(trace, low, high, cut_out)
    known = len([name for name in trace.nodes if name])
    sentence = describe(scene, list(diagram.y), known, window, diagram.chosen, asked.look.names)
    return " ".join([sentence, *note_hidden(asked.hidden)])


# --- the drawing ---------------------------------------------------------------------------------


def _draw(
    diagram: Diagram, trace: Trace, crowded: bool, asked: _Asked, names: Sequence[str]
) -> tuple[list[str], list[tuple[Arrow, Line]]]:
    """Draw the layers from the ground up; return what the sentence says about them, and where each arrow is."""
    arrows = diagram.scene.arrows
    notes: list[str] = []
    placed: list[tuple[Arrow, Line]] = []
    rings = asked.focus.rings(trace)
    stamps = clock_stamps(trace, asked.clocks, names)
    diagram.draw_ground()
    if crowded:
        notes.append(_CROWD.format(draw_columns(diagram, arrows)))
    else:
        placed = draw_arrows(diagram, arrows)
    diagram.draw_marks(asked.timers)
    if asked.refused:
        diagram.draw_refusals(trace, asked.refused)
    if stamps:
        diagram.label_clocks(trace, stamps, [event.index for event, _ in rings])
    if asked.look.labels and len(arrows) <= _MOST_LABELLED:
        diagram.label_operations(asked.look.names)
        notes += note_unlabelled(label_arrows(diagram, placed))
    for event, colour in rings:
        diagram.point_out(event, colour)
    items = key_items(diagram.scene, crowded, asked.clocks, names, bool(asked.refused))
    diagram.explain(asked.timers, items)
    return notes, placed


# --- what is shown -------------------------------------------------------------------------------


def _chosen(scene: Scene, highlight: Iterable[int]) -> frozenset[int]:
    """Return the ids of the highlighted operations; LookupError for one that the trace does not hold."""
    chosen = frozenset(highlight)
    missing = sorted(chosen - {op.id for op in scene.operations})
    if missing:
        raise LookupError(f"highlight={missing[0]!r}: no operation of this trace has this id")
    return chosen


def _thinned(scene: Scene, crowded: bool, chosen: frozenset[int]) -> tuple[Scene, list[str]]:
    """Return the scene without details that would only fill the paper, and the sentence's note on them."""
    notes: list[str] = []
    if crowded:
        scene = scene.without_marks("timer", "write")
    shown_operations, note = worth_drawing(scene.operations, chosen)
    return scene.with_operations(shown_operations), notes + [note] * bool(note)
