"""The ways of broadcast values from node to node: new values per message, and links per value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from dscourse.exercises.judges.nodes import client_node
from dscourse.run.external import Result

__all__ = ["Routes", "routes"]


@dataclass(frozen=True, slots=True)
class Routes:
    """The share of messages that brought nothing new, new values per other message, and the links passed one after
    the other until all nodes had a value (the median)."""

    idle: float
    values: float
    links: float


def routes(result: Result) -> Routes:
    """Return the figures of a run whose values are those of its acknowledged broadcasts."""
    origins = {
        op.value: client_node(result, op.process) for op in result.requests.ok if op.f == "broadcast"
    }  # fmt: skip
    depths: dict[Any, dict[str, int]] = {value: {node: 0} for value, node in origins.items()}
    sent: dict[int, frozenset[Any]] = {}
    arrived = useful = new = 0
    for event in result.trace:
        if event.node not in result.nodes or event.peer not in result.nodes:
            continue
        if event.kind == "send":
            sent[event.id] = frozenset(
                value for value in _numbers(event.what.body) if value in depths
            )
        elif event.kind == "deliver":
            fresh = [value for value in sent.get(event.id, ()) if event.node not in depths[value]]
            for value in fresh:
                depths[value][event.node] = depths[value].get(event.peer, 0) + 1
            arrived, useful, new = arrived + 1, useful + bool(fresh), new + len(fresh)
    links = median([max(found.values()) for found in depths.values()] or [0])
    return Routes(1 - useful / max(arrived, 1), new / max(useful, 1), links)


def _numbers(part: Any) -> Iterator[int]:
    if isinstance(part, dict):
        for key, one in part.items():
            yield from _numbers(int(key) if str(key).isdecimal() else None)
            yield from _numbers(one)
    elif isinstance(part, list):
        for one in part:
            yield from _numbers(one)
    elif type(part) is int:
        yield part
