"""The frame of a space-time diagram: lines, bands, spells, bars and marks. `arrows` draws messages on it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence

from dscourse.history import Op
from dscourse.show import glyphs, palette
from dscourse.show.axis import Axis
from dscourse.show.scene import Band, Scene, setting_text
from dscourse.show.svg import Canvas, text_width
from dscourse.show.words import short, verdict_name
from dscourse.sim.events import Event, Spell
from dscourse.sim.trace import Trace

__all__ = ["LANE", "Diagram", "left_edge"]

LANE = 58.0  # px between two nodes
_ROW = 16.0  # px a row of headers
_MOST_ROWS = 5
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
        items: list[Band | Event] = [*scene.bands, *scene.settings]
        self._headers = self._packed([self._header(item) for item in items])
        self.rows = max(least_rows, *(row + 1 for *_, row in self._headers), 0)
        self.top = 30 + _ROW * self.rows
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
        for left, right, item, _ in self._headers:
            if isinstance(item, Band):
                self._band(item, left, right)
        self.axis.draw(self.canvas, self.top - 20, self.bottom)
        for left, _, item, row in self._headers:
            self._header_text(left, item, row)
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

    def _header(self, item: Band | Event) -> tuple[float, float, Band | Event]:
        if isinstance(item, Band):
            return self.x(item.start), self.x(item.end), item
        return self.x(item), self.x(item), item

    def _header_room(self, left: float, text: str) -> tuple[float, float]:
        """From where to where a header's text goes: beside ``left``, but on the paper."""
        width, paper = text_width(text, 10), self.axis.right + 22
        begin = max(4.0, min(left + 5, paper - width - 4))
        return begin, begin + width

    def _packed(
        self, headers: list[tuple[float, float, Band | Event]]
    ) -> list[tuple[float, float, Band | Event, int]]:
        """Return each header with the first row in which it has room; headers without room share the last row."""
        ends: list[float] = []
        placed = []
        for left, right, item in sorted(headers, key=lambda header: header[0]):
            text = item.text if isinstance(item, Band) else setting_text(item.what)
            begin, end = self._header_room(left, text)
            row = next((i for i, last in enumerate(ends) if last <= min(left, begin)), len(ends))
            row = min(row, _MOST_ROWS - 1)
            ends += [0.0] * (row + 1 - len(ends))
            ends[row] = max(ends[row], right, end + 6)
            placed.append((left, right, item, row))
        return placed

    def _header_text(self, left: float, item: Band | Event, row: int) -> None:
        text = item.text if isinstance(item, Band) else setting_text(item.what)
        y = 14 + _ROW * row
        if isinstance(item, Event):
            self.canvas.line(left, y - 9, left, self.bottom, text, stroke=palette.YELLOW,
                             stroke_width=1.2, stroke_dasharray="1 3")  # fmt: skip
        begin, end = self._header_room(left, text)
        self.canvas.label([((begin + end) / 2, y)], text, 10)

    def _band(self, band: Band, left: float, right: float) -> None:
        row = next(row for *_, item, row in self._headers if item is band)
        head = (left, 3 + _ROW * row, right, 17 + _ROW * row)
        concerned = [self.y[name] for name in sorted(band.nodes) if name in self.y]
        if band.whole:
            top, bottom = head[3], self.bottom
        else:
            top, bottom = min(concerned, default=0) - 11, max(concerned, default=0) + 11
        if band.whole or len(concerned) == len(band.nodes):
            self.canvas.rect(
                (left, top, right, bottom), band.text, fill=palette.SHADE, fill_opacity=0.5
            )
            for x in (left, right) if band.end else (left,):
                self.canvas.line(x, head[3], x, bottom, stroke=palette.YELLOW, stroke_width=1,
                                 stroke_dasharray="3 3")  # fmt: skip
        self.canvas.rect(
            head, band.text, fill=palette.SHADE, stroke=palette.YELLOW, stroke_width=0.8
        )

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
