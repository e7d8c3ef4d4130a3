"""Chapter 10: a primary, its replicas and a failover; lost writes and stale reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from dscourse.experiments.choices import check_choice
from dscourse.history import History
from dscourse.node import cluster
from dscourse.protocols.primary_replica import PrimaryReplica
from dscourse.protocols.primary_replica_properties import lost_writes
from dscourse.protocols.replica_clients import ReplicaClient, SessionClient
from dscourse.replication.binary_log import START, BinaryLog, Position
from dscourse.sim import Crash, Fault, Link, Network, Partition, Recover, Uniform, World

__all__ = [
    "BEGIN_MS",
    "END_MS",
    "FAULTS",
    "FAULT_MS",
    "Outcome",
    "diverging_logs",
    "electable",
    "log_epochs",
    "median_ms",
    "replication_world",
    "run_of",
    "stale_reads",
]


FAULTS = (
    "nothing",
    "primary crashes",
    "primary cut off",
    "cut off with a replica",
    "a replica crashes",
)
FAULT_MS, BEGIN_MS, END_MS = 900.0, 400.0, 2_000.0
_STEP_MS = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run: its world, its history, and samples of its nodes.

    ``led`` is each node's role over time, as (ms, role); ``behind`` is each node's lag behind the primary, as (ms,
    entries); ``late_ms`` is the longest lag in time; ``lost`` are the ids of the acknowledged writes that were lost.
    """

    world: World
    led: dict[str, list[tuple[float, str]]]
    behind: dict[str, list[tuple[float, float]]]
    late_ms: float
    history: History
    lost: list[int]


