"""The film of a shrinking: one frame per change of the list, for the browser to play."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from dscourse.core.verdict import Verdict
from dscourse.sim import World
from dscourse.touch.run.shrinking import Shrinking, Touches
from dscourse.touch.run.touched_run import TouchedRun

__all__ = ["InFilm", "film"]

Outcome = Callable[[Touches], tuple[World, Verdict | None]]
Frame = Callable[[World, Verdict | None], dict[str, Any]]


class InFilm(traitlets.HasTraits):
    """The part of a diagram that plays what a shrinking has left out; ``film`` is empty after any other gesture."""

    film = traitlets.Dict().tag(sync=True)

    def show_film(self, run: TouchedRun | None, frame: Frame) -> None:
        """Let the browser play the last shrinking of the run, or none."""
        shrinking = run.shrinking if run else None
        self.film = film(shrinking, run.outcome, frame) if run and shrinking else {}


def film(shrinking: Shrinking, outcome: Outcome, frame: Frame) -> dict[str, Any]:
    """Return the film: a claim and frames, the first of which shows the list as it was.

    ``outcome`` runs the world under a list of gestures; ``frame`` draws its picture and card. Each frame also has a
    caption, the position of the gesture that it changes (-1 in the first), and each gesture's text and switch.
    """
    frames = []
    for number, touches in enumerate(shrinking.steps):
        world, verdict = outcome(touches)
        frames.append({
            **frame(world, verdict),
            "caption": _caption(shrinking, number, verdict),
            "changed": shrinking.changed[number - 1] if number else -1,
            "touches": [{"text": touch.text, "on": touch.on} for touch in touches],
        })  # fmt: skip
    return {"claim": shrinking.claim, "frames": frames if shrinking.changed else []}


def _caption(shrinking: Shrinking, number: int, verdict: Verdict | None) -> str:
    if not number:
        return "All of your touches."
    at = shrinking.changed[number - 1]
    touch = shrinking.steps[number][at]
    verb = "Shorter" if touch.on else "Left out"
    refuted = verdict is not None and verdict.ok is False
    verdict_now = "The verdict is still no." if refuted else "Here the verdict is another."
    return f"{number} of {len(shrinking.changed)}. {verb}: {touch.text}. {verdict_now}"
