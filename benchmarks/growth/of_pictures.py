"""Pictures: processor time, memory and size of a diagram, from a hundred to 100,000 messages or operations.

A trace is drawn by `spacetime`: gossip among 10 nodes, and among 100. A history is drawn by `intervals`: that of 10
clients, and one in which a tenth of the operations is of unknown outcome, after which a client goes on under
a new name. Nothing is rendered.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial

from benchmarks.checkers import recorded, unique_writes
from benchmarks.growth.rows import apart, peak_mb
from benchmarks.simulator import HIGH_MS, JOBS, LOW_MS
from dscourse import show
from dscourse.checkers import Register
from dscourse.node import cluster
from dscourse.show import Picture
from dscourse.sim import Network, Uniform, World

__all__ = ["CURVES", "SIZES", "measured", "run"]

SIZES = (100, 1_000, 10_000, 100_000)


def _run(messages: int, nodes: int) -> Callable[[], Picture]:
    """Return the drawing of a run of about so many messages."""
    network = Network(Uniform(LOW_MS, HIGH_MS))
    world = World(cluster(JOBS["gossip"], nodes), 1, network)
    world.run(messages / nodes * (LOW_MS + HIGH_MS) / 2)
    return partial(show.spacetime, world.trace)


def _history(operations: int, unknown: float) -> Callable[[], Picture]:
    """Return the drawing of a history of so many operations by 10 clients."""
    history = recorded(Register(), unique_writes, operations, 10, 1, unknown=unknown)
    return partial(show.intervals, history)


CURVES: dict[str, Callable[[int], Callable[[], Picture]]] = {
    "trace, 10 nodes": partial(_run, nodes=10),
    "trace, 100 nodes": partial(_run, nodes=100),
    "history": partial(_history, unknown=0.0),
    "history, unknown": partial(_history, unknown=0.1),
}


def measured(curve: str, size: int) -> str:
    """Return one row of the table."""
    draw = CURVES[curve](size)
    before_mb, start = peak_mb(), time.process_time()
    picture = draw()
    seconds = time.process_time() - start
    size_kb = len(picture.svg or "") / 1e3
    return f"{curve:<17} {size:>8,} {seconds:>9.3f} {size_kb:>8.0f} {peak_mb() - before_mb:>8.0f}"


def run(most: int = SIZES[-1]) -> str:
    """A table of all curves, up to ``most`` messages or operations."""
    head = f"{'picture':<17} {'size':>8} {'seconds':>9} {'SVG, kB':>8} {'MB':>8}"
    module = sys.modules[__name__]
    return "\n".join(
        [head, *(apart(module, curve, size) for curve in CURVES for size in SIZES if size <= most)]
    )
