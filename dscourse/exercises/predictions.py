"""A reader's predictions: asked before a run, answered after it, and kept for as long as the kernel runs."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from dscourse.exercises.outcome import Note
from dscourse.exercises.tasks import Prediction

if TYPE_CHECKING:
    from dscourse.exercises.question import Question

__all__ = ["ask", "explain", "forget"]

_chosen: dict[str, str] = {}


def ask(prediction: Prediction, choice: Any = None) -> Question:
    """Return the question with a button for each option. ``choice`` is a letter in either case, or None.

    None keeps an earlier choice; anything that is not an option is answered in words.
    """
    from dscourse.exercises.question import Question

    letter = choice.strip().upper() if isinstance(choice, str) else choice
    remark = ""
    if isinstance(letter, str) and letter in prediction.options:
        _chosen[prediction.id] = letter
    elif choice is not None:
        remark = f"{choice!r:.30} is none of {', '.join(prediction.options)}."

    def choose(letter: str) -> None:
        _chosen[prediction.id] = letter

    return Question(prediction, choose, _chosen.get(prediction.id), remark)


def explain(prediction: Prediction) -> Note:
    """Return, after the run, what is right or wrong about each option, once the reader has predicted."""
    name, choice = prediction.id, _chosen.get(prediction.id)
    if choice is None:
        text = f"{name}: not predicted yet. Go back, choose an option, and run this cell again."
        return Note(text, html.escape(text))
    right = choice == prediction.answer
    head = (
        f"{name}: you predicted {choice}, and that is {'right' if right else 'not what happens'}."
    )
    reasons = [f"{letter}: {why}" for letter, (_, why) in prediction.options.items()]
    body = (
        f"<b>{head}</b><ul>{''.join(f'<li>{html.escape(reason)}</li>' for reason in reasons)}</ul>"
    )
    return Note("\n".join([head, *reasons]), body, "passed" if right else "not yet")


def forget() -> None:
    """Forget every prediction, as a new kernel does."""
    _chosen.clear()
