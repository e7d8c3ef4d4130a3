"""The verdict as shown to the reader: words, with a picture where that helps."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from dscourse.core.cards import GRADES
from dscourse.core.paper import CLASS, STYLE
from dscourse.show import Picture

__all__ = ["Note", "Outcome", "marked"]

_LOOK = {
    "passed": (*GRADES[True][:2], "Passed"),
    "not yet": (*GRADES[False][:2], "Not yet"),
    "not attempted yet": (*GRADES[None][:2], "Not attempted yet"),
    "note": ("#1f2430", "#f3f5f9", ""),
}


@dataclass(frozen=True, slots=True)
class Note:
    """A text in a box of its own; ``body`` is HTML, ``text`` the same as plain text."""

    text: str
    body: str
    look: str = "note"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        ink, paper, _ = _LOOK[self.look]
        style = f"padding:8px 12px;border-left:4px solid {ink};color:{ink};background:{paper};line-height:1.5"
        markup = f'<div class="{CLASS}" style="{style}">{self.body}</div>{STYLE}'
        return {"text/html": markup, "text/plain": self.text}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on an answer: ``passed``, ``not yet`` with the reason, or ``not attempted yet``."""

    exercise: str
    status: str
    message: str
    picture: Picture | None = None

    def __bool__(self) -> bool:
        return self.status == "passed"

    def __str__(self) -> str:
        return f"{self.exercise}: {self.status}. {self.message}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        _, _, word = _LOOK[self.status]
        body = f"<b>{self.exercise}: {word}.</b> {marked(self.message)}"
        shown = Note(str(self), body, self.status)._repr_mimebundle_()
        if self.picture is not None:
            shown["text/html"] += f"<div>{self.picture.html}</div>"
            shown["text/plain"] += f"\n{self.picture.sentence}"
        return shown


def marked(message: str) -> str:
    """Return the message as HTML, with text between back-ticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(message))
