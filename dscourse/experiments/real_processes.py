"""Chapter 17: stores as real processes that are killed and stopped, and recordings of such runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace

from dscourse import datasets
from dscourse.history import History
from dscourse.node import Node, cluster
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.raft_client import RaftClient
from dscourse.protocols.raft_reads import LeaseStore
from dscourse.protocols.raft_store import RaftStore
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.quorum_store import MajorityWriteStore, TrustingClient
from dscourse.run import Cluster, Recording
from dscourse.sim import (
    At,
    Budget,
    Crash,
    Network,
    Partition,
    Pause,
    Recover,
    Restart,
    Resume,
    Uniform,
    World,
    random_plan,
)
from dscourse.sim.streams import stream

__all__ = [
    "CLIENTS", "RECORDED", "SERVERS", "STORES", "leases", "missed_write", "recorded", "simulated_storm",
    "stopped_leader", "storm", "storm_plan", "two_writes_and_a_read",
]  # fmt: skip

SERVERS = ("n1", "n2", "n3")
CLIENTS = ("c1", "c2", "c3")
SEED = 12  # its plan kills and stops
_PATIENT_MS = 2_000.0  # of a client, on a machine that does other things as well
_FAULTS = Budget(faults=4, horizon_ms=900, timeout_ms=120, menu=("crash", "pause", "crash_during"))
_NETWORK = Network(Uniform(0, 10))
_SECONDS = 20.0  # the most that a step of a run may take


def _one_server_each(kind: type[Node], client: type[StoreClient], **settings: float) -> list[Node]:
    clients = [client(c, n, _PATIENT_MS) for c, n in zip(CLIENTS, SERVERS, strict=True)]
    return [*cluster(kind, SERVERS, **settings), *clients]


def leases() -> list[Node]:
    """Return n1, which is to lead and has a lease of 150 ms, n2 and n3, and a client of n1 and one of the others."""
    n1 = LeaseStore("n1", SERVERS[1:], election_ms=150.0, lease_ms=150.0)
    others = [
        LeaseStore(name, [one for one in SERVERS if one != name], election_ms=600.0, lease_ms=150.0)
        for name in SERVERS[1:]
    ]
    clients = [
        RaftClient("c1", ["n1"], 2_000.0, 9_000.0),
        RaftClient("c2", SERVERS[1:], 300.0, 9_000.0),
    ]
    return [n1, *others, *clients]


STORES: dict[str, Callable[[], list[Node]]] = {
    "textbook store": lambda: _one_server_each(MajorityWriteStore, TrustingClient),
    "quorum store": lambda: _one_server_each(QuorumStore, StoreClient, resend_ms=100.0),
    "Raft": lambda: [
        *cluster(RaftStore, SERVERS),
        *(RaftClient(c, SERVERS, 100.0, 3_000.0) for c in CLIENTS),
    ],
}
"""Three servers and three clients of each store, new at every call."""


# --- runs ----------------------------------------------------------------------------------------


def storm_plan(seed: int) -> list[At]:
    """Return random kills, restarts and stops of the servers within about a second."""
    return random_plan(seed, SERVERS, _FAULTS)


def storm(store: str, seed: int = SEED, operations: int = 12) -> Cluster:
    """Run a store as six processes under `storm_plan`; each client does this many reads and writes of x, and a read.

    The last read, when all faults are over, shows whether an acknowledged write is lost.
    """
    with Cluster(STORES[store](), seed, _NETWORK, storm_plan(seed)) as running:
        for client, work in _work(seed, operations).items():
            running.submit(client, work, start_ms=_begin_ms(store), think_ms=10)
        running.run(_SECONDS)
        for client in CLIENTS:
            running.submit(client, [("read", "x")])
        return running.run(_SECONDS)


def simulated_storm(store: str, seed: int = SEED, operations: int = 12) -> World:
    """Run `storm` in the simulator: the same nodes, operations and faults, in virtual time."""
    world = World(STORES[store](), seed, _NETWORK, storm_plan(seed))
    for client, work in _work(seed, operations).items():
        world.submit(client, work, start_ms=_begin_ms(store), think_ms=10)
    _finish(world, len(CLIENTS) * operations)
    for client in CLIENTS:
        world.submit(client, [("read", "x")])
    return _finish(world, len(CLIENTS) * (operations + 1))


def _finish(world: World, operations: int) -> World:
    """Run the world until so many operations have ended and all its faults are over."""
    while (
        world.now_ms < _FAULTS.horizon_ms
        or len(world.trace.kinds("ok", "fail", "unknown")) < operations
    ):
        world.run(until_ms=world.now_ms + 20)
    return world


def _begin_ms(store: str) -> float:
    """Return when clients begin: a Raft has a leader by then."""
    return 400.0 if store == "Raft" else 0.0


def _work(seed: int, operations: int) -> dict[str, list[tuple[object, ...]]]:
    """Return the operations of each client: reads, and writes of values that are written once."""
    draws = stream(seed, "work")
    return {
        client: [
            ("write", "x", f"{client}-{turn}") if draws.random() < 0.4 else ("read", "x")
            for turn in range(operations)
        ]
        for client in CLIENTS
    }


def missed_write(store: str) -> Cluster:
    """Run a store as processes: c1 writes 1; n3 is killed; c1 writes 2; n3 starts again; c3 reads.

    Each step waits for the one before, however long that takes.
    """
    with Cluster(_without_c2(store)) as running:
        _step(running, "c1", ("write", "x", 1))
        running.apply(Crash("n3"))
        running.expect(lambda now: not now.alive("n3"), _SECONDS)
        _step(running, "c1", ("write", "x", 2))
        running.apply(Restart("n3"))
        running.expect(lambda now: now.alive("n3"), _SECONDS)
        return _step(running, "c3", ("read", "x"))


def _without_c2(store: str) -> list[Node]:
    """Return the nodes of a store but c2; the textbook store waits longer for a majority, on a busy machine too."""
    nodes = STORES[store]()
    if store == "textbook store":
        nodes = _one_server_each(MajorityWriteStore, TrustingClient, wait_ms=_PATIENT_MS / 2)
    return [node for node in nodes if node.id != "c2"]


def stopped_leader(nodes: Sequence[Node] | None = None) -> Cluster:
    """Run `leases` as processes: SIGSTOP stops the leader n1, cut off from the others; c2 writes 2; c1 reads at n1.

    The read waits in n1's socket when SIGCONT lets n1 go on.
    """
    with Cluster(leases() if nodes is None else nodes) as running:
        _step(running, "c1", ("write", "x", 1), ("read", "x"))
        running.apply(Pause("n1"))
        running.apply(Partition({"n1"}, {*SERVERS[1:]}))
        _step(running, "c2", ("write", "x", 2))
        running.submit("c1", [("read", "x")])
        running.expect(lambda now: bool(now.trace.kinds("invoke").of("c1")[2:]), _SECONDS)
        running.run(0.1)
        running.apply(Resume("n1"))
        running.run(0.5)
        running.apply(Recover())
        return running.run(_SECONDS)


def two_writes_and_a_read(plan: Sequence[At], kind: type[Cluster] | type[World] = World) -> History:
    """Run the textbook store under a plan, as a world or a cluster: c1 writes 1 and 2 at n1, then c3 reads at n3.

    The writes begin at 100 and 1,000 ms, and the read at 2,500 ms. Messages take 1 ms.

    >>> [op.result for op in two_writes_and_a_read([])]
    [None, None, 2]
    """
    nodes = [
        *cluster(MajorityWriteStore, SERVERS, wait_ms=1_000.0),
        TrustingClient("c1", "n1", _PATIENT_MS), TrustingClient("c3", "n3", _PATIENT_MS),
    ]  # fmt: skip
    run = kind(nodes, 0, None, list(plan))
    with run if isinstance(run, Cluster) else nullcontext(run) as running:
        for ms, client, op in (
            (100, "c1", ("write", "x", 1)), (1_000, "c1", ("write", "x", 2)), (2_500, "c3", ("read", "x")),
        ):  # fmt: skip
            running.submit(client, [op], start_ms=ms)
        return (
            running.run(_SECONDS) if isinstance(running, Cluster) else running.run(6_000)
        ).history


def _step(running: Cluster, client: str, *ops: tuple[object, ...]) -> Cluster:
    """Let a client do these operations, and wait until they have ended."""
    return running.submit(client, ops).run(_SECONDS)


# --- recordings ----------------------------------------------------------------------------------

RECORDED: dict[str, Callable[[], Cluster]] = {
    "textbook": lambda: storm("textbook store", SEED),
    "quorum": lambda: storm("quorum store", SEED),
    "raft": lambda: storm("Raft", SEED),
    "lease": stopped_leader,
    "missed": lambda: missed_write("textbook store"),
}
"""The runs that were recorded, by the names of their recordings."""
_NODES: dict[str, Callable[[], list[Node]]] = {
    "textbook": STORES["textbook store"], "quorum": STORES["quorum store"], "raft": STORES["Raft"], "lease": leases,
    "missed": lambda: _without_c2("textbook store"),
}  # fmt: skip


def recorded(name: str) -> Recording:
    """Return a recorded run by its name in `RECORDED`, with its nodes as they were before it.

    >>> len(recorded("lease").history)
    4
    """
    recording = Recording.load(datasets.folder() / "recordings" / f"{name}.jsonl")
    return replace(recording, nodes={node.id: node for node in _NODES[name]()})
