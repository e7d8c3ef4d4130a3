"""Find and read the tasks. The folders are the table: the text of task 03.4 is ``03_cap/03_4_….toml``.

A text with a judge beside it, a ``.py`` file of the same name, is an exercise; one without is a prediction. Line
breaks in prose do not count. An invalid file raises a ValueError that names the file and the field.
"""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from dscourse.exercises.tasks import Exercise, Prediction, Task

__all__ = ["exercise", "exercises", "forget", "prediction", "predictions", "scan", "task"]

_HOME = Path(__file__).parent
_CHAPTER = re.compile(r"(\d\d)_\w+")
_TASK = re.compile(r"(\d\d)_([1-9]\d*)_\w+")
_CODE = ("stub", "solution")


@cache
def exercises() -> dict[str, Path]:
    """Return the text file of every exercise of the course by id, in order, without reading any."""
    return {name: text for name, text in scan(_HOME).items() if _judge(text).exists()}


@cache
def predictions() -> dict[str, Path]:
    """Return the text file of every prediction of the course by id, in order, without reading any."""
    return {name: text for name, text in scan(_HOME).items() if not _judge(text).exists()}


def scan(home: Path) -> dict[str, Path]:
    """Return the text file of every task in the chapters' folders of ``home`` by id, in order."""
    texts: dict[tuple[str, int], Path] = {}
    for folder in home.iterdir():
        if _CHAPTER.fullmatch(folder.name):
            for file in folder.iterdir():
                if file.suffix in (".toml", ".py"):
                    _add(texts, file)
    return {f"{chapter}.{number}": texts[chapter, number] for chapter, number in sorted(texts)}


def _add(texts: dict[tuple[str, int], Path], file: Path) -> None:
    """Add the text of the task to which this file belongs."""
    match = _TASK.fullmatch(file.stem)
    if match is None or match[1] != file.parent.name[:2]:
        wanted = f"{file.parent.name[:2]}_N_words{file.suffix}, with the number N of the task"
        raise ValueError(f"{_called(file)}: a file here is named {wanted}")
    text = file.with_suffix(".toml")
    if not text.exists():
        raise ValueError(f"{_called(file)}: a judge without a text, {text.name}")
    other = texts.setdefault((match[1], int(match[2])), text)
    if other != text:
        raise ValueError(f"{_called(text)}: {other.name} has the same number")


@cache
def prediction(text: Path) -> Prediction:
    """Return the prediction in this file. ValueError if the file is malformed."""
    data = _read(text, ("id", "question", "answer", "options"))
    options = dict(_options(text, data["options"]))
    if data["answer"] not in list(options):
        raise _malformed(text, "answer", f"{data['answer']!r} is not one of {', '.join(options)}")
    return Prediction(
        data["id"], _prose(text, "question", data["question"]), options, data["answer"]
    )


def _options(text: Path, table: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each letter with the option's text and the reason why it is right or wrong."""
    letters = list(table) if isinstance(table, Mapping) else []
    if len(letters) < 2 or letters != list(ascii_uppercase[: len(letters)]):
        raise _malformed(text, "options", "tables [options.A], [options.B], … are required")
    for letter, option in table.items():
        field = f"options.{letter}"
        _check_fields(text, option, ("text", "why"), f"{field}.")
        says, why = (_prose(text, f"{field}.{name}", option[name]) for name in ("text", "why"))
        yield letter, (says, why)


@cache
def task(text: Path) -> Task:
    """Return the text of an exercise without loading its judge. Raise ValueError if the file is malformed."""
    data = _read(text, [field.name for field in fields(Task)])
    hints = data.pop("hints")
    if not isinstance(hints, list) or len(hints) != 2:
        raise _malformed(text, "hints", "a list of two texts is required")
    first, second = (_prose(text, "hints", hint) for hint in hints)
    texts = {
        name: _string(text, name, value) if name in _CODE else _prose(text, name, value)
        for name, value in data.items()
    }
    return Task(hints=(first, second), **texts)


@cache
def exercise(text: Path) -> Exercise:
    """Return the exercise with this text and load its judge. Raise ValueError if either file is malformed.

    The judge's file defines ``judge``, and may define ``NAMES`` and ``LINES``, as `Exercise` describes them.
    """
    common = task(text)
    module = importlib.import_module(f"{__package__}.{text.parent.name}.{text.stem}")
    if not callable(getattr(module, "judge", None)):
        raise _malformed(_judge(text), "judge", "a function of the answer is required")
    values = {name: getattr(common, name) for name in (field.name for field in fields(Task))}
    for name in ("names", "lines"):
        if hasattr(module, name.upper()):
            values[name] = getattr(module, name.upper())
    return Exercise(judge=module.judge, **values)


def forget() -> None:
    """Forget the texts that were read: in a copy of this process, their files may be closed."""
    for read in (prediction, task, exercise):
        read.cache_clear()


def _read(text: Path, wanted: Iterable[str]) -> dict[str, Any]:
    """Return the fields of a file, which must be the required ones; its id must match its name."""
    try:
        data = tomllib.loads(text.read_text("utf-8"))
    except ValueError as error:  # not TOML, or not UTF-8
        raise ValueError(f"{_called(text)}: {error}") from error
    _check_fields(text, data, wanted)
    name = ".".join(text.stem.split("_")[:2])
    if data["id"] != name:
        raise _malformed(text, "id", f"{data['id']!r} in a file named for {name}")
    return data


def _check_fields(text: Path, table: Any, wanted: Iterable[str], within: str = "") -> None:
    if not isinstance(table, Mapping):
        raise _malformed(text, within.rstrip("."), "a table is required")
    for name in wanted:
        if name not in table:
            raise _malformed(text, within + name, "missing")
    for name in table:
        if name not in wanted:
            raise _malformed(text, within + name, f"unknown; the fields are {', '.join(wanted)}")


def _string(text: Path, field: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _malformed(text, field, f"a text is required, not {value!r:.40}")
    return value


def _prose(text: Path, field: str, value: Any) -> str:
    """Return the value as one paragraph."""
    return " ".join(_string(text, field, value).split())


def _malformed(file: Path, field: str, why: str) -> ValueError:
    return ValueError(f"{_called(file)}: {field}: {why}")


def _called(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _judge(text: Path) -> Path:
    return text.with_suffix(".py")
