"""Fault injection into real processes: the same faults as in the simulator act on these methods.

`Crash` is SIGKILL, `Pause` is SIGSTOP, and everything that befalls a message happens in the switch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dscourse.node import Clock
from dscourse.run.endpoint import Endpoint
from dscourse.run.link_faults import LinkFaults
from dscourse.run.links import Links
from dscourse.run.operations import Operations, as_client

__all__ = ["Injector"]


class Injector(LinkFaults):
    """The target of a fault (`sim.injection.Injector` has the same methods). All but `crash_during` act now."""

    def __init__(
        self, endpoints: Mapping[str, Endpoint], links: Links, operations: Operations
    ) -> None:
        super().__init__(links)
        self._endpoints, self._operations = endpoints, operations

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

    def recover(self, nodes: Iterable[str] = ()) -> None:
        """Recover these nodes, or all, and the links among them."""
        chosen = sorted(nodes or self._endpoints)
        self.make_whole([self._links.wire(source, to) for source in chosen for to in chosen])
        for name in chosen:
            self._endpoints[name].set_crash_after(-1)
            self.resume(name)
            self.restart(name)
