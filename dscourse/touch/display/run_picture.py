"""The pictures of one run: of the window in view for the browser, and of the whole for the notebook."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from dscourse.show.extent import lines_of
from dscourse.show.picture import Picture
from dscourse.show.scene import read_scene
from dscourse.show.spacetime import Drawing, Look, Part, drawing
from dscourse.sim import Trace, World
from dscourse.touch.compare.beside import Beside
from dscourse.touch.compare.rings import ring
from dscourse.touch.display.columns import columns
from dscourse.touch.display.layout import Offers, layout_of_part, offers
from dscourse.touch.display.roles import role_spells
from dscourse.touch.display.window import NARROWEST_MS, Window
from dscourse.touch.run.names import MessageName, message_names

__all__ = ["RunPicture", "Shown"]

_ROOM = Look(header_rows=1)  # so that the lines stay where they are when a partition comes or goes
_MOST_DRAWN = 200  # messages in view; above it the browser draws them on a canvas


@dataclass(frozen=True, slots=True)
class Shown:
    """The picture of a window; the document of ``svg`` is empty paper if the browser is to draw on it."""

    svg: str
    sentence: str
    layout: dict[str, Any]


class RunPicture:
    """Pictures of a world's run. What all of them share is computed once.

    ``part`` returns the part of the trace that is drawn; ``refuting`` are ids of operations to mark. Nodes named in
    ``order`` have their lines in that order, before all others: those of an earlier run keep their places.
    """

    def __init__(
        self,
        world: World,
        part: Callable[[Trace], Trace] = lambda trace: trace,
        refuting: Collection[int] = (),
        order: Sequence[str] = (),
    ) -> None:
        self.trace, self.part, self.refuting = world.trace, part, tuple(refuting)
        self.shown_trace = trace = part(world.trace)
        self.scene = read_scene(trace).with_spells(role_spells(world))
        present = lines_of(trace, None)
        nodes = [name for name in lines_of(self.trace, None) if name in present]
        self.nodes = [
            *(name for name in order if name in nodes),
            *(name for name in nodes if name not in order),
        ]
        self._shown: tuple[Window, Shown] | None = None
        self.beside: Beside | None = None
        self.low, self.high = _ends(trace)

    def lay_beside(self, beside: Beside | None) -> None:
        """Draw the run on the time axis that it shares with another one, their first difference ringed; or alone."""
        if beside != self.beside:
            self.beside, self._shown = beside, None
            self.low, self.high = (beside.low, beside.high) if beside else _ends(self.shown_trace)

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
        view = drawing(self.shown_trace, part, highlight=self.refuting, scene=self.scene)
        return Picture(view.picture.sentence, svg=self._svg(view))

    def show(self, window: Window) -> Shown:
        """Return the picture of the part of the run in the window. ValueError if no node is left in it."""
        if self._shown is None or self._shown[0] != window:
            self._shown = window, self._draw(window)
        return self._shown[1]

    def _draw(self, window: Window) -> Shown:
        view = drawing(
            self.shown_trace,
            self._part(window),
            highlight=self.refuting,
            scene=self.scene,
            look=_ROOM,
            most=_MOST_DRAWN,
        )
        placed = layout_of_part(view, self._names, self._offers) | {
            "fit": window.is_fit,
            "folded": sorted(window.folded),
            "hidden": sorted(window.hidden),
            "canvas": view.messages > _MOST_DRAWN,
        }
        folded = [name for name in self.nodes if name in window.folded]
        return Shown(self._svg(view), view.picture.sentence + _note(folded), placed)

    def _part(self, window: Window) -> Part:
        part = window.part(self.nodes, self.low, self.high)
        if self.beside is None or not window.is_fit:
            return part
        return replace(part, start_ms=self.low, end_ms=max(self.high, self.low + NARROWEST_MS))

    def _svg(self, view: Drawing) -> str:
        if self.beside is None or self.beside.difference is None:
            return view.picture.svg or ""
        return ring(view, self.beside.difference, self.beside.side)


def _ends(trace: Trace) -> tuple[float, float]:
    return (trace[0].time_ms, trace[-1].time_ms) if trace else (0.0, 0.0)


def _note(folded: Sequence[str]) -> str:
    """Return the sentence on nodes without a line, or nothing if there are none."""
    if not folded:
        return ""
    return f" {' and '.join(folded)} {'is' if len(folded) == 1 else 'are'} folded away."
