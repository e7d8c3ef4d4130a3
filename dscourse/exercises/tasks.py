"""Tasks: predictions, and exercises whose judge examines the learner's answer.

A ``judge`` returns None if the answer is right, or `Wrong` with the reason and, where that helps, the picture of a
counterexample. It may call the learner's code freely: an exception in that code is reported in one sentence, and an
endless loop is stopped when its budget is spent. The answer to some exercises is a program in a file, in any
language: their judges are given its command, and start it as processes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkstemp
from typing import Any

from dscourse.show import Picture

__all__ = ["Exercise", "Prediction", "Right", "Task", "Wrong", "by_name", "make", "plain"]


@dataclass(frozen=True, slots=True)
class Wrong:
    """The reason why an answer is wrong: a sentence, and a picture where it helps."""

    message: str
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """The figures of an answer that is right, as a sentence."""

    message: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """A question before a run; each option has a text and what is right or wrong about it."""

    id: str
    question: str
    options: Mapping[str, tuple[str, str]]
    answer: str

    def __post_init__(self) -> None:
        if self.answer not in self.options:
            raise ValueError(
                f"{self.id}: answer={self.answer!r}: it must be one of {', '.join(self.options)}"
            )


@dataclass(frozen=True, slots=True)
class Task:
    """The text of an exercise: ``stub`` and ``solution`` are sources that define ``name``, the learner's answer.

    If ``name`` is a list, it is the command of a program, and they are the text of its last file.
    """

    id: str
    title: str
    name: str
    stub: str
    solution: str
    reasoning: str
    hints: tuple[str, str]
    praise: str

    @property
    def file(self) -> str:
        """The file of the program that answers the exercise; "" if the answer is a value of the notebook."""
        return str(json.loads(self.name)[-1]) if self.name.startswith("[") else ""


@dataclass(frozen=True, slots=True)
class Exercise(Task):
    """A task with its judge.

    ``names`` are the names that stub and solution may use. ``lines`` is the budget of executed lines of learner's
    code.
    """

    judge: Callable[[Any], Right | Wrong | None]
    names: Mapping[str, Any] = field(default_factory=dict)
    lines: int = 200_000


def by_name(*definitions: Any) -> dict[str, Any]:
    """Return these classes and functions by their names, as the names that an answer may use.

    >>> by_name(Wrong)
    {'Wrong': <class 'dscourse.exercises.tasks.Wrong'>}
    """
    return {definition.__name__: definition for definition in definitions}


def make(exercise: Exercise, source: str) -> Any:
    """Return the value that ``source`` defines under the exercise's name, or the command of a program with this text.

    A program whose first line names an interpreter, as in ``#!/usr/bin/env node``, is run by it, else by Python.
    """
    if exercise.file:
        return _program(source)
    space: dict[str, Any] = dict(exercise.names)
    exec(compile(source, f"<{exercise.id}>", "exec"), space)
    return space[exercise.name]


@cache
def _folder() -> TemporaryDirectory[str]:
    """Return a folder that lasts as long as this process."""
    return TemporaryDirectory(prefix="dscourse-programs-")


def _program(source: str) -> list[str]:
    _, path = mkstemp(".txt", dir=_folder().name)
    Path(path).write_text(source, "utf-8")
    first = source.partition("\n")[0]
    return [*first[2:].split(), path] if first.startswith("#!") else [sys.executable, path]


def plain(value: Any) -> Any:
    """Return a numpy number or truth value, or a text or number of a derived class, as Python's own.

    Then nothing that its class defines, such as an ``__eq__`` that says yes to everything, takes part in a judgement.
    A value that claims another class than its own becomes an object that equals nothing else. Any other value is
    returned unchanged.

    >>> class Word(str):
    ...     def __eq__(self, other):
    ...         return True
    >>> Word("no") == "yes", plain(Word("no")) == "yes", plain([1])
    (True, False, [1])
    """
    kind = type(value)
    if kind in _OWN:
        return value
    if kind.__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return value.item()
    for base, read in _OWN.items():
        if issubclass(kind, base):
            return read(value)
    return value if value.__class__ is kind else _Strange()


class _Strange:
    """A value whose class is not the one that it claims."""

    def __repr__(self) -> str:
        return "an object that claims another class than its own"


_OWN: dict[type, Callable[[Any], Any]] = {
    bool: bool,
    int: lambda value: int.__add__(value, 0),
    float: float.__float__,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
}
