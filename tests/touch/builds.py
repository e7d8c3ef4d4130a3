"""Builds of small worlds to touch, and their messages by name."""

from __future__ import annotations

from collections.abc import Callable

from dscourse.node import cluster
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.raft import Raft
from dscourse.protocols.replicated_counter import GossipCounter
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import At, Link, Network, Uniform, World
from dscourse.touch import MessageName, TouchedRun

__all__ = [
    "BUILDS",
    "counter",
    "gossip",
    "id_of",
    "ids",
    "numbered",
    "raft",
    "right",
    "store",
    "store_until",
]


def counter(plan: list[At]) -> World:
    world = World(cluster(Counter, ["a", "b", "c"]), 3, Network(Uniform(4, 16)), plan)
    for turn, name in enumerate("abcabc"):
        world.submit(name, [("add", None, 1)], start_ms=5 + 15 * turn)
    return world.run(until_ms=150)


def gossip(plan: list[At]) -> World:
    world = World(cluster(GossipCounter, ["a", "b", "c"]), 3, Network(Uniform(4, 16)), plan)
    return world.submit("a", [("add", None, 1)]).run(until_ms=120)


def raft(plan: list[At]) -> World:
    return World(cluster(Raft, 3), 5, Network(Uniform(1, 5)), plan).run(until_ms=600)


def store(plan: list[At]) -> World:
    names = ["n1", "n2", "n3"]
    clients = [StoreClient(f"c{n}", f"n{n}", timeout_ms=60) for n in (1, 2, 3)]
    network = Network(Uniform(2, 9), client=Link(Uniform(0.2, 0.7)))
    world = World([*cluster(QuorumStore, names), *clients], 2, network, plan)
    world.submit("c1", [("write", "x", 1), ("write", "x", 2)], think_ms=10)
    world.submit("c2", [("read", "x")] * 3, think_ms=5)
    return world.submit("c3", [("read", "x")] * 3, think_ms=8).run(until_ms=400)


BUILDS: list[Callable[[list[At]], World]] = [counter, gossip, raft, store]


def right(world: World) -> bool:
    """Return True if all counters have counted six increments."""
    return all(node.value == 6 for node in world.nodes.values())  # type: ignore[attr-defined]


def ids(run: TouchedRun, source: str, to: str) -> list[int]:
    return [n for n, name in run.messages.items() if (name.source, name.to) == (source, to)]


def id_of(run: TouchedRun, name: MessageName) -> int:
    return next(number for number, known in run.messages.items() if known == name)


def store_until(plan: list[At], until_ms: float) -> World:
    return World(cluster(QuorumStore, ["n1", "n2", "n3"]), plan=plan).run(until_ms=until_ms)


def numbered(plan: list[At]) -> World:
    world = World(cluster(Counter, ["a", "b"]), plan=plan)
    return world.submit("a", [("add", None, 7)], start_ms=50).run(until_ms=99)
