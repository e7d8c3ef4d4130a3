"""The judging of an answer, without ever showing a traceback."""

from __future__ import annotations

import linecache
import os
from collections.abc import Callable
from dataclasses import replace
from types import CodeType, FunctionType
from typing import Any

from dscourse.exercises import catalogue, record
from dscourse.exercises.judges.outside import Outside
from dscourse.exercises.judges.wire import over_a_wire
from dscourse.exercises.outcome import Outcome
from dscourse.exercises.programs import judge_program
from dscourse.exercises.sandbox.apart import is_apart, run
from dscourse.exercises.sandbox.budget import Budget
from dscourse.exercises.sandbox.guard import guard
from dscourse.exercises.sandbox.identity import hint_of_identity
from dscourse.exercises.sandbox.limits import Ended, Limits
from dscourse.exercises.sandbox.peeking import peeking
from dscourse.exercises.sandbox.whose import Learner, Line
from dscourse.exercises.tasks import Exercise, Right, Wrong, make, plain
from dscourse.show import Picture

__all__ = ["judge"]

_ENDLESS = "Is there a loop without an end?"
_STUCK = "Is there a loop without an end, or does it wait for something that never comes?"
_PEEKING = "It must rest on its arguments alone, and not look at what calls it."
_LONGEST = 1_500  # the longest message, in characters
_CAUSES = 20  # the longest chain of exceptions followed
_NAME_OF = type.__dict__["__name__"].__get__  # as the interpreter knows it, whatever the class says
_cause_of = BaseException.__dict__["__cause__"].__get__


def judge(exercise: Exercise, answer: Any, limits: Limits | None = None) -> Outcome:
    """Return the verdict on ``answer``; a pass is remembered. Under nbgrader, anything else raises AssertionError.

    Where possible, the answer runs in a copy of this process: its output is shown, its changes have no effect here.
    A program runs in processes of its own.
    """
    outcome = (
        judge_program(exercise, answer) if exercise.file else _in_a_copy(exercise, answer, limits)
    )
    if outcome:
        warning = record.remember(exercise.id)
        outcome = replace(outcome, message=f"{outcome.message} {warning}") if warning else outcome
    elif os.environ.get("NBGRADER_EXECUTION") == "autograde":
        raise AssertionError(str(outcome))
    return outcome


def _in_a_copy(exercise: Exercise, answer: Any, limits: Limits | None) -> Outcome:
    learner = Learner(answer, exercise.judge)
    try:
        outcome: Outcome = run(lambda leave: _judge(exercise, answer, learner, leave), limits)
    except Ended as error:
        return _not_yet(exercise, _ended(error, learner))
    return outcome


def _judge(
    exercise: Exercise, answer: Any, learner: Learner, leave: Callable[[Outcome], None]
) -> Outcome:
    """Judge the answer under its budget, without raising; this may run the learner's code."""

    def spent(line: Line) -> None:
        why = f"more than {exercise.lines:,} lines were executed{_where(line)}"
        leave(_not_yet(exercise, f"Your code did not end: {why}. {_ENDLESS}"))

    if is_apart():
        catalogue.forget()
        object.__setattr__(exercise, "solution", "")  # in this copy, whatever finds the exercise
        guard(learner)
    budget = Budget(exercise.lines, learner, spent)
    return budget.watch(lambda: _looked(exercise, answer, learner))


def _looked(exercise: Exercise, answer: Any, learner: Learner) -> Outcome:
    try:
        stub, answer = make(exercise, exercise.stub), answer if callable(answer) else plain(answer)
        if _same(answer, stub):
            todo = f"Change `{exercise.name}` and run this cell again."
            return Outcome(exercise.id, "not attempted yet", todo)
        if callable(stub) and not callable(answer):
            wanted = f"`{exercise.name}` must be {_kind(stub)}, not {answer!r:.60}."
            return _not_yet(exercise, wanted)
        name = peeking(answer, exercise.names.values())
        if name:
            return _not_yet(exercise, f"Your answer uses `{name}`. {_PEEKING}")
        outside = Outside(answer)
        with over_a_wire(answer):
            wrong = exercise.judge(answer)
        shared = outside.mistake()
    except Ended:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and not is_apart():
            raise
        return _not_yet(exercise, _raised(error, learner))
    if isinstance(wrong, Wrong):
        message = f"{wrong.message}{hint_of_identity(answer)}{f' {shared}' if shared else ''}"
        return _not_yet(exercise, message, wrong.picture)
    if shared:
        return _not_yet(exercise, shared)
    if isinstance(wrong, Right):
        return Outcome(exercise.id, "passed", f"{exercise.praise} {wrong.message}")
    return Outcome(exercise.id, "passed", exercise.praise)


def _not_yet(exercise: Exercise, message: str, picture: Picture | None = None) -> Outcome:
    return Outcome(exercise.id, "not yet", _shortened(message), picture)


def _shortened(message: str) -> str:
    """Return the message, without its middle if it is too long."""
    if len(message) <= _LONGEST:
        return str(message)
    return f"{message[: _LONGEST - 200]} … {message[-200:]}"


def _kind(stub: Any) -> str:
    return "a class" if isinstance(stub, type) else "a function"


def _ended(error: Ended, learner: Learner) -> str:
    """Return why no verdict came back from the answer's process."""
    if error.stuck:
        return f"Your code did not end: {error.why}{_where(learner.first_line(list(error.at)))}. {_STUCK}"
    return f"Your code ended the process that ran it ({error.why}): it must return, and not use up all memory."


def _raised(error: BaseException, learner: Learner) -> str:
    """Return the error that the learner's code raised, and the innermost line of theirs that raised it."""
    root = error
    line = learner.last_line(root.__traceback__)
    for _ in range(_CAUSES):
        root = _cause_of(root) or root
        line = learner.last_line(root.__traceback__) or line
    text = _described(root)
    if line is None:
        return f"Your answer could not be used: {_shortened(text)}."
    return f"Your code raised {_shortened(text)}{_where(line)}."


def _described(error: BaseException) -> str:
    """Return an error in words; its class may be the learner's, and raise as well."""
    name = _NAME_OF(type(error))
    try:
        text = plain(str(error))
    except BaseException:
        return f"{name}, which cannot be shown"
    return f"{name}: {text}" if text else name


def _where(line: Line | None) -> str:
    if line is None:
        return ""
    file, number, name = line
    text = linecache.getline(file, number).strip()
    return f" (line {number} of `{name}`" + (f": `{text:.200}`)" if text else ")")


def _same(answer: Any, stub: Any) -> bool:
    """Return True if the answer is the unchanged stub: the same code, or an equal value."""
    if isinstance(stub, FunctionType):
        return isinstance(answer, FunctionType) and _shape(answer.__code__) == _shape(stub.__code__)
    if isinstance(stub, type):
        return isinstance(answer, type) and _methods(answer) == _methods(stub)
    try:
        return type(answer) is type(stub) and bool(answer == stub)
    except ValueError:  # numpy compares arrays item by item: no stub has any
        return False


def _methods(owner: type) -> dict[str, Any]:
    return {
        name: _shape(value.__code__)
        for name, value in vars(owner).items()
        if isinstance(value, FunctionType)
    }


def _shape(code: CodeType) -> tuple[Any, ...]:
    """Return the behaviour of a code object, without its location."""
    constants = tuple(
        _shape(item) if isinstance(item, CodeType) else item for item in code.co_consts
    )
    return code.co_code, constants, code.co_names, code.co_varnames
