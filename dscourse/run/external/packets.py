"""The links between nodes, clients and services, with the packets that travel over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.run.external.book import Book
from dscourse.run.external.reactor import Reactor
from dscourse.run.external.wire import Body, Spoken
from dscourse.run.links import Links
from dscourse.sim.hosts import Wire
from dscourse.sim.network import Network

__all__ = ["Packet", "Packets"]


@dataclass(frozen=True, slots=True)
class Packet:
    """A message on its way: its sender, the source that it names, and its number and text in the record."""

    sender: str
    source: str
    to: str
    body: Body
    sent: tuple[int, Spoken] | None


class Packets(Links[Packet]):
    """The links of a test; ``arrive`` takes what comes through."""

    def __init__(
        self,
        reactor: Reactor,
        book: Book,
        network: Network,
        seed: int,
        nodes: Iterable[str],
        is_client: Callable[[str], bool],
        arrive: Callable[[Packet], None],
    ) -> None:
        super().__init__(nodes, network, seed, is_client)
        self._reactor, self._book, self._arrived = reactor, book, arrive

    def send(self, sender: str, source: str, to: str, body: Body) -> None:
        """Send a message over the link from ``sender``; ``source`` is the source that it names."""
        wire = self.wire(sender, to)
        sent = self._book.send(sender, to, body, wire.client)
        self.transmit(wire, Packet(sender, source, to, body, sent))

    def now_us(self) -> int:
        return self._reactor.now_ns() // 1000

    def later(self, us: int, call: Callable[..., None], *args: Any) -> None:
        self._reactor.at(self._reactor.now_ns() + us * 1000, call, *args)

    def kind(self, packet: Packet) -> str:
        return str(packet.body.get("type"))

    def kinds_sent(self, source: str, to: str) -> Iterable[str]:
        sends = self._book.trace.kinds("send")
        return [event.what.type for event in sends if (event.node, event.peer) == (source, to)]

    def hand_over(self, wire: Wire, packet: Packet) -> None:
        self._arrived(packet)

    def observe(self, kind: str, wire: Wire, packet: Packet, detail: str | None = None) -> None:
        self._book.arrival(kind, packet.to, packet.sender, packet.sent, detail)
