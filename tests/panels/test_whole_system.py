"""The panel of chapter 15: its score card, and rejected settings."""

from __future__ import annotations

import re

import pytest

from dscourse.experiments.score_card import NEVER, Score, combine, missed
from dscourse.experiments.whole_system import GOALS
from dscourse.panels.whole_system import draw_card, store_panel
from dscourse.show.against import Against, against

CALM = Score(100, 0.0, 0.0, 0, 10, 20, 8)


def test_the_panel_tells_its_card_and_refuses_quorums_larger_than_the_homes() -> None:
    panel = store_panel()
    assert re.search(
        r"120 operations: .*not answered.*messages per operation\. Missed: ", panel.sentence
    )
    panel.set(replicas=1)
    assert panel.error == "R and W are at most N, and a key has only 1 home."
    panel.set(read_quorum=1, write_quorum=1)
    assert panel.error is None


def test_the_card_shows_what_is_missed() -> None:
    picture = draw_card(combine([CALM, Score(100, 0.5, 0, 1, NEVER, 50, 9)]))
    assert picture.sentence.endswith("Missed: not answered, lost writes, equal after.")
    assert picture.svg is not None
    assert picture.svg.count(">missed<") == 3
    assert picture.svg.count(">met<") == 3
    assert draw_card(CALM).sentence.endswith("All goals are met.")
    assert missed(CALM, GOALS) == []


def test_a_number_that_misses_its_goal_never_reads_like_the_goal() -> None:
    panel = store_panel()
    panel.set(attempts=4, timeout=40)
    assert "10.01 messages per operation. Missed: p99 of latency, messages." in panel.sentence
    barely = Score(100, 0.0301, 0.0, 0, 300.2, 100, 10)
    assert barely.beside(GOALS)["unanswered"] == "3.01 %"
    assert barely.beside(GOALS)["converged_ms"] == "300.2 ms"
    assert barely.beside(GOALS)["messages"] == "10.0"
    assert ">10.01<" in str(panel.picture.svg)


def test_a_card_needs_a_row() -> None:
    with pytest.raises(ValueError, match="no rows"):
        against({}, sentence="Nothing.")
    assert Against(1, 1, "1", "1").met
