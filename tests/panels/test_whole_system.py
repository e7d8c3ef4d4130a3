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


def test_a_card_needs_a_row() -> None:
    with pytest.raises(ValueError, match="no rows"):
        against({}, sentence="Nothing.")
    assert Against(1, 1, "1", "1").met
