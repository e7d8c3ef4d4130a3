"""The reader's progress, chapter by chapter, and where to go on."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from dscourse.exercises import catalogue
from dscourse.exercises.outcome import Note
from dscourse.exercises.tasks import Task

__all__ = ["Standing", "bar", "note"]

_LETTERS = 10  # of a bar of characters
_BAR = "display:inline-block;width:120px;height:10px;border:1px solid #6b7280;vertical-align:middle"


@dataclass(frozen=True, slots=True)
class Standing:
    """The exercises of one chapter by id, with whether each is passed; ``notebook`` is the stem of its file."""

    notebook: str
    exercises: dict[str, bool]

    @property
    def done(self) -> int:
        """The number of exercises passed."""
        return sum(self.exercises.values())

    @property
    def title(self) -> str:
        """The chapter's number and words, as its notebook is called."""
        number, _, words = self.notebook.partition("_")
        return f"{number} {words.replace('_', ' ')}"

    @classmethod
    def all(cls, passed: Iterable[str]) -> list[Standing]:
        """Return the standing of every chapter that has exercises."""
        known, texts = frozenset(passed), catalogue.exercises().items()
        chapters = groupby(texts, lambda item: item[1].parent.name)
        return [cls(name, {one: one in known for one, _ in items}) for name, items in chapters]

    @staticmethod
    def following(passed: Iterable[str]) -> Task | None:
        """Return the first open exercise after the last one passed, or the first open one; None if all are passed."""
        done, known = frozenset(passed), list(catalogue.exercises())
        last = max((index for index, name in enumerate(known) if name in done), default=-1)
        order = [*known[last + 1 :], *known]
        name = next((name for name in order if name not in done), None)
        return None if name is None else catalogue.task(catalogue.exercises()[name])


def bar(done: int, of: int) -> str:
    """Return a bar of ten characters; the last is filled only when all is done.

    >>> bar(1, 4)
    '██░░░░░░░░'
    """
    filled = _LETTERS * done // max(of, 1)
    return "█" * filled + "░" * (_LETTERS - filled)


def note(passed: Iterable[str]) -> Note:
    """Return the standing of all chapters: a bar for each, its exercises folded below, and where to go on."""
    done = frozenset(passed)
    chapters, task = Standing.all(done), Standing.following(done)
    total = sum(len(chapter.exercises) for chapter in chapters)
    head = f"{sum(chapter.done for chapter in chapters)} of {total} exercises passed"
    onward = "You have passed them all."
    if task is not None:
        stem = next(chapter.notebook for chapter in chapters if task.id in chapter.exercises)
        onward = f"Go on with {task.id}, {task.title}, in {stem}.ipynb."
    rows = [line for chapter in chapters for line in _lines(chapter)]
    body = "".join(map(_folded, chapters))
    return Note(
        "\n".join([head, *rows, onward]), f"<b>{head}.</b> {html.escape(onward)}<div>{body}</div>"
    )


def _lines(chapter: Standing) -> list[str]:
    count = len(chapter.exercises)
    return [
        f"{chapter.title:<24}  {bar(chapter.done, count)}  {chapter.done} of {count}",
        *(f"{name}  {_title(name)}  {_word(is_passed)}" for name, is_passed in chapter.exercises.items()),
    ]  # fmt: skip


def _folded(chapter: Standing) -> str:
    count = len(chapter.exercises)
    share = f"{100 * chapter.done / max(count, 1):.0f}%"
    filled = f'<span style="display:block;height:100%;width:{share};background:#00785a"></span>'
    items = "".join(
        f"<li>{name} {html.escape(_title(name))}: {_word(is_passed)}</li>"
        for name, is_passed in chapter.exercises.items()
    )
    title = f'<span style="display:inline-block;width:15em">{html.escape(chapter.title)}</span>'
    words = f"{chapter.done} of {count}"
    return (
        f'<details><summary>{title}<span aria-hidden="true" style="{_BAR}">{filled}</span> {words}</summary>'
        f"<ul>{items}</ul></details>"
    )


def _title(name: str) -> str:
    return catalogue.task(catalogue.exercises()[name]).title


def _word(is_passed: bool) -> str:
    return "passed" if is_passed else "open"