def replication_world(
    nodes: int = 3,
    acks: int = 1,
    latency_ms: float = 5.0,
    far_ms: float = 40.0,
    loss: float = 0.0,
    session: bool = True,
    seed: int = 32,
    kind: type[PrimaryReplica] = PrimaryReplica,
    keep: int = 100,
) -> World:
    """Build nodes n1, n2, …, the last of them far away, and four clients, each of which writes keys of its own.

    Clients c1 and c2 only write. Clients c3 and c4 read each key after they have written it, at the nodes in turn.
    All begin at 400 ms.
    """
    names = [f"n{n}" for n in range(1, nodes + 1)]
    near, far = Uniform(0.6 * latency_ms, 1.4 * latency_ms), Uniform(0.8 * far_ms, 1.2 * far_ms)
    links = {
        pair: Link(far if names[-1] in pair else near, loss=loss)
        for one in names
        for other in names
        if one != other
        for pair in [(one, other)]
    }
    client = SessionClient if session else ReplicaClient
    clients = [client(f"c{n}", names, names, timeout_ms=150.0) for n in range(1, 5)]
    group = cluster(kind, names, acks=acks, keep=keep, beat_ms=40.0, silence_ms=160.0)
    world = World([*group, *clients], seed, Network(near, links=links))
    for one in clients:
        kinds = ("write",) if one.id in ("c1", "c2") else ("write", "read")
        turns = [(f, f"{one.id}.{turn}", turn) for turn in range(60 // len(kinds)) for f in kinds]
        world.submit(one.id, turns, start_ms=BEGIN_MS, think_ms=20.0)
    return world


def run_of(
    world: World, fault: str = FAULTS[1], lasts_ms: float = 600.0, until_ms: float = END_MS
) -> Outcome:
    """Inject the fault at 900 ms, end it after ``lasts_ms``, and sample all nodes every 10 ms.

    A partition cuts c1 off together with the primary. After ``until_ms`` everything works again for 1 s; an
    acknowledged write that is missing then counts as lost.
    LookupError for an unknown fault.
    """
    check_choice("fault", fault, FAULTS)
    names = [name for name, node in world.nodes.items() if isinstance(node, PrimaryReplica)]
    watch = _Watch(world, names)
    for step in range(int(until_ms / _STEP_MS) + 1):
        now = step * _STEP_MS
        world.run(until_ms=now)
        if now == FAULT_MS and fault != "nothing" and lasts_ms:
            world.apply(_fault(world, names, fault))
        if now == FAULT_MS + lasts_ms and lasts_ms:
            world.apply(Recover())
        watch.look(now)
    world.apply(Recover())
    world.run(until_ms=until_ms + 1_000)
    history = world.history
    nodes = _replicas(world, names)
    lost = lost_writes(history, nodes[_primary(world, nodes)].values)
    return Outcome(world, watch.led, watch.behind, watch.late_ms, history, lost)


def _replicas(world: World, names: Sequence[str]) -> dict[str, PrimaryReplica]:
    nodes = world.nodes
    found = {name: nodes[name] for name in names}
    return {name: node for name, node in found.items() if isinstance(node, PrimaryReplica)}


class _Watch:
    """Samples of a world: each node's role, and how far it lags behind the newest primary."""

    def __init__(self, world: World, names: Sequence[str]) -> None:
        self.world, self.names = world, names
        self.led: dict[str, list[tuple[float, str]]] = {name: [] for name in names}
        self.behind: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
        self.logged: dict[int, float] = {}  # LSN -> ms at which the primary reached it
        self.late_ms = 0.0

    def look(self, now: float) -> None:
        nodes = _replicas(self.world, self.names)
        last = nodes[_primary(self.world, nodes)].log.last.lsn
        self.logged.setdefault(last, now)
        for name in self.names:
            node, up = nodes[name], self.world.alive(name)
            led = f"primary, epoch {node.epoch}" if node.epoch_led else ""
            self.led[name].append((now, led if up else "down"))
            missing = max(0, last - node.log.last.lsn) if up else 0
            self.behind[name].append((now, float(missing)))
            if missing:
                since = min(ms for lsn, ms in self.logged.items() if lsn > node.log.last.lsn)
                self.late_ms = max(self.late_ms, now - since)


def _primary(world: World, nodes: Mapping[str, PrimaryReplica]) -> str:
    """Return the leader of the highest epoch; without a leader, the node with the longest log."""

    def rank(name: str) -> tuple[int, Any]:
        led = nodes[name].epoch_led if world.alive(name) else None
        return led or 0, nodes[name].log.last

    return max(nodes, key=rank)


def _fault(world: World, names: Sequence[str], fault: str) -> Fault:
    primary = _primary(world, _replicas(world, names))
    others = [name for name in names if name != primary]
    if "cut off" in fault:
        apart = {primary, "c1", *(others[:1] if "with" in fault else ())}
        return Partition(apart, {*names, "c2", "c3", "c4"} - apart)
    if fault == "primary crashes":
        return Crash(primary)
    return Crash(others[0])


# --- logs that diverge --------------------------------------------------------------------------


def diverging_logs(lasts_ms: float = 590.0, acks: int = 0) -> World:
    """Run until shortly before the end of a cut that separates the primary and c1 from the rest; then it goes on.

    Nothing is compacted, so that every log is whole.
    """
    world = replication_world(acks=acks, keep=1_000)
    names = [name for name, node in world.nodes.items() if isinstance(node, PrimaryReplica)]
    world.run(until_ms=FAULT_MS).apply(_fault(world, names, "primary cut off"))
    return world.run(until_ms=FAULT_MS + lasts_ms)


def log_epochs(world: World) -> dict[str, list[tuple[int, int, int, bool]]]:
    """Return by node the stretches of its log: epoch, first and last number, and whether no other log has them.

    >>> log_epochs(World(cluster(PrimaryReplica, ["a", "b", "c"])).run(until_ms=10))
    {'a': [], 'b': [], 'c': []}
    """
    logs = {
        name: node.log for name, node in world.nodes.items() if isinstance(node, PrimaryReplica)
    }
    shared = {
        name: {entry.position for other, log in logs.items() if other != name for entry in log.entries}
        for name in logs
    }  # fmt: skip
    ahead = max((log.last for log in logs.values()), default=START)
    return {
        name: [
            (epoch, numbers[0], numbers[-1], alone)
            for (epoch, alone), numbers in _grouped(log, shared[name], ahead.epoch).items()
        ]
        for name, log in logs.items()
    }


def _grouped(
    log: BinaryLog, shared: set[Position], newest: int
) -> dict[tuple[int, bool], list[int]]:
    """Return the numbers of the entries by epoch, and whether an earlier epoch's entry is in this log alone."""
    groups: dict[tuple[int, bool], list[int]] = {}
    for entry in log.entries:
        at = entry.position
        groups.setdefault((at.epoch, at.epoch < newest and at not in shared), []).append(at.lsn)
    return groups


def electable(logs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the nodes that a majority would vote for, by the ends of these logs of positions such as "1:2".

    >>> electable({"a": ["1:1", "1:2"], "b": ["1:1"], "c": ["1:1"]})
    ['a', 'b', 'c']
    >>> electable({"a": ["1:1", "1:2"], "b": ["1:1", "1:2"], "c": ["1:1"]})
    ['a', 'b']
    """
    ends = {name: tuple(map(int, log[-1].split(":"))) for name, log in logs.items()}
    return [
        name
        for name, mine in ends.items()
        if 2 * sum(mine >= theirs for theirs in ends.values()) > len(ends)
    ]


# --- measurements --------------------------------------------------------------------------------


def stale_reads(history: History) -> int:
    """Count the reads that miss an earlier acknowledged write of the same client; no key is written twice."""
    own = {(op.process, op.key): op for op in history if op.f == "write" and op.status == "ok"}
    stale = 0
    for read in history:
        write = own.get((read.process, read.key))
        if read.f == "read" and read.status == "ok" and write is not None and write.before(read):
            stale += read.result != write.value
    return stale


def median_ms(history: History) -> float:
    """Return the median time in ms from a write to its acknowledgement; 0 without an acknowledged write."""
    latencies = history.where(lambda op: op.f == "write").ok.latencies_ms()
    return median(latencies) if latencies else 0.0
