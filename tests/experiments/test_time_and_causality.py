"""The experiments of chapter 02: stamps of each kind against causality."""

from __future__ import annotations

import pytest

from dscourse.experiments.time_and_causality import (
    KINDS,
    causal_counts,
    events_of,
    notes_world,
    records_of,
    stamp_tally,
)


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
