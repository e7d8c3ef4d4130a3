"""The experiments of chapter 02: stamps of each kind against causality."""

from __future__ import annotations

import pytest

from dscourse.experiments.time_and_causality import (
    KINDS,
    causal_counts,
    events_of,
    lead_and_spread,
    notes_to_come,
    notes_world,
    pairs_with,
    records_of,
    set_back_world,
    stamp_tally,
)
from dscourse.protocols.stamped_messages import HybridStamper


@pytest.mark.parametrize("kind", KINDS)
def test_only_physical_clocks_contradict_causality(kind: str) -> None:
    seen = stamp_tally(kind, records_of(notes_world(KINDS[kind], skew_ms=40)))
    assert (seen.contradicted > 0) is (kind == "physical")
    assert (seen.invented == 0) is (kind == "vector")


def test_each_event_divides_the_others_into_past_future_and_concurrent() -> None:
    world = notes_world(KINDS["vector"])
    trace, records = events_of(world), records_of(world)
    stamps = [record.stamp for _, record in records]
    for number, stamp in enumerate(stamps, start=1):
        before, after, beside = causal_counts(records, number)
        assert before == sum(other < stamp for other in stamps)
        assert after == sum(stamp < other for other in stamps)
        assert before + after + beside == len(trace) - 1


def test_a_smaller_lamport_time_says_only_that_the_larger_one_is_no_cause() -> None:
    before, concurrent, after = pairs_with(4, 7, runs=20)
    assert before > 0
    assert concurrent > 0
    assert after == 0
    assert pairs_with(7, 4, runs=20) == (after, concurrent, before)


def test_without_a_clock_set_back_a_hybrid_stamp_is_ahead_by_no_more_than_clocks_differ() -> None:
    for seed in range(20):
        lead, spread = lead_and_spread(notes_to_come(HybridStamper, skew_ms=15, seed=seed))
        assert 0 <= lead <= spread < 30


def test_a_clock_that_is_set_back_leaves_hybrid_stamps_ahead_of_all_clocks() -> None:
    assert lead_and_spread(set_back_world()) == (71.0, 0.0)
