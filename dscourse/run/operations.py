"""The operations of a cluster's clients: queued, begun one at a time, and ended, as in the simulator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dscourse.node import Invocation
from dscourse.run.endpoint import Endpoint
from dscourse.run.hub import Hub

__all__ = ["Operations", "as_client"]


def as_client(endpoints: Mapping[str, Endpoint], name: str) -> Endpoint:
    """Return the client of this name. Raise LookupError for an unknown node, TypeError for any other node."""
    if name not in endpoints:
        raise LookupError(f"no node is called {name!r}: the nodes are {', '.join(endpoints)}")
    if not endpoints[name].client:
        raise TypeError(f"{name!r} is no client: only a Client carries out operations")
    return endpoints[name]


class Operations:
    """The queues of all clients; their operations get numbers by turns, as in a world."""

    def __init__(self, hub: Hub, clients: list[Endpoint]) -> None:
        self._hub, self._clients = hub, clients
        self.submitted = self.ended = 0
        for index, client in enumerate(clients):
            client.next_operation = index

    def submit(
        self,
        client: Endpoint,
        ops: Iterable[tuple[str, Any, Any]],
        start_ns: int | None,
        think_ns: int,
    ) -> None:
        """Queue operations: the first begins at ``start_ns`` or now, each later one ``think_ns`` after another."""
        start = max(self._hub.now_ns(), start_ns or 0)
        for index, op in enumerate(ops):
            client.todo.append((start, think_ns if index else 0, op))
            self.submitted += 1
        self.begin_next(client)

    def submit_now(self, client: Endpoint, op: tuple[str, Any, Any]) -> None:
        """Queue an operation behind those that are under way or due by now."""
        now = self._hub.now_ns()
        due = sum(1 for start, _, _ in client.todo if start <= now)
        client.todo.insert(due, (now, 0, op))
        self.submitted += 1
        self.begin_next(client)

    @property
    def done(self) -> bool:
        """True if every operation has ended, or waits for a client that is down."""
        return all(
            (not client.todo and client.operation < 0) or client.state == "down"
            for client in self._clients
        )

    def begin_next(self, client: Endpoint) -> None:
        """Begin the client's next operation, now or when it is due, if it is idle and runs."""
        if not client.up or client.paused or client.operation >= 0 or not client.todo:
            return
        start, think, op = client.todo[0]
        wait = max(start, client.free_ns + think) - self._hub.now_ns()
        if wait > 0:
            self._hub.loop.call_later(wait / 1e9, self.begin_next, client)
            return
        client.todo.popleft()
        invocation = Invocation(client.next_operation, *op)
        client.next_operation += len(self._clients)
        client.invoke(invocation.id, self._hub.codec.encode(invocation))

    def end(self, client: Endpoint, op: int) -> None:
        """Note that an operation has ended; only its first end counts."""
        if op == client.operation:
            self.ended += 1
            client.operation, client.free_ns = -1, self._hub.now_ns()
            self.begin_next(client)

    def abandon(self, client: Endpoint) -> None:
        """End the operation of a client that has crashed: its outcome is unknown. One not yet begun stays queued."""
        if client.operation < 0:
            return
        if client.invoked:
            op = self._hub.codec.decode(client.invoked)
            client.todo.appendleft((0, 0, (op.f, op.key, op.value)))
        else:
            reason = self._hub.codec.encode("crashed")
            vector = client.vector = client.vector.copy()
            vector[client.index] += 1
            client.stream.append(["unknown", self._hub.now_ns(), vector, client.operation, reason])
            self.ended += 1
        client.operation, client.invoked, client.free_ns = -1, b"", self._hub.now_ns()
