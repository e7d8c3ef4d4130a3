"""The panel of chapter 13: keys come in some pattern, and ranges split, move and get hot; what a scan touches."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from dscourse.panels.controls import choice, slider, switch
from dscourse.panels.panel import Frame, Panel
from dscourse.placement.rendezvous import Rendezvous
from dscourse.placement.shards import Policy, Shards, salted, unsalted_scan
from dscourse.show.picture import Picture
from dscourse.show.ranges import ranges
from dscourse.show.words import count

__all__ = ["PATTERNS", "SPACE", "Filled", "filled", "hash_scan", "range_frame", "range_panel"]

PATTERNS = ("random", "increasing", "Zipf")
SPACE, PERIODS, WRITES = 2_400, 24, 100


@dataclass(frozen=True, slots=True)
class Filled:
    """A table after 24 periods of 100 writes, and how many key spaces its salts have made of one."""

    table: Shards
    salts: int

    @property
    def hottest(self) -> float:
        """The share of the busiest range in the writes, on the average of the last 12 periods."""
        last = self.table.history[-12:]
        return sum(max(one.load for one in period) for period in last) / (len(last) * WRITES)

    @property
    def busiest(self) -> float:
        """The share of the busiest node in the writes, on the average of the last 12 periods."""
        total = 0
        for period in self.table.history[-12:]:
            loads = dict.fromkeys(self.table.nodes, 0)
            for one in period:
                loads[one.node] += one.load
            total += max(loads.values())
        return total / (12 * WRITES)

    def scan(self, low: int, high: int) -> tuple[int, int]:
        """How many ranges and nodes are touched to find the keys from ``low`` on and before ``high``."""
        found = [
            one
            for part in unsalted_scan(low, high, self.salts, SPACE)
            for one in self.table.scan(*part)
        ]
        return len(found), len({one.node for one in found})


def filled(
    pattern: str = "random", nodes: int = 4, most_keys: int = 200, most_load: int | None = None, salts: int = 1,
    presplit: bool = False, seed: int = 1,
) -> Filled:  # fmt: skip
    """24 periods of 100 writes in this pattern, into a table that splits and moves after each.

    With salts there is a range for each of them from the start; ``presplit`` cuts the key space into one range a node
    beforehand. LookupError for an unknown pattern.
    """
    if pattern not in PATTERNS:
        raise LookupError(f"pattern={pattern!r}: it must be one of {', '.join(PATTERNS)}")
    names = [f"n{n}" for n in range(1, nodes + 1)]
    cuts = [SPACE * salt for salt in range(1, salts)]
    cuts += [SPACE * place // nodes for place in range(1, nodes)] if presplit and salts == 1 else []
    table = Shards(names, Policy(most_keys, most_load), cuts)
    draws = random.Random(seed)
    for period in range(PERIODS):
        for number in range(WRITES):
            table.write(salted(_key(pattern, period * WRITES + number, draws), salts, SPACE))
        table.tick()
    return Filled(table, salts)


def _key(pattern: str, number: int, draws: random.Random) -> int:
    if pattern == "increasing":
        return number
    if pattern == "random":
        return int(draws.random() * SPACE)
    return min(int(SPACE ** draws.random()), SPACE) - 1  # Zipf: key k about as often as 1 / k


def hash_scan(low: int, high: int, nodes: int) -> int:
    """How many nodes hold the keys from ``low`` on and before ``high`` if they are placed by their hash."""
    placement = Rendezvous([f"n{n}" for n in range(1, nodes + 1)])
    return len({placement.node_of(key) for key in range(low, high)})


def _picture(run: Filled, sentence: str) -> Picture:
    return ranges(run.table.history, run.table.nodes, space=SPACE * run.salts, sentence=sentence)


def range_frame(
    pattern: str, nodes: int, most: int, load: int, salts: int, presplit: bool
) -> Frame:
    """The ranges over time, how hot the hottest is, and what a scan touches."""
    run = filled(pattern, nodes, most, load, salts, presplit)
    touched, asked = run.scan(1_000, 1_050)
    table = run.table
    hashed = count(hash_scan(1_000, 1_050, nodes), "node")
    sentence = (
        f"{pattern} keys: {count(len(table.ranges), 'range')} after {count(table.splits, 'split')} and "
        f"{count(table.moves, 'move')}. The hottest range takes {100 * run.hottest:.0f} % of the writes, the busiest "
        f"node {100 * run.busiest:.0f} % (an equal share is {100 / nodes:.0f} %). A scan of 50 keys touches "
        f"{count(touched, 'range')} on {count(asked, 'node')}; placed by hash, {hashed}."
    )
    return Frame.of(_picture(run, sentence))


def range_panel() -> Panel:
    """The pattern of keys, how many nodes, when a range splits, and the remedies for a hot tail."""
    controls: dict[str, Any] = {
        "pattern": choice("keys", list(PATTERNS), "increasing"),
        "nodes": slider("nodes", "", 4, 1, 8),
        "most": slider("split above", "keys", 200, 20, 600, 20),
        "load": slider(
            "split above", "writes", WRITES, 5, WRITES, 5
        ),  # more never come in a period
        "salts": slider("salts", "", 1, 1, 12),
        "presplit": switch("pre-split", False),
    }
    return Panel(controls, range_frame, "Ranges that split and move")
