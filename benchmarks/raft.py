"""The store over Raft: client operations per second, messages per operation, and the length of elections.

The any-node store of chapter 03 does the same operations in the same simulator beside it, without agreeing on
anything: what is between the two is the price of consensus, in work for the simulator and in messages.
"""

from __future__ import annotations

import time

from dscourse.experiments.consensus import election_times
from dscourse.node import Node, cluster
from dscourse.protocols.any_node_store import AnyNodeStore
from dscourse.protocols.raft_client import RaftClient
from dscourse.protocols.raft_reads import LeaseStore, ReadIndexStore
from dscourse.protocols.raft_store import RaftStore
from dscourse.protocols.stores import StoreClient
from dscourse.sim import Network, Uniform, World

__all__ = ["SPREADS", "STORES", "elections", "measured", "run", "world"]

NAMES = ("n1", "n2", "n3")
STORES: dict[str, type[Node]] = {
    "any node, no agreement": AnyNodeStore,
    "Raft, reads by log": RaftStore,
    "Raft, reads by read index": ReadIndexStore,
    "Raft, reads by lease": LeaseStore,
}
SPREADS = (10, 50, 150, 300)


def world(name: str, operations: int) -> World:
    """Three nodes and a client that writes and reads in turn, after a leader is there."""
    kind = STORES[name]
    servers = cluster(kind, NAMES)
    client: Node = StoreClient("c", "n1") if kind is AnyNodeStore else RaftClient("c", NAMES)
    world_of = World([*servers, client], 1, Network(Uniform(1, 3))).run(until_ms=500)
    work = [(("write", "read")[turn % 2], "x", turn) for turn in range(operations)]
    return world_of.submit("c", work, start_ms=500)


def measured(name: str, operations: int) -> tuple[float, float]:
    """Return operations per second of real time, and messages between nodes per operation, heartbeats included."""
    world_of = world(name, operations)
    before = len(world_of.trace.kinds("send"))
    begun = time.perf_counter()
    while len(world_of.trace.kinds("ok")) < operations:
        world_of.run(
            until_ms=world_of.now_ms + operations
        )  # to look at the trace rarely: that takes time
    seconds = time.perf_counter() - begun
    return operations / seconds, (len(world_of.trace.kinds("send")) - before) / operations


def elections() -> list[str]:
    """The rows of elections: time-outs of 150 ms and a spread, messages of 15 ms, five nodes."""
    rows = []
    for spread in SPREADS:
        times = election_times(150, spread, 15, 5, runs=100)
        rows.append(f"{f'150 to {150 + spread} ms':26} {times[50]:>10.0f} {times[90]:>10.0f}")
    return rows


def run(operations: int = 2_000, rounds: int = 3) -> str:
    """The table: for each store its best round, beside the store that agrees on nothing; then the elections."""
    lines = [f"{'store':26} {'ops a s':>10} {'share':>10} {'messages':>10}"]
    found = {name: [measured(name, operations) for _ in range(rounds)] for name in STORES}
    most = max(speed for speed, _ in found["any node, no agreement"])
    for name, some in found.items():
        speed, messages = max(some)
        lines.append(f"{name:26} {speed:>10,.0f} {speed / most:>10.2f} {messages:>10.1f}")
    lines += ["", f"{'election time-outs':26} {'half (ms)':>10} {'nine in ten':>10}", *elections()]
    return "\n".join(lines)
