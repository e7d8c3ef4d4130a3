"""The experiment of chapter 10: its counts against small examples, and the known effect of each setting."""

from __future__ import annotations

from itertools import product

import pytest

from dscourse import checkers
from dscourse.experiments.primary_replica import (
    FAULTS,
    Outcome,
    median_ms,
    replication_world,
    run_of,
    stale_reads,
)
from dscourse.history import History, Op
from dscourse.protocols.textbook.primary_replica import VotesForAnybody
from tests.effort import once


def test_a_stale_read_is_one_that_misses_the_readers_own_acknowledged_write() -> None:
    write = Op(0, "a", "write", "x", 5, "ok", None, 0, 1, 0, 10)
    missed = Op(1, "a", "read", "x", None, "ok", None, 2, 3)
    of_another = Op(2, "b", "read", "x", None, "ok", None, 4, 5)
    seen = Op(3, "a", "read", "x", None, "ok", 5, 6, 7)
    history = History([write, missed, of_another, seen])
    assert stale_reads(history) == 1
    assert median_ms(history) == 10
    assert median_ms(History([missed])) == 0


def run(seed: int, acks: int, fault: str, nodes: int = 3, session: bool = True) -> Outcome:
    return run_of(replication_world(nodes, acks, session=session, seed=seed), fault)


@pytest.mark.parametrize(("nodes", "acks"), [(3, 1), (3, 2), (5, 2)])
@once
def test_a_majority_loses_nothing_whatever_goes_wrong(nodes: int, acks: int) -> None:
    for seed, fault in product(range(4), FAULTS):
        assert run(seed, acks, fault, nodes).lost == [], (seed, fault)


def test_fewer_acks_lose_writes_and_so_do_votes_for_anybody() -> None:
    assert sum(bool(run(seed, 0, "primary cut off").lost) for seed in range(8)) > 4
    assert any(run(seed, 1, "cut off with a replica", nodes=5).lost for seed in range(8))
    worlds = [replication_world(acks=1, seed=seed, kind=VotesForAnybody) for seed in range(12)]
    assert any(run_of(world, "primary cut off").lost for world in worlds)


def test_sessions_miss_nothing_and_others_do() -> None:
    for seed in range(4):
        history = run(seed, 1, "nothing").history
        assert (stale_reads(history), checkers.read_your_writes(history).ok) == (0, True)
        history = run(seed, 1, "nothing", session=False).history
        assert stale_reads(history) > 5
        assert checkers.read_your_writes(history).ok is False


def test_the_far_node_is_further_behind() -> None:
    behind = run(2, 1, "nothing").behind
    mean = {name: sum(amount for _, amount in steps) / len(steps) for name, steps in behind.items()}
    assert mean["n3"] > 2 * min(mean["n1"], mean["n2"]) + 1


def test_a_fault_that_is_not_known_is_refused() -> None:
    with pytest.raises(
        LookupError, match="fault='fire': it must be one of nothing, primary crashes"
    ):
        run_of(replication_world(), "fire")
