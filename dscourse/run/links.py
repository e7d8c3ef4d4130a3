"""The links between the nodes of a cluster: all messages pass here, and here they are lost, late, or doubled.

The links are the simulator's own (`sim.hosts.Wire`), with its settings, its faults and its random numbers: what
befalls the nth message of a link is the same in a `World` with the same seed and network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from dscourse.run.endpoint import Endpoint
from dscourse.run.hub import Hub
from dscourse.sim.fates import USUAL, Fates
from dscourse.sim.hosts import Host, Wire
from dscourse.sim.network import Network

__all__ = ["Links"]

Packet = tuple[int, bytes, list[int]]  # id, message, the sender's clock


class Links:
    """The links of a network, each created when it is first used."""

    def __init__(self, hub: Hub, endpoints: Mapping[str, Endpoint], network: Network) -> None:
        self._hub, self._endpoints, self.network = hub, endpoints, network
        self._wires: dict[tuple[str, str], Wire] = {}

    def wire(self, source: str, to: str) -> Wire:
        """Return the link from ``source`` to ``to``."""
        wire = self._wires.get((source, to))
        if wire is None:
            start, end = self._endpoints[source], self._endpoints[to]
            client = start.client != end.client
            settings = self.network.link(source, to, client)
            # A wire needs no more of its end than its name, which an endpoint has too.
            wire = self._wires[source, to] = Wire(
                source, cast(Host, end), self._hub.seed, settings, client
            )
        return wire

    def all(self) -> Iterable[Wire]:
        """Return every link between two different nodes."""
        return [self.wire(a, b) for a in self._hub.names for b in self._hub.names if a != b]

    def between_nodes(self) -> Iterable[Wire]:
        """Return every link, except those to and from clients."""
        return [wire for wire in self.all() if not wire.client]

    def configure(self, wire: Wire, settings: dict[str, Any]) -> None:
        """Change these settings of a link; without any, restore its initial ones."""
        original = self.network.link(wire.source, wire.host.name, wire.client)
        wire.configure(wire.settings.changed(**settings) if settings else original)

    def fates(self, source: str, to: str) -> Fates:
        """Return the fates of the link's messages; the first time, count the messages sent so far."""
        wire = self.wire(source, to)
        if wire.fates is None:
            stream = self._endpoints[source].stream
            sent = [event for event in stream if event[0] == "send" and event[4] == to]
            wire.set_fates(Fates(self._hub.codec.name(event[5]) for event in sent))
        assert wire.fates is not None
        return wire.fates

    def send(self, source: str, to: str, packet: Packet) -> None:
        """Send a message over its link."""
        wire = self.wire(source, to)
        wire.sent += 1
        fate = USUAL if wire.fates is None else wire.fates.next(self._hub.codec.name(packet[1]))
        lost = wire.happens(wire.settings.loss, "loss")
        delay, extra = wire.latency_us(), wire.extra_us()
        copies = (
            [wire.copy_latency_us()] if wire.happens(wire.settings.duplicate, "duplicate") else []
        )
        if wire.cut:
            self._drop(wire, packet, "cut")
            return
        if lost or fate.lost:
            self._drop(wire, packet, "lost" if lost else "dropped")
        elif fate.latency_us is not None:
            self._queue(wire, packet, fate.latency_us)
        else:
            self._queue(wire, packet, delay + extra, in_order=not extra)
        for latency_us in (*copies, *fate.copies_us):
            self._hub.observe("duplicate", wire.host.name, source, packet[1], packet[0])
            self._queue(wire, packet, latency_us)

    def _queue(self, wire: Wire, packet: Packet, delay_us: int, in_order: bool = True) -> None:
        """Let the message arrive after this delay, or later if the link keeps its messages in order."""
        if wire.settings.fifo and in_order:
            now_us = self._hub.now_ns() // 1000
            due = wire.last_us = max(now_us + delay_us, wire.last_us)
            delay_us = due - now_us
        if delay_us:
            self._hub.loop.call_later(delay_us / 1e6, self.arrive, wire, packet)
        else:
            self.arrive(wire, packet)

    def arrive(self, wire: Wire, packet: Packet) -> None:
        """Hand a message to its receiver, keep it on a held link, or drop it if it can never arrive."""
        end = cast(Endpoint, wire.host)
        if wire.cut:
            self._drop(wire, packet, "cut")
        elif wire.held:
            wire.parked.append(packet)
        elif not end.up:
            self._drop(wire, packet, "crashed")
        elif not end.deliver(packet[0], wire.source, packet[1], packet[2]):
            self._drop(wire, packet, "lost")

    def release(self, wire: Wire) -> None:
        """Let the link's held messages arrive, and stop holding."""
        wire.set_held(False)
        parked, wire.parked = wire.parked, []
        for packet in parked:
            self.arrive(wire, cast(Packet, packet))

    def _drop(self, wire: Wire, packet: Packet, reason: str) -> None:
        self._hub.observe("drop", wire.host.name, wire.source, packet[1], packet[0], reason)
