"""The links between the nodes of a cluster, with the packets that travel over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dscourse.run.endpoint import Endpoint
from dscourse.run.hub import Hub
from dscourse.run.links import Links
from dscourse.sim.hosts import Wire
from dscourse.sim.network import Network

__all__ = ["Packet", "Packets"]

Packet = tuple[int, bytes, list[int]]  # id, message, the sender's clock


class Packets(Links[Packet]):
    """The links between these endpoints."""

    def __init__(self, hub: Hub, endpoints: Mapping[str, Endpoint], network: Network) -> None:
        super().__init__(endpoints, network, hub.seed, lambda name: endpoints[name].client)
        self._hub, self._endpoints = hub, endpoints

    def send(self, source: str, to: str, packet: Packet) -> None:
        """Send a message from one node to another."""
        self.transmit(self.wire(source, to), packet)

    def now_us(self) -> int:
        return self._hub.now_ns() // 1000

    def later(self, us: int, call: Callable[..., None], *args: Any) -> None:
        self._hub.loop.call_later(us / 1e6, call, *args)

    def kind(self, packet: Packet) -> str:
        return self._hub.codec.name(packet[1])

    def kinds_sent(self, source: str, to: str) -> Iterable[str]:
        stream = self._endpoints[source].stream
        sent = [event for event in stream if event[0] == "send" and event[4] == to]
        return [self._hub.codec.name(event[5]) for event in sent]

    def hand_over(self, wire: Wire, packet: Packet) -> None:
        end = self._endpoints[wire.host.name]
        if not end.up:
            self.observe("drop", wire, packet, "crashed")
        elif not end.deliver(packet[0], wire.source, packet[1], packet[2]):
            self.observe("drop", wire, packet, "lost")

    def observe(self, kind: str, wire: Wire, packet: Packet, detail: str | None = None) -> None:
        self._hub.observe(kind, wire.host.name, wire.source, packet[1], packet[0], detail)
