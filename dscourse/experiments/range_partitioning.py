"""Chapter 13: ranges that split and move under several patterns of keys, their loads, and the cost of a scan."""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from dscourse.experiments.choices import check_choice
from dscourse.placement.rendezvous import Rendezvous
from dscourse.placement.shards import Policy, Shards, salted, unsalted_scan

__all__ = ["PATTERNS", "PERIODS", "SPACE", "WRITES", "Filled", "filled", "hash_scan"]


PATTERNS = ("random", "increasing", "Zipf")
SPACE, PERIODS, WRITES = 2_400, 24, 100
_ZIPF = tuple(
    accumulate(1 / rank for rank in range(1, SPACE + 1))
)  # key k - 1 has the weight 1 / k


@dataclass(frozen=True, slots=True)
class Filled:
    """A table after 24 periods of 100 writes, and the number of salts of its keys."""

    table: Shards
    salts: int

    @property
    def hottest(self) -> float:
        """The busiest range's share of the writes, averaged over the last 12 periods."""
        last = self.table.history[-12:]
        return sum(max(one.load for one in period) for period in last) / (len(last) * WRITES)

    @property
    def busiest(self) -> float:
        """The busiest node's share of the writes, averaged over the last 12 periods."""
        total = 0
        for period in self.table.history[-12:]:
            loads = dict.fromkeys(self.table.nodes, 0)
            for one in period:
                loads[one.node] += one.load
            total += max(loads.values())
        return total / (12 * WRITES)

    def scan(self, low: int, high: int) -> tuple[int, int]:
        """Count the ranges and the nodes that a scan from ``low`` up to, but not including, ``high`` touches."""
        ranges = [
            one
            for part in unsalted_scan(low, high, self.salts, SPACE)
            for one in self.table.scan(*part)
        ]
        return len(ranges), len({one.node for one in ranges})

    def average_scan(self, keys: int) -> tuple[float, float]:
        """Return the mean numbers of ranges and nodes that a scan of so many keys touches."""
        found = [self.scan(low, low + keys) for low in range(0, SPACE - keys + 1, 10)]
        return sum(one[0] for one in found) / len(found), sum(one[1] for one in found) / len(found)


def filled(
    pattern: str = "random", nodes: int = 4, most_keys: int = 200, most_load: int | None = None, salts: int = 1,
    presplit: bool = False, seed: int = 1,
) -> Filled:  # fmt: skip
    """Fill a table with 24 periods of 100 writes in this pattern; ranges split and move after each period.

    With several salts there is one range per salt from the start. With one salt, ``presplit`` cuts the key space into
    one range per node beforehand. LookupError for an unknown pattern.
    """
    check_choice("pattern", pattern, PATTERNS)
    names = [f"n{n}" for n in range(1, nodes + 1)]
    cuts = [SPACE * salt for salt in range(1, salts)]
    cuts += [SPACE * index // nodes for index in range(1, nodes)] if presplit and salts == 1 else []
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
    return bisect_right(_ZIPF, draws.random() * _ZIPF[-1])


def hash_scan(low: int, high: int, nodes: int) -> int:
    """Count the nodes that hold the keys from ``low`` up to, but not including, ``high`` if hashes place them."""
    placement = Rendezvous([f"n{n}" for n in range(1, nodes + 1)])
    return len({placement.node_of(key) for key in range(low, high)})
