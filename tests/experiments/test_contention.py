"""The price of a run: each transaction counts once, by its end, and waits are counted at the store."""

from __future__ import annotations

import pytest

from dscourse.experiments.contention import ends_of, price_of
from dscourse.experiments.transactions import STORES, Load, hot_world

LOAD = Load(keys=2, clients=6, run_ms=400)


@pytest.mark.parametrize("store", STORES)
def test_each_transaction_has_one_end_and_the_commits_are_those_of_the_history(store: str) -> None:
    world = hot_world(STORES[store], LOAD)
    price, ends = price_of(world), list(ends_of(world).values())
    assert price.commits == sum(op.status == "ok" for op in world.history)
    assert price.commits + price.aborts + ends.count("open") == len(world.history)


def test_only_stores_that_lock_wait_and_only_those_without_ages_have_deadlocks() -> None:
    prices = {name: price_of(hot_world(kind, LOAD)) for name, kind in STORES.items()}
    locking = {"read committed", "locking", "wound-wait"}
    assert {name for name, price in prices.items() if price.waits_ms} == locking
    assert {name for name, price in prices.items() if price.deadlocks} == {
        "read committed",
        "locking",
    }
    assert {name for name, price in prices.items() if price.conflicts} == (
        {*STORES} - {"in place", "read committed", "locking"}
    )


def test_a_client_that_gives_up_has_no_answer_and_a_step_waits_until_the_end() -> None:
    price = price_of(hot_world(STORES["locking"], Load(1, 8, 0.2, 16, 500)))
    assert price.unanswered == 12
    assert max(price.waits_ms) > 250


def test_a_client_alone_neither_waits_nor_aborts() -> None:
    for kind in STORES.values():
        price = price_of(hot_world(kind, Load(clients=1, run_ms=300)))
        assert (price.commits > 5, price.aborts, price.waits_ms) == (True, 0, ())
