"""Chapters that need neither numpy nor matplotlib except for a curve: they run where both cannot be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHAPTERS = {  # the experiments of each; the panels have the name of the first
    "00": ["start_here"],
    "01": ["partial_failure", "statistics"],
    "02": ["time_and_causality"],
    "06": ["atomic_commit"],
    "08": ["failover_and_election"],
    "14": ["consensus", "paxos"],
}
CURVES = {
    "01": ["unreliable_call"],
    "14": ["election_panel"],
}  # panels in which its sentence takes its place

BLOCKED = """
import sys
sys.modules["numpy"] = sys.modules["matplotlib"] = None
"""
RUN = (
    BLOCKED
    + """
import doctest, importlib, inspect
from dscourse import exercises
from dscourse.exercises import catalogue, grading
from dscourse.exercises.sandbox.budget import Budget
from dscourse.exercises.tasks import make

class Uncounted(Budget):  # counting lines would take longer than all the rest
    def watch(self, work):
        return work()

grading.Budget = Uncounted
number, *names = sys.argv[1:]
for name in names:
    examples = doctest.testmod(importlib.import_module(f"dscourse.experiments.{name}"))
    assert examples.attempted and not examples.failed, (name, examples)
panels = importlib.import_module(f"dscourse.panels.{names[0]}")
for name, function in inspect.getmembers(panels, inspect.isfunction):
    if function.__module__ == panels.__name__ and function.__annotations__.get("return") in ("Panel", "Explorer"):
        panel = function()
        assert panel.picture.svg and panel.sentence and not getattr(panel, "error", None), name
        if "matplotlib is not installed" in panel.picture.svg:
            print(name)
for prediction in catalogue.predictions():
    if prediction.startswith(number):
        exercises.predict(prediction, "A"), exercises.reveal(prediction)
for name, text in catalogue.exercises().items():
    if name.startswith(number):
        exercise = catalogue.exercise(text)
        outcome = exercises.check(name, make(exercise, exercise.solution))
        assert outcome, outcome
"""
)


def run(script: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a fresh interpreter, with its record of exercises in ``folder``."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "DSCOURSE_PROGRESS": str(folder)},
    )


@pytest.mark.parametrize("number", CHAPTERS)
def test_experiments_panels_predictions_and_exercises_run_without_them(
    number: str, tmp_path: Path
) -> None:
    done = run(RUN, tmp_path, number, *CHAPTERS[number])
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == CURVES.get(number, [])


def test_they_cannot_be_imported_there(tmp_path: Path) -> None:
    for name in ("numpy", "matplotlib"):
        assert "ModuleNotFoundError" in run(f"{BLOCKED}import {name}", tmp_path).stderr


def test_no_panel_but_that_of_the_rings_needs_them_before_its_first_curve(tmp_path: Path) -> None:
    folder = Path(__file__).resolve().parents[1] / "dscourse" / "panels"
    names = {f"dscourse.panels.{file.stem}" for file in folder.glob("[a-z]*.py")}
    script = f"{BLOCKED}import {', '.join(sorted(names - {'dscourse.panels.whole_system'}))}"
    done = run(script, tmp_path)
    assert done.returncode == 0, done.stderr
