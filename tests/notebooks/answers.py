"""Answers to exercises for tests: planted right and wrong ones, and code that raises or does not end."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

from dscourse.course.chapters import CHAPTERS
from dscourse.exercises import Exercise
from dscourse.exercises.tasks import make

PLANTED = Path(__file__).resolve().parents[1] / "exercises" / "planted"
Wrong = tuple[str, str]  # the source of an answer, and a part of the message meant for it


def right(exercise: Exercise) -> tuple[str, ...]:
    """Return the planted right answers, as source."""
    return tuple(_planted(exercise, "RIGHT"))


def wrong(exercise: Exercise) -> tuple[Wrong, ...]:
    """Return the planted wrong answers, as source, each with a part of its message."""
    return tuple(_planted(exercise, "WRONG"))


def _planted(exercise: Exercise, kind: str) -> Any:
    """Return the answers to this exercise in ``tests/exercises/planted/NN_chapter.py``; empty if there are none."""
    chapter = next(c for c in CHAPTERS if c.label == exercise.id.split(".")[0])
    file = PLANTED / Path(chapter.file).with_suffix(".py")
    if not file.exists():
        return ()
    module = importlib.import_module(f"tests.exercises.planted.{file.stem}")
    return getattr(module, kind).get(exercise.id, ())


def raising(*arguments: object, **named: object) -> Any:
    """Raise, like the code of a learner who made a mistake."""
    raise RuntimeError("a planted mistake")


def looping(*arguments: object, **named: object) -> Any:
    """Loop for ever, like the code of a learner whose loop has no end."""
    while True:
        pass


def spoilt(exercise: Exercise, body: Callable[..., Any]) -> Any:
    """Return the solution with ``body`` for its function, or its class's handlers or methods; None for a value."""
    good = make(exercise, exercise.solution)
    if isinstance(good, FunctionType):
        return body
    if isinstance(good, type):
        methods = [name for name, value in vars(good).items() if isinstance(value, FunctionType)]
        handlers = [name for name in methods if name.startswith("on_")]
        return type(good.__name__, (good,), dict.fromkeys(handlers or methods, body))
    return None
