"""The faults of links, on whichever links a driver of real processes has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from dscourse.sim.fates import Fates
from dscourse.sim.hosts import Wire

__all__ = ["LinkFaults"]


class Links(Protocol):
    """The links of a run, as far as faults are concerned."""

    def wire(self, source: str, to: str) -> Wire:
        """Return the link from ``source`` to ``to``."""

    def all(self) -> Iterable[Wire]:
        """Return every link."""

    def between_nodes(self) -> Iterable[Wire]:
        """Return every link, except those to and from clients."""

    def configure(self, wire: Wire, settings: dict[str, Any]) -> None:
        """Change these settings of a link; without any, restore its initial ones."""

    def fates(self, source: str, to: str) -> Fates:
        """Return the fates of the link's messages."""

    def release(self, wire: Wire) -> None:
        """Deliver the link's held messages now, and stop holding."""


class LinkFaults:
    """The part of a fault's target that acts on links; `sim.injection.Injector` has the same methods."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def cut(self, source: str, to: str) -> None:
        """Cut the link from ``source`` to ``to``."""
        self._links.wire(source, to).set_cut(True)

    def heal(self, source: str, to: str) -> None:
        """End the cut from ``source`` to ``to``."""
        self._links.wire(source, to).set_cut(False)

    def heal_all(self) -> None:
        """End every cut."""
        for wire in self._links.all():
            wire.set_cut(False)

    def hold(self, source: str, to: str) -> None:
        """Hold back messages from ``source`` to ``to`` from now on."""
        self._links.wire(source, to).set_held(True)

    def release(self, source: str, to: str) -> None:
        """Deliver the link's held messages now, and stop holding."""
        self._links.release(self._links.wire(source, to))

    def set_link(self, source: str, to: str, settings: dict[str, Any]) -> None:
        """Change these settings of a link; without any, restore its initial ones."""
        self._links.configure(self._links.wire(source, to), settings)

    def set_server_links(self, settings: dict[str, Any]) -> None:
        """Apply `set_link` to every link, except those to and from clients."""
        for wire in self._links.between_nodes():
            self._links.configure(wire, settings)

    def lose(self, source: str, to: str, message: str, nth: int) -> None:
        """Lose the ``nth`` message of this type on the link, if it is yet to be sent."""
        self._links.fates(source, to).lose(message, nth)

    def delay(self, source: str, to: str, message: str, nth: int, latency_ms: float) -> None:
        """Give this message, if it is yet to be sent, another latency."""
        self._links.fates(source, to).delay(message, nth, round(latency_ms * 1000))

    def repeat(self, source: str, to: str, message: str, nth: int, latency_ms: float) -> None:
        """Send a copy, with a latency of its own, beside this message, if it is yet to be sent."""
        self._links.fates(source, to).repeat(message, nth, round(latency_ms * 1000))

    def make_whole(self, wires: Iterable[Wire]) -> None:
        """End all that is wrong with these links, and deliver what they hold."""
        for wire in wires:
            wire.set_cut(False)
            wire.configure(wire.settings.changed(loss=0.0, duplicate=0.0, reorder=0.0))
            self._links.release(wire)
