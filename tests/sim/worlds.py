"""Small protocols and worlds for the tests of the simulator; they need nothing but dscourse.

Run as a program, it prints the trace hash of each world, for comparison between interpreters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dscourse.node import Client, Invocation, Message, Node, Reply, Timer, cluster
from dscourse.sim import (
    At,
    Budget,
    Exponential,
    Link,
    LogNormal,
    Network,
    Pareto,
    Uniform,
    World,
    random_plan,
)


@dataclass(frozen=True, slots=True)
class Number(Message):
    n: int


@dataclass(frozen=True, slots=True)
class Rumour(Message):
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Put(Message):
    op: int
    value: object


@dataclass(frozen=True, slots=True)
class Tick(Timer):
    pass


@dataclass(frozen=True, slots=True)
class GiveUp(Timer):
    op: int


class Source(Node):
    """Sends ``count`` numbers to its peers, one every ``every_ms``."""

    def __init__(
        self, id: str, peers: Iterable[str] = (), count: int = 5, every_ms: float = 1.0
    ) -> None:
        super().__init__(id, peers)
        self.left, self.every_ms = count, every_ms

    def on_start(self, log: Sequence[object]) -> None:
        self.set_timer(Tick(), 0)

    def on_tick(self, tick: Tick) -> None:
        if self.left:
            self.broadcast(Number(self.left))
            self.left -= 1
            self.set_timer(Tick(), self.every_ms)


class Sink(Node):
    """Keeps the numbers it gets, with its own clock's reading."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.received: list[int] = []
        self.at_ms: list[float] = []

    def on_number(self, sender: str, number: Number) -> None:
        self.received.append(number.n)
        self.at_ms.append(self.now)


class Gossip(Node):
    """Passes a rumour on to all others when it learns it, and again from time to time."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.known = {id}

    def on_start(self, log: Sequence[object]) -> None:
        for name in log:
            self.known.add(str(name))
        self.broadcast(Rumour(frozenset(self.known)))
        self.set_timer(Tick(), (20, 60))

    def on_rumour(self, sender: str, rumour: Rumour) -> None:
        new = sorted(rumour.names - self.known)
        for name in new:
            self.write(name)
        self.known |= rumour.names
        if new:
            self.broadcast(Rumour(frozenset(self.known)))

    def on_tick(self, tick: Tick) -> None:
        self.broadcast(Rumour(frozenset(self.known)))
        self.set_timer(Tick(), (20, 60))


class Store(Node):
    """Writes each record that it receives and answers with the number of its records."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.count = 0

    def on_start(self, log: Sequence[object]) -> None:
        self.count = len(log)

    def on_put(self, sender: str, put: Put) -> None:
        self.write(put.value)
        self.count += 1
        self.reply(sender, put.op, self.count)


class Writer(Client):
    """Puts values into its peer and gives up after ``patience_ms``."""

    def __init__(self, id: str, peers: Iterable[str] = (), patience_ms: float = 50) -> None:
        super().__init__(id, peers)
        self.patience_ms = patience_ms

    def on_invoke(self, op: Invocation) -> None:
        self.broadcast(Put(op.id, op.value))
        self.set_timer(GiveUp(op.id), self.patience_ms)

    def on_reply(self, sender: str, reply: Reply) -> None:
        self.cancel_timer(GiveUp(reply.op))
        self.complete(reply.op, reply.result)

    def on_give_up(self, give_up: GiveUp) -> None:
        self.unknown(give_up.op, "no answer")


def pipe(seed: int = 0, network: Network | None = None, plan: Sequence[At] = (), **source) -> World:  # type: ignore[no-untyped-def]
    """``a`` sends numbers to ``b``."""
    nodes = [Source("a", ["b"], **source), Sink("b")]
    return World(nodes, seed, network, plan)


def gossip_world(seed: int, plan: Sequence[At] = (), names: Sequence[str] = "abcd") -> World:
    """Four nodes over a network in which everything goes wrong."""
    network = Network(
        LogNormal(5, 1), loss=0.2, duplicate=0.2, reorder=0.3,
        links={("a", "b"): Link(Pareto(1, 1.2)), ("b", "a"): Link(Exponential(4), fifo=True)},
    )  # fmt: skip
    return World(cluster(Gossip, list(names)), seed, network, plan)


def store_world(seed: int, plan: Sequence[At] = (), record_state: bool = False) -> World:
    """Two clients write to one store; a client's link loses some messages."""
    nodes = [Store("s"), Writer("c1", ["s"]), Writer("c2", ["s"])]
    network = Network(client=Link(Uniform(1, 9), loss=0.2))
    world = World(nodes, seed, network, plan, record_state=record_state)
    for client in ("c1", "c2"):
        world.submit(client, [("put", None, f"{client}.{i}") for i in range(6)], think_ms=3)
    return world


def planned_worlds(seed: int) -> list[World]:
    """Three kinds of world, each with a random fault plan."""
    budget = Budget(horizon_ms=200, faults=6, longest_ms=80)
    return [
        pipe(seed, Network(Uniform(1, 9)), random_plan(seed, [*"ab"], budget), count=20),
        gossip_world(seed, random_plan(seed, [*"abcd"], budget)),
        store_world(seed, random_plan(seed, ["c1", "c2", "s"], budget), record_state=seed % 2 == 0),
    ]


if __name__ == "__main__":
    for number in range(40):
        for world in planned_worlds(number):
            print(world.run(300, max_events=4_000).trace.hash())
        print(random_plan(number, ["x", "y", "z"]))
