"""Recorded data: the README's promises, and names that do not exist."""

from __future__ import annotations

import numpy as np
import pytest

from dscourse import datasets

HEARTBEATS = ("idle", "paused", "starved")


def test_every_recording_is_described() -> None:
    text = (datasets.folder() / "README.md").read_text(encoding="utf-8")
    assert datasets.names()
    for name in datasets.names():
        assert name.rpartition("/")[2] in text, name
        for column in datasets.load(name):
            assert f"`{column}`" in text, column


@pytest.mark.parametrize("name", HEARTBEATS)
def test_heartbeats_arrive_after_they_are_sent_and_in_order(name: str) -> None:
    heartbeats = datasets.load(f"heartbeats/{name}")
    assert len(heartbeats["number"]) > 2_900
    assert (np.diff(heartbeats["number"]) > 0).all()
    assert (np.diff(heartbeats["arrived_us"]) >= 0).all()
    assert (heartbeats["arrived_us"] >= heartbeats["sent_us"]).all()
    assert heartbeats["arrived_us"][0] == 0


def test_an_idle_machine_is_punctual_a_starved_one_less_and_a_paused_one_silent() -> None:
    gaps = {n: np.diff(datasets.load(f"heartbeats/{n}")["arrived_us"]) / 1_000 for n in HEARTBEATS}
    assert np.median(gaps["idle"]) == pytest.approx(50, abs=1)
    assert gaps["starved"].std() > 2 * gaps["idle"].std()
    assert gaps["paused"].max() > 1_000 > gaps["idle"].max()


def test_the_silences_are_those_that_the_pauses_made() -> None:
    pauses = datasets.load("heartbeats/pauses")
    arrived = datasets.load("heartbeats/paused")["arrived_us"]
    assert len(pauses["stopped_us"]) > 10
    for stopped, continued in zip(pauses["stopped_us"], pauses["continued_us"], strict=True):
        inside = (arrived > stopped + 2_000) & (arrived < continued)
        assert not inside.any()


def test_an_unknown_name_is_told_with_those_that_are_near() -> None:
    with pytest.raises(LookupError, match="'heartbeats/idel': did you mean heartbeats/idle"):
        datasets.load("heartbeats/idel")


def test_words_are_distinct_and_as_uneven_as_words_are() -> None:
    words = datasets.load("words/course")
    assert len(set(words["word"].tolist())) == len(words["word"]) > 2_000
    assert all(word.isalpha() or set(word) & set("'’-") for word in words["word"].tolist())
    times = words["times"]
    assert (np.diff(times) <= 0).all()
    assert times[-1] == 1
    assert 0.05 < times[0] / times.sum() < 0.08  # "the"
    assert np.median(times) <= 3
