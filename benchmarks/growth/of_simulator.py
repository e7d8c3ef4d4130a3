"""Simulator: processor time and memory from ten to a thousand nodes, for about 100,000 deliveries with their trace.

The columns: the making of the world, the run, a delivery of it, and the memory of both. In *ping-pong* each node uses
one link, in *gossip* any; in *split* gossip is cut into halves and recovers, in *new links* all links are set again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from benchmarks.growth.rows import apart, peak_mb
from benchmarks.simulator import HIGH_MS, JOBS, LOW_MS
from dscourse.node import cluster
from dscourse.sim import At, Network, Partition, Recover, SetLink, Uniform, World

__all__ = ["FAULTS", "NODES", "measured", "run"]

NODES = (10, 30, 100, 300, 1_000)


def _none(names: list[str], end_ms: float) -> list[At]:
    return []


def _split(names: list[str], end_ms: float) -> list[At]:
    half = len(names) // 2
    halves = Partition(names[:half], names[half:])
    return [At(end_ms * 0.4, halves), At(end_ms * 0.4 + LOW_MS / 2, Recover())]


def _new_links(names: list[str], end_ms: float) -> list[At]:
    return [At(end_ms / 2, SetLink(latency=Uniform(LOW_MS, HIGH_MS)))]


# By name of the curve: the job, and the faults for these nodes until ``end_ms``.
FAULTS: dict[str, tuple[str, Callable[[list[str], float], list[At]]]] = {
    "ping-pong": ("ping-pong", _none),
    "gossip": ("gossip", _none),
    "split": ("gossip", _split),
    "new links": ("gossip", _new_links),
}


def measured(curve: str, nodes: int, deliveries: int = 100_000) -> str:
    """Return one row of the table."""
    job, faults = FAULTS[curve]
    end_ms = deliveries / nodes * (LOW_MS + HIGH_MS) / 2
    before_mb, start = peak_mb(), time.process_time()
    members = cluster(JOBS[job], nodes)
    plan = faults([node.id for node in members], end_ms)
    world = World(members, 1, Network(Uniform(LOW_MS, HIGH_MS)), plan)
    begin = time.process_time()
    world.run(end_ms)
    end = time.process_time()
    done = len(world.trace.kinds("deliver"))
    return (
        f"{curve:<10} {nodes:>6,} {done:>10,} {begin - start:>9.3f} {end - begin:>9.3f} "
        f"{(end - begin) / done * 1e9:>8.0f} {peak_mb() - before_mb:>8.0f}"
    )


def run(most: int = NODES[-1]) -> str:
    """A table of all curves, up to ``most`` nodes."""
    head = f"{'job':<10} {'nodes':>6} {'deliveries':>10} {'world, s':>9} {'run, s':>9} {'ns each':>8} {'MB':>8}"
    module = sys.modules[__name__]
    return "\n".join(
        [
            head,
            *(apart(module, curve, nodes) for curve in FAULTS for nodes in NODES if nodes <= most),
        ]
    )
