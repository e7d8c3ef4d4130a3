"""The panel of chapter 08: its sentence says who led when, and tells the variants apart."""

from __future__ import annotations

import re

from dscourse.experiments.failover_and_election import VARIANTS, faulty_world
from dscourse.panels.failover_and_election import failover_panel, summary
from dscourse.protocols.fencing import late_writes


def test_the_sentence_says_who_led_when_and_what_came_late() -> None:
    world, beliefs = faulty_world("highest name alive")
    late = len(late_writes(world.log("storage")))
    assert summary(world, beliefs) == (
        "n3 leads from 0 to 3000 ms, n2 leads from 1360 to 2070 ms; "
        f"{late} writes of a leader after a later one had written."
    )
    assert summary(world, {"n1": [(0, None)]}).startswith("no node leads; ")


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
