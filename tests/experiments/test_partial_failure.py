"""The experiments of chapter 01: calls are counted as client and server have seen them."""

from __future__ import annotations

from dscourse.experiments.partial_failure import availability, call_counts, call_world


def test_without_retries_what_is_not_answered_is_unknown_and_half_of_it_was_executed() -> None:
    counts = call_counts(call_world(loss=0.3, retries=0))
    assert counts.calls == counts.answered + counts.unknown == 200
    assert 0 < counts.unknown_but_executed < counts.unknown
    assert counts.executed_twice == 0


def test_retries_execute_a_payment_twice_unless_it_has_a_key() -> None:
    counts = call_counts(call_world(loss=0.3, retries=8))
    assert counts.executed_twice > 0
    assert call_counts(call_world(loss=0.3, retries=8, key=True)).executed_twice == 0


def test_more_workers_help_only_if_they_do_not_crash_together() -> None:
    one, three = availability(1, requests=2_000), availability(3, requests=2_000)
    assert 0.8 < one < 0.95 < three
    assert availability(3, together=True, requests=2_000) == one
