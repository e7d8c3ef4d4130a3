"""A panel: named controls, a pure function from their values to a frame, and a view of that frame.

Nothing is displayed as a side effect: moving a control replaces the value of one HTML widget. The stored form of a
panel is a static picture of its frame, which is readable without a kernel.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from dscourse.core.garbage import uncollected
from dscourse.core.paper import CLASS, STYLE
from dscourse.panels.aid import PANEL, Aid
from dscourse.show import Picture
from dscourse.show.drafts import drafting
from dscourse.show.stills import Still

__all__ = ["Frame", "Panel", "PictureView"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A panel's output for one setting of its controls: a picture and a sentence.

    ``alone`` stands for the panel where its controls are not seen, if the picture would lack something there.
    """

    picture: Picture
    sentence: str
    alone: Picture | None = None

    @classmethod
    def of(cls, picture: Picture) -> Frame:
        """Return a frame of this picture and the picture's own sentence."""
        return cls(picture, picture.sentence)


class PictureView(Still, widgets.VBox):
    """A widget that shows a frame below its controls: the common base of `Panel` and `Editors`.

    ``beside`` stands to the right of controls and picture, where there is room.
    """

    def __init__(
        self, head: widgets.Widget, title: str, beside: widgets.Widget | None = None
    ) -> None:
        self.title = title
        self.frame: Frame | None = None
        self.error: str | None = None
        self._picture = widgets.HTML()
        self._sentence = widgets.HTML()
        self.aid = Aid()
        upper = [head, self._picture]
        if beside is not None:
            both = [widgets.VBox(upper), beside]
            upper = [widgets.Box(both, layout={"flex_flow": "row wrap"})]
        super().__init__(
            [*upper, self._sentence, self.aid],
            layout={"padding": "8px", "border": "1px solid #c9ced8", "max_width": "960px"},
        )
        self.add_class(PANEL)

    @property
    def sentence(self) -> str:
        """The panel's current sentence: about its picture, or why the settings are impossible."""
        return self.error or (self.frame.sentence if self.frame else "")

    @property
    def picture(self) -> Picture:
        """The current picture. LookupError if there has been none yet."""
        if self.frame is None:
            raise LookupError(f"{self.title}: no picture yet: {self.error}")
        return self.frame.picture

    def show(self, frame: Frame) -> None:
        """Show this frame."""
        self.frame, self.error = frame, None
        self._picture.value = _paper(frame.picture)
        self._sentence.value = _line(frame.sentence, "#1f2430", "#f3f5f9")

    def refuse(self, reason: str) -> None:
        """Show in one line why these settings are impossible, and fade the old picture."""
        self.error = reason
        if self.frame is not None:
            self._picture.value = _paper(self.frame.picture, faded=True)
        self._sentence.value = _line(reason, "#8a1c14", "#fbeceb")

    def still(self) -> dict[str, str]:
        """Return the picture and the sentence; in place of a picture that could never be drawn, the reason."""
        frame = self._finished()
        picture = frame and (frame.alone or frame.picture)
        shown = picture.html if picture else self._sentence.value + STYLE
        return {"text/html": shown, "text/plain": self.sentence}

    def _finished(self) -> Frame | None:
        """Return the frame that is shown in the form in which it is stored."""
        return self.frame


def _paper(picture: Picture, faded: bool = False) -> str:
    """Return the picture as HTML on a white background: inline SVG, whose tooltips work, or else its own HTML.

    The rule for dark themes is part of the `Aid`: a new style sheet lets a browser look at the whole page again.
    """
    style = "max-width:100%;overflow-x:auto;background:#fff" + (";opacity:0.35" if faded else "")
    return f'<div class="{CLASS}" style="{style}">{picture.svg or picture.html.removesuffix(STYLE)}</div>'


def _line(text: str, ink: str, paper: str) -> str:
    style = f"margin:6px 0 0;padding:6px 10px;line-height:1.45;white-space:normal;color:{ink};background:{paper}"
    return f'<p class="dscourse-sentence {CLASS}" aria-live="polite" style="{style}">{html.escape(text)}</p>'


class Panel(PictureView):
    """Controls, and the frame that ``frame(**values)`` returns for their values.

    ``frame`` must be pure: the same values give the same frame. It rejects impossible settings by a ValueError, whose
    text the panel shows. The control named ``beside`` stands to the right of the others and of the picture. The
    constructor raises ValueError for a control without a description.

    >>> from dscourse.panels.controls import slider
    >>> from dscourse.show import Picture
    >>> def frame(loss: int) -> Frame:
    ...     return Frame.of(Picture(f"{loss} % are lost.", svg="<svg/>"))
    >>> panel = Panel({"loss": slider("loss", "%", 10, 0, 100)}, frame, "Loss")
    >>> panel.set(loss=20)
    >>> panel.sentence
    '20 % are lost.'
    """

    def __init__(
        self,
        controls: Mapping[str, widgets.Widget],
        frame: Callable[..., Frame],
        title: str = "Panel",
        beside: str | None = None,
    ) -> None:
        for name, control in controls.items():
            if not getattr(control, "description", ""):
                raise ValueError(f"{title}: control {name!r} has no description")
        self.controls = dict(controls)
        self._make = frame
        self._shown: dict[str, Any] = {}  # the values of the frame that is shown
        self.elapsed_ms = 0.0
        right = None if beside is None else controls[beside]
        rows = [control for control in controls.values() if control is not right]
        row = widgets.Box(rows, layout={"flex_flow": "row wrap"})
        super().__init__(row if right is None else widgets.VBox(rows), title, right)
        for control in self.controls.values():
            control.observe(self._changed, names="value")
        self._changed()

    @property
    def values(self) -> dict[str, Any]:
        """The controls' values by name."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **values: Any) -> None:
        """Set controls, one after the other. LookupError for a control that does not exist."""
        for name, value in values.items():
            if name not in self.controls:
                raise LookupError(
                    f"{self.title}: no control {name!r}: they are {', '.join(self.controls)}"
                )
            self.controls[name].value = value

    def _finished(self) -> Frame | None:
        """Return the frame that is shown, made once more if its picture is a draft."""
        if self.frame is None or self.frame.picture.png is None:
            return self.frame
        return self._make(**self._shown)

    def _changed(self, change: object = None) -> None:
        started = time.perf_counter()
        values = self.values
        with self.aid.computing(), drafting(), uncollected():
            try:
                frame = self._make(**values)
            except ValueError as error:
                self.refuse(str(error))
            else:
                self._shown = values
                self.show(frame)
        self.elapsed_ms = (time.perf_counter() - started) * 1000
