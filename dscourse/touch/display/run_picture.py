"""The pictures of one run: of the window in view for the browser, and of the whole for the notebook."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from dscourse.show.extent import lines_of
from dscourse.show.picture import Picture
from dscourse.show.scene import Band, read_scene
from dscourse.show.spacetime import Drawing, Look, Part, drawing
from dscourse.sim import Trace, World
from dscourse.touch.compare.beside import Beside
from dscourse.touch.compare.rings import ring
from dscourse.touch.display.columns import columns
from dscourse.touch.display.layout import Offers, layout_of_part, offers
from dscourse.touch.display.roles import role_spells
from dscourse.touch.display.window import NARROWEST_MS, Window
from dscourse.touch.run.names import MessageName, message_names

__all__ = ["ROWS", "RunPicture", "Shown"]

ROWS = 2
"""Rows for headers at least, so that the lines keep their places when a cut or partition comes or goes."""
_REST = 0.1  # of the run, after its last event: a fault there must be seen
_MOST_DRAWN = 200  # messages in view; above it the browser draws them on a canvas


@dataclass(frozen=True, slots=True)
class Shown:
    """The picture of a window; the document of ``svg`` is empty paper if the browser is to draw on it.

    ``rows`` are those for headers, free ones included.
    """

    svg: str
    sentence: str
    layout: dict[str, Any]
    rows: int


class RunPicture:
    """Pictures of a world's run. What all of them share is computed once.

    ``part`` returns the part of the trace that is drawn; ``refuting`` are ids of operations to mark. Nodes named in
    ``order`` have their lines in that order, before all others: those of an earlier run keep their places. With
    ``since_ms``, a band marks the part of the run before it as recorded.
    """

    def __init__(
        self,
        world: World,
        part: Callable[[Trace], Trace] = lambda trace: trace,
        refuting: Collection[int] = (),
        order: Sequence[str] = (),
        since_ms: float | None = None,
    ) -> None:
        self.trace, self.part, self.refuting = world.trace, part, tuple(refuting)
        self.shown_trace = trace = part(world.trace)
        self.scene = read_scene(trace).with_spells(role_spells(world))
        self.since_ms = since_ms
        if since_ms is not None and trace and trace[0].time_ms < since_ms < trace[-1].time_ms:
            self.scene = self.scene.with_band(_recorded(trace, since_ms))
        present = lines_of(trace, None)
        nodes = [name for name in lines_of(self.trace, None) if name in present]
        self.nodes = [
            *(name for name in order if name in nodes),
            *(name for name in nodes if name not in order),
        ]
        self._shown: tuple[tuple[Window, int], Shown] | None = None
        self.beside: Beside | None = None
        self._rest_ms = _rest_ms(world, trace)
        self.low, self.high = self._ends

    def lay_beside(self, beside: Beside | None) -> None:
        """Draw the run on the time axis that it shares with another one, their first difference ringed; or alone."""
        if beside != self.beside:
            self.beside, self._shown = beside, None
            self.low, self.high = (beside.low, beside.high) if beside else self._ends

    @property
    def _ends(self) -> tuple[float, float]:
        low, high = (
            (self.shown_trace[0].time_ms, self.shown_trace[-1].time_ms)
            if self.shown_trace
            else (0.0, 0.0)
        )
        return low, high + self._rest_ms

    @cached_property
    def _names(self) -> dict[int, MessageName]:
        return message_names(self.trace)

    @cached_property
    def _offers(self) -> Offers:
        return offers(self.trace)

    @cached_property
    def _columns(self) -> dict[str, Any]:
        return columns(self.trace, self.scene, self.nodes, self._names, self.refuting)

    @property
    def columns(self) -> dict[str, Any]:
        """The whole run as compact columns."""
        return self._columns | {"low": self.low, "high": self.high}

    @property
    def picture(self) -> Picture:
        """The picture of the whole run, as a notebook stores it."""
        part = self._part(Window())
        view = drawing(
            self.shown_trace, part, highlight=self.refuting, scene=self.scene, look=Look(names=True)
        )
        return Picture(view.picture.sentence, svg=self._svg(view))

    def show(self, window: Window, rows: int = ROWS) -> Shown:
        """Return the picture of the part of the run in the window, with at least so many ``rows`` for headers.

        ValueError if no node is left in it.
        """
        if self._shown is None or self._shown[0] != (window, rows):
            self._shown = (window, rows), self._draw(window, rows)
        return self._shown[1]

    def _draw(self, window: Window, rows: int) -> Shown:
        view = drawing(
            self.shown_trace,
            self._part(window),
            highlight=self.refuting,
            scene=self.scene,
            look=Look(header_rows=rows, rest_ms=self._rest_ms, names=True),
            most=_MOST_DRAWN,
        )
        placed = layout_of_part(view, self._names, self._offers) | {
            "fit": window.is_fit,
            "folded": sorted(window.folded),
            "hidden": sorted(window.hidden),
            "canvas": view.messages > _MOST_DRAWN,
        }
        folded = [name for name in self.nodes if name in window.folded]
        sentence = view.picture.sentence + _note(folded)
        return Shown(self._svg(view), sentence, placed, view.diagram.rows)

    def _part(self, window: Window) -> Part:
        part = window.part(self.nodes, self.low, self.high)
        if self.beside is None or not window.is_fit:
            return part
        return replace(part, start_ms=self.low, end_ms=max(self.high, self.low + NARROWEST_MS))

    def _svg(self, view: Drawing) -> str:
        if self.beside is None or self.beside.difference is None:
            return view.picture.svg or ""
        return ring(view, self.beside.difference, self.beside.side)


def _recorded(trace: Trace, since_ms: float) -> Band:
    """Return the band over the part of the run that is recorded."""
    end = replace(trace[0], time_ms=since_ms)
    return Band("recorded", trace[0], end, frozenset(trace.nodes), True)


def _rest_ms(world: World, shown: Trace) -> float:
    """Return how much time of the run shows after the last event: a tenth, but nothing of what is not drawn."""
    if not shown:
        return 0.0
    last = shown[-1].time_ms
    later = (event.time_ms for event in world.trace if event.time_ms > last)
    return min(_REST * (last - shown[0].time_ms), next(later, world.now_ms) - last)


def _note(folded: Sequence[str]) -> str:
    """Return the sentence on nodes without a line, or nothing if there are none."""
    if not folded:
        return ""
    return f" {' and '.join(folded)} {'is' if len(folded) == 1 else 'are'} folded away."
