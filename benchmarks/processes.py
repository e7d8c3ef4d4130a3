"""Stores as real processes: operations and messages per second, latencies, and the time that a disk takes.

Three servers and their clients on one machine, with no latency but that of the sockets, and every record on the disk
before the next effect. Beside it the simulator's speed with the same nodes and operations. Each client begins an
operation when its previous one has ended. On a disk in memory a wait takes microseconds; ``folder`` names another.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from statistics import median

from dscourse.history import History
from dscourse.node import Client, Node, cluster
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.raft_client import RaftClient
from dscourse.protocols.raft_reads import LeaseStore
from dscourse.protocols.raft_store import RaftStore
from dscourse.protocols.stores import StoreClient
from dscourse.run import Cluster, sync_times_ms
from dscourse.sim import Constant, Network, World

__all__ = ["STORES", "live", "row", "run", "simulated"]

NAMES = ("n1", "n2", "n3")
AT_ONCE = Network(Constant(0))
ELECTION_MS = 600.0  # operations begin when there is a leader


def _quorum(client: int) -> Client:
    return StoreClient(f"c{client}", NAMES[client % 3], 1_000)


def _raft(client: int) -> Client:
    return RaftClient(f"c{client}", NAMES)


STORES: dict[str, tuple[type[Node], Callable[[int], Client]]] = {
    "quorum store": (QuorumStore, _quorum),
    "Raft, reads by log": (RaftStore, _raft),
    "Raft, reads by lease": (LeaseStore, _raft),
}


def nodes(store: str, clients: int) -> list[Node]:
    """Three servers, and this many clients."""
    server, client = STORES[store]
    return [*cluster(server, NAMES), *map(client, range(clients))]


def work(client: int, operations: int) -> list[tuple[str, str, int]]:
    """Writes and reads of one key, by turns."""
    return [(("write", "read")[turn % 2], "x", 1_000 * client + turn) for turn in range(operations)]


def live(store: str, clients: int, operations: int, folder: str | None = None) -> Cluster:
    """Return a run in which each client has done this many operations, as fast as it can."""
    with Cluster(nodes(store, clients), network=AT_ONCE, folder=folder) as running:
        for client in range(clients):
            running.submit(f"c{client}", work(client, operations), start_ms=ELECTION_MS)
        running.run(120)
    return running


def simulated(store: str, clients: int, operations: int) -> float:
    """Return how many operations per second of real time the simulator does with the same nodes."""
    world = World(nodes(store, clients), network=AT_ONCE).run(until_ms=ELECTION_MS)
    for client in range(clients):
        world.submit(f"c{client}", work(client, operations))
    begun, total = time.perf_counter(), clients * operations
    while len(world.trace.kinds("ok", "unknown")) < total:
        world.run(until_ms=world.now_ms + 50)
    return total / (time.perf_counter() - begun)


def seconds(history: History) -> float:
    """Return the time from the first invocation to the last return."""
    ends = [op.returned_ms for op in history if op.returned_ms is not None]
    return (max(ends) - history[0].invoked_ms) / 1_000


def row(store: str, clients: int, operations: int, folder: str | None = None) -> str:
    """The row of a store with this many clients."""
    running = live(store, clients, operations, folder)
    history = running.history
    span = seconds(history)
    first_ms = history[0].invoked_ms
    messages = sum(event.time_ms >= first_ms for event in running.trace.kinds("send"))
    done, latencies = len(history.ok), sorted(history.latencies_ms())
    speed = done / span
    return (
        f"{store:22} {clients:>7} {speed:>8,.0f} {messages / span:>12,.0f} {messages / done:>12.1f} "
        f"{median(latencies):>10.2f} {latencies[len(latencies) * 99 // 100]:>10.2f} "
        f"{simulated(store, clients, operations) / speed:>10.1f}"
    )


def run(operations: int = 500, clients: tuple[int, ...] = (1, 3)) -> str:
    """The table: for each store and number of clients; then the waits for a disk in two folders."""
    lines = [
        f"{'store':22} {'clients':>7} {'ops/s':>8} {'messages/s':>12} {'messages/op':>12} "
        f"{'half (ms)':>10} {'p99 (ms)':>10} {'simulator':>10}"
    ]
    lines += [row(store, some, operations // some) for store in STORES for some in clients]
    lines.append("")
    for name, folder in (("temporary files", tempfile.gettempdir()), ("this folder", os.getcwd())):
        times = sync_times_ms(folder, 100)
        lines.append(
            f"wait for the disk, {name:16} half {times[50]:.3f} ms, p99 {times[98]:.3f} ms"
        )
    return "\n".join(lines)
