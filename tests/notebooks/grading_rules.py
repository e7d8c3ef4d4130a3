"""nbgrader's requirements: for each exercise an answer cell, and a locked check cell that gives points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dscourse.course.reading import Notebook, source

__all__ = ["complaints"]


def complaints(notebook: Notebook, exercises: list[str]) -> Iterator[str]:
    """Yield the faults of the cells' nbgrader metadata, given the ids of the notebook's exercises."""
    marks = {
        mark["grade_id"]: (mark, source(cell))
        for cell in notebook["cells"]
        for mark in [cell["metadata"].get("nbgrader")]
        if mark
    }
    for exercise in exercises:
        suffix = exercise.replace(".", "-")
        answer, _ = marks.pop(f"exercise-{suffix}", (None, ""))
        check, text = marks.pop(f"check-{suffix}", (None, ""))
        if answer is None or not answer["solution"] or answer["grade"] or answer["locked"]:
            yield f"{exercise}: its answer cell is not marked as one"
        if check is None or not check["grade"] or not check["locked"] or not _points(check):
            yield f"{exercise}: its check cell gives no points, or can be changed"
        elif f'exercises.check("{exercise}"' not in text:
            yield f"{exercise}: its check cell checks something else"
    yield from (f"{name}: marked, and no exercise" for name in marks)


def _points(mark: dict[str, Any]) -> bool:
    return isinstance(mark.get("points"), int) and mark["points"] >= 1
