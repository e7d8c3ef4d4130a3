"""Exercises and predictions, by number.

    predict("01.1", None)    a question before a run, with a button for each option
    reveal("01.1")           after the run: what is right or wrong about each option
    check("01.3", answer)    passed, not yet (with a counterexample), or not attempted yet
    hint("01.3")             the first hint; hint("01.3", 2) gives the second
    solution("01.3")         a worked solution with its reasoning
    make_folder()            the folder my_nodes, for answers that are programs
    progress()               what you have passed, by chapter, and where to go on

Each returns its result as a value. A wrong answer, an unknown number or a missing argument is answered in words;
none of them raises.
"""

from __future__ import annotations

import difflib
import html
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dscourse.exercises import catalogue, predictions, record, standing
from dscourse.exercises.grading import judge
from dscourse.exercises.outcome import Note, Outcome, marked
from dscourse.exercises.programs import make_folder
from dscourse.exercises.tasks import Exercise, Prediction, Wrong
from dscourse.show.source import Source

if TYPE_CHECKING:
    from dscourse.exercises.question import Question

__all__ = [
    "Exercise", "Outcome", "Prediction", "Wrong", "all_exercises", "all_predictions", "check", "hint", "make_folder",
    "predict",    "progress", "reveal", "solution",
]  # fmt: skip

_MISSING = object()


def all_exercises() -> dict[str, Exercise]:
    """Return every exercise of the course by id, in order."""
    return {name: catalogue.exercise(text) for name, text in catalogue.exercises().items()}


def all_predictions() -> dict[str, Prediction]:
    """Return every prediction of the course by id, in order."""
    return {name: catalogue.prediction(text) for name, text in catalogue.predictions().items()}


def predict(name: Any = None, choice: Any = None) -> Question | Note:
    """Return the question with a button for each option; a letter as ``choice`` chooses one too."""
    text = _find("prediction", name)
    if isinstance(text, str):
        return _note(text)
    return predictions.ask(catalogue.prediction(text), choice)


def reveal(name: Any = None) -> Note:
    """Return, after the run, what is right or wrong about each option, once you have predicted."""
    text = _find("prediction", name)
    if isinstance(text, str):
        return _note(text)
    return predictions.explain(catalogue.prediction(text))


def check(name: Any = None, answer: Any = _MISSING) -> Outcome:
    """Return the verdict on your answer to an exercise.

    Where the system allows it, your code runs in a copy of the kernel: its output is shown, but its changes to
    objects outside of itself, such as a list of the notebook's, do not appear here. Code that does not end is
    stopped. Under nbgrader, anything but a pass raises AssertionError.
    """
    text = _find("exercise", name)
    if isinstance(text, Path) and answer is not _MISSING:
        return judge(catalogue.exercise(text), answer)
    if isinstance(text, Path):
        task = catalogue.task(text)
        text = f'Give your answer as well: check("{task.id}", {task.name}).'
    outcome = Outcome(f"{name!s:.20}", "not attempted yet", text)
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        raise AssertionError(str(outcome))
    return outcome


def hint(name: Any = None, number: Any = 1) -> Note:
    """Return the first hint of an exercise, or the second for ``number=2``."""
    text = _find("exercise", name)
    if isinstance(text, str):
        return _note(text)
    task = catalogue.task(text)
    if number not in (1, 2):
        return _note(f'{task.id} has two hints: hint("{task.id}", 1) and hint("{task.id}", 2).')
    words = f"{task.id}, hint {number}: {task.hints[number - 1]}"
    return Note(words, marked(words))


def solution(name: Any = None) -> Note:
    """Return a worked solution with its reasoning; try first.

    If ``DSCOURSE_SOLUTIONS`` is ``hidden``, as a class may set it, return a note to that effect instead.
    """
    text = _find("exercise", name)
    if isinstance(text, str):
        return _note(text)
    task = catalogue.task(text)
    if os.environ.get("DSCOURSE_SOLUTIONS") == "hidden":
        return _note(f"{task.id}: worked solutions are hidden in this class.")
    code = Source(task.solution, f"one solution of {task.id}")
    body = f"<p>{marked(task.reasoning)}</p>{code.html}"
    return Note(f"{task.reasoning}\n\n{task.solution}", body)


def progress() -> Note:
    """Return your progress: a bar for each chapter, its exercises folded below, and where to go on."""
    return standing.note(record.passed())


def _note(text: str) -> Note:
    return Note(text, html.escape(text))


def _find(kind: str, name: Any) -> Path | str:
    """Return the file with the text of this exercise or prediction; a sentence for the reader if there is none."""
    known = {"exercise": catalogue.exercises, "prediction": catalogue.predictions}
    files: Mapping[str, Path] = known[kind]()
    other = "prediction" if kind == "exercise" else "exercise"
    wanted = f"{name!s:.40}".strip()
    if wanted in files:
        return files[wanted]
    if wanted in known[other]():
        calls = "predict and reveal" if other == "prediction" else "check, hint and solution"
        return f"{wanted} is {_an(other)}: it is for {calls}."
    near = difflib.get_close_matches(wanted, files, n=3) or list(files)[:3]
    return f'No {kind} is called "{wanted}": did you mean {", ".join(near)}?'


def _an(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
