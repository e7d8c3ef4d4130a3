"""The records of all processes, merged into one trace.

Each process has recorded its own events in order, with times by one monotonic clock and with vector clocks. The
merged order is that of the times, except that no event comes before one that its vector clock counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

from dscourse.run.codec import Codec
from dscourse.sim.trace import Trace

__all__ = ["in_order", "merge", "read"]

Record = list[Any]  # as in `run.frames`, or an observer's: kind, ns, node, peer, what, id, detail
_OBSERVER = ""
_ENDS = ("ok", "fail", "unknown")


def merge(
    streams: Mapping[str, Sequence[Record]], observed: Sequence[Record], codec: Codec
) -> Trace:
    """Return the trace of a run, from the record of each node and that of the observer."""
    return Trace(cell for _, _, cells in read(streams, observed, codec) for cell in cells)


def read(
    streams: Mapping[str, Sequence[Record]], observed: Sequence[Record], codec: Codec
) -> Iterator[tuple[str, Record, tuple[Any, ...]]]:
    """Yield the events that a trace has, each with the node that recorded it and its cells in the trace."""
    values: dict[bytes, Any] = {}
    running: dict[str, int] = {}  # each client's operation
    last_us = 0

    def value(data: Any) -> Any:
        if type(data) is not bytes:
            return data
        if data not in values:
            values[data] = codec.decode(data)
        return values[data]

    for node, event in in_order(streams, observed):
        if not _counts(node, event, running):
            continue
        last_us = max(last_us, event[1] // 1000)
        kind, where, peer, what, *rest = (
            _observed(event) if node == _OBSERVER else _of_node(node, event)
        )
        yield node, event, (last_us, kind, where, peer, value(what), *rest)


def _counts(node: str, event: Record, running: dict[str, int]) -> bool:
    """Return False for what a trace leaves out: a timer cancelled that was not set, an operation's second end."""
    kind = event[0]
    if node == _OBSERVER:
        return True
    if kind == "invoke":
        running[node] = event[3]
    elif kind in _ENDS:
        if running.get(node) != event[3]:
            return False
        del running[node]
    return kind != "cancel_timer" or bool(event[3])


def _observed(event: Record) -> tuple[Any, ...]:
    kind, _, *rest = event
    return kind, *rest


def _of_node(node: str, event: Record) -> tuple[Any, ...]:
    """Return the event as a trace has it: kind, node, peer, what, id, detail."""
    kind, _, _, *rest = event
    match kind:
        case "send":
            return kind, node, rest[1], rest[2], rest[0], None
        case "deliver":
            return kind, node, rest[1], rest[2], rest[0], None
        case "set_timer":
            return kind, node, None, rest[1], rest[0], rest[4] / 1e6
        case "write":
            return kind, node, None, rest[1], rest[0], None
        case "start" | "restart" | "crash":
            return kind, node, None, None, rest[0], None
        case "error":
            return kind, node, None, None, 0, rest[0]
    return kind, node, None, rest[1], rest[0], None


def in_order(
    streams: Mapping[str, Sequence[Record]], observed: Sequence[Record]
) -> Iterator[tuple[str, Record]]:
    """Yield all events with the nodes that recorded them, "" for the observer, in the order of the trace."""
    names = list(streams)
    queues = {name: _with_unseen_writes(stream) for name, stream in streams.items()} | {
        _OBSERVER: list(observed)
    }
    position = dict.fromkeys(queues, 0)
    emitted = [0] * len(names)
    heads = [_head(name, queue, 0) for name, queue in queues.items() if queue]
    heapify(heads)
    early: list[tuple[int, bool, str]] = []
    while heads:
        head = heappop(heads)
        name = head[2]
        event = queues[name][position[name]]
        if heads and name != _OBSERVER and _is_early(event[2], emitted, names.index(name)):
            early.append(head)
            continue
        yield name, event
        position[name] += 1
        if name != _OBSERVER:
            emitted[names.index(name)] = event[2][names.index(name)]
        if position[name] < len(queues[name]):
            heappush(heads, _head(name, queues[name], position[name]))
        while early:
            heappush(heads, early.pop())


def _head(name: str, queue: Sequence[Record], position: int) -> tuple[int, bool, str]:
    """Return the order of an event among others: by time; of the same time, the beginning of an operation first."""
    return queue[position][1], queue[position][0] != "invoke", name


def _is_early(vector: Sequence[int], emitted: Sequence[int], own: int) -> bool:
    """Return True if the vector clock counts an event of another node that is yet to come."""
    return any(counted > emitted[node] for node, counted in enumerate(vector) if node != own)


def _with_unseen_writes(stream: Sequence[Record]) -> list[Record]:
    """Return the events of a node, without settings of its clock, and with the last records before each crash.

    A process that is killed between a write and its report leaves a record that only its next start reveals.
    """
    whole: list[Record] = []
    crash = -1
    for event in stream:
        if event[0] == "crash":
            crash = len(whole)
        elif event[0] == "restart" and crash >= 0 and not whole[crash][3]:
            _, ns, vector, *_ = whole[crash]
            first = event[3] - len(event[4]) + 1
            whole[crash:crash] = [
                ["write", ns, vector, first + n, data, 0] for n, data in enumerate(event[4])
            ]
        if event[0] != "clock":
            whole.append(event)
    return whole
