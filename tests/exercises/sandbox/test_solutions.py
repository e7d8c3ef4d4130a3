"""The worked solutions are out of an answer's reach while it is checked, whatever names it puts together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dscourse.exercises import catalogue, solution
from dscourse.exercises.grading import judge
from dscourse.exercises.sandbox.apart import can_fork
from dscourse.exercises.tasks import Wrong, make

FIND = {
    "solution": "vars(__import__('dscourse.' + ''.join(['exer', 'cises'])))[word].solution('00.3').text",
    "task": "vars(vars(__import__('dscourse.' + ''.join(['exer', 'cises'])))[word])['catalogue'].task(path).solution",
    "file": "open(path).read()",
    "bytes": "open(str(path).encode()).read()",
    "folder": "os.read(os.open(path.name, os.O_RDONLY, dir_fd=os.open(path.parent, os.O_RDONLY)), 9999).decode()",
    "hard link": "(os.link(path, path.with_name('copy.txt')), path.with_name('copy.txt').read_text())[1]",
    "symbolic link": "(os.symlink(path, link), open(link).read(), os.unlink(link))[1]",
}
ANSWER = """
def merge(mine, theirs):
    word, path = "".join(["exer", "cises"]), PATH
    import os, tempfile
    link = os.path.join(tempfile.mkdtemp(), "text")
    space = {}
    exec(READ, space)
    return space["merge"](mine, theirs)
"""


@pytest.mark.skipif(not can_fork(), reason="an answer runs in this process")
@pytest.mark.parametrize("way", FIND)
def test_an_answer_cannot_read_the_worked_solution(way: str) -> None:
    text = catalogue.exercises()["00.3"]
    exercise = catalogue.exercise(text)
    source = "from pathlib import Path\n" + ANSWER.replace("PATH", f"Path({str(text)!r})")
    outcome = judge(exercise, make(exercise, source.replace("READ", FIND[way])))
    assert "the worked solutions are closed while an answer is checked" in outcome.message
    assert judge(exercise, make(exercise, exercise.solution))
    assert exercise.solution in solution("00.3").text


@pytest.mark.skipif(not can_fork(), reason="an answer runs in this process")
def test_an_exercise_has_no_solution_in_the_memory_of_the_copy() -> None:
    exercise = catalogue.exercise(catalogue.exercises()["00.3"])
    exercise = replace(exercise, judge=lambda answer: Wrong(f"found: {exercise.solution!r}"))
    assert judge(exercise, make(exercise, exercise.solution)).message == "found: ''"
    assert exercise.solution


def test_the_module_of_the_exercises_is_named() -> None:
    exercise = catalogue.exercise(catalogue.exercises()["00.3"])
    for beginning in ("from dscourse import exercises", "import dscourse.exercises as exercises"):
        source = (
            f"def merge(mine, theirs):\n    {beginning}\n    return exercises.solution('00.3')\n"
        )
        assert "exercises`. It must rest on" in judge(exercise, make(exercise, source)).message
    source = "from dscourse import exercises\n\n\ndef merge(mine, theirs):\n    return exercises.hint('00.3')\n"
    assert "`exercises`. It must rest on" in judge(exercise, make(exercise, source)).message
