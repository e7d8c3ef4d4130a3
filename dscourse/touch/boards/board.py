"""A picture that can be touched: the common base of the boards, which draw a state and change it by gestures."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import anywidget
import traitlets

from dscourse.show.picture import Picture
from dscourse.show.stills import Still
from dscourse.touch.boards.board_handles import Handle
from dscourse.touch.modules import joined

__all__ = ["Board"]

_FOLDER = Path(__file__).parents[1] / "browser"
_MOST_STATES = 200  # kept for undo

S = TypeVar("S")


class Board(Still, anywidget.AnyWidget, Generic[S]):
    """A picture of a state that takes gestures; the state is an immutable value whose methods are the gestures.

    Each gesture of ``GESTURES`` is a method of the state and returns the next one. It refuses what is impossible by a
    ValueError, whose text the board shows. `draw` returns the picture of a state and the handles in it. Mouse and
    keyboard are the same on all boards: a click makes a gesture or opens a menu, Enter does the same, a drag or the
    arrow keys along the track move, Delete removes, Escape puts back, Ctrl+Z and Ctrl+Y undo and redo. All handles
    are one tab stop; n and p, Home and End, and the other arrow keys go from one handle to another.

    Stored without a kernel, a board is the picture of its present state.
    """

    _esm = joined(_FOLDER / "board.js")
    _css = "\n".join((_FOLDER / name).read_text("utf-8") for name in ("diagram.css", "board.css"))

    GESTURES: ClassVar[frozenset[str]] = frozenset()

    svg = traitlets.Unicode().tag(sync=True)
    handles: traitlets.List[Any] = traitlets.List().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    sentence = traitlets.Unicode().tag(sync=True)
    refusal = traitlets.Unicode().tag(sync=True)
    can_undo = traitlets.Bool(False).tag(sync=True)
    can_redo = traitlets.Bool(False).tag(sync=True)
    shown = traitlets.Int(0).tag(sync=True)  # how many pictures there have been

    def __init__(self, start: S, title: str, hint: str) -> None:
        self.picture = Picture("not drawn yet", svg="<svg/>")
        self._states, self._at = [start], 0
        super().__init__(title=title, hint=hint)
        self.on_msg(self._on_message)
        self._show(start)

    @property
    def state(self) -> S:
        """The present state."""
        return self._states[self._at]

    @abstractmethod
    def draw(self, state: S) -> tuple[Picture, Sequence[Handle]]:
        """Return the picture of a state, an SVG with its sentence, and the handles in it."""

    def touch(self, gesture: str, *arguments: Any) -> None:
        """Make a gesture by its name. An impossible one is refused in words, in ``refusal``."""
        self.refusal = ""
        try:
            self._make(gesture, arguments)
        except (ValueError, LookupError, TypeError) as error:
            self._refuse(error)
        self._show(self.state)

    def preview(self, gesture: str, *arguments: Any) -> None:
        """Show the state to which a gesture would lead; the present state stays. A refusal is shown likewise."""
        self.refusal = ""
        try:
            shown = self._next(gesture, arguments)
        except (ValueError, LookupError, TypeError) as error:
            self._refuse(error)
            shown = self.state
        self._show(shown)

    # --- gestures ------------------------------------------------------------------------------------

    def _make(self, gesture: str, arguments: Sequence[Any]) -> None:
        if gesture in ("undo", "redo"):
            step = 1 if gesture == "redo" else -1
            if not 0 <= self._at + step < len(self._states):
                raise ValueError(f"there is nothing to {gesture}")
            self._at += step
        elif gesture == "reset":
            self._enter(self._states[0])
        elif gesture != "settle":  # after a preview that is given up, the present state is shown
            self._enter(self._next(gesture, arguments))

    def _next(self, gesture: str, arguments: Sequence[Any]) -> S:
        if gesture not in self.GESTURES:
            raise LookupError(f"no gesture is called {gesture!r}")
        following: S = getattr(self.state, gesture)(*arguments)
        return following

    def _enter(self, state: S) -> None:
        """Make this the present state; the first one is kept for a reset."""
        if state == self.state:
            return
        kept = self._states[: self._at + 1][-_MOST_STATES:]
        self._states = [*({} if kept[0] is self._states[0] else self._states[:1]), *kept, state]
        self._at = len(self._states) - 1

    def _refuse(self, error: Exception) -> None:
        self.refusal = str(error.args[0] if error.args else error).splitlines()[0]

    # --- the browser ---------------------------------------------------------------------------------

    def _on_message(self, widget: object, content: Any, buffers: object) -> None:
        make = self.preview if content.get("preview") else self.touch
        arguments = content.get("arguments")
        make(str(content.get("gesture")), *(arguments if isinstance(arguments, list) else ()))

    def _show(self, state: S) -> None:
        self.picture, handles = self.draw(state)
        with self.hold_sync():
            self.svg = self.picture.svg or ""
            self.handles = [handle.as_data() for handle in handles]
            self.sentence = self.picture.sentence
            self.can_undo, self.can_redo = self._at > 0, self._at < len(self._states) - 1
            self.shown += 1

    def still(self) -> dict[str, str]:
        """Return the picture of the present state, and its sentence."""
        return {"text/html": self.picture.html, "text/plain": self.sentence}
