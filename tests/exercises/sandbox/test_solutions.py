"""The worked solutions are out of an answer's reach while it is checked, whatever names it puts together."""

from __future__ import annotations

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
}
ANSWER = """
def merge(mine, theirs):
    word, path = "".join(["exer", "cises"]), PATH
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


def test_the_module_of_the_exercises_is_named() -> None:
    exercise = catalogue.exercise(catalogue.exercises()["00.3"])
    for beginning in ("from dscourse import exercises", "import dscourse.exercises as exercises"):
        source = (
            f"def merge(mine, theirs):\n    {beginning}\n    return exercises.solution('00.3')\n"
        )
        assert "exercises`. It must rest on" in judge(exercise, make(exercise, source)).message
    source = "from dscourse import exercises\n\n\ndef merge(mine, theirs):\n    return exercises.hint('00.3')\n"
    assert "`exercises`. It must rest on" in judge(exercise, make(exercise, source)).message
