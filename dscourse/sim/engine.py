"""The data of a world: time, hosts, links, pending events and the trace.

The modules around it act on an `Engine`: `loop` processes the pending events, `handlers` runs the nodes' handlers,
`effects` and `transmission` carry out what they ask for, and `crashes` stops nodes.

Events wait in a heap and happen in the order of (due, number). The number is also the id of the message or timer,
unless the event was queued again: as a copy, or because it had to wait.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappush
from typing import Any, Protocol, Self

from dscourse.node import Time
from dscourse.sim.hosts import Host, Wire
from dscourse.sim.livelock import Instant
from dscourse.sim.network import Link, Network
from dscourse.sim.streams import BriefStreams, LinkStreams
from dscourse.sim.trace import Trace

__all__ = [
    "DELIVER",
    "FAULT",
    "INVOKE",
    "SEND",
    "START",
    "TIMER",
    "Engine",
    "Entry",
    "Observer",
    "Waiting",
]

START, DELIVER, TIMER, FAULT, INVOKE, SEND = "start", "deliver", "timer", "fault", "invoke", "send"
Entry = tuple[int, int, str, Any, Any, int]  # due, number, kind, host or wire, value, id
Waiting = tuple[
    str, Any, Any, int
]  # kind, host or wire, value, id: at a paused host or on a held link

_MANY = 40  # nodes: more have so many links that most of those in use carry a few messages


class Observer(Protocol):
    """Anything that looks at a world after each of its steps, and changes nothing in it."""

    def look(self, engine: Engine) -> None:
        """Look at the world as it is now."""

    def copy(self) -> Self:
        """Return an observer for a clone of the world."""


class Engine:
    """One world: its time, hosts, links, pending events and trace."""

    def __init__(self, seed: int, network: Network, record_state: bool) -> None:
        self.seed = seed
        self.network = network
        self.record_state = record_state
        self.trace = Trace()
        self.hosts: dict[str, Host] = {}
        self.heap: list[Entry] = []
        self.number = 0  # of the event or message that was numbered last
        self.time = Time()
        self.instant = Instant()
        self.observer: Observer | None = None

    def __del__(self) -> None:
        """Let hosts and links, which refer to each other, go with the world, and not with some later collection.

        Links among a hundred nodes keep 25 MB, and worlds are often made one after another.
        """
        for host in self.hosts.values():
            for wire in host.wires.values():
                wire.release()
            host.wires.clear()

    # --- hosts and links -------------------------------------------------------------------------

    def host(self, name: str, where: str = "") -> Host:
        """Return the host called ``name``. Raise LookupError if there is none; ``where`` says who named it."""
        host = self.hosts.get(name) if isinstance(name, str) else None
        if host is None:
            context = f" ({where})" if where else ""
            raise LookupError(
                f"no node is called {name!r}{context}: the nodes are {', '.join(self.hosts)}"
            )
        return host

    def client(self, name: str) -> Host:
        """Return the host of the client called ``name``. Raise TypeError if that node is not a client."""
        host = self.host(name)
        if not host.client:
            raise TypeError(
                f"{name!r} is a {type(host.node).__name__}: only a Client carries out operations"
            )
        return host

    def wire(self, source: str, to: str) -> Wire:
        """Return the link from ``source`` to ``to``, created on first use."""
        start = self.host(source)
        wire = start.wires.get(to)
        if wire is None:
            end = self.host(to, f"the link from {source!r} leads to it")
            client, settings = self._initially(start, end)
            kind = LinkStreams if len(self.hosts) <= _MANY else BriefStreams
            streams = kind(self.seed, source, to)
            wire = start.wires[to] = Wire(source, end, streams, settings, client)
        return wire

    def _initially(self, start: Host, end: Host) -> tuple[bool, Link]:
        """Return whether this is a link of a client, and its initial settings."""
        client = start.client != end.client
        return client, self.network.link(start.name, end.name, client)

    def wires(self) -> Iterable[Wire]:
        """Return the links that have been used or changed."""
        return [wire for host in self.hosts.values() for wire in host.wires.values()]

    def wires_to_mend(self, names: Iterable[str]) -> Iterable[Wire]:
        """Return the links among these nodes, but for those that are as they began and only delay messages."""
        hosts = [self.host(name) for name in names]
        pairs = [(a, b) for a in hosts for b in hosts]
        return [
            self.wire(a.name, b.name)
            for a, b in pairs
            if b.name in a.wires or not self._initially(a, b)[1].only_delays
        ]

    def all_wires(self) -> Iterable[Wire]:
        """Return every link between two different nodes."""
        return [self.wire(a, b) for a in self.hosts for b in self.hosts if a != b]

    # --- pending events and the trace -------------------------------------------------------------

    def push(
        self, due: int, kind: str, target: Host | Wire | None, value: object, id: int = 0
    ) -> int:
        """Queue an event and return its number."""
        self.number = number = self.number + 1
        heappush(self.heap, (due, number, kind, target, value, id or number))
        return number

    def push_waiting(self, waiting: list[Waiting]) -> None:
        """Queue the waiting events before everything else that is due now, and clear the list."""
        for kind, target, value, number in waiting:
            self.push(self.time.us - 1, kind, target, value, number)
        waiting.clear()

    def cancelled(self, entry: Entry) -> bool:
        """Return True for a cancelled or replaced timer, and for the start of a node that crashed before it."""
        _, _, kind, host, value, number = entry
        if kind is TIMER:
            return bool(host.timers.get(value) != number)
        return kind is START and host.has_crashed

    def record(
        self,
        kind: str,
        node: str | None,
        peer: str | None,
        value: object,
        id: int = 0,
        detail: object = None,
    ) -> None:
        self.trace.cells.extend((self.time.us, kind, node, peer, value, id, detail))

    def show(self) -> None:
        """Let the observer, if there is one, look at the world as it is now."""
        if self.observer is not None:
            self.observer.look(self)

    # --- copies ----------------------------------------------------------------------------------

    def clone(self) -> Engine:
        """Return an independent copy that shares no mutable data."""
        other = Engine(self.seed, self.network, self.record_state)
        other.number = self.number
        other.time.us, other.time.read, other.instant = self.time.us, self.time.read, self.instant
        other.trace = self.trace.copy()
        other.hosts = {name: host.clone(other.time) for name, host in self.hosts.items()}
        for wire in self.wires():
            other.hosts[wire.source].wires[wire.host.name] = wire.clone(other.hosts[wire.host.name])
        other.heap = [
            (due, number, kind, other._twin(target), value, event)
            for due, number, kind, target, value, event in self.heap
        ]
        for host in self.hosts.values():
            other.hosts[host.name].backlog = other._twins(host.backlog)
        for wire in self.wires():
            if wire.parked:
                other.wire(wire.source, wire.host.name).parked = other._twins(wire.parked)
        other.observer = self.observer and self.observer.copy()
        return other

    def _twin(self, target: Host | Wire | None) -> Host | Wire | None:
        """Return the host or wire of this engine that has the same name as ``target``, which belongs to another."""
        if isinstance(target, Wire):
            return self.wire(target.source, target.host.name)
        return target and self.hosts[target.name]

    def _twins(self, waiting: Iterable[Waiting]) -> list[Waiting]:
        return [(kind, self._twin(target), value, event) for kind, target, value, event in waiting]
