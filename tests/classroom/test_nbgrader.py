"""The course notebooks as an nbgrader assignment: solved, untouched, and partly wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from dscourse.course.chapters import CHAPTERS, Chapter
from dscourse.course.form import load
from tests.classroom.nbgrader_course import Course, assignment, course_in, exercises_of
from tests.notebooks import answers
from tests.notebooks.discovered import WRITTEN

GRADED = tuple(
    chapter for chapter in CHAPTERS if chapter.slug in ("start_here", "time_and_causality")
)
STUDENTS = ("solved", "untouched", "partly")


def points_of(notebook: Path) -> dict[str, float]:
    """The points that a notebook gives, by check."""
    marked = [cell["metadata"].get("nbgrader", {}) for cell in load(notebook)["cells"]]
    return {one["grade_id"]: one["points"] for one in marked if one.get("grade")}


def partly(chapter: Chapter) -> dict[str, str]:
    """Answers that are right, wrong, and left untouched in turn."""
    found = {}
    for index, exercise in enumerate(exercises_of(chapter)):
        if index % 3 == 0:
            found[exercise.id] = answers.right(exercise)[0]
        elif index % 3 == 1:
            found[exercise.id] = answers.wrong(exercise)[0][0]
    return found


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Two chapters, handed in by three students, and graded."""
    course = course_in(tmp_path_factory.mktemp("class"), GRADED)
    for chapter in GRADED:
        course.release(chapter)
        solved = {exercise.id: exercise.solution for exercise in exercises_of(chapter)}
        for student, given in zip(STUDENTS, (solved, {}, partly(chapter)), strict=True):
            course.submit(student, chapter, given)
        course.run("autograde", assignment(chapter), "--create")
    return course


@pytest.mark.parametrize("chapter", GRADED, ids=assignment)
def test_a_solved_copy_gets_every_point(graded: Course, chapter: Chapter) -> None:
    grade = graded.grade("solved", chapter)
    assert grade.points == points_of(graded.folder / "release" / assignment(chapter) / chapter.file)
    assert grade.score == grade.most == sum(grade.points.values()) > 0


@pytest.mark.parametrize("chapter", GRADED, ids=assignment)
def test_an_untouched_copy_gets_none(graded: Course, chapter: Chapter) -> None:
    grade = graded.grade("untouched", chapter)
    assert len(grade.points) == len(exercises_of(chapter))
    assert set(grade.points.values()) == {0}


@pytest.mark.parametrize("chapter", GRADED, ids=assignment)
def test_a_partly_wrong_copy_gets_the_points_of_what_is_right(
    graded: Course, chapter: Chapter
) -> None:
    grade = graded.grade("partly", chapter)
    worth = points_of(graded.folder / "release" / assignment(chapter) / chapter.file)
    right = {f"check-{exercise.id.replace('.', '-')}" for exercise in exercises_of(chapter)[::3]}
    assert grade.points == {name: most * (name in right) for name, most in worth.items()}
    assert 0 < grade.score == sum(worth[name] for name in right) < grade.most


@pytest.mark.parametrize("chapter", GRADED, ids=assignment)
def test_the_graded_copy_says_why(graded: Course, chapter: Chapter) -> None:
    folder = graded.folder / "autograded" / "partly" / assignment(chapter)
    errors = [
        output["evalue"]
        for cell in load(folder / chapter.file)["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "error"
    ]
    wrong = exercises_of(chapter)[1]
    _, part = answers.wrong(wrong)[0]
    assert any(wrong.id in error and part in error for error in errors), errors
    assert len(errors) == len(exercises_of(chapter)) - len(exercises_of(chapter)[::3])


def test_every_chapter_can_be_released_as_it_is(tmp_path: Path) -> None:
    course = course_in(tmp_path, WRITTEN)
    for chapter in WRITTEN:
        released = load(course.release(chapter))
        source = load(tmp_path / "source" / assignment(chapter) / chapter.file)
        assert [cell["source"] for cell in released["cells"]] == [
            cell["source"] for cell in source["cells"]
        ]
        assert points_of(tmp_path / "release" / assignment(chapter) / chapter.file)


def test_the_configuration_is_the_teachers_once_it_is_there(tmp_path: Path) -> None:
    course_in(tmp_path, GRADED)
    (tmp_path / "nbgrader_config.py").write_text("# mine\n")
    course_in(tmp_path, GRADED)
    assert (tmp_path / "nbgrader_config.py").read_text() == "# mine\n"
