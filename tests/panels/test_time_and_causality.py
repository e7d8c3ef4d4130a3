"""The answers to the questions below the panel of chapter 02."""

from __future__ import annotations

import re

import pytest

from dscourse.experiments.time_and_causality import notes_world, records_of, stamp_tally
from dscourse.panels.time_and_causality import clocks_and_causes
from dscourse.protocols.stamped_messages import VectorStamper


def backwards(**settings: int) -> int:
    """The notes that arrive before they were sent, as the panel's sentence says."""
    panel = clocks_and_causes()
    panel.set(**settings)
    found = re.search(r"own clocks, (\d+) of", panel.sentence)
    assert found, panel.sentence
    return int(found[1])


@pytest.mark.parametrize(("seed", "first"), [(1, 2), (2, 1), (33, 5)])
def test_the_minutes_until_a_note_arrives_before_it_was_sent(seed: int, first: int) -> None:
    assert backwards(skew=0, drift=200, minutes=first, seed=seed) > 0
    assert backwards(skew=0, drift=200, minutes=first - 1, seed=seed) == 0


@pytest.mark.parametrize(("seed", "largest"), [(1, 12), (2, 55), (19, 2)])
def test_the_largest_error_of_the_clocks_without_harm(seed: int, largest: int) -> None:
    assert backwards(skew=largest, drift=0, seed=seed) == 0
    assert backwards(skew=largest + 1, drift=0, seed=seed) > 0


def test_clocks_that_are_less_than_4_ms_apart_do_no_harm_for_any_seed() -> None:
    assert all(backwards(skew=2, drift=0, seed=seed) == 0 for seed in range(1, 41))


def concurrent_share(rate: int, seed: int) -> float:
    world = notes_world(VectorStamper, 3, round(rate * 0.12), 15, seed=seed)
    tally = stamp_tally("vector", records_of(world))
    return tally.concurrent / (tally.concurrent + tally.ordered)


@pytest.mark.parametrize(("rate", "share"), [(50, 29), (250, 19)])
def test_with_more_notes_fewer_pairs_are_concurrent(rate: int, share: int) -> None:
    shares = [concurrent_share(rate, seed) for seed in range(1, 41)]
    assert round(100 * sum(shares) / len(shares)) == share
