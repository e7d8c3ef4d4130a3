"""Answers to exercises for tests: planted right and wrong ones, and code that raises or does not end."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from dscourse import exercises
from dscourse.exercises import Exercise, grading
from dscourse.exercises.programs import as_command
from dscourse.exercises.sandbox import apart
from dscourse.exercises.sandbox.budget import Budget
from dscourse.exercises.tasks import make
from tests.effort import SOAK, once
from tests.run.external.programs import needs

PLANTED = Path(__file__).resolve().parents[1] / "exercises" / "planted"
Wrong = tuple[str, str]  # the source of an answer, and a part of the message meant for it

# Exercises whose judges take long: a quarter of a second and more per answer.
LONG = ("01.6", "01.7", "01.8", "03.7", "04.8", "05.8", "08.5", "08.7", "11.7", "14.8")


_PROGRAMS = 4  # judged at a time; each is several processes, which wait most of their time


class Uncounted(Budget):
    """A budget that counts no lines: on Python 3.11 counting takes many times as long as the judge itself."""

    def watch(self, work: Callable[[], Any]) -> Any:
        return work()


def live(exercise: Exercise) -> list[pytest.MarkDecorator]:
    """Return the marks of tests that judge answers to this exercise: those of real processes for programs."""
    return [once, needs] if exercise.file else []


def given(exercise: Exercise, text: str) -> exercises.Outcome:
    """Return the verdict on the answer that ``text`` defines."""
    if exercise.file:
        return exercises.check(exercise.id, command(exercise, text))
    return exercises.check(exercise.id, make(exercise, text))


def in_one_copy(exercise: Exercise, given: Sequence[Any]) -> list[exercises.Outcome]:
    """Return the verdicts on these answers, judged one after another in one copy of this process.

    No lines are counted. A copy for each answer, as a reader's kernel makes it, takes longer than most judges do: a
    worker of these tests is a large process.
    """

    def judge_all(leave: Callable[[object], None]) -> list[exercises.Outcome]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(grading, "run", lambda work, limits=None: work(leave))
            patch.setattr(grading, "Budget", Uncounted)
            return [grading.judge(exercise, answer) for answer in given]

    verdicts: list[exercises.Outcome] = apart.run(judge_all)
    return verdicts


@lru_cache(maxsize=1)
def _verdicts(name: str, texts: tuple[str, ...]) -> dict[str, exercises.Outcome]:
    exercise = exercises.all_exercises()[name]
    given = [make(exercise, text) for text in texts]
    return dict(zip(texts, in_one_copy(exercise, given), strict=True))


def given_among(exercise: Exercise, text: str, texts: Sequence[str]) -> exercises.Outcome:
    """Return the verdict on ``text``, one of the ``texts`` that are judged together.

    In a soak every answer is judged alone, in a copy of its own and with its lines counted, as in a reader's kernel:
    then none passes thanks to what one before it has left behind.
    """
    return given(exercise, text) if SOAK else _verdicts(exercise.id, tuple(texts))[text]


def given_beside(
    exercise: Exercise, text: str, programs: Sequence[tuple[str, str]]
) -> exercises.Outcome:
    """Return the verdict on ``text``, one of the ``programs``: ids of exercises and texts that are judged at once.

    In a soak every program is judged alone.
    """
    if SOAK:
        return given(exercise, text)
    return _side_by_side(tuple(programs))[exercise.id, text].result()


@lru_cache(maxsize=1)
def _side_by_side(
    programs: tuple[tuple[str, str], ...],
) -> dict[tuple[str, str], Future[exercises.Outcome]]:
    all_of_them = exercises.all_exercises()
    make(
        all_of_them[programs[0][0]], ""
    )  # with the folder of programs, which threads would make twice
    with ThreadPoolExecutor(_PROGRAMS) as pool:
        return {
            (name, text): pool.submit(given, all_of_them[name], text) for name, text in programs
        }


def command(exercise: Exercise, text: str) -> list[str]:
    """Return the command of the program with this text; skip the test where the machine lacks what runs it.

    A text in C is compiled, and a class of the course is run as a node.
    """
    words: list[str] = make(exercise, text)
    if text.startswith("#!cc"):
        built = f"{words[-1]}.out"
        words = ["cc", "-x", "c", "-", "-o", built]
        if shutil.which("cc") is not None:
            subprocess.run(words, input=text.partition("\n")[2].encode(), check=True)
            return [built]
    elif text.startswith("#!class"):
        return _node_of_a_class(words[-1], text)
    if shutil.which(as_command(words)[0]) is None:
        pytest.skip(f"there is no {words[0]}")
    return words


def _node_of_a_class(file: str, text: str) -> list[str]:
    """Return the command that runs the classes named in the first line, ``#!class Counter``, as a node."""
    kinds = text.partition("\n")[0].split()[1:]
    path = Path(file).with_name(f"{Path(file).stem}_.py")
    path.write_text(text.partition("\n")[2], "utf-8")
    names = [f"{path.stem}:{kind}" for kind in kinds]
    script = f"import sys; sys.path.insert(0, {str(path.parent)!r})\n"
    script += f"from dscourse.run.maelstrom import main; main({names})"
    return [sys.executable, "-c", script]


def today(exercise: Exercise, planted: Sequence[Any]) -> Sequence[Any]:
    """Return the answers to try every day: one in three if the judge takes long, else all; all in a soak."""
    return planted[::3] if takes_long(exercise) and not SOAK else planted


def takes_long(exercise: Exercise) -> bool:
    """Return whether an answer takes a quarter of a second and more to judge, as every program does."""
    return exercise.id in LONG or bool(exercise.file)


def right(exercise: Exercise) -> tuple[str, ...]:
    """Return the planted right answers, as source."""
    return tuple(_planted(exercise, "RIGHT"))


def wrong(exercise: Exercise) -> tuple[Wrong, ...]:
    """Return the planted wrong answers, as source, each with a part of its message."""
    return tuple(_planted(exercise, "WRONG"))


def _planted(exercise: Exercise, kind: str) -> Any:
    """Return the answers to this exercise in ``tests/exercises/planted/NN_*.py``; empty if there are none."""
    files = sorted(PLANTED.glob(f"{exercise.id.split('.')[0]}_*.py"))
    modules = [importlib.import_module(f"tests.exercises.planted.{file.stem}") for file in files]
    return [answer for module in modules for answer in getattr(module, kind).get(exercise.id, ())]


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
