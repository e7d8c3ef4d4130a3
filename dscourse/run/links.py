"""The links of a run: all messages pass here, and here they are lost, late, or doubled.

The links are the simulator's own (`sim.hosts.Wire`), with its settings, its faults and its random numbers: what
befalls the nth message of a link is the same in a `World` with the same seed and network. What a packet is, and how
it travels, each driver decides.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from dscourse.sim.fates import USUAL, Fates
from dscourse.sim.hosts import Host, Wire
from dscourse.sim.network import Network
from dscourse.sim.streams import LinkStreams

__all__ = ["Links"]

Packet = TypeVar("Packet")


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a wire, which needs no more of a host than its name."""

    name: str


class Links(ABC, Generic[Packet]):
    """The links of a network, each created when it is first used; ``names`` are its nodes."""

    def __init__(
        self, names: Iterable[str], network: Network, seed: int, is_client: Callable[[str], bool]
    ) -> None:
        self.names, self._network, self._seed = tuple(names), network, seed
        self._is_client = is_client
        self._wires: dict[tuple[str, str], Wire] = {}

    # --- what the driver decides -----------------------------------------------------------------

    @abstractmethod
    def now_us(self) -> int:
        """Return the time in µs."""

    @abstractmethod
    def later(self, us: int, call: Callable[..., None], *args: Any) -> None:
        """Call this in so many µs."""

    @abstractmethod
    def kind(self, packet: Packet) -> str:
        """Return the name of a message's type."""

    @abstractmethod
    def kinds_sent(self, source: str, to: str) -> Iterable[str]:
        """Return the names of the types of all messages that were sent over a link so far."""

    @abstractmethod
    def hand_over(self, wire: Wire, packet: Packet) -> None:
        """Hand a message that came through to its receiver, if that is up."""

    @abstractmethod
    def observe(self, kind: str, wire: Wire, packet: Packet, detail: str | None = None) -> None:
        """Record a ``drop`` (with its reason) or a ``duplicate``."""

    # --- wires -----------------------------------------------------------------------------------

    def wire(self, source: str, to: str) -> Wire:
        """Return the link from ``source`` to ``to``."""
        wire = self._wires.get((source, to))
        if wire is None:
            client = self._is_client(source) != self._is_client(to)
            settings = self._network.link(source, to, client)
            wire = self._wires[source, to] = Wire(
                source,
                cast(Host, _End(to)),
                LinkStreams(self._seed, source, to),
                settings,
                client,
            )
        return wire

    def all(self) -> list[Wire]:
        """Return every link between two nodes, and all others that have been used."""
        for source in self.names:
            for to in self.names:
                if source != to:
                    self.wire(source, to)
        return list(self._wires.values())

    def between_nodes(self) -> list[Wire]:
        """Return every link, except those to and from clients."""
        return [wire for wire in self.all() if not wire.client]

    def configure(self, wire: Wire, settings: dict[str, Any]) -> None:
        """Change these settings of a link; without any, restore its initial ones."""
        original = self._network.link(wire.source, wire.host.name, wire.client)
        wire.configure(wire.settings.changed(**settings) if settings else original)

    def fates(self, source: str, to: str) -> Fates:
        """Return the fates of the link's messages; the first time, count the messages sent so far."""
        wire = self.wire(source, to)
        if wire.fates is None:
            wire.set_fates(Fates(self.kinds_sent(source, to)))
        assert wire.fates is not None
        return wire.fates

    # --- packets ---------------------------------------------------------------------------------

    def transmit(self, wire: Wire, packet: Packet) -> None:
        """Send a message over a link."""
        wire.sent += 1
        if wire.plain and not wire.fixed_us:
            self._arrive(wire, packet)
            return
        fate = USUAL if wire.fates is None else wire.fates.next(self.kind(packet))
        lost = wire.happens(wire.settings.loss, "loss")
        delay_us, extra_us = wire.latency_us(), wire.extra_us()
        copies = (
            [wire.copy_latency_us()] if wire.happens(wire.settings.duplicate, "duplicate") else []
        )
        if wire.cut:
            self.observe("drop", wire, packet, "cut")
            return
        if lost or fate.lost:
            self.observe("drop", wire, packet, "lost" if lost else "dropped")
        elif fate.latency_us is not None:
            self._queue(wire, packet, fate.latency_us)
        else:
            self._queue(wire, packet, delay_us + extra_us, in_order=not extra_us)
        for copy_us in (*copies, *fate.copies_us):
            self.observe("duplicate", wire, packet)
            self._queue(wire, packet, copy_us)

    def _queue(self, wire: Wire, packet: Packet, delay_us: int, in_order: bool = True) -> None:
        """Let a message arrive after this delay, or later on a link that keeps its messages in order."""
        if wire.settings.fifo and in_order:
            now_us = self.now_us()
            wire.last_us = max(now_us + delay_us, wire.last_us)
            delay_us = wire.last_us - now_us
        if delay_us:
            self.later(delay_us, self._arrive, wire, packet)
        else:
            self._arrive(wire, packet)

    def _arrive(self, wire: Wire, packet: Packet) -> None:
        """Hand a message over, keep it on a held link, or drop it on one that was cut meanwhile."""
        if wire.cut:
            self.observe("drop", wire, packet, "cut")
        elif wire.held:
            wire.parking().append((packet,))
        else:
            self.hand_over(wire, packet)

    def release(self, wire: Wire) -> None:
        """Let the link's held messages arrive, and stop holding."""
        wire.set_held(False)
        parked, wire.parked = wire.parked, ()
        for (packet,) in parked:
            self._arrive(wire, packet)
