"""The panel of chapter 16: its sentence gives the price of a level and what the checker finds."""

from __future__ import annotations

import re

import pytest

from dscourse.experiments.transactions import STORES
from dscourse.panels.transactions import contention


def test_the_sentence_tells_commits_aborts_waits_and_anomalies() -> None:
    panel = contention()
    assert panel.sentence.startswith(
        "Snapshots, 8 clients on 4 keys: 22 of 73 transactions commit, 44 per second;"
    )
    assert "51 abort (0 deadlocks, 51 conflicts, 0 without an answer)." in panel.sentence
    assert "No step waits." in panel.sentence
    assert "The checker finds G2-item" in panel.sentence
    panel.set(store="locking")
    assert "15 abort (15 deadlocks, 0 conflicts, " in panel.sentence
    assert "51 steps wait, 57 ms on average." in panel.sentence
    assert panel.sentence.endswith("no anomaly; strongest that holds: strict serializable.")


def test_the_picture_is_the_first_anomaly_or_else_the_transactions_of_each_client() -> None:
    panel = contention()
    assert "must come" in panel.sentence
    assert ">rw" in str(panel.picture.svg)
    panel.set(store="optimistic")
    assert all(f">c{number}<" in str(panel.picture.svg) for number in range(1, 9))
    assert "has changed since it was read" in str(panel.picture.svg)


@pytest.mark.parametrize("store", ["locking", "wound-wait", "optimistic", "serializable snapshots"])
def test_no_anomaly_is_found_where_none_is_allowed(store: str) -> None:
    panel = contention()
    for seed in (1, 2, 3):
        panel.set(store=store, seed=seed, keys=2)
        assert "The checker finds no anomaly" in panel.sentence


def test_without_contention_every_store_commits_all() -> None:
    panel = contention()
    panel.set(clients=1)
    for store in STORES:
        panel.set(store=store)
        assert " 0 abort" in panel.sentence
        assert "No step waits." in panel.sentence


def test_a_long_cycle_of_long_transactions_fits_on_the_screen() -> None:
    panel = contention()
    panel.set(store="in place", keys=9, steps=6, reads=80, clients=13, seed=5)
    found = re.search(r'height="(\d+)', str(panel.picture.svg))
    assert found is not None
    assert int(found[1]) <= 380
    assert "more steps" in str(panel.picture.svg)
