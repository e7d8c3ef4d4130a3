"""The operations of clients: queued, begun one at a time, and ended."""

from __future__ import annotations

from collections.abc import Iterable

from dscourse.node import Invocation
from dscourse.sim.engine import INVOKE, Engine
from dscourse.sim.hosts import Host

__all__ = [
    "abandon",
    "begin",
    "can_begin",
    "complete",
    "number_from",
    "queue_next",
    "submit",
    "submit_now",
]


def submit(
    engine: Engine,
    client: Host,
    ops: Iterable[tuple[str, object, object]],
    start_us: int,
    think_us: int = 0,
) -> None:
    """Queue operations at the client.

    The first begins no earlier than ``start_us``, each later one ``think_us`` after its predecessor's end.
    """
    for index, op in enumerate(ops):
        client.todo.append((start_us, think_us if index else 0, op))
    engine.push(start_us, INVOKE, client, None)


def submit_now(engine: Engine, client: Host, op: tuple[str, object, object]) -> None:
    """Queue an operation that begins at once, or after those that are under way or due by now."""
    now = engine.time.us
    due = sum(1 for start_us, _, _ in client.todo if start_us <= now)
    client.todo.insert(due, (now, 0, op))
    engine.push(now, INVOKE, client, None)


def can_begin(client: Host, at_us: int) -> bool:
    """Return True if the client may begin an operation at that time: it is ready, idle, and has one due."""
    free = client.ready and client.operation is None and bool(client.todo)
    return free and client.next_us() <= at_us


def begin(engine: Engine, client: Host) -> Invocation | None:
    """Begin the client's next operation and return it; None if it is busy, not ready, or has none due."""
    if not can_begin(client, engine.time.us):
        return None
    _, _, (f, key, value) = client.todo.popleft()
    op = Invocation(client.next_operation, f, key, value)
    client.operation = op.id
    client.next_operation += sum(host.client for host in engine.hosts.values())
    engine.record("invoke", client.name, None, op, op.id)
    return op


def number_from(engine: Engine, number: int) -> None:
    """Number the first client's next operation ``number``, and the others' upwards from it."""
    clients = [host for host in engine.hosts.values() if host.client]
    for index, client in enumerate(clients):
        client.next_operation = number + index


def complete(engine: Engine, client: Host, op: int, status: str, result: object) -> None:
    """End the client's operation; only its first completion counts."""
    if client.operation != op:
        return
    _end(engine, client, op, status, result)
    queue_next(engine, client)


def abandon(engine: Engine, client: Host) -> None:
    """End the operation of a client that crashes, if it has begun one: its outcome is unknown."""
    if client.operation is not None:
        _end(engine, client, client.operation, "unknown", "crashed")


def _end(engine: Engine, client: Host, op: int, status: str, result: object) -> None:
    engine.record(status, client.name, None, result, op)
    client.operation, client.free_us = None, engine.time.us


def queue_next(engine: Engine, client: Host) -> None:
    """Queue the start of the client's next operation, if there is one and the client is idle."""
    if client.todo and client.operation is None:
        engine.push(max(engine.time.us, client.next_us()), INVOKE, client, None)
