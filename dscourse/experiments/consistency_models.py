"""Chapter 04: small histories, stores in boxes, and replicated stores under random faults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.history import History, Op
from dscourse.node import Node, cluster
from dscourse.protocols.causal_store import CausalStore, FifoStore
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.sequential_store import SequentialStore
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.sequential_store import ArrivalOrderStore
from dscourse.sim import Budget, Constant, Exponential, Link, LogNormal, Network, World, random_plan
from dscourse.sim.streams import stream

__all__ = [
    "BOXES",
    "HISTORIES",
    "WORK",
    "Row",
    "box_world",
    "conversation",
    "edited",
    "faulted_world",
    "history_of",
]

Row = tuple[str, str, str, Any, float, float]
# client, "write" or "read", key, value written or read, from ms, to ms
HISTORIES: dict[str, list[Row]] = {
    "an old value": [
        ("a", "write", "x", 1, 0, 30), ("a", "write", "x", 2, 50, 80),
        ("b", "read", "x", 1, 60, 90), ("b", "read", "x", 1, 110, 140), ("c", "read", "x", 2, 90, 120),
    ],
    "two orders": [
        ("a", "write", "x", 1, 0, 40), ("b", "write", "x", 2, 10, 50),
        ("c", "read", "x", 1, 60, 80), ("d", "read", "x", 2, 60, 80),
        ("c", "read", "x", 2, 100, 120), ("d", "read", "x", 1, 100, 120),
    ],
    "a post and a comment": [
        ("a", "write", "post", 1, 0, 30), ("b", "read", "post", 1, 40, 60), ("b", "write", "comment", 2, 80, 110),
        ("c", "read", "comment", 2, 130, 150), ("c", "read", "post", None, 170, 190),
    ],
    "two flags": [
        ("a", "write", "x", 1, 0, 30), ("b", "write", "y", 2, 10, 40),
        ("a", "read", "y", None, 60, 80), ("b", "read", "x", None, 70, 90),
    ],
    "there and back": [
        ("a", "write", "x", 1, 0, 40), ("b", "write", "x", 2, 0, 40),
        ("c", "read", "x", 1, 60, 80), ("c", "read", "x", 2, 100, 120), ("c", "read", "x", 1, 140, 160),
    ],
}  # fmt: skip


def history_of(rows: Sequence[Row]) -> History:
    """Return the history of these completed operations, each (client, "read" or "write", key, value, from ms, to ms).

    The value of a read is its result, None for nothing. Operations are numbered from 0 in this order. An operation
    that begins at the very time at which another ends overlaps it. ValueError for a malformed row.

    >>> print(history_of([("a", "write", "x", 1, 0, 20), ("b", "read", "x", 1, 30, 40)]))
    op  client  operation    result  from ms   to ms
     0  a       write x = 1  ok        0.000  20.000
     1  b       read x       ok 1     30.000  40.000
    """
    for row in rows:
        if not isinstance(row, tuple | list) or len(row) != 6 or row[1] not in ("read", "write"):
            raise ValueError(
                f'{row!r}: a row is (client, "read" or "write", key, value, from ms, to ms)'
            )
        if not row[4] < row[5]:
            raise ValueError(f"{row!r}: it ends at {row[5]} ms and must begin before that")
    begins = [(row[4], 0, number) for number, row in enumerate(rows)]
    ends = [(row[5], 1, number) for number, row in enumerate(rows)]
    at = {(kind, number): n for n, (_, kind, number) in enumerate(sorted(begins + ends))}
    return History(_op(n, row, at[0, n], at[1, n]) for n, row in enumerate(rows))


def _op(number: int, row: Row, invoked: int, returned: int) -> Op:
    client, f, key, value, start, end = row
    outcome: dict[str, Any] = {"value": value} if f == "write" else {"result": value}
    return Op(
        number, str(client), f, key, status="ok", invoked=invoked, returned=returned, invoked_ms=float(start),
        returned_ms=float(end), **outcome,
    )  # fmt: skip


def edited(
    history: str, operation: int, begin: int, end: int, value: int | str = "as it is"
) -> History:
    """Return a history of `HISTORIES` with one operation changed: its begin and end, moved by ms, and its value.

    ``value`` is "as it is", "nothing" or a number. ValueError if there is no such operation, or if it would end
    before it begins.
    """
    rows = list(HISTORIES[history])
    if operation >= len(rows):
        raise ValueError(f"This history has the operations 0 to {len(rows) - 1}.")
    client, f, key, old, start, stop = rows[operation]
    new = {"as it is": old, "nothing": None}.get(str(value), value)
    if f == "write" and new is None:
        raise ValueError(f"Operation {operation} is a write: it has to write a number.")
    if start + begin >= stop + end:
        raise ValueError(f"Operation {operation} would end before it begins.")
    rows[operation] = (client, f, key, new, start + begin, stop + end)
    return history_of(rows)


# Each box's store, and the model that the store promises.
BOXES: dict[str, tuple[type[Node], str]] = {
    "A": (CausalStore, "causal_memory"),
    "B": (QuorumStore, "linearizable"),
    "C": (ArrivalOrderStore, ""),
    "D": (SequentialStore, "sequential"),
    "E": (FifoStore, "pram"),
}
_SLOW_POST = "a post on a slow link"
WORK = ("one key", "two keys", "a post and comments", _SLOW_POST)
_SLOWER = 30  # times the mean delay, on the slow link


def box_world(
    box: str,
    clients: int = 3,
    delay: int = 10,
    reads: int = 60,
    work: str = "one key",
    run: int = 1,
) -> World:
    """Run a box once: each client makes six operations at a replica of its own nearby.

    Messages between replicas take at least 1 ms and ``delay`` ms on average (1.1 at least). ``reads`` is in percent.
    "a post on a slow link" is the work of "a post and comments" with messages from n1 to n3 thirty times as slow.

    >>> box_world("B").history
    History(18 operations: 18 ok)
    """
    names = [f"n{n}" for n in range(1, clients + 1)]
    mean_ms = max(delay, 1.1)
    slow = {("n1", "n3"): Link(Exponential(_SLOWER * mean_ms, 1))}
    slow = slow if work == _SLOW_POST and clients > 2 else {}
    network = Network(Exponential(mean_ms, 1), links=slow, client=Link(Exponential(0.6, 0.5)))
    nodes: list[Node] = [StoreClient(f"c{n[1:]}", n, timeout_ms=2_000) for n in names]
    world = World([*nodes, *cluster(BOXES[box][0], names)], run, network)
    for index in range(clients):
        draws = stream(run, "work", str(index))
        ops = [
            _operation(work, index, n, draws.random() < reads / 100, draws.random())
            for n in range(6)
        ]
        world.submit(f"c{index + 1}", ops, start_ms=1 + 2 * index, think_ms=3)
    return world.run(until_ms=3_000)


def _operation(work: str, index: int, number: int, reads: bool, draw: float) -> tuple[object, ...]:
    """Return the next operation of a client; each value is written once."""
    value = 100 * (index + 1) + number
    if work in ("a post and comments", _SLOW_POST):
        own = ("post", "comment")[min(index, 1)]
        if (index == 0 and not reads) or (index == 1 and number % 2):
            return ("write", own, value)
        return ("read", "post" if index == 1 or number % 2 else "comment")
    key = "x" if work == "one key" or draw < 0.5 else "y"
    return ("read", key) if reads else ("write", key, value)


def faulted_world(store: type[Node], seed: int) -> World:
    """Run four replicas and four clients under this seed's random faults, which begin before 400 ms.

    Each client makes twelve operations on two keys, about 70 % of them reads. The median message delay is 8 ms.

    >>> len(faulted_world(SequentialStore, 1).history)
    48
    """
    names = [f"n{n}" for n in range(1, 5)]
    plan = random_plan(seed, names, Budget(horizon_ms=400, timeout_ms=100))
    clients = [StoreClient(f"c{name[1:]}", name) for name in names]
    world = World([*clients, *cluster(store, names)], seed, Network(LogNormal(8, 1.5)), plan)
    for index, client in enumerate(clients):
        draws = stream(seed, "work", client.id)
        ops = [
            _operation("two keys", index, n, draws.random() < 0.7, draws.random())
            for n in range(12)
        ]
        world.submit(client.id, ops, start_ms=10 + 3 * index, think_ms=3)
    return world.run(until_ms=1_000)


def conversation(store: type[Node]) -> World:
    """Run a post, a comment by a client that has read it, and a reader at a replica that the post reaches late.

    >>> [op.result for op in conversation(CausalStore).history.by_process("c3")]
    [None, None, 'C', 'P']
    """
    network = Network(Constant(5), links={("n1", "n3"): Link(Constant(40))})
    clients = [StoreClient(f"c{n}", f"n{n}") for n in (1, 2, 3)]
    world = World([*clients, *cluster(store, ["n1", "n2", "n3"])], network=network)
    world.submit("c1", [("write", "post", "P")], start_ms=1)
    world.submit("c2", [("read", "post"), ("write", "comment", "C")], start_ms=10, think_ms=1)
    for start_ms in (22, 50):
        world.submit("c3", [("read", "comment"), ("read", "post")], start_ms, think_ms=2)
    return world.run(until_ms=60)
