"""Transactions over time: a bar per transaction with its end, and a key of the ends that occur."""

from __future__ import annotations

import pytest

from dscourse.show.lanes import ENDS, Bar, lanes


def test_each_transaction_has_a_bar_with_its_tooltip_and_the_key_has_the_ends_that_occur() -> None:
    rows = {
        "c1": [Bar(0, 30, "commit", "T0"), Bar(40, 90, "abort: deadlock", "T1: deadlock")],
        "c2": [],
    }
    svg = lanes(rows, until_ms=100, sentence="Two.").svg
    assert svg is not None
    assert (
        svg.count("<rect") - 1 == 4 or svg.count("<rect") == 4
    )  # a bar each, and a sample in the key
    assert "<title>T1: deadlock</title>" in svg
    assert ">∞<" in svg
    assert ">commit<" in svg
    assert "no answer" not in svg


def test_every_end_differs_in_more_than_colour() -> None:
    looks = [(dash, sign, fill == "#ffffff") for fill, _, dash, sign in ENDS.values()]
    assert len(set(looks)) == len(ENDS)


def test_no_lane_and_too_many_are_refused() -> None:
    for rows in ({}, dict.fromkeys(map(str, range(21)), ())):
        with pytest.raises(ValueError, match="from 1 to 20 can be drawn"):
            lanes(rows, until_ms=10, sentence="x")
