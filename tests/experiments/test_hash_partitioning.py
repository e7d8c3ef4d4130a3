"""The experiment of chapter 12: its keys, and the keys that a change moves."""

from __future__ import annotations

from dscourse.experiments.hash_partitioning import keys_of


def test_keys_and_how_often_they_are_asked_for() -> None:
    names, times = keys_of("Zipf")
    assert len(names) == len(times) == len(set(names))
    assert times[0] / times[9] == 10
    assert keys_of("uniform")[1].min() == keys_of("uniform")[1].max() == 1
    assert keys_of("words")[1].sum() > 20_000
