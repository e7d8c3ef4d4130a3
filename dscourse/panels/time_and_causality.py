"""The panel of chapter 02: nodes write notes to each other, and clocks say in which order things happened."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from dscourse.clocks import HybridClock, LamportClock, VectorClock
from dscourse.node import Clock, cluster
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.stamped_messages import (
    HybridStamper,
    LamportStamper,
    Record,
    Tally,
    VectorStamper,
    causal_pasts,
    tally,
)
from dscourse.protocols.textbook.stamped_messages import Stamper, WallClockStamper
from dscourse.show import spacetime
from dscourse.show.words import count
from dscourse.sim import Network, Trace, Uniform, World
from dscourse.sim.streams import stream

__all__ = [
    "KINDS", "by_own_clocks", "clocks_and_causes", "correspondence", "events_of", "label", "notes_frame",
    "notes_world",
    "records_of",
]  # fmt: skip

KINDS: dict[str, type[Stamper]] = {
    "physical": WallClockStamper,
    "Lamport": LamportStamper,
    "vector": VectorStamper,
    "hybrid": HybridStamper,
}
_NAMES = "abcde"
_SPAN_MS = 120.0


def correspondence(nodes: Sequence[str], notes: int, seed: int = 1) -> list[tuple[float, str, str]]:
    """Who writes to whom, and when in ms: this many notes at random times in 120 ms, earliest first.

    >>> correspondence(["a", "b"], 1)
    [(3.9, 'b', 'a')]
    """
    draws = stream(seed, "notes", str(len(nodes)))
    found = []
    for _ in range(notes):
        sender = int(draws.random() * len(nodes))
        other = (sender + 1 + int(draws.random() * (len(nodes) - 1))) % len(nodes)
        found.append((round(_SPAN_MS * draws.random(), 1), nodes[sender], nodes[other]))
    return sorted(found)


def notes_world(
    kind: type[Stamper],
    nodes: int = 3,
    notes: int = 12,
    skew_ms: float = 0.0,
    drift_ppm: float = 0.0,
    minutes: float = 0.0,
    seed: int = 1,
) -> World:
    """A run in which ``nodes`` nodes send ``notes`` notes that take 4 to 20 ms, stamped by this kind of clock.

    Each clock was set ``minutes`` ago, with an error of up to ``skew_ms``, and gains or loses up to ``drift_ppm``.

    >>> len(notes_world(LamportStamper).trace.kinds("deliver"))
    12
    """
    names = list(_NAMES[:nodes])
    draws = stream(seed, "clocks")
    clocks = {}
    for name in names:
        off, rate = (2 * draws.random() - 1 for _ in range(2))
        drift = rate * drift_ppm
        clocks[name] = Clock(off * skew_ms + drift / 1e6 * minutes * 60_000, drift)
    world = World(cluster(kind, names), seed, Network(latency=Uniform(4, 20)), clocks=clocks)
    for start_ms, sender, to in correspondence(names, notes, seed):
        world.submit(sender, [("tell", to)], start_ms=start_ms)
    return world.run()


def events_of(world: World) -> Trace:
    """The sendings and receipts of a run, in the order in which they happened."""
    return world.trace.kinds("send", "deliver")


def records_of(world: World) -> list[Record]:
    """What the nodes have recorded, one record for each event of `events_of`."""
    return [(str(event.node), event.what) for event in world.trace.kinds("write")]


def by_own_clocks(records: Sequence[Record]) -> list[Record]:
    """The same records, each stamped with what the node's own clock showed."""
    return [(node, replace(record, stamp=record.read_ms)) for node, record in records]


