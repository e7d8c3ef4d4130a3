"""Broadcast here and in the documentation of Maelstrom: messages per operation, and stable latencies in ms.

The published figures are those of jepsen-io/maelstrom, ``doc/03-broadcast/02-performance.md`` (read at 2b0fbc6): its
``broadcast.rb`` on 100 requests per second for 20 s, half of them reads. Here `benchmarks/flood.py`, the same
algorithm in Python, runs under `dscourse.run.external` with the same nodes, topology, latency and rate.

Comparable: messages per operation, which the algorithm and the topology decide, and stable latencies of 100 ms per
hop, against which the speed of processes is small. Not comparable: the machine, the language, and what a test costs
(Maelstrom keeps its history on disk, and a trace here ends at 1,000,000 events). A stable latency is seen by reads
alone, four per second and node, and so both are samples. Of its Raft the documentation shows plots, and no figures.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from dscourse.run.external import test
from dscourse.sim import Constant, Exponential, Latency

__all__ = ["SETTINGS", "Setting", "run"]

FLOOD = [sys.executable, "-S", str(Path(__file__).with_name("flood.py"))]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting with the published figures: messages per operation; half, 95% and 100% of stable latencies in ms."""

    nodes: int
    topology: str
    latency: Latency
    messages: float | None
    stable: tuple[int, int, int] | None


SETTINGS = (
    Setting(5, "grid", Constant(0), 2.94, None),
    Setting(25, "grid", Constant(0), 27.8, None),
    Setting(25, "line", Constant(0), 12.0, None),
    Setting(25, "line", Constant(10), None, (86, 170, 224)),
    Setting(25, "grid", Constant(10), None, (11, 42, 72)),
    Setting(25, "grid", Constant(100), None, (452, 656, 791)),
    Setting(25, "grid", Exponential(100), None, (229, 431, 630)),
    Setting(25, "total", Constant(100), 290.6, (77, 95, 97)),
    Setting(25, "tree4", Constant(100), 12.0, (386, 489, 505)),
)


def row(setting: Setting, seconds: float, rate: float) -> str:
    """The row of a setting: the published figures, and those of a run."""
    result = test(
        "broadcast", FLOOD, nodes=setting.nodes, rate=rate, seconds=seconds, latency=setting.latency,
        topology=setting.topology,
    )  # fmt: skip
    if not result:
        raise RuntimeError(f"{setting}: {result.verdict}")
    published = "-" if setting.messages is None else f"{setting.messages:.3g}"
    stable = result.stable_latencies_ms or (0, 0, 0)
    return (
        f"{setting.nodes:>5} {setting.topology:8} {delay(setting.latency):12} {published:>11} "
        f"{result.messages_per_operation:>7.3g} {words(setting.stable):>17} {words(stable):>17} "
        f"{len(result.requests.ok) / seconds:>8.0f}"
    )


def delay(latency: Latency) -> str:
    """The delay in words: constant, or exponential with this mean."""
    return f"{latency.ms:g} ms" if isinstance(latency, Constant) else "exp. 100 ms"


def words(stable: tuple[float, float, float] | None) -> str:
    """Half, 95% and the largest, in ms."""
    return "-" if stable is None else " / ".join(f"{ms:.0f}" for ms in stable)


def run(
    seconds: float = 10.0, rate: float = 100.0, settings: tuple[Setting, ...] = SETTINGS
) -> str:
    """The table."""
    head = (
        f"{'nodes':>5} {'topology':8} {'latency':12} {'per op: doc':>11} {'here':>7} "
        f"{'stable: doc':>17} {'here':>17} {'ok per s':>8}"
    )
    return "\n".join([head, *(row(setting, seconds, rate) for setting in settings)])
