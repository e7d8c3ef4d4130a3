"""The experiment of chapter 08: its counts against small examples, and the known behaviour of each variant."""

from __future__ import annotations

import pytest

from dscourse.experiments.failover_and_election import (
    FAULTS,
    VARIANTS,
    Beliefs,
    believed,
    faulty_world,
)
from dscourse.protocols.fencing import late_writes, terms_in_order


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
