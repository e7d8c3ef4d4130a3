"""Planted right answers pass, in whatever style they are written."""

from __future__ import annotations

import pytest

from dscourse import exercises
from dscourse.exercises import Exercise
from tests.notebooks import answers

RIGHT = [
    pytest.param(item, text, marks=answers.live(item), id=item.id)
    for item in exercises.all_exercises().values()
    for text in answers.today(item, answers.right(item))
]
PROGRAMS = [(item.id, text) for item, text in (case.values for case in RIGHT) if item.file]


@pytest.mark.parametrize(("exercise", "text"), RIGHT)
def test_a_planted_right_answer_passes(exercise: Exercise, text: str) -> None:
    together = answers.today(exercise, answers.right(exercise))
    outcome = (
        answers.given_beside(exercise, text, PROGRAMS)
        if exercise.file
        else answers.given_among(exercise, text, together)
    )
    assert outcome.status == "passed", f"{outcome}\n{text}"
