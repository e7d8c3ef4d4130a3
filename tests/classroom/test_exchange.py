"""nbgrader's exchange on a real JupyterHub: a chapter released, handed in, graded, and its feedback fetched."""

from __future__ import annotations

from playwright.sync_api import Browser

from dscourse.course.chapters import CHAPTERS
from tests.classroom.members import open_copy, shell, signed_in, write_cell
from tests.classroom.nbgrader_course import Course, assignment, exercises_of
from tests.classroom.real_hub import Hub

CHAPTER = CHAPTERS[0]


def test_nbgraders_exchange_from_release_to_feedback(browser: Browser, hub: Hub) -> None:
    name, exercise = assignment(CHAPTER), exercises_of(CHAPTER)[-1]
    number = exercise.id.replace(".", "-")
    with signed_in(browser, hub, "teacher") as teacher, signed_in(browser, hub, "anna") as anna:
        shell(teacher, "dscourse class my-class")
        shell(
            teacher, in_class(f"generate_assignment {name} --create", f"release_assignment {name}")
        )
        shell(anna, f"nbgrader fetch_assignment {name}")
        open_copy(anna, hub, "anna", f"{name}/{CHAPTER.file}")
        write_cell(anna, f"exercise-{number}", exercise.solution)
        shell(anna, f"nbgrader submit {name}")
        shell(teacher, in_class(f"collect {name}", f"autograde {name} --create"))
        shell(teacher, in_class(f"generate_feedback {name}", f"release_feedback {name}"))
        shell(anna, f"nbgrader fetch_feedback {name}")
    grade = Course(hub.home("teacher") / "my-class").grade("anna", CHAPTER)
    right = {check for check, points in grade.points.items() if points}
    assert right == {f"check-{number}"}
    (feedback,) = (hub.home("anna") / name / "feedback").glob("*/*.html")
    assert f"{grade.score:.1f} / {grade.most:.1f}".replace(".0", "") in feedback.read_text(
        "utf-8"
    ).replace(".0", "")


def in_class(*commands: str) -> str:
    """The command line that gives nbgrader these commands in the teacher's folder."""
    return " && ".join(["cd my-class", *(f"nbgrader {command}" for command in commands)])
