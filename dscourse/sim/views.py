"""The state of a world, as a `Property` sees it."""

from __future__ import annotations

from dscourse.core.properties import View
from dscourse.history import History
from dscourse.node import Message
from dscourse.sim.engine import Engine
from dscourse.sim.pending import pending_events

__all__ = ["view"]


def view(engine: Engine, history: History | None = None) -> View:
    """Return the nodes that are up, all logs, the clients' results, and the messages in flight.

    ``history``, if given, is that of the trace; it saves reading the trace.
    """
    if history is None:
        history = engine.trace.history()
    results: dict[str, tuple[tuple[int, str, object], ...]] = {
        name: () for name, host in engine.hosts.items() if host.client
    }
    for op in history:
        if op.status != "pending":
            results[op.process] = (*results[op.process], (op.id, op.status, op.result))
    messages = [
        (event.peer, event.node, event.what)
        for event in pending_events(engine)
        if isinstance(event.what, Message)
    ]
    return View(
        {name: host.node for name, host in engine.hosts.items() if host.up},
        {name: tuple(host.log) for name, host in engine.hosts.items()},
        results,
        messages,
        past=history,
    )
