"""The faults that only the course's own nodes can have: they announce effects, and read the clock they are given."""

from __future__ import annotations

from collections.abc import Mapping

from dscourse.node import Clock
from dscourse.run.endpoint import Endpoint
from dscourse.run.injection import Injector
from dscourse.run.operations import Operations, as_client
from dscourse.run.packets import Packets

__all__ = ["NodeInjector"]


class NodeInjector(Injector):
    """The target of a fault of a cluster."""

    def __init__(
        self, endpoints: Mapping[str, Endpoint], links: Packets, operations: Operations
    ) -> None:
        super().__init__(endpoints, links)
        self._endpoints, self._operations = endpoints, operations

    def crash_during(self, node: str, after: int) -> None:
        """Kill the process in its next handler with more than ``after`` effects, after that many."""
        self._endpoints[node].set_crash_after(after)

    def set_clock(self, node: str, clock: Clock) -> None:
        """Replace the node's own clock."""
        self._endpoints[node].set_clock(clock)

    def submit(self, client: str, f: str, key: object = None, value: object = None) -> None:
        """Queue an operation behind the client's ones that are due. Raise TypeError if the node is not a client."""
        self._operations.submit_now(as_client(self._endpoints, client), (f, key, value))
