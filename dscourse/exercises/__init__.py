"""Exercises and predictions, by number.

    predict("01.1", None)    a question before a run; put a letter in place of None
    reveal("01.1")           after the run: what is right or wrong about each option
    check("01.3", answer)    passed, not yet (with a counterexample), or not attempted yet
    solution("01.3")         a worked solution with its reasoning
    progress()               what you have passed

Each returns its result as a value; a wrong answer neither prints nor raises anything.
"""

from __future__ import annotations

import difflib
import html
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dscourse.exercises import catalogue, record
from dscourse.exercises.grading import judge
from dscourse.exercises.outcome import Note, Outcome, marked
from dscourse.exercises.tasks import Exercise, Prediction, Wrong
from dscourse.show.source import Source

__all__ = [
    "Exercise", "Outcome", "Prediction", "Wrong", "all_exercises", "all_predictions", "check", "predict",
    "progress", "reveal", "solution",
]  # fmt: skip

_chosen: dict[str, str] = {}


def all_exercises() -> dict[str, Exercise]:
    """Return every exercise of the course by id, in order."""
    return {name: catalogue.exercise(text) for name, text in catalogue.exercises().items()}


def all_predictions() -> dict[str, Prediction]:
    """Return every prediction of the course by id, in order."""
    return {name: catalogue.prediction(text) for name, text in catalogue.predictions().items()}


def _text(known: Mapping[str, Path], kind: str, name: object) -> Path:
    """Return the file with the text of this task. Raise LookupError if there is none."""
    if isinstance(name, str) and name in known:
        return known[name]
    near = difflib.get_close_matches(str(name), known, n=3) or list(known)[:3]
    raise LookupError(f"no {kind} is called {name!r}: did you mean {', '.join(near)}?")


def _prediction(name: str) -> Prediction:
    return catalogue.prediction(_text(catalogue.predictions(), "prediction", name))


def _exercise(name: str) -> Path:
    return _text(catalogue.exercises(), "exercise", name)


def predict(name: str, choice: str | None = None) -> Note:
    """Return the question and your prediction.

    Raises LookupError for an unknown prediction, ValueError for an unknown option.
    """
    prediction = _prediction(name)
    if choice is not None and choice not in prediction.options:
        raise ValueError(
            f"choice={choice!r}: it must be None or one of {', '.join(prediction.options)}"
        )
    _chosen.pop(name, None)
    if choice is not None:
        _chosen[name] = choice
    choice_in_words = (
        "not predicted yet: put a letter in place of None"
        if choice is None
        else f"you predict {choice}"
    )
    lines = [f"{letter}  {text}" for letter, (text, _) in prediction.options.items()]
    items = "".join(
        f"<li style='list-style:none'><b>{letter}</b>&ensp;{'<u>' if letter == choice else ''}{html.escape(text)}"
        f"{'</u>' if letter == choice else ''}</li>"
        for letter, (text, _) in prediction.options.items()
    )
    body = (
        f"<b>{name}: {html.escape(prediction.question)}</b><ul>{items}</ul><i>{choice_in_words}</i>"
    )
    return Note("\n".join([f"{name}: {prediction.question}", *lines, choice_in_words]), body)


def reveal(name: str) -> Note:
    """Return, after the run, what is right or wrong about each option, once you have predicted."""
    prediction = _prediction(name)
    choice = _chosen.get(name)
    if choice is None:
        text = f"{name}: not predicted yet. Go back, commit to a letter, run that cell and this one again."
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


def check(name: str, answer: Any) -> Outcome:
    """Return the verdict on your answer to an exercise. Raise LookupError for an unknown exercise.

    Where the system allows it, your code runs in a copy of the kernel: its output is shown, but its changes to
    objects outside of itself, such as a list of the notebook's, do not appear here. Code that does not end is
    stopped.
    """
    return judge(catalogue.exercise(_exercise(name)), answer)


def solution(name: str) -> Note:
    """Return a worked solution with its reasoning; try first. Raise LookupError for an unknown exercise.

    If ``DSCOURSE_SOLUTIONS`` is ``hidden``, as a class may set it, return a note to that effect instead.
    """
    task = catalogue.task(_exercise(name))
    if os.environ.get("DSCOURSE_SOLUTIONS") == "hidden":
        text = f"{name}: worked solutions are hidden in this class."
        return Note(text, html.escape(text))
    code = Source(task.solution, f"one solution of {task.id}")
    body = f"<p>{marked(task.reasoning)}</p>{code.html}"
    return Note(f"{task.reasoning}\n\n{task.solution}", body)


def progress() -> Note:
    """Return the exercises of the course, with those you have passed marked."""
    passed = record.passed()
    tasks = [catalogue.task(text) for text in catalogue.exercises().values()]
    rows = [(item.id, item.title, "passed" if item.id in passed else "open") for item in tasks]
    lines = (
        "".join(f"<td style='text-align:left'>{html.escape(cell)}</td>" for cell in row)
        for row in rows
    )
    cells = "".join(f"<tr>{line}</tr>" for line in lines)
    done = sum(row[2] == "passed" for row in rows)
    head = f"{done} of {len(rows)} exercises passed"
    return Note(
        "\n".join([head, *("  ".join(row) for row in rows)]), f"<b>{head}</b><table>{cells}</table>"
    )
