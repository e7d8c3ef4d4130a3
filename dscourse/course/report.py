"""Texts that the command ``dscourse`` prints: the installation, the progress, the state of a copy."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from dscourse.course import environment
from dscourse.course.chapters import CHAPTERS, Chapter
from dscourse.course.copies import Copied
from dscourse.exercises import catalogue, record
from dscourse.exercises.standing import Standing, bar

__all__ = ["copied", "installation", "is_complete", "progress"]


def is_complete() -> bool:
    """Return whether Python and every package that the course and its JupyterLab need are there."""
    return not environment.problems() and not environment.problems_of_lab()


def installation() -> str:
    """Return whether the installation is complete, or else what is wrong and what to do."""
    course, lab = environment.problems(), environment.problems_of_lab()
    python = platform.python_version()
    if not course and not lab:
        version = metadata.version("jupyterlab")
        return f"Everything is in place: Python {python}, every package that the course uses, JupyterLab {version}."
    return "\n".join([*course, *lab, 'To mend it: pip install --upgrade "dscourse[lab]"'])


def copied(done: Iterable[Copied], folder: Path) -> str:
    """Return where the reader's copy is, and the files of it that deserve attention.

    >>> print(copied([Copied("01_a.ipynb", "new")], Path("mine")))
    Your copy of the course: mine (new)
    """
    fates = [(one.name, one.fate) for one in done]
    changed = sum(fate == "updated" for _, fate in fates)
    state = f"{changed} updated" if changed else "up to date"
    if fates and all(fate == "new" for _, fate in fates):
        state = "new"
    lines = [f"Your copy of the course: {folder} ({state})"]
    for name, fate in fates:
        if fate.startswith("kept, newer"):
            beside = fate.rpartition(" ")[2]
            lines.append(f"  {name} holds your work and stays; the course's newer one is {beside}")
        elif fate.startswith("not copied"):
            lines.append(f"  {name}: {fate}")
    return "\n".join(lines)


def progress() -> str:
    """Return the exercises passed by chapter, the next exercise, and the file that records them."""
    passed = record.passed()
    width = max(len(f"{chapter.label} {chapter.title}") for chapter in CHAPTERS)
    standings = {one.notebook: one for one in Standing.all(passed)}
    lines = [_row(chapter, standings.get(Path(chapter.file).stem), width) for chapter in CHAPTERS]
    done = sum(one.done for one in standings.values())
    lines.append(f"{done} of {len(catalogue.exercises())} exercises passed.")
    task = Standing.following(passed)
    if task is not None:
        lines.append(f"Go on with {task.id}, {task.title}, in {CHAPTERS[int(task.id[:2])].file}.")
    lines.append(f"Recorded in {record.folder() / record.NAME}.")
    return "\n".join(lines)


def _row(chapter: Chapter, standing: Standing | None, width: int) -> str:
    """Return a chapter's title, a bar, and the number of its exercises passed."""
    done, of = (standing.done, len(standing.exercises)) if standing else (0, 0)
    title = f"{chapter.label} {chapter.title}"
    return f"{title:<{width}}  {bar(done, of)}  {done} of {of}"
