"""The handles of a run beside its messages, as plain data for the browser: edges, handlers, and requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dscourse.node import Client
from dscourse.sim import Trace, World
from dscourse.touch.run.handlers import Handler, handlers
from dscourse.touch.run.touches import Touch

__all__ = ["handles"]

_EDGES = {"ms": "moment", "start_ms": "start", "end_ms": "end"}
_NODES = ("node", "source", "to")
_PLAIN = (str, int, float, bool, type(None))  # what the browser can send back as it is


def handles(world: World, touches: Sequence[Touch], left_out: Sequence[int]) -> dict[str, Any]:
    """Return the handles of the run of these gestures; times in ms.

    ``edges`` are the times of gestures that are on and have a place in the run: of crashes, and of both ends of
    pauses, cuts and partitions. ``handlers`` are those with effects in which a node can crash, which is not its first
    start; ``down`` says when nodes are down. ``requests`` has, for each client, the operations that clients of its
    kind have been asked for.
    """
    return {
        "edges": [edge for at, one in enumerate(touches) if one.on and at not in left_out
                  for edge in _edges(at, one)],
        "handlers": [_handler(one) for one in handlers(world.trace) if one.effects and one.event.kind != "start"],
        "down": list(_down(world.trace)),
        "requests": _requests(world),
    }  # fmt: skip


def _edges(at: int, touch: Touch) -> Iterator[dict[str, Any]]:
    arguments = dict(touch.arguments)
    nodes = [arguments[name] for name in _NODES if name in arguments]
    for name, word in _EDGES.items():
        if name in arguments:
            yield {
                "touch": at, "number": name, "ms": arguments[name], "nodes": nodes,
                "text": touch.text, "word": word,
            }  # fmt: skip


def _handler(handler: Handler) -> dict[str, Any]:
    """Return a handler with its effects in words; ``sends`` are the ids of messages, None for other effects."""
    event = handler.event
    return {
        "event": event.index, "node": event.node, "ms": event.time_ms, "text": handler.text, "effects": handler.words,
        "message": event.id if event.kind == "deliver" else None,
        "sends": [one.id if one.kind == "send" else None for one in handler.effects],
    }  # fmt: skip


def _down(trace: Trace) -> Iterator[dict[str, Any]]:
    """Yield when each node was down; ``end`` is None if it stayed down."""
    begun: dict[str, float] = {}
    for event in trace:
        if event.kind == "crash":
            begun[str(event.node)] = event.time_ms
        elif event.kind == "restart":
            start = begun.pop(str(event.node))
            yield {"node": event.node, "start": start, "end": event.time_ms}
    for node, start in begun.items():
        yield {"node": node, "start": start, "end": None}


def _requests(world: World) -> dict[str, list[list[Any]]]:
    """Return the operations asked of each client's class so far, as f, key and value, each once."""
    asked: dict[type, dict[str, list[Any]]] = {}
    for event in world.trace.kinds("invoke"):
        op = event.what
        if isinstance(op.key, _PLAIN) and isinstance(op.value, _PLAIN):
            kind = asked.setdefault(type(world.nodes[str(event.node)]), {})
            kind[repr((op.f, op.key, op.value))] = [op.f, op.key, op.value]
    clients = {name: node for name, node in world.nodes.items() if isinstance(node, Client)}
    return {name: list(asked.get(type(node), {}).values()) for name, node in clients.items()}
