"""The picture of a run in a window of time that the reader zooms, pans and filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import anywidget
import traitlets

from dscourse.sim import Trace
from dscourse.touch.run_picture import RunPicture
from dscourse.touch.touched_run import TouchedRun
from dscourse.touch.window import Window

__all__ = ["InView"]


class InView(anywidget.AnyWidget):
    """The part of a diagram that is looked at.

    ``svg`` is the picture of the window, ``before`` that of the run before the last gesture in the same window, and
    ``layout_data`` tells where everything stands in it; ``run_data`` is the whole run as `columns`. Each look that
    the browser asks for has a number; ``seen`` is the last that was answered.
    """

    svg = traitlets.Unicode().tag(sync=True)
    before = traitlets.Unicode().tag(sync=True)
    layout_data = traitlets.Dict().tag(sync=True)
    run_data = traitlets.Dict().tag(sync=True)
    sentence = traitlets.Unicode().tag(sync=True)
    seen = traitlets.Int(0).tag(sync=True)

    window = Window()
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
        self.pictures = RunPicture(run.world.trace, part, refuting)
        if self.window.folded.issuperset(self.pictures.nodes):
            self.window = Window()
        with self.hold_sync():
            self._show_window()
            self.run_data = self.pictures.columns

    def _show_window(self) -> None:
        assert self.pictures is not None
        shown, before = self.pictures.show(self.window), self._pictures_before
        with self.hold_sync():
            self.before = before.show(self.window).svg if before else ""
            self.svg, self.sentence, self.layout_data = shown.svg, shown.sentence, shown.layout
