"""Planted wrong answers get the message that is meant for them."""

from __future__ import annotations

import pytest

from dscourse import exercises
from dscourse.exercises import Exercise, grading
from tests.notebooks import answers

WRONG = [
    pytest.param(item, text, part, marks=answers.live(item), id=item.id)
    for item in exercises.all_exercises().values()
    for text, part in answers.today(item, answers.wrong(item))
]


@pytest.mark.parametrize(("exercise", "text", "part"), WRONG)
def test_a_planted_wrong_answer_gets_its_message(
    exercise: Exercise, text: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "did not end" not in part:
        monkeypatch.setattr(grading, "Budget", answers.Uncounted)
    outcome = answers.given(exercise, text)
    assert outcome.status == "not yet"
    assert part in outcome.message
