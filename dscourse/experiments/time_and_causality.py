"""Chapter 02: nodes send notes to each other, and clocks order the events."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from dscourse.clocks import HybridClock, LamportClock, VectorClock
from dscourse.node import Clock, cluster
from dscourse.protocols.stamped_messages import (
    HybridStamper,
    LamportStamper,
    Record,
    Tally,
    VectorStamper,
    ahead_ms,
    causal_pasts,
    tally,
)
from dscourse.protocols.textbook.stamped_messages import Stamper, WallClockStamper
from dscourse.sim import At, Constant, Network, SetClock, Trace, Uniform, World
from dscourse.sim.streams import stream

__all__ = [
    "KINDS",
    "NAMES",
    "SPAN_MS",
    "by_own_clocks",
    "causal_counts",
    "correspondence",
    "events_of",
    "label",
    "lead_and_spread",
    "notes_to_come",
    "notes_world",
    "pairs_with",
    "puzzle",
    "records_of",
    "set_back_world",
    "stamp_tally",
]

KINDS: dict[str, type[Stamper]] = {
    "physical": WallClockStamper,
    "Lamport": LamportStamper,
    "vector": VectorStamper,
    "hybrid": HybridStamper,
}
NAMES = "abcde"
SPAN_MS = 120.0


def correspondence(nodes: Sequence[str], notes: int, seed: int = 1) -> list[tuple[float, str, str]]:
    """Return this many notes at random times within 120 ms, each (time in ms, sender, receiver), earliest first.

    >>> correspondence(["a", "b"], 1)
    [(3.9, 'b', 'a')]
    """
    draws = stream(seed, "notes", str(len(nodes)))
    sent = []
    for _ in range(notes):
        sender = int(draws.random() * len(nodes))
        other = (sender + 1 + int(draws.random() * (len(nodes) - 1))) % len(nodes)
        sent.append((round(SPAN_MS * draws.random(), 1), nodes[sender], nodes[other]))
    return sorted(sent)


def notes_world(
    kind: type[Stamper], nodes: int = 3, notes: int = 12, skew_ms: float = 0.0, drift_ppm: float = 0.0,
    minutes: float = 0.0, seed: int = 1,
) -> World:  # fmt: skip
    """Run the world of `notes_to_come` with these arguments to its end.

    >>> len(notes_world(LamportStamper).trace.kinds("deliver"))
    12
    """
    return notes_to_come(kind, nodes, notes, skew_ms, drift_ppm, minutes, seed).run()


def notes_to_come(
    kind: type[Stamper],
    nodes: int = 3,
    notes: int = 12,
    skew_ms: float = 0.0,
    drift_ppm: float = 0.0,
    minutes: float = 0.0,
    seed: int = 1,
) -> World:
    """Return a world of nodes that will send notes, stamped by this kind of clock; a note takes 4 to 20 ms.

    Each node's own clock was set ``minutes`` ago with an error of up to ``skew_ms``, and has since drifted by up to
    ``drift_ppm`` parts per million.
    """
    names = list(NAMES[:nodes])
    draws = stream(seed, "clocks")
    clocks = {}
    for name in names:
        off, rate = (2 * draws.random() - 1 for _ in range(2))
        drift = rate * drift_ppm
        clocks[name] = Clock(off * skew_ms + drift / 1e6 * minutes * 60_000, drift)
    world = World(cluster(kind, names), seed, Network(latency=Uniform(4, 20)), clocks=clocks)
    for start_ms, sender, to in correspondence(names, notes, seed):
        world.submit(sender, [("tell", to)], start_ms=start_ms)
    return world


def set_back_world() -> World:
    """Return a world of two nodes that send two notes: both clocks are 100 ms fast, and are set right at 20 ms.

    >>> ahead_ms(records_of(set_back_world().run()))
    71.0
    """
    names = ("a", "b")
    plan = [At(20, SetClock(name)) for name in names]
    clocks = {name: Clock(skew_ms=100) for name in names}
    world = World(cluster(HybridStamper, names), 1, Network(latency=Constant(5)), plan, clocks)
    for start_ms in (1, 30):
        world.submit("a", [("tell", "b")], start_ms=start_ms)
    return world


def lead_and_spread(world: World) -> tuple[float, float]:
    """Run the world for 150 ms; return the largest lead of a hybrid stamp, and of one clock over another, in ms.

    The lead is that of a stamp over its own node's clock. The clocks are compared after every ms.

    >>> lead_and_spread(set_back_world())
    (71.0, 0.0)
    """
    spread = 0.0
    for ms in range(151):
        readings = [node.now for node in world.run(until_ms=ms).nodes.values()]
        spread = max(spread, max(readings) - min(readings))
    return ahead_ms(records_of(world)), round(spread, 3)


def pairs_with(one: int, other: int, runs: int) -> tuple[int, int, int]:
    """Count the pairs of events at different nodes with these two Lamport times, over the runs of ``runs`` seeds.

    Return in how many the first happened before the second, in how many the two are concurrent, and in how many the
    second happened before the first.

    >>> pairs_with(4, 7, runs=1)
    (3, 1, 0)
    """
    before = concurrent = after = 0
    for seed in range(runs):
        records = records_of(notes_world(LamportStamper, skew_ms=15, seed=seed))
        pasts = causal_pasts(records)
        for a, b in _with_times(records, one, other):
            before += pasts[b] >> a & 1
            after += pasts[a] >> b & 1
            concurrent += not (pasts[b] >> a & 1 or pasts[a] >> b & 1)
    return before, concurrent, after


def _with_times(records: Sequence[Record], one: int, other: int) -> Iterator[tuple[int, int]]:
    """Yield the indexes of two records at different nodes, the first stamped ``one``, the second ``other``."""
    for a, (node, record) in enumerate(records):
        for b, (peer, second) in enumerate(records):
            if node != peer and (record.stamp.time, second.stamp.time) == (one, other):
                yield a, b


def events_of(world: World) -> Trace:
    """Return the sends and receipts of a run, in the order in which they happened."""
    return world.trace.kinds("send", "deliver")


def records_of(world: World) -> list[Record]:
    """Return the records that the nodes have written, one per event of `events_of`."""
    return [(str(event.node), event.what) for event in world.trace.kinds("write")]


def by_own_clocks(records: Sequence[Record]) -> list[Record]:
    """Return the same records, each stamped with the time on the node's own clock."""
    return [(node, replace(record, stamp=record.read_ms)) for node, record in records]


