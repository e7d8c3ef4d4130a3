"""The experiment of chapter 08: its counts against small examples, and the known behaviour of each variant."""

from __future__ import annotations

import pytest

from dscourse.experiments.failover_and_election import (
    FAULTS,
    VARIANTS,
    Beliefs,
    believed,
    bully_messages,
    faulty_world,
    leading,
)
from dscourse.node import cluster
from dscourse.protocols.bully import Bully
from dscourse.protocols.fencing import late_writes, terms_in_order
from dscourse.sim import At, Constant, Crash, Network, Restart, World


def test_it_counts_how_long_there_were_two_leaders_or_none() -> None:
    beliefs: Beliefs = {
        "a": [(0, None), (10, 1), (20, 1), (30, None), (40, None)],
        "b": [(0, None), (10, None), (20, 2), (30, None), (40, 2)],
    }
    assert (believed(beliefs, 2), believed(beliefs, 1), believed(beliefs, 0)) == (10, 20, 10)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("fault", FAULTS[:2])
def test_fencing_keeps_terms_in_order_and_leases_keep_leaders_apart(fault: str, seed: int) -> None:
    fenced, _ = faulty_world("majority, epochs, fencing", 5, fault=fault, seed=seed)
    assert terms_in_order(fenced.log("storage"))
    assert not late_writes(fenced.log("storage"))
    _, beliefs = faulty_world("majority, leases", 5, fault=fault, seed=seed)
    assert believed(beliefs, 2) == 0


def test_a_follower_that_is_cut_off_leads_only_without_a_majority_rule() -> None:
    for variant in VARIANTS:
        _, beliefs = faulty_world(variant, fault="a follower cut off")
        split = believed(beliefs, 2) > 0
        assert split == (variant in ("highest name alive", "bully")), variant


@pytest.mark.parametrize("nodes", [2, 3, 6])
def test_an_election_by_bullies_costs_n_or_n_times_n_less_one_messages(nodes: int) -> None:
    assert bully_messages(nodes, first=nodes - 1) == nodes
    assert bully_messages(nodes, first=1) == nodes * (nodes - 1)


def test_leases_hold_up_to_their_bound_and_not_far_beyond() -> None:
    """A lease of 0.8 time-outs outlasts a promise on a clock that is slow by more than 20 %."""

    def seeds_with_two(drift: float) -> int:
        worlds = [faulty_world("majority, leases", drift=drift, seed=seed) for seed in range(1, 13)]
        return sum(believed(beliefs, 2) > 0 for _, beliefs in worlds)

    assert seeds_with_two(0.2) == 0
    assert seeds_with_two(0.35) > 0


def test_the_spells_of_leaders_begin_and_end_where_the_beliefs_do() -> None:
    plan = [At(120, Crash("n3")), At(500, Restart("n3"))]
    world = World(cluster(Bully, ["n1", "n2", "n3"]), 1, Network(Constant(5)), plan)
    found = leading(world, until_ms=600)
    last = [(one.node, one.start.time_ms, one.end and one.end.time_ms) for one in found][-2:]
    assert last == [("n2", 345, 505), ("n3", 500, None)]
    assert ("n3", 120.0) in [(one.node, one.end.time_ms) for one in found if one.end]
