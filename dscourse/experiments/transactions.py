"""Chapter 16: transactions that overlap in a given way, one situation per anomaly, and stores under contention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.checkers.transactions import anomalies
from dscourse.history import History, Op
from dscourse.node import Node
from dscourse.protocols.isolation.client import StepwiseClient
from dscourse.protocols.isolation.locking import LockingStore, WoundWaitStore
from dscourse.protocols.isolation.messages import Step, StepDone
from dscourse.protocols.isolation.optimistic import OptimisticStore
from dscourse.protocols.isolation.read_committed import ReadCommittedStore
from dscourse.protocols.isolation.serializable_snapshots import SerializableSnapshotStore
from dscourse.protocols.isolation.server import TransactionServer
from dscourse.protocols.isolation.snapshots import SnapshotStore
from dscourse.protocols.textbook.isolation import InPlaceStore
from dscourse.sim import At, Constant, Exponential, Link, Network, Partition, World
from dscourse.sim.streams import stream

__all__ = [
    "SITUATIONS", "STORES", "CarefulClient", "Load", "Situation", "append", "ended", "happened", "hot_keys",
    "hot_world", "left", "overlapping", "read",
]  # fmt: skip

STORES: dict[str, type[TransactionServer]] = {
    "in place": InPlaceStore,
    "read committed": ReadCommittedStore,
    "snapshots": SnapshotStore,
    "serializable snapshots": SerializableSnapshotStore,
    "optimistic": OptimisticStore,
    "locking": LockingStore,
    "wound-wait": WoundWaitStore,
}
_TRIP_MS = 5.0  # between a client and the store
_AFTER_MS = 450.0  # when the last reader begins


def read(key: str) -> Step:
    """Return the step that reads ``key``."""
    return ("r", key, None)


def append(key: str, element: int) -> Step:
    """Return the step that appends ``element`` to the list ``key``."""
    return ("append", key, element)


class CarefulClient(StepwiseClient):
    """A client that gives a transaction up where the sum of what it has read does not cover what it wants to take.

    A negative element is a withdrawal; the lists that were read before it are accounts.
    """

    def on_step_done(self, sender: str, answer: StepDone) -> None:
        following = answer.number + 1
        if answer.tx == self.tx and len(self.done) == answer.number < len(self.steps) - 1:
            f, _, element = self.steps[following]
            lists = [value for step, _, value in self.done if step == "r"]
            lists += [answer.value] if self.steps[answer.number][0] == "r" else []
            covered = sum(sum(value or ()) for value in lists)
            if lists and f == "append" and covered + min(element, 0) < 0:
                self.fail(answer.tx, "not enough money")
                self._end()
        super().on_step_done(sender, answer)


def overlapping(
    store: type[TransactionServer],
    transactions: Sequence[Sequence[Step]],
    starts_ms: Sequence[float] = (5.0, 9.0),
    plan: Sequence[At] = (),
) -> World:
    """Run transactions T1, T2, … of the clients c1, c2, …, which begin at these times.

    A message takes 5 ms, so a step takes 10. T0, of client c0, reads all keys at the end, so that the history shows
    the order of the writes. ValueError if the times are not as many as the transactions.

    >>> world = overlapping(SnapshotStore, [[append("x", 1)], [read("x")]])
    >>> [(op.id, op.status) for op in world.history]
    [(1, 'ok'), (2, 'ok'), (0, 'ok')]
    """
    names = [f"c{number}" for number in range(1, len(transactions) + 1)]
    clients: list[Node] = [CarefulClient(name, "n1", 300.0) for name in ("c0", *names)]
    network = Network(client=Link(Constant(_TRIP_MS)))
    world = World([*clients, store("n1")], network=network, plan=plan)
    for name, start, steps in zip(names, starts_ms, transactions, strict=True):
        world.submit(name, [("txn", None, tuple(steps))], start_ms=start)
    keys = dict.fromkeys(key for steps in transactions for _, key, _ in steps)
    world.submit("c0", [("txn", None, tuple(map(read, keys)))], start_ms=_AFTER_MS)
    return world.run(until_ms=1_000)


def left(history: History, keys: str = "xy") -> int:
    """Return the sum of the elements of these keys, each of one letter, that T0 read at the end.

    >>> left(overlapping(SnapshotStore, [[append("x", 100), append("y", -30)]], [5]).history)
    70
    """
    [last] = [op for op in history if op.id == 0]
    steps: Any = last.result
    return sum(sum(value or ()) for _, key, value in steps if key in keys)


@dataclass(frozen=True, slots=True)
class Situation:
    """Transactions that overlap so that a store without isolation shows the anomaly of this name."""

    anomaly: str
    transactions: tuple[tuple[Step, ...], ...]
    starts_ms: tuple[float, ...] = (5.0, 9.0)
    plan: tuple[At, ...] = ()

    def run(self, store: type[TransactionServer]) -> World:
        """Return the world of these transactions at a store of this kind."""
        return overlapping(store, self.transactions, self.starts_ms, self.plan)


SITUATIONS: dict[str, Situation] = {
    "dirty write": Situation(
        "G0", ((append("x", 1), append("y", 1)), (append("y", 2), append("x", 2)))
    ),
    "aborted read": Situation(
        "G1a", ((append("x", 1), append("y", 1)), (read("x"),)), (5.0, 13.0),
        (At(14, Partition({"c1"}, {"n1"})),),
    ),
    "intermediate read": Situation("G1b", ((append("x", 1), append("x", 2)), (read("x"),))),
    "read skew": Situation(
        "G-single",
        ((read("a"), read("b"), read("c"), read("d")), (append("a", -30), append("d", 30))), (5.0, 6.0),
    ),
    "lost update": Situation(
        "lost update", ((read("x"), append("x", 1)), (read("x"), append("x", 2)))
    ),
    "write skew": Situation(
        "G2-item",
        (
            (append("x", 100), append("y", 100)),
            (read("x"), read("y"), append("x", -150)), (read("x"), read("y"), append("y", -150)),
        ),
        (5.0, 60.0, 64.0),
    ),
}  # fmt: skip


def happened(situation: Situation, store: type[TransactionServer]) -> str:
    """Return "happens" if the store showed the anomaly; else how it was avoided: one "aborts", "waits", or neither.

    A transaction has waited if one of its steps or its commit was answered later than after two messages.

    >>> happened(SITUATIONS["write skew"], SnapshotStore), happened(SITUATIONS["write skew"], OptimisticStore)
    ('happens', 'one aborts')
    """
    world = situation.run(store)
    if any(found.name == situation.anomaly for found in anomalies(world.history)):
        return "happens"
    ops = [op for op in world.history if op.id and not _cut_off(situation, op)]
    if any(op.status == "fail" for op in ops):
        return "one aborts"
    return "one waits" if any(map(_waited, ops)) else "not seen"


def _cut_off(situation: Situation, op: Op) -> bool:
    """Return True for the client that the plan separates from the store: it fails everywhere."""
    return bool(situation.plan) and op.process == "c1"


def _waited(op: Op) -> bool:
    steps: Any = op.value
    undisturbed = 2 * _TRIP_MS * (len(steps) + 1)
    return op.returned_ms is not None and op.returned_ms - op.invoked_ms > undisturbed


def ended(history: History) -> dict[str, list[str]]:
    """Return for each transaction, by name, its end in words, and how long it took: "committed", "40 ms".

    >>> ended(overlapping(SnapshotStore, [[append("x", 1)]], [5]).history)["T1 of c1"]
    ['committed', '20 ms']
    """
    rows = {}
    for op in sorted(history, key=lambda one: one.id):
        end = "committed" if op.status == "ok" else f"aborted: {op.result}"
        duration = "" if op.returned_ms is None else f"{op.returned_ms - op.invoked_ms:g} ms"
        rows[f"T{op.id} of {op.process}"] = [end, duration]
    return rows


# --- contention ---


@dataclass(frozen=True, slots=True)
class Load:
    """The load on a store: the number of clients, and the keys, steps and reads of their transactions.

    ``reads`` is the share of steps that read; each transaction begins 2 ms after the end of the one before.
    """

    keys: int = 4
    steps: int = 4
    reads: float = 0.5
    clients: int = 8
    run_ms: float = 1_000.0


def hot_keys(store: type[TransactionServer], load: Load, seed: int = 1) -> History:
    """Return the history of `hot_world`.

    >>> history = hot_keys(LockingStore, Load(clients=2, run_ms=100))
    >>> sum(op.status == "ok" for op in history)
    2
    """
    return hot_world(store, load, seed).history


def hot_world(store: type[TransactionServer], load: Load, seed: int = 1) -> World:
    """Run clients that read and append to keys drawn at random; an aborted one is not repeated.

    A message takes 2 ms and a random rest of 3 ms on average. All stores get the same transactions.
    """
    names = [f"c{number}" for number in range(1, load.clients + 1)]
    clients: list[Node] = [StepwiseClient(name, "n1", 400.0, 100.0) for name in names]
    network = Network(client=Link(Exponential(3, 2)))
    world = World([*clients, store("n1", idle_ms=300.0)], seed, network)
    for index, name in enumerate(names):
        draws = stream(seed, "work", name)
        work = [
            ("txn", None, _steps(draws, load, 1_000 * index + 10 * n))
            for n in range(int(load.run_ms / 20))
        ]
        world.submit(name, work, start_ms=2 + index, think_ms=2)
    return world.run(until_ms=load.run_ms)


def _steps(draws: Any, load: Load, first: int) -> tuple[Step, ...]:
    """Return steps on keys k0, k1, …; elements count from ``first``."""
    found = []
    for number in range(load.steps):
        key = f"k{int(load.keys * draws.random())}"
        found.append(read(key) if draws.random() < load.reads else append(key, first + number))
    return tuple(found)
