"""A real nbgrader course in a temporary folder: assignments, submissions, grades."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dscourse.course.chapters import Chapter
from dscourse.course.classroom import lay_out
from dscourse.course.form import dump, load
from dscourse.course.reading import program
from dscourse.exercises import Exercise, all_exercises

__all__ = ["Course", "Grade", "assignment", "course_in", "exercises_of"]


@dataclass(frozen=True, slots=True)
class Grade:
    """The gradebook's record of one submission: the points by exercise, and the most there are."""

    points: dict[str, float]
    score: float
    most: float


@dataclass(frozen=True, slots=True)
class Course:
    """An nbgrader course in ``folder``."""

    folder: Path

    def run(self, *arguments: str) -> str:
        """Return the output of an nbgrader command. Raise AssertionError, with the output, if it fails."""
        home = self.folder / ".home"
        home.mkdir(exist_ok=True)
        own = {
            name: str(home / name.lower())
            for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        }
        beside = os.pathsep.join(
            [str(Path(sys.executable).parent), os.environ["PATH"]]
        )  # alembic is there
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments], cwd=self.folder, text=True, capture_output=True,
            env={**os.environ, **own, "PATH": beside, "DSCOURSE_PROGRESS": str(home / "progress")},
            stdin=subprocess.DEVNULL, timeout=900,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
        return done.stdout + done.stderr

    def release(self, chapter: Chapter) -> Path:
        """Generate the students' version of a chapter; its notebook."""
        name = assignment(chapter)
        self.run("generate_assignment", name, "--create", "--force")
        return self.folder / "release" / name / chapter.file

    def submit(self, student: str, chapter: Chapter, answers: Mapping[str, str]) -> None:
        """Hand in the released notebook with these answers, by exercise; the others stay untouched."""
        name = assignment(chapter)
        notebook = load(self.folder / "release" / name / chapter.file)
        for cell in notebook["cells"]:
            identity = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            exercise = identity.removeprefix("exercise-").replace("-", ".")
            if cell["metadata"].get("nbgrader", {}).get("solution") and exercise in answers:
                file, _ = program(cell)
                cell["source"] = (
                    f"%%writefile {file}\n{answers[exercise]}" if file else answers[exercise]
                )
        target = self.folder / "submitted" / student / name / chapter.file
        target.parent.mkdir(parents=True)
        target.write_text(dump(notebook), "utf-8")

    def grade(self, student: str, chapter: Chapter) -> Grade:
        """Return the gradebook's record of a graded submission."""
        from nbgrader.api import Gradebook

        name = assignment(chapter)
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as book:
            notebook: Any = book.find_submission_notebook(Path(chapter.file).stem, name, student)
            points = {grade.cell.name: float(grade.score) for grade in notebook.grades}
            return Grade(points, float(notebook.score), float(notebook.max_score))


def course_in(folder: Path, chapters: Sequence[Chapter]) -> Course:
    """These chapters laid out in the folder as a teacher does."""
    lay_out(folder, chapters)
    return Course(folder)


def assignment(chapter: Chapter) -> str:
    """The name of the assignment."""
    return Path(chapter.file).stem


def exercises_of(chapter: Chapter) -> list[Exercise]:
    """The exercises of a chapter."""
    return [item for item in all_exercises().values() if item.id.startswith(f"{chapter.label}.")]
