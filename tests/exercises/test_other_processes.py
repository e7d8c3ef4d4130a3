"""Verdicts do not depend on the process: answers that use a hash or an address, judged under other hash seeds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dscourse import exercises
from dscourse.exercises import Exercise
from dscourse.exercises.tasks import make
from tests.notebooks import answers

_DEPENDS = re.compile(r"\b(?:hash|id)\(")


def planted() -> list[tuple[str, Exercise, str, str]]:
    """Return the planted answers whose text uses a hash or an address, each with the verdict that it gets."""
    found = []
    for exercise in exercises.all_exercises().values():
        if exercise.file:
            continue  # each of its processes has a hash seed of its own
        right = [(text, "passed") for text in answers.right(exercise)]
        wrong = [(text, "not yet") for text, _ in answers.wrong(exercise)]
        for number, (text, status) in enumerate(right + wrong):
            if _DEPENDS.search(text):
                found.append((f"{exercise.id} {number}", exercise, text, status))
    return found


@pytest.mark.once
@pytest.mark.parametrize("seed", ["0", "1"])
def test_every_process_gives_the_same_verdicts(seed: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.exercises.test_other_processes"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed, "DSCOURSE_PROGRESS": str(tmp_path)},
    )
    wanted = [f"{name}: {status}" for name, _, _, status in planted()]
    assert len(wanted) > 3
    assert run.stdout.splitlines() == wanted


if __name__ == "__main__":
    for name, exercise, text, _ in planted():
        (verdict,) = answers.in_one_copy(exercise, [make(exercise, text)])
        print(f"{name}: {verdict.status}")