def label(stamp: Any, names: Sequence[str]) -> str:
    """Return a stamp as short text; a vector clock has one entry per name in ``names``.

    >>> label(VectorClock({"b": 3}), ["a", "b"]), label(LamportClock(4), ["a"]), label(12.4, [])
    ('[0 3]', '4', '12')
    """
    if isinstance(stamp, VectorClock):
        return "[" + " ".join(str(stamp[name]) for name in names) + "]"
    if isinstance(stamp, HybridClock):
        return f"{stamp.wall_ms:.0f}+{stamp.count}"
    return str(stamp.time) if isinstance(stamp, LamportClock) else f"{stamp:.0f}"


_BEFORE: dict[str, Callable[[Any, Any], bool]] = {
    "Lamport": lambda a, b: a.time < b.time,
    "vector": operator.lt,
    "hybrid": operator.lt,
}


def stamp_tally(kind: str, records: Sequence[Record]) -> Tally:
    """Count how far stamps of this kind of `KINDS` agree with causality; O(n²) in the number of records."""
    return tally(by_own_clocks(records)) if kind == "physical" else tally(records, _BEFORE[kind])


def causal_counts(records: Sequence[Record], number: int) -> tuple[int, int, int]:
    """Return how many events precede, follow and are concurrent with event ``number``, counted from 1.

    >>> causal_counts(records_of(notes_world(LamportStamper, notes=1)), 1)
    (0, 1, 0)
    """
    pasts = causal_pasts(records)
    before = pasts[number - 1].bit_count()
    after = sum(past >> (number - 1) & 1 for past in pasts)
    return before, after, len(records) - 1 - before - after


def puzzle() -> World:
    """Run exercise 02.3: eight notes between three nodes, stamped with vector clocks."""
    return notes_world(VectorStamper, 3, 8, seed=2)