def notes_frame(
    kind: str, nodes: int, rate: int, skew: int, drift: int, minutes: int, event: int
) -> Frame:
    """The run with these settings, the causal past and future of one event, and what the stamps are worth."""
    notes = max(1, round(rate * _SPAN_MS / 1000))
    world = notes_world(KINDS[kind], nodes, notes, skew, drift, minutes)
    events, records = events_of(world), records_of(world)
    if event > len(events):
        raise ValueError(
            f"event {event}: at this rate there are {len(events)} events. Choose a lower one."
        )
    names = list(_NAMES[:nodes])
    stamps = {
        one.index: label(record.stamp, names)
        for one, (_, record) in zip(events, records, strict=True)
    }
    chosen = events[event - 1]
    sentence = f"{_told(events, records, event)} {_judged(kind, records)}"
    picture = spacetime(
        world.trace.kinds("start", "send", "deliver"), nodes=names, clocks=stamps, past_of=chosen,
        future_of=chosen, labels=False, start_ms=0, end_ms=_SPAN_MS + 20, sentence=sentence,
    )  # fmt: skip
    return Frame.of(picture)


def label(stamp: Any, names: Sequence[str]) -> str:
    """A stamp in a few characters; a vector clock has one entry for each of ``names``.

    >>> label(VectorClock({"b": 3}), ["a", "b"]), label(LamportClock(4), ["a"]), label(12.4, [])
    ('[0 3]', '4', '12')
    """
    if isinstance(stamp, VectorClock):
        return "[" + " ".join(str(stamp[name]) for name in names) + "]"
    if isinstance(stamp, HybridClock):
        return f"{stamp.wall_ms:.0f}+{stamp.count}"
    return str(stamp.time) if isinstance(stamp, LamportClock) else f"{stamp:.0f}"


def _told(events: Trace, records: Sequence[Record], number: int) -> str:
    """What the chosen event is, and how many events are before, after and beside it."""
    event, pasts = events[number - 1], causal_pasts(records)
    before = pasts[number - 1].bit_count()
    after = sum(past >> (number - 1) & 1 for past in pasts)
    does = (
        f"sends note {event.what.number} to"
        if event.kind == "send"
        else f"receives note {event.what.number} from"
    )
    beside = len(events) - 1 - before - after
    return (
        f"Event {number} of {len(events)}: {event.node} {does} {event.peer} at {event.time_ms:.0f} ms. "
        f"Its causal past holds {count(before, 'event')}, its future {after}; {beside} are concurrent with it."
    )


def _judged(kind: str, records: Sequence[Record]) -> str:
    """What the nodes' own clocks, and stamps of this kind, say about the order of all pairs of events."""
    own = tally(by_own_clocks(records))
    receipts = count(own.receipts, "note")
    said = f"By the nodes' own clocks, {own.backwards} of {receipts} arrived before they were sent."
    return f"{said} {_verdict(kind, own if kind == 'physical' else tally(records, _BEFORE[kind]))}"


def _verdict(kind: str, seen: Tally) -> str:
    word = kind.capitalize()
    return (
        f"{word} stamps contradict {seen.contradicted} of the {seen.ordered} pairs in which one event is a cause "
        f"of the other, and put {seen.invented} of the {seen.concurrent} concurrent pairs in an order."
    )


_BEFORE: dict[str, Callable[[Any, Any], bool]] = {
    "Lamport": lambda a, b: a.time < b.time,
    "vector": operator.lt,
    "hybrid": operator.lt,
}


def clocks_and_causes() -> Panel:
    """Kind of clock, nodes, rate of notes, error and drift of the nodes' clocks, and an event to look at."""
    controls = {
        "kind": choice("clock", list(KINDS), "physical"),
        "nodes": slider("nodes", "", 3, 2, 5),
        "rate": slider("notes", "per second", 100, 25, 250, 25),
        "skew": slider("skew up to", "ms", 15, 0, 100),
        "drift": slider("drift", "ppm", 50, 0, 200, 10),
        "minutes": slider("clocks set", "min ago", 0, 0, 60),
        "event": slider("event", "", 9, 1, 60),
    }
    return Panel(controls, notes_frame, "Clocks and causes")
