"""The experiments of chapter 00: counters under loss and duplication."""

from __future__ import annotations

import pytest

from dscourse.experiments.start_here import counter_world
from dscourse.protocols.replicated_counter import counts


@pytest.mark.parametrize("seed", range(1, 21))
def test_the_repaired_counter_ends_right_where_the_textbook_counts_twice(seed: int) -> None:
    repaired = counter_world("repaired", loss=0.0, duplicate=0.5, seed=seed)
    assert set(counts(repaired.nodes).values()) == {6}
    textbook = counter_world("textbook", loss=0.0, duplicate=1.0, seed=seed)
    assert set(counts(textbook.nodes).values()) != {6}
