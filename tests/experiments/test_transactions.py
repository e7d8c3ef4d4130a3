"""Chapter 16: a situation shows its anomaly where nothing isolates; each store avoids what its level forbids."""

from __future__ import annotations

import pytest

from dscourse.checkers.transactions import BY_LEVEL, anomalies, isolation
from dscourse.experiments.transactions import (
    SITUATIONS,
    STORES,
    Load,
    append,
    ended,
    happened,
    hot_keys,
    left,
    overlapping,
    read,
)

SKEWS = ("read skew", "lost update", "write skew")
ALLOWED = {
    "in place": tuple(SITUATIONS),
    "read committed": SKEWS,
    "snapshots": ("write skew",),
}


@pytest.mark.parametrize("store", STORES)
def test_each_store_shows_the_anomalies_that_its_level_allows_and_no_others(store: str) -> None:
    shown = [name for name in SITUATIONS if happened(SITUATIONS[name], STORES[store]) == "happens"]
    assert tuple(shown) == ALLOWED.get(store, ())


def test_what_waits_is_told_from_what_aborts_and_from_what_does_neither() -> None:
    found = {name: happened(SITUATIONS["read skew"], STORES[name]) for name in STORES}
    assert found["locking"] == found["wound-wait"] == "one waits"
    assert found["optimistic"] == "one aborts"
    assert found["snapshots"] == "not seen"


@pytest.mark.parametrize("store", STORES)
def test_both_withdrawals_leave_a_debt_exactly_where_write_skew_happens(store: str) -> None:
    history = SITUATIONS["write skew"].run(STORES[store]).history
    skew = [found.also for found in anomalies(history)]
    assert left(history) == (-100 if "write skew" in skew else 50)


def test_a_withdrawal_that_is_not_covered_is_given_up() -> None:
    work = [[append("x", 100)], [read("x"), append("x", -150)], [read("x"), append("x", -100)]]
    history = overlapping(STORES["read committed"], work, (5, 60, 120)).history
    ends = ended(history)
    assert ends["T2 of c2"][0] == "aborted: not enough money"
    assert ends["T3 of c3"][0] == "committed"
    assert left(history) == 0


def test_times_must_be_as_many_as_transactions() -> None:
    with pytest.raises(ValueError, match="zip"):
        overlapping(STORES["in place"], [[read("x")]])


LEVELS = {
    "read committed": "monotonic_atomic_view",
    "snapshots": "snapshot_isolation",
    "serializable snapshots": "strict_serializable",
    "optimistic": "strict_serializable",
    "locking": "strict_serializable",
    "wound-wait": "strict_serializable",
}


@pytest.mark.parametrize("store", LEVELS)
def test_stores_keep_their_levels_on_hot_keys_and_show_less_where_they_promise_less(
    store: str,
) -> None:
    history = hot_keys(STORES[store], Load(keys=4))
    assert BY_LEVEL[LEVELS[store]](history).ok
    assert isolation(history).maximal == (LEVELS[store],)


def test_more_keys_let_more_transactions_commit() -> None:
    for store in LEVELS:
        few, many = (
            sum(op.status == "ok" for op in hot_keys(STORES[store], Load(keys=keys)))
            for keys in (2, 32)
        )
        assert many > 1.5 * few


def test_all_stores_get_the_same_transactions() -> None:
    def work(store: str) -> dict[tuple[str, int], object]:
        counts: dict[str, int] = {}
        found: dict[tuple[str, int], object] = {}
        for op in hot_keys(STORES[store], Load(run_ms=300)):
            number = counts[op.process] = counts.get(op.process, 0) + 1
            found[op.process, number] = op.value
        return found

    one, other = work("locking"), work("snapshots")
    assert one.keys() & other.keys()
    assert all(one[key] == other[key] for key in one.keys() & other.keys())
