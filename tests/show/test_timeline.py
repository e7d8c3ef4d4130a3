"""The timeline: bars where they belong, marks of each kind, and histories that cannot be drawn."""

from __future__ import annotations

import pytest

from dscourse.show import palette
from dscourse.show.timeline import Mark, timeline
from dscourse.show.traffic import Span
from tests.show.drawing import faults, tag, titles, tree, words

ROWS = {
    "n1": [Span(0, 400, "leads epoch 1")],
    "n2": [Span(500, 1_000, "leads epoch 2")],
    "disk": [],
}
MARKS = {
    "disk": [Mark(100, "good", "write 1"), Mark(600, "bad", "write 2"), Mark(700, "refused", "no")]
}
MEANINGS = {"good": "accepted", "bad": "too late", "refused": "refused"}


def test_bars_have_the_length_of_their_time_and_their_names() -> None:
    picture = timeline(ROWS, until_ms=1_000, sentence="Two leaders.")
    bars = [one for one in tree(picture).iter() if tag(one) == "rect" and one.get("stroke")]
    widths = [float(str(bar.get("width"))) for bar in bars]
    assert widths[0] / widths[1] == pytest.approx(400 / 500, rel=0.01)
    assert {"n1", "n2", "disk", "leads epoch 1", "leads epoch 2"} <= set(words(picture))
    assert picture.sentence == "Two leaders."
    assert not faults(picture)


def test_a_bar_that_says_down_is_not_of_the_colour_of_those_that_lead() -> None:
    rows = {"n1": [Span(0, 500, "leads"), Span(500, 900, "down")]}
    picture = timeline(rows, until_ms=1_000, sentence="Down.")
    bars = [one for one in tree(picture).iter() if tag(one) == "rect" and one.get("stroke")]
    assert [bar.get("fill") for bar in bars] == [palette.BLUE, palette.GREY]


def test_marks_have_tooltips_and_a_key() -> None:
    picture = timeline(ROWS, until_ms=1_000, sentence="Marks.", marks=MARKS, meanings=MEANINGS)
    assert {"write 1", "write 2", "no"} <= set(titles(picture))
    assert {"accepted", "too late", "refused"} <= set(words(picture))


def test_a_shaded_stretch_lies_behind_and_is_named() -> None:
    picture = timeline(ROWS, until_ms=1_000, sentence="Cut.", shaded=[Span(200, 600, "cut off")])
    assert "cut off" in words(picture)


def test_a_short_bar_keeps_its_name_as_a_tooltip() -> None:
    picture = timeline({"n1": [Span(0, 5, "leads epoch 1")]}, until_ms=1_000, sentence="Short.")
    assert "leads epoch 1" in titles(picture)
    assert "leads epoch 1" not in words(picture)


def test_levels_are_further_rows_on_one_scale_with_their_largest_amount() -> None:
    levels = {"behind": [(0.0, 0.0), (100.0, 4.0), (200.0, 0.0)], "idle": [(0.0, 0.0)]}
    picture = timeline(ROWS, until_ms=1_000, sentence="Lag.", levels=levels, unit="entries")
    assert {"behind", "idle", "at most 4 entries"} <= set(words(picture))
    assert sum(word.startswith("at most") for word in words(picture)) == 1


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        timeline({}, until_ms=10, sentence="")
    with pytest.raises(ValueError, match="marks of 'x': the rows are n1, n2, disk"):
        timeline(ROWS, until_ms=10, sentence="", marks={"x": []})
    with pytest.raises(ValueError, match="'odd': a mark is one of good, bad, refused"):
        timeline(ROWS, until_ms=10, sentence="", marks={"disk": [Mark(1, "odd")]})


def test_a_good_mark_has_the_colour_of_the_row_that_it_is_of() -> None:
    rows = {"a": [Span(0, 50, "leads")], "b": [Span(50, 90, "leads")], "storage": []}
    marks = {
        "storage": [
            Mark(10, "good", "first", of="a"),
            Mark(60, "good", "second", of="b"),
            Mark(70, "good", "x"),
        ]
    }
    picture = timeline(rows, until_ms=100, sentence="Three writes.", marks=marks)
    rects = [
        one for one in tree(picture).iter() if tag(one) == "rect" and one.get("width") == "2.2"
    ]
    assert len({one.get("fill") for one in rects[:3]}) == 3
