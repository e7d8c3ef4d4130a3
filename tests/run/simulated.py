"""Recordings of simulated worlds, as real processes make them that behave like this world.

The world itself then says what each moment of the recording was, and what followed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.core.dispatch import handle_message, handle_timer
from dscourse.node import Clock, Node, Time, context_of
from dscourse.run.codec import Codec
from dscourse.run.recording import Recording
from dscourse.run.value_types import value_types
from dscourse.sim import Event, World, faults, network

__all__ = ["recording_of"]

PLANNED = [getattr(module, name) for module in (faults, network) for name in module.__all__]
OBSERVED = ("fault", "drop", "duplicate", "pause", "resume")
INPUTS = ("start", "restart", "deliver", "timer", "invoke")


def recording_of(
    world: World, nodes: Sequence[Node], clocks: Mapping[str, Clock] | None = None
) -> Recording:
    """The recording of a world that has run, of these nodes with these clocks at the start."""
    codec = Codec(value_types([*nodes, *PLANNED, world.network]))
    writer = _Writer(codec, nodes, clocks or {})
    for event in world.trace:
        writer.write(event)
    skews = {name: [clock.skew_ms, clock.drift_ppm] for name, clock in (clocks or {}).items()}
    named = {node.id: node for node in nodes}
    return Recording(
        codec.types, writer.streams, writer.observed, skews, world.seed, named, world.network
    )


class _Writer:
    """Writes the events of a trace down; the nodes run again, for the range of a timer is in no trace."""

    def __init__(self, codec: Codec, nodes: Sequence[Node], clocks: Mapping[str, Clock]) -> None:
        self.codec, self.time = codec, Time()
        self.nodes = {node.id: node.clone() for node in nodes}
        self.clocks = dict(clocks)
        self.names = list(self.nodes)
        self.streams: dict[str, list[Any]] = {name: [] for name in self.names}
        self.observed: list[Any] = []
        self.vectors = {name: [0] * len(nodes) for name in self.names}
        self.sent: dict[int, list[int]] = {}
        self.logs: dict[str, list[Any]] = {name: [] for name in self.names}
        self.asked: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self.names}
        self.us = self.within = 0

    def write(self, event: Event) -> None:
        us = round(event.time_ms * 1000)
        self.within = self.within + 1 if us == self.us else 0
        self.us = self.time.us = us
        assert self.within < 1_000
        ns = us * 1_000 + self.within
        if event.kind in OBSERVED:
            what = event.what if event.kind in ("fault", "pause", "resume") else self.data(event)
            self.observed.append(
                [event.kind, ns, event.node, event.peer, what, event.id, event.detail]
            )
            if event.kind == "fault" and type(event.what).__name__ == "SetClock":
                self.set_clock(event.what, ns)
            return
        name = str(event.node)
        if event.kind != "crash":
            self.write_unseen(name, event, ns)
        if event.kind == "deliver":
            pairs = zip(self.vectors[name], self.sent[event.id], strict=True)
            self.vectors[name] = [max(pair) for pair in pairs]
        self.record(name, event.kind, ns)
        self.streams[name][-1] += self.rest(name, event)

    def record(self, name: str, kind: str, ns: int) -> None:
        own = self.names.index(name)
        vector = [count + (index == own) for index, count in enumerate(self.vectors[name])]
        self.vectors[name] = vector
        self.streams[name].append([kind, ns, vector])

    def write_unseen(self, name: str, event: Event, ns: int) -> None:
        """Write effects without an event: a timer cancelled that was not set, an operation's second end."""
        asked = self.asked[name]
        while asked:
            kind, *parts = asked[0]
            kind = parts[1] if kind == "complete" else kind
            if kind == event.kind and parts[kind == "send"] == _subject(event):
                break
            asked.pop(0)
            self.record(name, kind, ns)
            self.streams[name][-1] += (
                [0, self.codec.encode(parts[0])]
                if kind == "cancel_timer"
                else [parts[0], self.codec.encode(parts[2])]
            )

    def set_clock(self, fault: Any, ns: int) -> None:
        self.clocks[fault.node] = Clock(fault.skew_ms, fault.drift_ppm)
        row = ["clock", ns, self.vectors[fault.node], fault.skew_ms, fault.drift_ppm]
        self.streams[fault.node].append(row)

    def data(self, event: Event) -> bytes:
        return self.codec.encode(event.what)

    def rest(self, name: str, event: Event) -> list[Any]:
        kind, data = event.kind, self.data(event)
        if kind in INPUTS:
            self.run(name, event)
        elif kind != "crash" and self.asked[name]:
            asked = self.asked[name].pop(0)
        if kind in ("start", "restart"):
            return [len(self.logs[name]), []]
        if kind == "crash":
            self.asked[name] = []
            del self.logs[name][max(0, len(self.logs[name]) - event.id) :]
            return [event.id]
        if kind == "send":
            self.sent[event.id] = self.vectors[name]
            return [event.id, event.peer, data]
        if kind == "deliver":
            return [event.id, event.peer, data]
        if kind == "set_timer":
            _, _, low, high = asked
            return [event.id, data, low, high, round(event.detail * 1e6)]
        if kind == "write":
            self.logs[name].append(event.what)
            return [event.id, data, 0]
        return [event.id, data]

    def run(self, name: str, event: Event) -> None:
        """Run the node's handler again, and keep the ranges of the timers that it sets."""
        node = self.nodes[name]
        if event.kind == "restart":
            node = self.nodes[name] = node.fresh()
        context = context_of(node)
        context.time, context.clock = self.time, self.clocks.get(name)
        if event.kind == "deliver":
            handle_message(node, str(event.peer), event.what)
        elif event.kind == "timer":
            handle_timer(node, event.what)
        elif event.kind == "invoke":
            node.on_invoke(event.what)  # type: ignore[attr-defined]
        else:
            node.on_start(tuple(self.logs[name]))
        self.asked[name] = list(context.effects)
        context.effects.clear()


def _subject(event: Event) -> Any:
    """The message, timer, record or operation of an effect."""
    return event.id if event.kind in ("ok", "fail", "unknown") else event.what
