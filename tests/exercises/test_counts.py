"""The table of planted answers is what is planted."""

from __future__ import annotations

from dscourse.exercises import all_exercises
from tests.exercises.counts import TABLE, table


def test_the_table_is_up_to_date() -> None:
    assert TABLE.read_text("utf-8") == table(), "python -m tests.exercises.counts writes it"


def test_every_exercise_has_a_row() -> None:
    assert all(f"\n| {name} | " in table() for name in all_exercises())
