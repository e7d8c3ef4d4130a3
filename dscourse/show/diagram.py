"""The frame of a space-time diagram: lines, bands, spells, bars and marks. `arrows` draws messages on it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from dscourse.history import Op
from dscourse.show import glyphs, palette
from dscourse.show.axis import Axis
from dscourse.show.headers import ROW, Headers
from dscourse.show.scene import Scene
from dscourse.show.svg import Canvas, text_width
from dscourse.show.words import short, verdict_name

if TYPE_CHECKING:
    from dscourse.sim.events import Event, Spell
    from dscourse.sim.trace import Trace

__all__ = ["LANE", "Diagram", "left_edge"]

LANE = 58.0  # px between two nodes
_FADED = 0.2
_GLYPHS: dict[str, glyphs.Glyph] = {
    "timer": glyphs.timer, "write": glyphs.write, "restart": glyphs.restart, "crash": glyphs.crash,
    "error": glyphs.crash,
}  # fmt: skip
_MEANINGS = {
    "timer": "timer", "write": "written to disk", "crash": "crash", "restart": "restart",
    "error": "handler raises",
}  # fmt: skip


def _title(event: Event) -> str:
    """Return an event on one line; a timer or a record is told as in a label, any other event as in the trace."""
    if event.kind == "timer":
        return f"timer of {event.node}: {short(event.what, 80)}, at {event.time_ms:g} ms"
    if event.kind == "write":
        return f"{event.node} writes {short(event.what, 80)} at {event.time_ms:g} ms"
    return " ".join(str(event).split())


def left_edge(names: Sequence[str]) -> float:
    """Return the width in px that the names need at the left."""
    return 18 + max((text_width(name, 12) * 1.1 for name in names), default=0)


class Diagram:
    """One drawing under way: all positions, and the layers below and above the messages."""

    def __init__(
        self,
        scene: Scene,
        names: Sequence[str],
        axis: Axis,
        vivid: Collection[int] | None,
        chosen: Collection[int],
        least_rows: int = 0,
    ) -> None:
        self.scene, self.axis, self.vivid, self.chosen = scene, axis, vivid, chosen
        self.left, self.right = axis.left - 12, axis.right + 8
        self._headers = Headers([*scene.bands, *scene.settings], self.x, axis.right + 22)
        self.rows = max(least_rows, self._headers.rows)
        self.top = 30 + ROW * self.rows
        self.bottom = self.top + LANE * (len(names) - 1) + 26
        self.y = {name: self.top + LANE * row for row, name in enumerate(names)}
        self.canvas = Canvas(axis.right + 22, self.bottom + 42)
        self._bars: dict[str, list[Op]] = {name: [] for name in names}
        for op in scene.operations:
            self._bars[op.process].append(op)

    # --- coordinates -----------------------------------------------------------------------------

    def x(self, event: Event | None) -> float:
        """Return the x of the event; the right edge for one that has not happened."""
        return self.right if event is None else self.axis.x(event)

    def op_ends(self, op: Op) -> tuple[float, float]:
        """From where to where the operation's bar goes."""
        left = self.axis.at(op.invoked, op.invoked_ms)
        if op.returned is None or op.returned_ms is None:
            return left, self.right
        return left, self.axis.at(op.returned, op.returned_ms)

    def edge(self, node: str, event: Event) -> float:
        """Return how far from the node's line an arrow ends: outside the bar of an operation under way."""
        count = bisect_right(self._bars[node], event.index, key=lambda op: op.invoked)
        last = self._bars[node][count - 1] if count else None
        inside = last and (last.returned is None or event.index <= last.returned)
        return glyphs.BAR if inside else 0.0

    def fade(self, *indices: int | None) -> float | None:
        """Return the opacity of what these events make: faint unless one is in the past or future asked for."""
        if self.vivid is None or any(index in self.vivid for index in indices):
            return None
        return _FADED

    # --- layers ----------------------------------------------------------------------------------

    def draw_ground(self) -> None:
        """Everything below the messages."""
        self._headers.draw_bands(self.canvas, self.y, self.bottom)
        self.axis.draw(self.canvas, self.top - 20, self.bottom)
        self._headers.draw_texts(self.canvas, self.bottom)
        for name, y in self.y.items():
            self.canvas.text(self.left - 8, y + 4, name, 12, text_anchor="end", font_weight="bold")
            self.canvas.line(self.left, y, self.right, y, stroke=palette.LINE, stroke_width=1.4)
        for spell in self.scene.spells:
            self._spell(spell, self.y[spell.node], self.x(spell.start), self.x(spell.end))
        for op in self.scene.operations:
            fade = self.fade(op.invoked, op.returned)
            ends = self.op_ends(op)
            glyphs.operation(self.canvas, op, *ends, self.y[op.process], op.id in self.chosen, fade)

    def draw_marks(self, timers: bool) -> None:
        """Timers, writes, crashes and restarts."""
        for event in self.scene.marks:
            if timers or event.kind != "timer":
                x, y, title = self.x(event), self.y[str(event.node)], _title(event)
                _GLYPHS[event.kind](self.canvas, x, y, title, opacity=self.fade(event.index))
                self.canvas.take((x - 4, y - 4, x + 4, y + 9))

    def label_operations(self, named: bool = False) -> None:
        """Write each client operation and its outcome beside its bar, the chosen ones first, and ``named`` if so."""
        for op in sorted(self.scene.operations, key=lambda op: op.id not in self.chosen):
            if not self.fade(op.invoked, op.returned):
                y, chosen = self.y[op.process], op.id in self.chosen
                head = verdict_name(op) if chosen and named else ""
                glyphs.operation_label(self.canvas, op, *self.op_ends(op), y, chosen, head)

    def label_clocks(
        self, trace: Trace, stamps: Mapping[int, str], ringed: Collection[int] = ()
    ) -> None:
        """At each event of a line, the clock after all that happened there; outside of the rings."""
        last = {
            (event.node, round(self.x(event))): event
            for event in trace
            if event.index in stamps and event.node in self.y
            and self.axis.low <= event.time_ms <= self.axis.high
        }  # fmt: skip
        for (node, _), event in last.items():
            if event.index in ringed:
                x, y = self.x(event), self.y[str(node)]
                self.canvas.take((x - 12, y - 12, x + 12, y + 12))
        for (node, _), event in last.items():
            if not self.fade(event.index):
                x, y = self.x(event), self.y[str(node)]
                far = 10 if event.index in ringed else 8 if self._bars[str(node)] else 1
                spots = [(x, y + 13 + far), (x, y - 6 - far), (x + 14, y + 13 + far)]
                spots += [(x - 20, y + 13 + far)]
                self.canvas.label(spots, stamps[event.index], 9, palette.PURPLE)

    def draw_refusals(self, trace: Trace, refused: Mapping[int, str]) -> None:
        """Draw a bar where a message is turned down, with the reason beside it."""
        found = [
            event
            for event in trace
            if event.index in refused and event.node in self.y
            and self.axis.low <= event.time_ms <= self.axis.high
        ]  # fmt: skip
        for event in found:
            x, y, why = self.x(event), self.y[str(event.node)], refused[event.index]
            glyphs.refusal(self.canvas, x, y, f"refused: {why}", opacity=self.fade(event.index))
            self.canvas.take((x - 3, y - 10, x + 3, y + 10))
        for event in found:
            x, y = self.x(event), self.y[str(event.node)]
            spots = [(x, y + 20), (x, y - 13), (x + 22, y + 20), (x - 22, y + 20)]
            self.canvas.label(spots, refused[event.index], 9, palette.RED)

    def point_out(self, event: Event | None, colour: str) -> None:
        """Draw a ring around one event."""
        if event is not None and event.node in self.y:
            self.canvas.add(
                "circle", _title(event), cx=self.x(event), cy=self.y[event.node], r=11,
                fill="none", stroke=colour, stroke_width=2.4,
            )  # fmt: skip

    def explain(self, timers: bool, more: Sequence[tuple[glyphs.Glyph, str]]) -> None:
        """Draw the key below the axis: the marks that occur."""
        kinds = {event.kind for event in self.scene.marks} - (set() if timers else {"timer"})
        items = [(_GLYPHS[kind], word) for kind, word in _MEANINGS.items() if kind in kinds]
        glyphs.key(self.canvas, self.left + 12, self.bottom + 34, [*items, *more])

    # --- one of each -----------------------------------------------------------------------------

    def _spell(self, spell: Spell, y: float, left: float, right: float) -> None:
        if spell.kind not in ("down", "paused"):
            tint = glyphs.TINTS.get(spell.kind)
            style = glyphs.THICK if tint is None else {**glyphs.THICK, "stroke": tint}
            self.canvas.line(left, y, right, y, spell.text, **style)
            if tint is not None:
                spots = [(right - 30, y - 9), (right - 30, y + 17), ((left + right) / 2, y - 9)]
                self.canvas.label(spots, spell.kind, 10, tint)
            return
        if spell.kind == "down":
            self.canvas.line(left, y, right, y, stroke=palette.PAPER, stroke_width=4)
            self.canvas.line(left, y, right, y, spell.text, stroke=palette.RED, stroke_width=1.2,
                             stroke_dasharray="1.5 5")  # fmt: skip
        else:
            self.canvas.rect((left, y - 5, right, y + 5), spell.text, fill=palette.FAINT,
                             stroke=palette.GREY, stroke_width=1, stroke_dasharray="2 2")  # fmt: skip
        half = text_width(spell.kind, 9.5) / 2 + 3
        middle = min((left + right) / 2, self.canvas.width - half)
        spots = [(x, y + dy) for x in (middle, left - half - 6) for dy in (-7, 15)]
        self.canvas.label(spots, spell.kind, 9.5, palette.GREY)
