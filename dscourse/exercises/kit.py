"""What an exercise and a prediction are, and how an answer is judged without ever showing a traceback.

An exercise's ``judge`` looks at the learner's answer and returns None if it is right, or `Wrong` with the reason and,
where that helps, the picture of a counterexample. It may call the learner's code as it likes: what that code raises
is reported in one sentence, and an endless loop ends with its budget.
"""

from __future__ import annotations

import linecache
import os
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

from dscourse.exercises import record
from dscourse.exercises.budget import OutOfSteps, is_learners, limited
from dscourse.exercises.outcome import Outcome
from dscourse.show import Picture

__all__ = ["Exercise", "Prediction", "Wrong", "judge", "make"]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why an answer is not right: a sentence, and a picture where it helps."""

    message: str
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """A question before a run; each option is a text and what is right or wrong about it."""

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
class Exercise:
    """A task: ``stub`` and ``solution`` are source texts that define ``name``, the learner's answer.

    ``names`` are the names that both may use. ``lines`` is the budget for the learner's code.
    """

    id: str
    title: str
    name: str
    stub: str
    solution: str
    reasoning: str
    hints: tuple[str, str]
    judge: Callable[[Any], Wrong | None]
    praise: str
    names: Mapping[str, Any] = field(default_factory=dict)
    lines: int = 200_000


def make(exercise: Exercise, source: str) -> Any:
    """What ``source`` defines under the exercise's name."""
    space: dict[str, Any] = dict(exercise.names)
    exec(compile(source, f"<{exercise.id}>", "exec"), space)
    return space[exercise.name]


def judge(exercise: Exercise, answer: Any) -> Outcome:
    """The verdict on ``answer``; passing is remembered. Under nbgrader, not passing raises AssertionError."""
    outcome = _judge(exercise, answer)
    if outcome:
        record.remember(exercise.id)
    elif os.environ.get("NBGRADER_EXECUTION") == "autograde":
        raise AssertionError(str(outcome))
    return outcome


def _judge(exercise: Exercise, answer: Any) -> Outcome:
    stub = make(exercise, exercise.stub)
    if _same(answer, stub):
        return Outcome(
            exercise.id, "not attempted yet", f"Change `{exercise.name}` and run this cell again."
        )
    if callable(stub) and not callable(answer):
        return Outcome(
            exercise.id, "not yet", f"`{exercise.name}` must be {_kind(stub)}, not {answer!r:.60}."
        )
    try:
        with limited(exercise.lines):
            wrong = exercise.judge(answer)
    except OutOfSteps as error:
        return Outcome(
            exercise.id,
            "not yet",
            f"Your code did not end: {error}. Is there a loop without an end?",
        )
    except Exception as error:
        return Outcome(exercise.id, "not yet", _raised(error))
    if wrong is not None:
        return Outcome(exercise.id, "not yet", wrong.message, wrong.picture)
    return Outcome(exercise.id, "passed", exercise.praise)


def _kind(stub: Any) -> str:
    return "a class" if isinstance(stub, type) else "a function"


def _raised(error: BaseException) -> str:
    """What the learner's code raised, and where: the innermost line of theirs."""
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    frames = [
        frame for frame in traceback.extract_tb(root.__traceback__) if is_learners(frame.filename)
    ]
    text = f"{type(root).__name__}: {root}" if str(root) else type(root).__name__
    if not frames:
        return f"Your answer could not be used: {text}."
    line = frames[-1].line or linecache.getline(frames[-1].filename, frames[-1].lineno or 0).strip()
    where = f"line {frames[-1].lineno} of `{frames[-1].name}`" + (f": `{line}`" if line else "")
    return f"Your code raised {text} ({where})."


def _same(answer: Any, stub: Any) -> bool:
    """True if the answer is the stub as it was given: the same code, or an equal value."""
    if isinstance(stub, FunctionType):
        return isinstance(answer, FunctionType) and _shape(answer.__code__) == _shape(stub.__code__)
    if isinstance(stub, type):
        return isinstance(answer, type) and _methods(answer) == _methods(stub)
    return type(answer) is type(stub) and bool(answer == stub)


def _methods(owner: type) -> dict[str, Any]:
    return {
        name: _shape(value.__code__)
        for name, value in vars(owner).items()
        if isinstance(value, FunctionType)
    }


def _shape(code: CodeType) -> tuple[Any, ...]:
    """What a piece of code does, without where it stands."""
    constants = tuple(
        _shape(item) if isinstance(item, CodeType) else item for item in code.co_consts
    )
    return code.co_code, constants, code.co_names, code.co_varnames
