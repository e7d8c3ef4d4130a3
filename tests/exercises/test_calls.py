"""The reader's functions: predict, reveal, check, hint, solution, progress."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dscourse import exercises
from dscourse.exercises import predictions, standing


@pytest.fixture(autouse=True)
def own_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSCOURSE_PROGRESS", str(tmp_path))
    predictions.forget()


def test_an_unknown_number_is_answered_with_near_ones() -> None:
    outcome = exercises.check("01.33", None)
    assert outcome.status == "not attempted yet"
    assert not outcome
    assert outcome.message.startswith('No exercise is called "01.33": did you mean 01.3')
    assert 'No prediction is called "01.99"' in exercises.predict("01.99", "A").text
    for call in (exercises.reveal, exercises.hint, exercises.solution):
        assert "did you mean" in call("99.9").text
        assert "did you mean" in call(1.3).text
        assert "did you mean" in call().text


def test_an_exercise_is_not_a_prediction() -> None:
    assert exercises.predict("01.3").text == (
        "01.3 is an exercise: it is for check, hint and solution."
    )
    assert exercises.check("01.1", 7).message == (
        "01.1 is a prediction: it is for predict and reveal."
    )


def test_a_check_without_an_answer_says_how_to_give_it() -> None:
    outcome = exercises.check("01.3")
    assert outcome.message == 'Give your answer as well: check("01.3", attempts).'


def test_under_nbgrader_an_unknown_number_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match="did you mean"):
        exercises.check("99.9", 7)


@pytest.mark.parametrize("choice", ["E", "", "AB", 1, ["A"], object(), "A\n" * 100 + "<b>"])
def test_what_is_no_option_is_answered_in_words(choice: Any) -> None:
    asked = exercises.predict("01.1", choice)
    assert " is none of A, B, C, D. not predicted yet" in asked.text
    assert "<b>'" not in asked._repr_mimebundle_()["text/html"]
    assert "not predicted yet" in exercises.reveal("01.1").text


def test_a_letter_counts_in_either_case() -> None:
    assert exercises.predict(" 01.1", " b ").text.endswith("you predict B")


def test_a_prediction_is_kept_until_another_is_made() -> None:
    assert exercises.predict("01.1", "B").text.endswith("you predict B")
    assert exercises.reveal("01.1").text.startswith("01.1: you predicted B, and that is right.")
    exercises.predict("01.1", "A")
    assert exercises.reveal("01.1").text.startswith("01.1: you predicted A, and that is not what")
    assert exercises.predict("01.1", None).text.endswith("you predict A")


def test_a_button_chooses_and_shows_what_is_chosen() -> None:
    asked = exercises.predict("01.1", None)
    assert asked.text.endswith(
        "not predicted yet: press a button, or put its letter in place of None"
    )
    asked.press("C")
    asked.press("B")
    assert asked.text.endswith("you predict B")
    pressed = {letter: button.icon for letter, button in asked._buttons.items()}
    assert pressed == {"A": "", "B": "circle", "C": "", "D": ""}
    assert "you predicted B" in exercises.reveal("01.1").text


def test_a_question_is_readable_without_a_kernel() -> None:
    data = exercises.predict("01.1", "B")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    options = exercises.all_predictions()["01.1"].options
    assert all(text in data["text/plain"] for text, _ in options.values())
    assert data["text/html"].count("<li") == 4
    assert data["text/html"].count("<u>") == 1


def test_hints_come_one_by_one() -> None:
    task = exercises.all_exercises()["01.3"]
    assert exercises.hint("01.3").text == f"01.3, hint 1: {task.hints[0]}"
    assert exercises.hint("01.3", 2).text == f"01.3, hint 2: {task.hints[1]}"
    for number in (0, 3, "two", None):
        assert "01.3 has two hints" in exercises.hint("01.3", number).text


def test_the_answer_is_not_told_before_the_run() -> None:
    asked = exercises.predict("01.1", "B")
    prediction = exercises.all_predictions()["01.1"]
    assert all(why not in asked.text for _, why in prediction.options.values())


def test_a_solution_comes_with_its_reasoning() -> None:
    note = exercises.solution("01.4")
    found = exercises.all_exercises()["01.4"]
    assert found.reasoning in note.text
    assert found.solution in note.text


def test_a_class_may_hide_solutions(monkeypatch: pytest.MonkeyPatch) -> None:
    found = exercises.all_exercises()["01.4"]
    monkeypatch.setenv("DSCOURSE_SOLUTIONS", "hidden")
    note = exercises.solution("01.4")
    assert note.text == "01.4: worked solutions are hidden in this class."
    assert found.solution not in str(note._repr_mimebundle_())
    assert "did you mean" in exercises.solution("99.9").text


def test_code_in_the_reasoning_of_a_solution_is_shown_as_code() -> None:
    shown = exercises.solution("07.4")._repr_mimebundle_()["text/html"]
    assert "<code>log_ndtr</code>" in shown
    assert "`" not in shown


def test_progress_counts_what_was_passed() -> None:
    before = exercises.progress().text
    assert before.startswith("0 of ")
    assert exercises.check("01.3", 9) or exercises.check("01.3", 7)
    after = exercises.progress().text
    assert after.startswith("1 of ")
    assert next(line for line in after.splitlines() if line[:4] == "01.3").endswith("passed")


def test_progress_has_a_bar_for_each_chapter_and_says_where_to_go_on() -> None:
    known = list(exercises.all_exercises())
    own = [name for name in known if name[:2] == "01"]
    shown = standing.note([own[0], own[1]])
    assert shown.body.count("<details>") == len({name[:2] for name in known})
    assert f"{200 / len(own):.0f}%" in shown.body
    assert f"2 of {len(own)}" in shown.text
    assert f"Go on with {own[2]}, " in shown.text
    assert "in 01_partial_failure.ipynb." in shown.text
    assert f"Go on with {own[2]}, " in shown.body


def test_progress_goes_back_to_what_was_left_out() -> None:
    known = list(exercises.all_exercises())
    assert f"Go on with {known[0]}, " in standing.note(known[1:]).text
    assert f"Go on with {known[0]}, " in standing.note([]).text
    assert "You have passed them all." in standing.note(known).body
