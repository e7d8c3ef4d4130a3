"""The picture of a run in a window of time that the reader zooms, pans and filters."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import anywidget
import traitlets

from dscourse.core.verdict import Verdict
from dscourse.sim import Trace, World
from dscourse.touch.compare.beside import beside, in_words
from dscourse.touch.display.run_picture import ROWS, RunPicture
from dscourse.touch.display.window import Window
from dscourse.touch.display.wire import AS_TEXT, AS_TEXT_AND_BYTES
from dscourse.touch.run.touched_run import TouchedRun

__all__ = ["InView"]


class InView(anywidget.AnyWidget):
    """The part of a diagram that is looked at.

    ``svg`` is the picture of the window, ``before`` that of the run before the last gesture in the same window, and
    ``layout_data`` tells where everything stands in it; ``run_data`` is the whole run as `columns`. Each look that
    the browser asks for has a number; ``seen`` is the last that was answered. While ``comparing``, ``difference``
    says where the run first differs from the one before.
    """

    svg = traitlets.Unicode().tag(sync=True)
    before = traitlets.Unicode().tag(sync=True)
    layout_data = traitlets.Dict().tag(**AS_TEXT)
    run_data = traitlets.Dict().tag(**AS_TEXT_AND_BYTES)
    sentence = traitlets.Unicode().tag(sync=True)
    comparing = traitlets.Bool(False).tag(sync=True)
    difference = traitlets.Unicode().tag(sync=True)
    seen = traitlets.Int(0).tag(sync=True)

    window = Window()
    rows = ROWS  # for headers: as many as were needed so far, so that the lines never move back
    pictures: RunPicture | None = None
    _pictures_before: RunPicture | None = None

    def look(
        self, start_ms: float | None = None, end_ms: float | None = None, folded: Iterable[str] = (),
        hidden: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Show the run from ``start_ms`` to ``end_ms``, without these nodes and types of message.

        Without arguments the whole run shows. ValueError or TypeError, in words, for what cannot be shown.
        """
        before = self.window
        try:
            self.window = Window(start_ms, end_ms, folded, hidden)  # type: ignore[arg-type]
            self._show_window()
        except Exception:
            self.window = before
            raise

    def show_picture(self, run: TouchedRun, part: Callable[[Trace], Trace]) -> None:
        """Show the present run in the window, if it is another than the one that shows."""
        refuting = tuple(run.verdict.refuting) if run.verdict is not None else ()
        now = self.pictures
        if now and now.trace is run.world.trace and now.refuting == refuting:
            return
        self._pictures_before = now
        order = now.nodes if now else _order(run)
        self.pictures = RunPicture(run.world, part, refuting, order, run.since_ms)
        if self.window.folded.issuperset(self.pictures.nodes):
            self.window = Window()
        self._show_window()

    def frame(self, world: World, verdict: Verdict | None) -> dict[str, Any]:
        """Return the picture of another run in the same window and on the same time axis, and its verdict's card."""
        assert self.pictures is not None
        refuting = tuple(verdict.refuting) if verdict is not None else ()
        now = self.pictures
        pictures = RunPicture(world, now.part, refuting, now.nodes, now.since_ms)
        shown = pictures.show(self.window, self.rows)
        card = "" if verdict is None else verdict._repr_html_() or html.escape(str(verdict))
        return {"svg": shown.svg, "layout_data": shown.layout, "verdict_card": card}

    def compare(self, on: bool) -> None:
        """Show the run before the last change above the present one, or no longer. ValueError if there is none."""
        if on and self._pictures_before is None:
            raise ValueError("nothing has changed yet: there is no run before to compare with")
        self.comparing = bool(on)
        self._show_window()

    def _show_window(self) -> None:
        assert self.pictures is not None
        self._lay_beside(self.pictures, self._pictures_before)
        before = self._pictures_before
        for pictures in filter(None, (before, self.pictures)):
            self.rows = max(self.rows, pictures.show(self.window, self.rows).rows)
        shown = self.pictures.show(self.window, self.rows)
        with self.hold_sync():
            self.before = before.show(self.window, self.rows).svg if before else ""
            self.svg, self.sentence, self.layout_data = shown.svg, shown.sentence, shown.layout
            self.run_data = self.pictures.columns

    def _lay_beside(self, now: RunPicture, before: RunPicture | None) -> None:
        """Give both runs one time axis, and their first difference a ring, while the reader compares them."""
        traces = [before.shown_trace, now.shown_trace] if before and self.comparing else []
        upper, lower = beside(traces) if traces else (None, None)
        if before is not None:
            before.lay_beside(upper)
        now.lay_beside(lower)
        self.difference = in_words(upper, ("before", "now")) if upper else ""


def _order(run: TouchedRun) -> Sequence[str]:
    """Return the nodes of a recorded run, clients first: real processes start in any order. Else none."""
    if run.since_ms is None:
        return ()
    return sorted(run.world.nodes, key=lambda name: not run.world.is_client(name))
