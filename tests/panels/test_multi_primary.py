"""The panels of chapter 11: the sentence counts what is marked, and two editors always agree."""

from __future__ import annotations

import random

import pytest

from dscourse.conflicts import SharedText
from dscourse.experiments.multi_primary import fates, writers_world
from dscourse.panels.editors import Editors, edited
from dscourse.panels.multi_primary import editors, survival, survival_frame
from dscourse.protocols.conflict_rules import LastWriterWins


def test_the_sentence_counts_what_the_picture_marks() -> None:
    frame = survival_frame("last writer wins", 2, 100, 20, 100)
    outcomes = list(fates(writers_world(LastWriterWins, 2, 100)).values())
    assert f"{outcomes.count('lost')} are lost" in frame.sentence
    assert f"{outcomes.count('replaced')} were replaced" in frame.sentence
    assert frame.picture.svg is not None
    assert survival().frame == frame


# --- two editors ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_an_edit_is_the_delta_that_leads_from_the_old_text_to_the_new_one(seed: int) -> None:
    draw = random.Random(seed)
    text = SharedText()
    for _ in range(8):
        new = "".join(draw.choice("abc \n") for _ in range(draw.randrange(12)))
        delta = edited(text, "a", new)
        assert not delta.letters & text.letters
        text |= delta
        assert str(text) == new


def test_edits_made_apart_meet_when_the_network_is_back() -> None:
    panel = editors()
    assert panel.sentence.startswith("No network: Ann reads “buy some milk and eggs”")
    panel.connect()
    assert [area.value for area in panel.areas.values()] == ["buy cold milk and eggs"] * 2
    panel.cut()
    panel.type("Ann", "buy milk and eggs")
    panel.type("Bob", "buy cold milk, bread and eggs")
    panel.connect()
    assert panel.areas["Ann"].value == panel.areas["Bob"].value == "buy milk, bread and eggs"


def test_while_connected_each_sees_what_the_other_types() -> None:
    panel = Editors(("Ann", "Bob"), "a")
    panel.type("Bob", "ab")
    assert panel.areas["Ann"].value == "ab"
    assert "Each keeps 2 letters, of which 0 are deleted" in panel.sentence


@pytest.mark.parametrize("seed", range(10))
def test_both_read_the_same_after_any_edits(seed: int) -> None:
    draw, panel = random.Random(seed), Editors(("Ann", "Bob"), "one two")
    for _ in range(15):
        name = draw.choice(panel.names)
        text, position = panel.areas[name].value, draw.randrange(9)
        panel.type(
            name,
            text[:position] + draw.choice(("x", "yz", "")) + text[position + draw.randrange(3) :],
        )
        draw.choice((panel.cut, panel.connect))()
    panel.connect()
    assert panel.areas["Ann"].value == panel.areas["Bob"].value


def test_a_text_that_grows_too_long_is_refused_in_one_line_and_not_kept() -> None:
    panel = Editors(("Ann", "Bob"), "a")
    panel.type("Ann", "b" * 500)
    assert panel.sentence == "More than 400 letters have been written: run the cell again."
    assert panel.areas["Ann"].value == "a"
    panel.type("Ann", "ab")
    assert panel.areas["Bob"].value == "ab"


def test_somebody_who_is_not_here_is_named() -> None:
    with pytest.raises(LookupError, match="nobody is called 'Cleo': there are Ann and Bob"):
        editors().type("Cleo", "x")
