"""The judging of a program: the answer is the command of a node, which is a file of the learner's in any language."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dscourse.core.deferred import deferred
from dscourse.exercises.outcome import Note, Outcome
from dscourse.exercises.tasks import Exercise, Right, Wrong

if TYPE_CHECKING:
    from dscourse.run import limits
else:
    limits = deferred("dscourse.run.limits")

__all__ = ["FOLDER", "as_command", "judge_program", "make_folder"]

FOLDER = "my_nodes"
_INTERPRETERS = {".py": "python", ".js": "node", ".pl": "perl", ".rb": "ruby", ".sh": "sh"}
_PYTHON = re.compile(r"python(3(\.\d+)?)?")
_EXAMPLE = '["node", "my_nodes/echo.js"]'


def make_folder() -> Note:
    """Make the folder ``my_nodes`` beside the notebook, if it is not there, and return what it is for."""
    try:
        Path(FOLDER).mkdir(exist_ok=True)
    except OSError as error:
        text = f"The folder {FOLDER} cannot be made here ({error.strerror}): open your own copy of this notebook."
    else:
        text = f"The folder {FOLDER}, beside this notebook, is for your programs."
    return Note(text, text)


def as_command(answer: Any) -> list[str]:
    """Return the answer as the words of a command; files are found here and in ``my_nodes``.

    A file alone is run by the interpreter that its ending names, and ``python`` is the Python of this kernel.
    ValueError, with a sentence, if the answer is no command.
    """
    words = shlex.split(answer) if isinstance(answer, str) else answer
    if isinstance(words, os.PathLike):
        words = [words]
    if not isinstance(words, Sequence) or not words:
        raise ValueError(f"A command is required, such as {_EXAMPLE}, not {answer!r:.60}.")
    if not all(isinstance(word, str | os.PathLike) for word in words):
        raise ValueError(f"The words of a command are texts, as in {_EXAMPLE}, not {words!r:.60}.")
    found = [_found(os.fspath(word)) for word in words]
    ending = Path(found[0]).suffix
    if ending in _INTERPRETERS and not os.access(found[0], os.X_OK):
        found = [_INTERPRETERS[ending], *found]
    return [_program(found[0]), *found[1:]]


def _found(word: str) -> str:
    """Return a word of a command; if it is a file of ``my_nodes`` alone, that file."""
    inside = os.path.join(FOLDER, word)
    return inside if word and not os.path.exists(word) and os.path.isfile(inside) else word


def _program(name: str) -> str:
    """Return the program of this name: the kernel's Python, or what stands beside it, or what PATH has."""
    if _PYTHON.fullmatch(name):
        return sys.executable
    beside = shutil.which(name, path=os.path.dirname(sys.executable))
    return shutil.which(name) or beside or name


def judge_program(exercise: Exercise, answer: Any) -> Outcome:
    """Return the verdict on a program, without ever raising; it starts no process for an untouched file."""
    try:
        command = as_command(answer)
        missing = _not_attempted(exercise, command)
        if missing:
            return Outcome(exercise.id, "not attempted yet", missing)
        limits.check_processes(1)
        found = exercise.judge(command)
    except (ValueError, LookupError, TypeError, OSError, RuntimeError) as error:
        return Outcome(exercise.id, "not yet", _sentence(str(error)))
    if isinstance(found, Wrong):
        return Outcome(exercise.id, "not yet", found.message, found.picture)
    figures = f" {found.message}" if isinstance(found, Right) else ""
    return Outcome(exercise.id, "passed", exercise.praise + figures)


def _sentence(text: str) -> str:
    """Return an error's text as a sentence."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?")) else ".")


def _not_attempted(exercise: Exercise, command: Sequence[str]) -> str:
    """Return why there is nothing to judge yet: the file is missing, or as the course gives it; "" otherwise."""
    for word in command[1:]:
        if Path(word).name == Path(exercise.file).name and not os.path.isfile(word):
            return f"Run the cell that writes `{word}` first."
    for word in command:
        if os.path.isfile(word) and os.path.getsize(word) < 100_000 and _same(word, exercise.stub):
            return (
                f"Change the program in `{exercise.file}`, run its cell, and run this cell again."
            )
    return ""


def _same(file: str, stub: str) -> bool:
    """Return whether a file has the stub's text, up to comments and spaces."""
    try:
        text = Path(file).read_text("utf-8")
        return ast.dump(ast.parse(text)) == ast.dump(ast.parse(stub))
    except (OSError, ValueError, SyntaxError):
        return False
