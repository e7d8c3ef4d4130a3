"""Stores as real processes that are killed and paused, judged from their real histories.

Every day one run of each repaired store; ``make soak`` takes the first 200 seeds.
"""

from __future__ import annotations

import pytest

from dscourse.protocols.quorum_store import OneRoundReadStore, QuorumStore
from dscourse.run import replay
from tests.effort import SOAK, chosen_seeds, soak
from tests.run.stores import inversion, live_run
from tests.run.test_processes import alive

pytestmark = pytest.mark.once

SEEDS = chosen_seeds(1)[:200]
MUTANTS = chosen_seeds(1)[:50]


@pytest.mark.parametrize("store", ["quorum", "raft", pytest.param("quick", marks=soak)])
def test_no_acknowledged_write_is_lost_seeds(store: str) -> None:
    kills = pauses = 0
    for seed in SEEDS:
        live = live_run(store, seed)
        assert live.verdict.ok is True, (seed, str(live.verdict))
        assert replay(live.cluster.recording), (seed, str(replay(live.cluster.recording)))
        assert not any(map(alive, live.pids)), seed
        kills += len(live.cluster.trace.kinds("crash"))
        pauses += len(live.cluster.trace.kinds("pause"))
        assert len(live.cluster.history.ok) > 40
    assert kills > 0
    assert pauses > 0 or not SOAK


@pytest.mark.parametrize("store", ["textbook", pytest.param("any node", marks=soak)])
def test_textbook_stores_are_refuted_by_real_histories_seeds(store: str) -> None:
    assert sum(live_run(store, seed).refuted for seed in MUTANTS) > len(MUTANTS) // 2


@soak  # about half of its runs are refuted
def test_a_read_of_one_round_is_refuted_by_real_histories_seeds() -> None:
    assert any(inversion(OneRoundReadStore).refuted for _ in MUTANTS)
    assert all(inversion(QuorumStore).verdict.ok for _ in MUTANTS)
