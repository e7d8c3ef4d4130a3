"""The panel of moving slots: copying while serving delays requests least."""

from __future__ import annotations

import re

from dscourse.experiments.rebalancing import HOW
from dscourse.panels.hash_partitioning import rebalancing_panel


def slowest_of(sentence: str) -> int:
    """Return the latency of the slowest request in ms."""
    found = re.search(r"slowest request takes (\d+) ms", sentence)
    assert found is not None, sentence
    return int(found[1])


def test_to_copy_while_serving_lets_clients_wait_less() -> None:
    panel = rebalancing_panel()
    slowest = {}
    for how in HOW[1:]:
        panel.set(how=how, keys=192, latency=15)
        slowest[how] = slowest_of(panel.sentence)
        assert "The history of every key is linearizable." in panel.sentence
    assert slowest[HOW[2]] < slowest[HOW[1]]
