"""The panels of chapter 11: what becomes of writes, counted in another way, and two editors that always agree."""

from __future__ import annotations

import random

import pytest

from dscourse.conflicts import SharedText
from dscourse.panels.editors import Editors, edited
from dscourse.panels.multi_primary import (
    RULES,
    editors,
    fates,
    lost_share,
    survival_frame,
    what_survives,
    writers_world,
)
from dscourse.protocols.conflict_rules import HybridLast, LastWriterWins, Siblings

# --- what survives -------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES.values())
def test_every_write_is_acknowledged_and_has_one_fate(rule: type[LastWriterWins]) -> None:
    world = writers_world(rule, writers=3, skew_ms=50)
    assert len(fates(world)) == len(world.history) == len(world.history.ok) == 30


@pytest.mark.parametrize("rule", [LastWriterWins, HybridLast])
def test_one_write_is_there_at_the_end_of_last_writer_wins(rule: type[LastWriterWins]) -> None:
    for seed in range(20):
        assert list(fates(writers_world(rule, 3, 80, seed=seed)).values()).count("kept") == 1


def test_siblings_lose_nothing() -> None:
    for seed in range(20):
        assert "lost" not in fates(writers_world(Siblings, 4, 300, seed=seed)).values()


@pytest.mark.parametrize("seed", range(10))
def test_without_skew_the_times_alone_say_which_writes_are_lost(
    seed: int,
) -> None:
    """Lost: the other writes before it has arrived (20 ms), and its own user not before that has arrived here."""
    world = writers_world(LastWriterWins, 2, 0, 20, 100, seed)
    begun = [(world.trace[op.invoked].time_ms, op.process, op.value) for op in world.history]
    became = fates(world)
    for ms, user, value in begun:
        later = [(time, other != user) for time, other, _ in begun if time > ms]
        elsewhere = min((time for time, apart in later if apart), default=1e9)
        own = min((time for time, apart in later if not apart), default=1e9)
        assert (became[str(value)] == "lost") is (elsewhere < ms + 20 and own >= elsewhere + 20)


def test_a_clock_that_is_fast_by_the_whole_run_makes_the_other_lose_nearly_all() -> None:
    assert lost_share(LastWriterWins, 1_000, runs=10) > 0.45
    assert lost_share(HybridLast, 1_000, runs=10) < 0.2
    assert lost_share(Siblings, 1_000, runs=10) == 0


def test_the_share_grows_with_the_skew_and_with_the_rate() -> None:
    by_skew = [lost_share(LastWriterWins, skew, runs=10) for skew in (0, 50, 100, 200, 400)]
    assert by_skew == sorted(by_skew)
    assert lost_share(LastWriterWins, 0, 50, runs=10) > lost_share(LastWriterWins, 0, 200, runs=10)


def test_the_sentence_counts_what_the_picture_marks() -> None:
    frame = survival_frame("last writer wins", 2, 100, 20, 100)
    told = list(fates(writers_world(LastWriterWins, 2, 100)).values())
    assert f"{told.count('lost')} are lost" in frame.sentence
    assert f"{told.count('replaced')} were replaced" in frame.sentence
    assert frame.picture.svg is not None
    assert what_survives().frame == frame


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
        text, place = panel.areas[name].value, draw.randrange(9)
        panel.type(
            name, text[:place] + draw.choice(("x", "yz", "")) + text[place + draw.randrange(3) :]
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
