"""The links between nodes, clients and services: all messages pass here, and here they are late, lost or doubled.

The links are the simulator's (`sim.hosts.Wire`), with its settings, faults and random numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from dscourse.run.external.book import Book
from dscourse.run.external.reactor import Reactor
from dscourse.run.external.wire import Body, Spoken
from dscourse.sim.fates import USUAL, Fates
from dscourse.sim.hosts import Host, Wire
from dscourse.sim.network import Network

__all__ = ["Links", "Packet"]


@dataclass(frozen=True, slots=True)
class Packet:
    """A message on its way: its sender, the source that it names, and its number and text in the record."""

    sender: str
    source: str
    to: str
    body: Body
    sent: tuple[int, Spoken] | None


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a wire, which needs no more of a host than its name."""

    name: str


class Links:
    """The links of a test, each made when it is first used; ``arrive`` takes what comes through."""

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
        self._reactor, self._book, self._network, self._seed = reactor, book, network, seed
        self.nodes = tuple(nodes)
        self._is_client, self._arrive = is_client, arrive
        self._wires: dict[tuple[str, str], Wire] = {}

    def wire(self, source: str, to: str) -> Wire:
        """Return the link from ``source`` to ``to``."""
        wire = self._wires.get((source, to))
        if wire is None:
            client = self._is_client(source) != self._is_client(to)
            link = self._network.link(source, to, client)
            wire = self._wires[source, to] = Wire(
                source, cast(Host, _End(to)), self._seed, link, client
            )
        return wire

    def between_nodes(self) -> list[Wire]:
        """Return every link between two nodes."""
        return [self.wire(one, other) for one in self.nodes for other in self.nodes if one != other]

    def all(self) -> list[Wire]:
        """Return every link that has been used, and those between nodes."""
        self.between_nodes()
        return list(self._wires.values())

    def configure(self, wire: Wire, settings: dict[str, Any]) -> None:
        """Change these settings of a link; without any, restore its initial ones."""
        original = self._network.link(wire.source, wire.host.name, wire.client)
        wire.configure(wire.settings.changed(**settings) if settings else original)

    def fates(self, source: str, to: str) -> Fates:
        """Return the fates of the link's messages; the first time, count the messages sent so far."""
        wire = self.wire(source, to)
        if wire.fates is None:
            sends = self._book.trace.kinds("send")
            wire.set_fates(Fates(e.what.type for e in sends if (e.node, e.peer) == (source, to)))
        assert wire.fates is not None
        return wire.fates

    def send(self, sender: str, source: str, to: str, body: Body) -> None:
        """Send a message over the link from ``sender``; ``source`` is the source that it names."""
        wire = self.wire(sender, to)
        packet = Packet(sender, source, to, body, self._book.send(sender, to, body, wire.client))
        wire.sent += 1
        if wire.plain and not wire.fixed_us:
            self._arrives(wire, packet)
            return
        fate = USUAL if wire.fates is None else wire.fates.next(str(body.get("type")))
        lost = wire.happens(wire.settings.loss, "loss")
        delay_us, extra_us = wire.latency_us(), wire.extra_us()
        copies = (
            [wire.copy_latency_us()] if wire.happens(wire.settings.duplicate, "duplicate") else []
        )
        if wire.cut or lost or fate.lost:
            self._drop(packet, "cut" if wire.cut else "lost" if lost else "dropped")
        elif fate.latency_us is not None:
            self._queue(wire, packet, fate.latency_us)
        else:
            self._queue(wire, packet, delay_us + extra_us, in_order=not extra_us)
        for copy_us in [] if wire.cut else [*copies, *fate.copies_us]:
            self._book.arrival("duplicate", to, sender, packet.sent)
            self._queue(wire, packet, copy_us)

    def _queue(self, wire: Wire, packet: Packet, delay_us: int, in_order: bool = True) -> None:
        """Let a message arrive after this delay, or later on a link that keeps its messages in order."""
        due_us = self._reactor.now_ns() // 1000 + delay_us
        if wire.settings.fifo and in_order:
            due_us = wire.last_us = max(due_us, wire.last_us)
        self._reactor.at(due_us * 1000, self._arrives, wire, packet)

    def _arrives(self, wire: Wire, packet: Packet) -> None:
        if wire.cut:
            self._drop(packet, "cut")
        elif wire.held:
            wire.parked.append((packet,))
        else:
            self._arrive(packet)

    def release(self, wire: Wire) -> None:
        """Let the link's held messages arrive, and stop holding."""
        wire.set_held(False)
        parked, wire.parked = wire.parked, []
        for (packet,) in parked:
            self._arrives(wire, packet)

    def _drop(self, packet: Packet, reason: str) -> None:
        self._book.arrival("drop", packet.to, packet.sender, packet.sent, reason)
