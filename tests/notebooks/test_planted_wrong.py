"""Planted wrong answers get the message that is meant for them."""

from __future__ import annotations

import pytest

from dscourse import exercises
from dscourse.exercises import Exercise
from tests.notebooks import answers

WRONG = [
    pytest.param(item, text, part, marks=answers.live(item), id=item.id)
    for item in exercises.all_exercises().values()
    for text, part in answers.today(item, answers.wrong(item))
]
PROGRAMS = [(item.id, text) for item, text, _ in (case.values for case in WRONG) if item.file]


def is_alone(part: str) -> bool:
    """Return whether an answer with this message needs the reader's limits, in a copy of its own."""
    return "did not end" in part or "ended the process" in part


@pytest.mark.parametrize(("exercise", "text", "part"), WRONG)
def test_a_planted_wrong_answer_gets_its_message(exercise: Exercise, text: str, part: str) -> None:
    planted = answers.today(exercise, answers.wrong(exercise))
    together = [text for text, part in planted if not is_alone(part)]
    if is_alone(part):
        outcome = answers.given(exercise, text)
    elif exercise.file:
        outcome = answers.given_beside(exercise, text, PROGRAMS)
    else:
        outcome = answers.given_among(exercise, text, together)
    assert outcome.status == "not yet"
    assert part in outcome.message
