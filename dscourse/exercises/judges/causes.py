"""The causes of the values that programs show: happened-before in the trace of a run.

A value that a node shows was given to that node itself, or a chain of delivered messages leads to it from the node
that got it, whatever they say. Without such a chain, the nodes share something else, such as a file.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from dscourse.history import Op
from dscourse.run.external import Result

__all__ = ["unexplained"]

_Clock = dict[str, int]  # by name of a node, client or service: its last event that is known


def unexplained(result: Result) -> str:
    """Return the complaint about a value that no message can have brought to the node that shows it, or ""."""
    given, known = _causes(result)
    givers = {added: op for op in result.history for added in _given(op)}
    for op in result.history.ok:
        values = [(seen[1], givers[seen]) for seen in _shown(op) if seen in givers]
        for value, giver in values:
            node, index = given.get(giver.id, ("", -1))
            if known[op.id].get(node, -1) < index:
                return _complaint(f"{op.process} was shown {value}", node)
        if missing := _uncounted(result, op, given, known[op.id]):
            return _complaint(f"{op.process} read {op.result}", missing)
    return ""


def _complaint(seen: str, node: str) -> str:
    return (
        f"{seen}, with what {node} had got, and no message can have brought that from {node}. Nodes share nothing "
        "but messages: a file belongs to one node alone, as on a machine of its own."
    )


def _causes(result: Result) -> tuple[dict[int, tuple[str, int]], dict[int, _Clock]]:
    """Return receiver and arrival of each operation's request, and the knowledge of its client at its answer."""
    clocks: dict[str, _Clock] = {}
    sent: dict[int, _Clock] = {}
    asking: dict[str, int] = {}  # by client: its operation that is not sent yet
    requests: dict[int, int] = {}  # by number of a message: its operation
    given: dict[int, tuple[str, int]] = {}
    known: dict[int, _Clock] = {}
    for event in result.trace:
        name = event.node or ""
        clock = clocks.setdefault(name, {})
        if event.kind == "invoke":
            asking[name] = event.id
        elif event.kind == "send":
            clock[name] = event.index
            sent[event.id] = dict(clock)
            if name in asking:
                requests[event.id] = asking.pop(name)
        elif event.kind == "deliver":
            for other, index in sent[event.id].items():
                clock[other] = max(clock.get(other, -1), index)
            clock[name] = event.index
            if event.id in requests:
                given.setdefault(requests[event.id], (name, event.index))
        elif event.kind == "ok":
            known[event.id] = dict(clock)
    return given, known


def _given(op: Op) -> Iterable[tuple[Hashable, Any]]:
    """Yield the keys and values that an operation adds to a broadcast, a log or a list."""
    if op.f in ("broadcast", "send"):
        yield op.key, op.value
    elif op.f == "txn":
        steps: Any = op.value
        yield from ((key, value) for f, key, value in steps if f == "append")


def _shown(op: Op) -> Iterable[tuple[Hashable, Any]]:
    """Yield the keys and values that an operation has read of a broadcast, a log or a list."""
    found: Any = op.result
    if op.f == "read" and isinstance(found, tuple | list):
        yield from ((op.key, value) for value in found)
    elif op.f == "poll":
        yield from ((key, value) for key, pairs in found for _, value in pairs)
    elif op.f == "txn":
        yield from ((key, value) for f, key, values in found if f == "r" for value in values or ())


def _uncounted(result: Result, read: Op, given: dict[int, tuple[str, int]], clock: _Clock) -> str:
    """Return a node whose adds a final read of a counter cannot know, though they are not 0; "" if there is none."""
    final = result.final_from_ms is not None and read.invoked_ms >= result.final_from_ms
    adds = [op for op in result.history if op.f == "add" and op.status != "fail"]
    if read.f != "read" or not final or any(op.status != "ok" for op in adds):
        return ""
    missing = [op for op in adds if clock.get(given[op.id][0], -1) < given[op.id][1]]
    amounts: list[Any] = [op.value for op in missing]
    return given[missing[0].id][0] if sum(amounts) else ""
