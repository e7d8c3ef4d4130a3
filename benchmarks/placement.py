"""Placement by hash against uhashring, with 150 virtual nodes per node: lookups, building, one join, balance.

Both rings get the same nodes and keys. *bulk* is our array lookup of a million whole numbers, against uhashring's
lookups of such keys one by one; a key.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from uhashring import HashRing

from benchmarks.paired import Ratio, timed
from dscourse.placement import Ring, spread

__all__ = ["run"]

VIRTUAL = 150
KEYS = 10_000
BULK = 1_000_000


def compared(nodes: int, rounds: int = 7) -> dict[str, Ratio]:
    """Our time over theirs for each job: below 1 we are faster."""
    names = [f"node-{n}" for n in range(nodes)]
    keys = [f"key-{n}" for n in range(KEYS)]
    numbers = np.arange(BULK)
    ours, theirs = Ring(names, VIRTUAL), ring_of(names)
    ours.indexes_of(numbers[:10])  # both are warm
    found: dict[str, list[float]] = {}

    def compare(job: str, mine: float, other: float) -> None:
        found.setdefault(job, []).append(mine / other)

    for _ in range(rounds):
        lookup = timed(lambda: [theirs.get_node(key) for key in keys]) / KEYS
        compare("a lookup", timed(lambda: [ours.node_of(key) for key in keys]) / KEYS, lookup)
        build = timed(lambda: ring_of(names))
        compare("building", timed(lambda: Ring(names, VIRTUAL)), build)
        compare("a join", *joins(ours, theirs))
        number = timed(lambda: [theirs.get_node(str(key)) for key in range(KEYS)]) / KEYS
        compare("bulk, a key", timed(lambda: ours.indexes_of(numbers)) / BULK, number)
    return {job: Ratio.of(values) for job, values in found.items()}


def ring_of(names: list[str]) -> Any:
    return HashRing(nodes=names, vnodes=VIRTUAL)


def joins(ours: Ring, theirs: Any) -> tuple[float, float]:
    """Seconds that each takes to let one node join and answer a lookup; the node leaves again."""

    def join_ours() -> None:
        ours.add("new")
        ours.node_of("x")

    def join_theirs() -> None:
        theirs.add_node("new")
        theirs.get_node("x")

    times = timed(join_ours), timed(join_theirs)
    ours.remove("new")
    theirs.remove_node("new")
    ours.indexes_of(np.arange(10))
    return times


def balance(nodes: int) -> tuple[float, float]:
    """The relative spread of the load of 200,000 keys, ours and theirs."""
    names = [f"node-{n}" for n in range(nodes)]
    keys = [f"key-{n}" for n in range(200_000)]
    ours, theirs = Ring(names, VIRTUAL), ring_of(names)
    counts = dict.fromkeys(names, 0)
    for key in keys:
        counts[theirs.get_node(key)] += 1
    return spread(ours.loads(keys)), spread(counts)


def run() -> str:
    """The table: our time over theirs (median of seven rounds, and range), and both spreads."""
    lines = []
    for nodes in (100, 1_000):
        parts = [f"{job} {ratio}" for job, ratio in compared(nodes).items()]
        mine, other = balance(nodes)
        lines += [f"{nodes} nodes, ours / uhashring: {'; '.join(parts)}"]
        lines += [f"{nodes} nodes, spread of the load: ours {mine:.3f}, uhashring {other:.3f}"]
    return "\n".join(lines)
