"""Fault injection into real processes: the same faults as in the simulator act on these methods.

`Crash` is SIGKILL, `Pause` is SIGSTOP, and everything that befalls a message happens in the switch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dscourse.node import Clock
from dscourse.run.endpoint import Endpoint
from dscourse.run.links import Links
from dscourse.run.operations import Operations, as_client

__all__ = ["Injector"]


class Injector:
    """The target of a fault (`sim.injection.Injector` has the same methods). All but `crash_during` act now."""

    def __init__(
        self, endpoints: Mapping[str, Endpoint], links: Links, operations: Operations
    ) -> None:
        self._endpoints, self._links, self._operations = endpoints, links, operations

    def crash(self, node: str, lose: int = 0) -> None:
        """Kill the node's process. Its log survives, except for the last ``lose`` records."""
        self._endpoints[node].crash(lose)

    def crash_during(self, node: str, after: int) -> None:
        """Kill the process in its next handler with more than ``after`` effects, after that many."""
        self._endpoints[node].set_crash_after(after)

    def restart(self, node: str) -> None:
        """Start the process of a crashed node again, with its log."""
        self._endpoints[node].restart()

    def pause(self, node: str) -> None:
        """Stop the node's process; incoming messages and timers wait."""
        self._endpoints[node].pause()

    def resume(self, node: str) -> None:
        """Continue the process of a paused node."""
        endpoint = self._endpoints[node]
        endpoint.resume()
        self._operations.begin_next(endpoint)

    def set_clock(self, node: str, clock: Clock) -> None:
        """Replace the node's own clock."""
        self._endpoints[node].set_clock(clock)

    def submit(self, client: str, f: str, key: object = None, value: object = None) -> None:
        """Queue an operation behind the client's ones that are due. Raise TypeError if the node is not a client."""
        self._operations.submit_now(as_client(self._endpoints, client), (f, key, value))

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
        for wire in self._links.all():
            if not wire.client:
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

    def recover(self, nodes: Iterable[str] = ()) -> None:
        """Recover these nodes, or all, and the links among them."""
        chosen = sorted(nodes or self._endpoints)
        for wire in [self._links.wire(source, to) for source in chosen for to in chosen]:
            wire.set_cut(False)
            wire.configure(wire.settings.changed(loss=0.0, duplicate=0.0, reorder=0.0))
            self._links.release(wire)
        for name in chosen:
            self._endpoints[name].set_crash_after(-1)
            self.resume(name)
            self.restart(name)
