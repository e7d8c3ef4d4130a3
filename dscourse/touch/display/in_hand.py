"""The traits with which the browser offers gestures, lists them, and says in words how one has changed the run."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import traitlets

from dscourse.touch.display.handles import handles
from dscourse.touch.display.news import moment, news
from dscourse.touch.display.pasts import Pasts
from dscourse.touch.display.wire import AS_TEXT
from dscourse.touch.run.error_words import in_one_line
from dscourse.touch.run.gestures import GESTURES
from dscourse.touch.run.numbers import NUMBERS
from dscourse.touch.run.touched_run import TouchedRun
from dscourse.touch.run.touches import Touch

__all__ = ["LIST_GESTURES", "InHand"]

LIST_GESTURES = ("switch", "remove", "edit", "undo", "redo", "reset", "shrink")
"""What can be done to the list of gestures."""


class InHand(traitlets.HasTraits):
    """The part of a diagram that takes gestures. Each gesture is answered once; ``answers`` counts them."""

    touches: traitlets.List[Any] = traitlets.List().tag(sync=True)
    hands = traitlets.Dict().tag(**AS_TEXT)
    news = traitlets.Unicode().tag(sync=True)
    refusal = traitlets.Unicode().tag(sync=True)
    answers = traitlets.Int(0).tag(sync=True)

    def __init__(self, *arguments: Any, **traits: Any) -> None:
        self._pasts = Pasts()
        super().__init__(*arguments, **traits)

    def do(self, run: TouchedRun, gesture: str, *arguments: Any, of: int | None = None) -> None:
        """Make a gesture by its name. An impossible one is refused in words, in ``refusal``.

        ``of`` is the number of the picture on which it was made, as ``answers`` counts; None for the present one.
        """
        before = moment(run)
        self.refusal = ""
        try:
            if gesture not in GESTURES and gesture not in LIST_GESTURES:
                raise LookupError(f"no gesture is called {gesture!r}")
            make = getattr(run, gesture)
            _require_arguments(gesture, make, arguments)
            make(*self._pasts.arguments_now(of, run, gesture, arguments))
        except (ValueError, LookupError, TypeError) as error:
            self.refusal = in_one_line(error)
        self.news = news(before, moment(run)) if not self.refusal else ""

    def show_hands(self, run: TouchedRun) -> None:
        """Show the list of gestures, and the handles of the present run."""
        self.touches = [_entry(touch, run.remark(touch)) for touch in run.touches]
        self.hands = handles(run.world, run.touches, list(run.misplaced))
        self.answers += 1
        self._pasts.keep(self.answers, run)


def _require_arguments(gesture: str, make: Callable[..., object], given: tuple[Any, ...]) -> None:
    """Raise TypeError, in words, for too few or too many arguments."""
    try:
        signature(make).bind(*given)
    except TypeError as error:
        raise TypeError(f"{gesture.replace('_', ' ')}: {error}") from None


def _entry(touch: Touch, remark: str) -> dict[str, Any]:
    """Return a gesture for the browser: its words, its remark, and the numbers that can be edited."""
    numbers = [
        {"name": name, "label": NUMBERS[name], "value": value}
        for name, value in touch.numbers.items()
    ]
    return {"text": touch.text, "on": touch.on, "remark": remark, "numbers": numbers}
