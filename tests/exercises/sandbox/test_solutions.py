"""The worked solutions are out of an answer's reach while it is checked, whatever names it puts together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dscourse.exercises import catalogue, solution
from dscourse.exercises.grading import judge
from dscourse.exercises.sandbox.apart import can_fork
from dscourse.exercises.tasks import make

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


REACH = {
    "frames": "all_locals(getattr(sys, name('_get', 'frame'))())",
    "traceback": "all_locals(getattr(trace(), name('tb_', 'frame')))",
    "all objects": "getattr(gc, name('get_', 'objects'))()",
}
REACHING = """
import gc, sys

def name(*parts):
    return "".join(parts)

def trace():
    try:
        1 / 0
    except Exception as error:
        return error.__traceback__

def all_locals(frame):
    while frame is not None:
        yield from list(getattr(frame, name("f_lo", "cals")).values())
        frame = getattr(frame, name("f_", "back"))

def merge(mine, theirs):
    [text] = {one.solution for one in REACH if type(one).__name__ == "Exercise" and one.id == "ID"}
    assert text, "the exercise has no solution here"
    space = {}
    exec(text, space)
    return space["merge"](mine, theirs)
"""


@pytest.mark.skipif(not can_fork(), reason="an answer runs in this process")
@pytest.mark.parametrize("way", REACH)
def test_an_exercise_that_an_answer_finds_in_memory_has_no_solution(way: str) -> None:
    exercise = catalogue.exercise(catalogue.exercises()["00.3"])
    # one of its own, and lines enough to look at all objects: a worker of these tests has many
    exercise = replace(exercise, id=f"00.3, {way}", lines=exercise.lines * 100)
    outcome = judge(
        exercise, make(exercise, REACHING.replace("REACH", REACH[way]).replace("ID", exercise.id))
    )
    assert "the exercise has no solution here" in outcome.message
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
