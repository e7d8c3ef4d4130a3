"""Names of a panel's sliders for screen readers, a diagram that fits the window, and a sign of long computations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anywidget
import traitlets

from dscourse.core.paper import RULE
from dscourse.panels.late import late

__all__ = ["PANEL", "Aid"]

PANEL = "dscourse-panel"  # the class of the box whose controls get names
_SOON_S = (
    0.2  # until `Aid.busy` is set; the browser waits for as long again before it shows the sign
)
_FOLDER = Path(__file__).parent / "browser"


class Aid(anywidget.AnyWidget):
    """An invisible part of a panel. ipywidgets writes a slider's description beside it, but not as its name.

    >>> aid = Aid()
    >>> with aid.computing():
    ...     aid.busy
    False
    """

    _esm = _FOLDER / "aid.js"
    _css = (_FOLDER / "aid.css").read_text("utf-8") + RULE

    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.add_class("dscourse-aid")

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Show a sign until the block ends, if that takes longer than 0.4 s."""
        try:
            with late(_SOON_S, self._say_so):
                yield
        finally:
            self.busy = False

    def _say_so(self) -> None:
        self.busy = True
