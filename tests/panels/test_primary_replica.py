"""The panel of chapter 10: what it counts against small examples, and what each setting is known to do."""

from __future__ import annotations

import re
from itertools import product

import pytest

from dscourse import checkers
from dscourse.history import History, Op
from dscourse.panels.primary_replica import (
    FAULTS,
    Outcome,
    median_ms,
    replication_panel,
    replication_world,
    run_of,
    stale_reads,
)
from dscourse.protocols.primary_replica import VotesForAnybody


def numbers(sentence: str) -> list[int]:
    return [int(word) for word in re.findall(r"\b\d+\b", sentence)]


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


def test_the_panel_shows_the_trade_off() -> None:
    panel = replication_panel()
    waits, lost = {}, {}
    for acks in (0, 1, 2):
        panel.set(acks=acks, fault="primary cut off")
        done, _, waits[acks], lost[acks], *_ = numbers(panel.sentence)
        assert done > 20
    assert waits[0] < waits[1] < waits[2]
    assert lost[0] > 20 > lost[1] == lost[2] == 0


def test_more_acks_than_replicas_are_refused_in_a_line() -> None:
    panel = replication_panel()
    panel.set(acks=3)
    assert panel.sentence == "acks=3: with 2 replicas it must be from 0 to 2"
