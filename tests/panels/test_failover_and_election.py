"""The panel of chapter 08: what it counts against small examples, and what each variant is known to do."""

from __future__ import annotations

import re

import pytest

from dscourse.panels.failover_and_election import (
    FAULTS,
    VARIANTS,
    Beliefs,
    believed,
    failover_panel,
    faulty_world,
    told,
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


def test_the_sentence_says_who_led_when_and_what_came_late() -> None:
    world, beliefs = faulty_world("highest name alive")
    late = len(late_writes(world.log("storage")))
    assert told(world, beliefs) == (
        "n3 leads from 0 to 3000 ms, n2 leads from 1360 to 2070 ms; "
        f"{late} writes of a leader after a later one had written."
    )
    assert told(world, {"n1": [(0, None)]}).startswith("nobody leads; ")


def numbers(sentence: str) -> list[int]:
    return [int(word) for word in re.findall(r"\b\d+\b", sentence)]


def test_the_panel_tells_the_difference_between_the_variants() -> None:
    panel = failover_panel()
    two: dict[str, int] = {}
    late: dict[str, int] = {}
    for variant in VARIANTS:
        panel.set(variant=variant)
        two[variant], _, _, late[variant], _ = numbers(panel.sentence)
    assert two["majority, leases"] == 0
    assert (
        0 < two["majority, epochs, fencing"] < two["majority, epochs"] < two["highest name alive"]
    )
    assert late["majority, epochs, fencing"] == late["majority, leases"] == 0
    assert min(late["majority, epochs"], late["bully"], late["highest name alive"]) > 0
    panel.set(variant="majority, leases", drift=80)
    assert numbers(panel.sentence)[0] > 0
    panel.set(lasts=0, drift=0)
    assert numbers(panel.sentence)[0] == 0
