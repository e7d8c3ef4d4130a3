"""The panel of chapter 13: ranges that split, move and become hot under a pattern of keys, and the cost of a scan."""

from __future__ import annotations

from typing import Any

from dscourse.core.wording import count
from dscourse.experiments.range_partitioning import (
    PATTERNS,
    SPACE,
    WRITES,
    Filled,
    filled,
    hash_scan,
)
from dscourse.panels.controls import choice, slider, switch
from dscourse.panels.panel import Frame, Panel
from dscourse.show.picture import Picture
from dscourse.show.ranges import ranges

__all__ = ["range_frame", "range_panel"]


def _picture(run: Filled, sentence: str) -> Picture:
    return ranges(run.table.history, run.table.nodes, space=SPACE * run.salts, sentence=sentence)


def range_frame(
    pattern: str, nodes: int, most: int, load: int, salts: int, presplit: bool, seed: int
) -> Frame:
    """Draw the ranges over time; the sentence gives the hottest range, the busiest node and the cost of a scan."""
    run = filled(pattern, nodes, most, load, salts, presplit, seed)
    touched, asked = run.scan(1_000, 1_050)
    table = run.table
    hashed = count(hash_scan(1_000, 1_050, nodes), "node")
    sentence = (
        f"{pattern} keys, seed {seed}: {count(len(table.ranges), 'range')} after {count(table.splits, 'split')} and "
        f"{count(table.moves, 'move')}. The hottest range takes {100 * run.hottest:.0f} % of the writes, the busiest "
        f"node {100 * run.busiest:.0f} % (an equal share is {100 / nodes:.0f} %). The scan of keys 1,000 to "
        f"1,049 touches {count(touched, 'range')} on {count(asked, 'node')}; placed by hash, {hashed}."
    )
    if presplit and salts > 1:
        sentence += (
            " Pre-splitting applies to one salt only: several have one range each from the start."
        )
    return Frame.of(_picture(run, sentence))


def range_panel() -> Panel:
    """Build the panel: the pattern of keys, the number of nodes, the split limits and the remedies for a hot tail."""
    controls: dict[str, Any] = {
        "pattern": choice("keys", list(PATTERNS), "increasing"),
        "nodes": slider("nodes", "", 4, 1, 8),
        "most": slider("split above", "keys", 200, 20, 600, 20),
        "load": slider(
            "split above", "writes", WRITES, 5, WRITES, 5
        ),  # the most writes in a period
        "salts": slider("salts", "", 1, 1, 12),
        "presplit": switch("pre-split", False),
        "seed": slider("seed", "", 1, 1, 50),
    }
    return Panel(controls, range_frame, "Ranges that split and move")
