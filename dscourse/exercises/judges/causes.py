"""The causes of the values that programs show: happened-before in the trace of a run.

A value that a node shows was given to that node itself, or a chain of delivered messages leads to it from the node
that got it, whatever they say. Without such a chain, the nodes share something else, such as a file.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, cast

from dscourse.history import Op
from dscourse.run.external import Result

__all__ = ["unexplained"]

_Clock = dict[str, int]  # by name of a node, client or service: its last event that is known


def unexplained(result: Result, powers_of_3: bool = False) -> str:
    """Return the complaint about a value that no message can have brought to the node that shows it, or "".

    A sum shows nothing, unless ``powers_of_3`` says that the amounts added to a counter are different powers of 3,
    with either sign: then each sum tells of what it consists.
    """
    given, known = _causes(result)
    givers = {added: op for op in result.history for added in _given(op)}
    for op in result.history.ok:
        shown = _amounts(op) if powers_of_3 and op.f == "read" else _shown(op)
        values = [(seen[1], givers[seen]) for seen in shown if seen in givers]
        for value, giver in values:
            node, index = given.get(giver.id, ("", -1))
            if known[op.id].get(node, -1) < index:
                return _complaint(op, value, node)
    return ""


def _complaint(op: Op, value: object, node: str) -> str:
    """Say of which value no message can have brought it from the node that was given it."""
    counted = f"read {op.result}, which counts the add of {value}"
    seen = counted if isinstance(op.result, int) else f"was shown {value}"
    return (
        f"{op.process} {seen}: {node} was given that, and no message can have brought that from {node}. Nodes share "
        "nothing but messages: a file belongs to one node alone, as on a machine of its own."
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
    """Yield the keys and values that an operation adds to a broadcast, a counter, a log or a list."""
    if op.f in ("broadcast", "add", "send"):
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


def _amounts(read: Op) -> Iterable[tuple[Hashable, Any]]:
    """Yield the powers of 3 of which a counter's sum consists, each at most once and with its sign."""
    rest, power = cast(int, read.result), 1
    while rest:
        digit = (rest + 1) % 3 - 1
        if digit:
            yield read.key, digit * power
        rest, power = (rest - digit) // 3, 3 * power
