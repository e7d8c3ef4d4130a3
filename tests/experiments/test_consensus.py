"""The experiments of chapter 14: elections with and without a spread, leases under drift, and Paxos undecided."""

from __future__ import annotations

from statistics import median

import pytest

from dscourse import checkers
from dscourse.experiments.consensus import (
    KINDS,
    LONGEST_MS,
    READS,
    STORES,
    election_times,
    endured,
    hub_world,
    lease_world,
    triangle_world,
)
from dscourse.experiments.paxos import decided, duel, paxos_world, refused, stall
from dscourse.experiments.raft_mutants import (
    INVARIANTS,
    CommitsAlone,
    SkipsTheCheck,
    VotesForAnyLog,
    VotesTwice,
)
from dscourse.experiments.raft_stories import (
    CountsAnyTerm,
    NoFirstEntry,
    election_story,
    figure_8,
    leaders,
    refusals,
    repair_nodes,
    repair_story,
)
from dscourse.explore import Bounds, explore
from dscourse.node import cluster
from dscourse.protocols.paxos import Accept, Paxos
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_properties import leader_completeness, state_machine_safety
from tests.effort import once


def test_a_spread_of_time_outs_ends_elections() -> None:
    spread, same = election_times(150, 150, 15), election_times(150, 1, 15)
    assert 150 < spread[len(spread) // 2] < 350
    assert same[len(same) // 2] == LONGEST_MS
    assert list(spread) == sorted(spread)


@once
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


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_one_link_cut_every_raft_goes_on_and_at_a_hub_only_pre_vote_hangs(seed: int) -> None:
    link = [endured(triangle_world(kind, seed)) for kind in STORES.values()]
    assert min(one.answered / one.asked for one in link) > 0.95
    assert [one.terms > 1 for one in link] == [True, True, False, False]
    hub = [endured(hub_world(kind, seed)) for kind in STORES.values()]
    assert [one.answered > 100 for one in hub] == [True, True, False, True]
    assert hub[2].answered == 0


def test_equal_waits_have_every_accept_request_refused() -> None:
    world = duel(30.0).run(until_ms=150)
    accepts = [e.index for e in world.trace.kinds("deliver") if isinstance(e.what, Accept)]
    assert len(accepts) > 10
    assert set(accepts) <= refused(world.trace).keys()
    assert decided(world) is None


def test_an_election_has_one_winner_and_three_refusals() -> None:
    trace = election_story().trace
    assert [(spell.node, spell.start.time_ms) for spell in leaders(trace)] == [("n1", 40.0)]
    assert sorted(refusals(trace).values()) == ["has voted for n1"] * 2 + ["has voted for n2"]


def test_a_log_that_lacks_an_entry_is_repaired() -> None:
    before, after = repair_story()
    logs = [[str(entry) for entry in node.log.entries] for node in after.nodes.values()]  # type: ignore[attr-defined]
    assert logs == [["x=1", "y=2", "y=3", "no-op"]] * 3
    assert [str(entry) for entry in before.nodes["n3"].log.entries] == ["x=1", "x=2", "x=3"]  # type: ignore[attr-defined]
    assert list(refusals(after.trace).values()) == ["lacks index 3 of term 2"]


def test_figure_8_loses_a_committed_entry_only_if_copies_of_old_entries_count() -> None:
    *_, majority, end = figure_8(CountsAnyTerm).values()
    assert majority.nodes["S1"].commit_index == 2  # type: ignore[attr-defined]
    assert not leader_completeness(end.nodes)
    assert not state_machine_safety(end.nodes)
    *_, majority, end = figure_8(NoFirstEntry).values()
    assert majority.nodes["S1"].commit_index < 2  # type: ignore[attr-defined]
    assert state_machine_safety(end.nodes)


def test_figure_8_with_an_entry_of_its_own_on_a_majority_no_other_node_can_win() -> None:
    *_, majority, end = figure_8(NoFirstEntry, past_majority=True).values()
    assert majority.nodes["S1"].commit_index == 3  # type: ignore[attr-defined]
    assert end.nodes["S5"].role == "candidate"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        (VotesTwice, "one leader per term"),
        (VotesForAnyLog, "leaders lack nothing committed"),
        (CommitsAlone, "committed entries agree"),
    ],
)
def test_each_mutant_breaks_its_own_invariant(kind: type[Raft], broken: str) -> None:
    names = ["a", "b", "c"]
    bounds = Bounds(copies=1, timeouts=2)
    found = explore(cluster(kind, names), always=INVARIANTS, bounds=bounds, alike=names)
    assert (found.ok, found.violated) == (False, broken)


def test_a_follower_that_skips_the_check_breaks_log_matching() -> None:
    bounds = Bounds(copies=1, timeouts=1)
    for kind, ok in ((SkipsTheCheck, False), (Raft, True)):
        found = explore(repair_nodes(kind), always=INVARIANTS, bounds=bounds)
        assert (found.ok, found.violated) == (ok, "" if ok else "logs match")
