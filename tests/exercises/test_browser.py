"""Exercises in a browser, where no thread and no copy of the process can be started."""

from __future__ import annotations

import sys
import threading

import pytest

from dscourse import exercises
from dscourse.exercises import catalogue
from dscourse.exercises.tasks import make


def test_a_breaker_passes_without_threads_and_a_sentence_says_what_was_not_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    exercise = catalogue.exercise(catalogue.exercises()["09.8"])
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(threading.Thread, "start", refused)
    outcome = exercises.check("09.8", make(exercise, exercise.solution))
    assert outcome, outcome
    assert "two callers at the same moment were not tried" in capsys.readouterr().out
