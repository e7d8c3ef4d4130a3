"""The future of a moment in a recording: when what was under way came to its end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dscourse.run.recording import Recording
from dscourse.sim.engine import Engine
from dscourse.sim.faults import Crash, Fault, Hold, Recover, Restart
from dscourse.sim.hosts import Wire
from dscourse.sim.message_faults import Delay, Lose, MessageFault, Repeat
from dscourse.sim.transmission import drop

__all__ = ["Arrivals", "Wishes", "under_way"]


class Arrivals:
    """The times at which messages under way at ``at_us`` arrived in the run, or were lost as they arrived."""

    def __init__(self, whole: Recording, at_us: int) -> None:
        self._known: dict[int, list[int]] = defaultdict(list)
        for stream in whole.streams.values():
            for event in stream:
                if event[0] == "deliver" and event[1] // 1000 > at_us:
                    self._known[event[3]].append(event[1] // 1000)
        for event in whole.observed:
            if event[0] == "drop" and event[6] in ("cut", "crashed") and event[1] // 1000 > at_us:
                self._known[event[5]].append(event[1] // 1000)
        for times in self._known.values():
            times.sort()
        later = [event for event in whole.observed if event[1] // 1000 > at_us]
        self._stops: dict[str, list[int]] = defaultdict(
            list
        )  # pauses of a node, holds of links to it
        for event in later:
            if event[0] == "pause":
                self._stops[event[2]].append(event[1] // 1000)
            elif event[0] == "fault" and isinstance(event[4], Hold):
                self._stops[event[4].to].append(event[1] // 1000)

    def next(self, id: int, to: str, drawn_us: int, waits: bool) -> int:
        """Return when a copy of the message arrives at the node ``to``: as in the run, or as it was drawn.

        That is earlier for one that ``waits`` on a held link or for a paused node, or had to wait for one later.
        """
        known = self._known.get(id)
        if not known:
            return drawn_us
        arrived = known.pop(0)
        waits = waits or any(stop <= arrived for stop in self._stops[to])
        return min(arrived, drawn_us) if waits else arrived


class Wishes:
    """The effect of a plan's faults of messages on those that are under way."""

    def __init__(self, past: Recording, faults: Sequence[Fault]) -> None:
        self._of: dict[tuple[str, str, str, int], list[MessageFault]] = defaultdict(list)
        for fault in faults:
            if isinstance(fault, MessageFault):
                self._of[fault.name].append(fault)
        self._names: dict[int, tuple[tuple[str, str, str, int], int]] = {}
        counts: Counter[tuple[str, str, str]] = Counter()
        for event in past.trace.kinds("send") if self._of else ():
            key = (str(event.node), str(event.peer), type(event.what).__name__)
            counts[key] += 1
            self._names[event.id] = (*key, counts[key]), round(event.time_ms * 1000)

    def dues(self, engine: Engine, wire: Wire, message: Any, id: int, due_us: int) -> Iterator[int]:
        """Yield the arrivals (µs) of this message and its further copies; record that it is lost, if so wished."""
        name, sent_us = self._names.get(id, (("", "", "", 0), 0))
        wishes = self._of.pop(name, [])
        moved = [wish.latency_ms for wish in wishes if isinstance(wish, Delay)]
        if any(isinstance(wish, Lose) for wish in wishes):
            drop(engine, wire, message, id, "dropped")
        else:
            yield sent_us + round(moved[-1] * 1000) if moved else due_us
        for wish in wishes:
            if isinstance(wish, Repeat):
                engine.record("duplicate", wire.host.name, wire.source, message, id)
                yield sent_us + round(wish.latency_ms * 1000)


def under_way(
    whole: Recording, past: Recording, name: str, up: bool
) -> Iterable[tuple[int, Fault]]:
    """Yield the crash and the restart of the node that were ordered by then and took effect later, with the time."""
    stream, rest = past.streams[name], whole.streams[name][len(past.streams[name]) :]
    started = max((e[1] for e in stream if e[0] in ("start", "restart")), default=-1)
    orders = [(e[1], e[4]) for e in past.observed if e[0] == "fault" and e[1] > started]
    crashes = [
        (ns, fault) for ns, fault in orders if isinstance(fault, Crash) and fault.node == name
    ]
    coming = iter(e for e in rest if e[0] in ("crash", "restart"))
    if up:
        if not crashes or started < 0:
            return
        due = next((e[1] // 1000 for e in coming if e[0] == "crash"), 0)
        yield due, crashes[0][1]
    fallen = [e[1] for e in stream if e[0] == "crash"] or [started]
    down_ns = crashes[0][0] if crashes else max(fallen)
    if any(ns >= down_ns and _restarts(fault, name) for ns, fault in orders):
        yield next((e[1] // 1000 for e in coming if e[0] == "restart"), 0), Restart(name)


def _restarts(fault: Fault, name: str) -> bool:
    if isinstance(fault, Recover):
        return not fault.nodes or name in fault.nodes
    return fault == Restart(name)
