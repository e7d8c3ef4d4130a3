"""The panels of chapter 11: the sentence counts what is marked, and two editors always agree."""

from __future__ import annotations

import random

import pytest

from dscourse.conflicts import SharedText
from dscourse.experiments.multi_primary import fates, lost_by, values_at_end, writers_world
from dscourse.panels.editors import Editors, edited
from dscourse.panels.multi_primary import editors, survival, survival_frame
from dscourse.protocols.conflict_rules import LastWriterWins, Siblings


def test_the_sentence_counts_what_the_picture_marks() -> None:
    frame = survival_frame("last writer wins", 2, 100, 20, 100)
    outcomes = list(fates(writers_world(LastWriterWins, 2, 100)).values())
    assert f"{outcomes.count('lost')} are lost" in frame.sentence
    assert f"{outcomes.count('replaced')} were replaced" in frame.sentence
    assert frame.picture.svg is not None
    assert survival().frame == frame


# --- the answers to the questions below the panel -------------------------------------------------


def lost(seed: int, **settings: int) -> tuple[int, int, int]:
    """The writes that are lost, those of Bob's among them, and all, of two users."""
    values = {"skew_ms": 0, "delay_ms": 20, "interval_ms": 100} | settings
    outcome = fates(writers_world(LastWriterWins, 2, seed=seed, **values))
    return list(outcome.values()).count("lost"), lost_by("Bob", outcome), len(outcome)


@pytest.mark.parametrize(
    ("delay", "one", "share"), [(1, 0, 1), (20, 4, 14), (50, 4, 19), (100, 4, 17), (200, 2, 10)]
)
def test_the_lost_writes_grow_with_the_delay_and_fall_again(
    delay: int, one: int, share: int
) -> None:
    panel = survival()
    panel.set(rule="last writer wins", skew=0, delay=delay)
    assert f"{one} are lost" in panel.sentence
    runs = [lost(seed, delay_ms=delay) for seed in range(1, 41)]
    assert round(100 * sum(run[0] for run in runs) / sum(run[2] for run in runs)) == share


@pytest.mark.parametrize(
    ("interval", "skew", "share"), [(100, 100, 68), (100, 400, 92), (500, 100, 14), (500, 400, 59)]
)
def test_bob_loses_most_once_the_skew_exceeds_the_time_between_writes(
    interval: int, skew: int, share: int
) -> None:
    runs = [lost(seed, skew_ms=skew, interval_ms=interval) for seed in range(1, 41)]
    assert round(100 * 2 * sum(run[1] for run in runs) / sum(run[2] for run in runs)) == share


def test_with_seed_1_he_loses_8_of_10_from_100_ms_on() -> None:
    assert [lost(1, skew_ms=skew)[1] for skew in (50, 100, 400, 1_000)] == [5, 8, 8, 8]


@pytest.mark.parametrize(("delay", "fewest", "most"), [(20, 1, 3), (200, 2, 4)])
def test_siblings_leave_several_values(delay: int, fewest: int, most: int) -> None:
    worlds = (writers_world(Siblings, 4, 100, delay, seed=seed) for seed in range(1, 41))
    numbers = {len(values_at_end(world)) for world in worlds}
    assert (min(numbers), max(numbers)) == (fewest, most)


def _offline(ann: list[str], bob: list[str]) -> str:
    """The text that both read after each has typed these texts one after the other without a network."""
    panel = editors()
    panel.connect()
    panel.cut()
    for name, texts in (("Ann", ann), ("Bob", bob)):
        for text in texts:
            panel.type(name, text)
    panel.connect()
    return str(panel.replicas["Ann"])


def test_two_editors_mix_words_that_are_typed_backwards_alone() -> None:
    both = "buy cold milk and eggs"
    assert _offline([], []) == both
    assert _offline([both + " tea"], [both + " jam"]) == both + " jam tea"
    backwards = [[both + word[-n:] for n in range(1, 6)] for word in ("hello", "WORLD")]
    assert _offline(*backwards) == both + "WhOeRLllDo"
    assert (
        _offline([both.replace(" cold", "")], [both.replace("cold", "coXld")])
        == "buyX milk and eggs"
    )


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
