"""The experiments of chapter 04: histories from rows, one operation changed, and boxes that are what they promise."""

from __future__ import annotations

from typing import Any

import pytest

from dscourse import checkers
from dscourse.experiments.consistency_models import (
    BOXES,
    HISTORIES,
    WORK,
    Row,
    box_world,
    edited,
    history_of,
)
from tests.effort import once


def test_an_operation_that_begins_when_another_ends_overlaps_it() -> None:
    write: Row = ("a", "write", "x", 1, 0, 20)
    for start, apart in ((20, False), (21, True)):
        history = history_of([write, ("b", "read", "x", None, start, 40)])
        assert history[0].before(history[1]) is apart
        assert bool(checkers.linearizable(history)) is not apart


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("a", "erase", "x", 1, 0, 20), 'a row is .client, "read" or "write", key'),
        (("a", "write", "x", 1, 0), "a row is"),
        ("a write", "a row is"),
        (("a", "write", "x", 1, 20, 20), "it ends at 20 ms and must begin before that"),
    ],
)
def test_a_row_that_cannot_be_is_refused(row: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        history_of([row])


@pytest.mark.parametrize(
    ("history", "strongest"),
    [
        ("an old value", ("sequential",)),
        ("two orders", ("causal_memory",)),
        ("a post and a comment", ("pram",)),
        ("two flags", ("causal_memory", "causal_convergence")),
        ("there and back", ("weak_causal",)),
    ],
)
def test_the_histories_stand_on_different_rungs(history: str, strongest: tuple[str, ...]) -> None:
    assert checkers.classify(history_of(HISTORIES[history])).maximal == strongest


def test_one_change_makes_a_history_linearizable() -> None:
    assert not checkers.linearizable(edited("an old value", 1, 0, 25))
    assert checkers.linearizable(edited("an old value", 1, 0, 30))
    assert checkers.linearizable(edited("a post and a comment", 4, 0, 0, 1))


@pytest.mark.parametrize("box", BOXES)
@once
def test_a_box_keeps_what_it_promises_and_what_is_stronger_is_refuted(box: str) -> None:
    promise = BOXES[box][1]
    stronger = {
        "sequential": "linearizable",
        "causal_memory": "sequential",
        "pram": "causal_memory",
        "": "pram",
    }
    runs = [box_world(box, 4, 20, 60, work, run).history for work in WORK for run in range(1, 21)]
    if promise:
        assert all(checkers.BY_NAME[promise](run) for run in runs)
    if promise in stronger:
        judge = checkers.BY_NAME[stronger[promise]]
        assert any(judge(run).ok is False for run in runs)


def test_a_slow_link_under_the_post_tells_the_fifo_store_from_the_causal_one() -> None:
    """Boxes A and E differ in few runs of the other work; here E is refuted in about half of them, and A in none."""
    refuted = {
        box: sum(
            checkers.causal_memory(box_world(box, delay=5, work=WORK[-1], run=run).history).ok
            is False
            for run in range(1, 21)
        )
        for box in "AE"
    }
    assert refuted["A"] == 0
    assert refuted["E"] >= 5
