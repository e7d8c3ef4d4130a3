"""The reader's functions: predict, reveal, check, solution, progress."""

from __future__ import annotations

from pathlib import Path

import pytest

from dscourse import exercises


@pytest.fixture(autouse=True)
def own_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSCOURSE_PROGRESS", str(tmp_path))


def test_an_unknown_exercise_is_an_error_that_names_near_ones() -> None:
    with pytest.raises(LookupError, match=r"no exercise is called '01\.33': did you mean 01\.3"):
        exercises.check("01.33", None)
    with pytest.raises(LookupError, match=r"no prediction is called '01\.9'"):
        exercises.predict("01.9", "A")


def test_an_option_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="choice='E': it must be None or one of A, B, C, D"):
        exercises.predict("01.1", "E")


def test_a_prediction_is_kept_until_it_is_taken_back() -> None:
    assert exercises.predict("01.1", "B").text.endswith("you predict B")
    assert exercises.reveal("01.1").text.startswith("01.1: you predicted B, and that is right.")
    exercises.predict("01.1", "A")
    assert exercises.reveal("01.1").text.startswith("01.1: you predicted A, and that is not what")
    exercises.predict("01.1", None)
    assert "not predicted yet" in exercises.reveal("01.1").text


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
    with pytest.raises(LookupError):
        exercises.solution("99.9")


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
