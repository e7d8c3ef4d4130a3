"""Fault injection into real processes: the same faults as in the simulator act on these methods.

A crash is SIGKILL, a pause SIGSTOP, and everything that befalls a message happens on the links of this process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from dscourse.run.links import Links

__all__ = ["Host", "Injector"]


class Host(Protocol):
    """A node, as far as faults are concerned; all methods act now."""

    def crash(self, lose: int = 0) -> None:
        """Kill the process, if it runs. What it had on disk survives, except for the last ``lose`` records."""

    def restart(self) -> None:
        """Start the process again, with what it had on disk, if it was killed."""

    def pause(self) -> None:
        """Stop the process."""

    def resume(self) -> None:
        """Continue a stopped process."""

    def recover(self) -> None:
        """Let it run, whatever was done to it."""


class Injector:
    """The target of a fault; `sim.injection.Injector` has the same methods."""

    def __init__(self, hosts: Mapping[str, Host], links: Links[Any]) -> None:
        self._hosts, self._links = hosts, links

    # --- nodes -----------------------------------------------------------------------------------

    def crash(self, node: str, lose: int = 0) -> None:
        """Kill the node's process."""
        self._hosts[node].crash(lose)

    def restart(self, node: str) -> None:
        """Start the process of a killed node again."""
        self._hosts[node].restart()

    def pause(self, node: str) -> None:
        """Stop the node's process; incoming messages and timers wait."""
        self._hosts[node].pause()

    def resume(self, node: str) -> None:
        """Continue the process of a paused node."""
        self._hosts[node].resume()

    # --- links -----------------------------------------------------------------------------------

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

    # --- single messages -------------------------------------------------------------------------

    def lose(self, source: str, to: str, message: str, nth: int) -> None:
        """Lose the ``nth`` message of this type on the link, if it is yet to be sent."""
        self._links.fates(source, to).lose(message, nth)

    def delay(self, source: str, to: str, message: str, nth: int, latency_ms: float) -> None:
        """Give this message, if it is yet to be sent, another latency."""
        self._links.fates(source, to).delay(message, nth, round(latency_ms * 1000))

    def repeat(self, source: str, to: str, message: str, nth: int, latency_ms: float) -> None:
        """Send a copy, with a latency of its own, beside this message, if it is yet to be sent."""
        self._links.fates(source, to).repeat(message, nth, round(latency_ms * 1000))

    # --- everything ------------------------------------------------------------------------------

    def recover(self, nodes: Iterable[str] = ()) -> None:
        """Recover these nodes, or all, and the links among them."""
        chosen = set(nodes)
        for wire in self._links.all():
            if not chosen or {wire.source, wire.host.name} <= chosen:
                wire.set_cut(False)
                wire.configure(wire.settings.changed(loss=0.0, duplicate=0.0, reorder=0.0))
                self._links.release(wire)
        for name in sorted(chosen or self._hosts):
            self._hosts[name].recover()
