"""The panel of chapter 13: it tells how hot ranges get and what a scan touches."""

from __future__ import annotations

import re

from dscourse.panels.range_partitioning import range_panel


def test_the_panel_tells_the_same() -> None:
    panel = range_panel()
    panel.set(pattern="increasing", salts=6, nodes=6)
    assert re.search(r"hottest range takes 17 % .* busiest node 17 %", panel.sentence)
    assert "touches 6 ranges on 6 nodes" in panel.sentence
