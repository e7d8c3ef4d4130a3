"""Live runs of stores under random plans, each judged from its real history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dscourse.checkers import Verdict, linearizable
from dscourse.experiments.cap import INVERSION
from dscourse.node import Node, cluster
from dscourse.protocols.any_node_store import AnyNodeStore
from dscourse.protocols.quorum_store import QuickReadStore, QuorumStore
from dscourse.protocols.raft_client import RaftClient
from dscourse.protocols.raft_store import RaftStore
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.quorum_store import MajorityWriteStore, TrustingClient
from dscourse.run import Cluster
from dscourse.sim import At, Budget, Constant, Network, Uniform, random_plan
from dscourse.sim.streams import stream

__all__ = ["STORES", "Live", "inversion", "live_run"]

NAMES = ("n1", "n2", "n3")
CLIENTS = ("c1", "c2", "c3")
KILLS = Budget(faults=4, horizon_ms=900, timeout_ms=120, menu=("crash", "pause", "crash_during"))
NETWORK = Network(Uniform(0, 10))


def at_every_node(
    store: type[Node], client: type[StoreClient] = StoreClient, **settings: float
) -> list[Node]:
    """Three replicas, and a client of each, patient enough for a busy machine."""
    return [
        *cluster(store, NAMES, **settings),
        *(client(name, server, 1_000.0) for name, server in zip(CLIENTS, NAMES, strict=True)),
    ]


def raft(store: type[Node] = RaftStore) -> list[Node]:
    """Three servers, and three clients of all."""
    return [*cluster(store, NAMES), *(RaftClient(name, NAMES) for name in CLIENTS)]


STORES: dict[str, Callable[[], list[Node]]] = {
    "quorum": lambda: at_every_node(QuorumStore, resend_ms=100.0),
    "quick": lambda: at_every_node(QuickReadStore, resend_ms=100.0),
    "raft": raft,
    "any node": lambda: at_every_node(AnyNodeStore),
    "textbook": lambda: at_every_node(MajorityWriteStore, TrustingClient),
}


@dataclass(frozen=True)
class Live:
    """A run, the verdict on its history, and the processes that it had at its end."""

    cluster: Cluster
    verdict: Verdict
    pids: tuple[int, ...]

    @property
    def refuted(self) -> bool:
        return self.verdict.ok is False


def live_run(store: str, seed: int, operations: int = 40, faults: bool = True) -> Live:
    """Run a store with three clients that read and write one key, under the plan of ``seed``; judge it."""
    draws = stream(seed, "work")
    plan = random_plan(seed, NAMES, KILLS) if faults else []
    with Cluster(STORES[store](), seed, NETWORK, plan) as running:
        for client in CLIENTS:
            work = [
                ("write", "x", f"{client}-{turn}") if draws.random() < 0.4 else ("read", "x")
                for turn in range(operations)
            ]
            start = 400.0 if store == "raft" else 0.0
            running.submit(client, work, start_ms=start, think_ms=10)
        running.run(20)
        for client in CLIENTS:  # every acknowledged write must still be there
            running.submit(client, [("read", "x")])
        running.run(20)
        pids = tuple(filter(None, map(running.pid, (*NAMES, *CLIENTS))))
    return Live(running, linearizable(running.history), pids)


SLOWLY = 8  # the same plan as in chapter 03, in which a message takes 10 ms, with time for real processes


def inversion(store: type[Node]) -> Live:
    """Run the plan of chapter 03 in which two reads, one after the other, may see a write and then not see it."""
    clients = [
        StoreClient(name, server, 100.0 * SLOWLY)
        for name, server in zip(CLIENTS, NAMES, strict=True)
    ]
    nodes = [*cluster(store, NAMES, resend_ms=30.0 * SLOWLY), *clients]
    plan = [At(entry.ms * SLOWLY, entry.fault) for entry in INVERSION]
    with Cluster(nodes, 0, Network(Constant(10 * SLOWLY)), plan) as running:
        running.submit("c1", [("write", "x", 1)])
        running.submit("c2", [("read", "x")], start_ms=26 * SLOWLY)
        running.submit("c3", [("read", "x")], start_ms=47.5 * SLOWLY)
        running.run(20)
    return Live(running, linearizable(running.history), ())
