"""Moving slots: the effect of each method on clients, and the number of slots that move."""

from __future__ import annotations

import pytest

from dscourse.experiments.rebalancing import HOW, PLACEMENTS, SLOTS, rebalanced
from tests.effort import once


@once
def test_only_the_textbook_way_breaks_histories() -> None:
    broken = {how: sum(bool(rebalanced(how, seed=seed).wrong) for seed in range(12)) for how in HOW}
    assert broken[HOW[0]] > 0
    assert broken[HOW[1]] == broken[HOW[2]] == 0


def test_slots_end_where_the_placement_wants_them() -> None:
    for scheme in PLACEMENTS:
        run = rebalanced(HOW[2], scheme, at_once=4)
        counts = [steps[-1][1] for steps in run.served.values()]
        assert sum(counts) == SLOTS
        assert counts[-1] > 0
        assert run.served["n4"][0] == (0.0, 0.0)


def test_a_remainder_moves_most_slots_and_a_ring_few() -> None:
    moved = {scheme: rebalanced(HOW[0], scheme).moved for scheme in PLACEMENTS}
    assert moved["key mod nodes"] == SLOTS * 3 / 4
    assert moved["ring"] < SLOTS / 2
    assert moved["rendezvous"] < SLOTS / 2


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(LookupError, match="how='by hand': it must be one of table to all"):
        rebalanced("by hand")
    with pytest.raises(LookupError, match="scheme='jump'"):
        rebalanced(scheme="jump")
