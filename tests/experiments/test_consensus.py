"""The experiments of chapter 14: elections with and without a spread, leases under drift, and Paxos undecided."""

from __future__ import annotations

from statistics import median

import pytest

from dscourse import checkers
from dscourse.experiments.consensus import KINDS, LONGEST_MS, READS, election_times, lease_world
from dscourse.experiments.paxos import decided, paxos_world, stall
from dscourse.protocols.paxos import Paxos


def test_a_spread_of_time_outs_ends_elections() -> None:
    spread, same = election_times(150, 150, 15), election_times(150, 1, 15)
    assert 150 < spread[len(spread) // 2] < 350
    assert same[len(same) // 2] == LONGEST_MS
    assert list(spread) == sorted(spread)


def test_pre_vote_costs_about_one_round_trip() -> None:
    raft, asks_first = (election_times(150, 150, 15, 5, kind, 80) for kind in KINDS)
    assert 20 < median(asks_first) - median(raft) < 40


def test_one_node_needs_nobody_and_stays_without_a_leader() -> None:
    assert set(election_times(150, 150, 15, nodes=1)) == {LONGEST_MS}


def test_leases_hold_as_long_as_clocks_do() -> None:
    def judged(reads: str, drift: float) -> bool | None:
        world = lease_world(reads, drift)
        return checkers.linearizable(world.history, checkers.CasRegister()).ok

    assert [judged(reads, 0.0) for reads in READS] == [True, True, True]
    assert [judged(reads, 0.9) for reads in READS] == [True, True, False]
    assert judged("by lease", 0.05) is True


def test_a_way_to_read_that_is_not_known_is_refused() -> None:
    with pytest.raises(LookupError, match="reads='aloud': it must be one of through the log"):
        lease_world("aloud")


def test_a_scheduler_keeps_paxos_from_deciding_as_long_as_it_likes() -> None:
    world = paxos_world().run(until_ms=0)
    for _ in range(300):
        world.step(stall(world))
    nodes = [node for node in world.nodes.values() if isinstance(node, Paxos)]
    assert decided(world) is None
    assert min(node.ballot.round for node in nodes[:2]) > 30
    assert not world.trace.kinds("drop")
