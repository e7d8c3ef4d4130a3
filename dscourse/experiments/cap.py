"""Chapter 03: the same operations at two stores in a cluster that is cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse import checkers
from dscourse.checkers import Verdict
from dscourse.experiments.statistics import percentile
from dscourse.history import History
from dscourse.node import Node, cluster
from dscourse.protocols.any_node_store import AnyNodeStore, stale_reads
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.quorum_store import TrustingClient
from dscourse.sim import (
    At,
    Constant,
    Crash,
    Cut,
    Exponential,
    Heal,
    Hold,
    Link,
    LogNormal,
    Network,
    Partition,
    Recover,
    Restart,
    Uniform,
    World,
)
from dscourse.sim.streams import stream

__all__ = [
    "CUT_MS",
    "HEAL_MS",
    "INVERSION",
    "Score",
    "any_node_world",
    "cut_world",
    "distant_world",
    "inversion_world",
    "outcomes_of_the_proof",
    "power_cut_world",
    "proof_world",
    "score",
    "seen_by",
    "storing_world",
    "two_copies_world",
]

CUT_MS, HEAL_MS = 100.0, 700.0
_OPERATIONS = 24
_PATIENCE_MS = 60.0
_PERIOD_MS = 28.0


def cut_world(
    store: type[Node],
    cut: Iterable[tuple[str, str]] = (),
    nodes: int = 5,
    reads: float = 0.5,
    seed: int = 1,
    **settings: Any,
) -> World:
    """Run ``nodes`` nodes for 1.5 s; each has a client that makes 24 operations on one key, 28 ms apart.

    From 100 to 700 ms the links of ``cut`` deliver nothing. An operation is a read with probability ``reads``.
    The median delay of a message between nodes is 4 ms; a client's time-out is 60 ms.

    >>> from dscourse.protocols.any_node_store import AnyNodeStore
    >>> len(cut_world(AnyNodeStore).history.ok)
    120
    """
    names = [f"n{n}" for n in range(1, nodes + 1)]
    plan = [At(CUT_MS, Cut(source, to)) for source, to in sorted(cut)] + [At(HEAL_MS, Heal())]
    network = Network(LogNormal(4, 0.5), client=Link(Constant(0.5)))
    clients = [StoreClient(f"c{name[1:]}", name, timeout_ms=_PATIENCE_MS) for name in names]
    world = World([*clients, *cluster(store, names, **settings)], seed, network, plan)
    for number, client in enumerate(clients):
        draws = stream(seed, "operations", client.id)
        for n in range(_OPERATIONS):
            op = ("read", "x") if draws.random() < reads else ("write", "x", 100 * number + n)
            world.submit(client.id, [op], start_ms=10 + 5 * number + _PERIOD_MS * n)
    return world.run(until_ms=1_500)


def distant_world(
    store: type[Node],
    distances_ms: Sequence[float],
    seed: int = 1,
    reads: float = 0.5,
    **settings: Any,
) -> World:
    """Run nodes n1, n2, … on a line without faults, each with a client that makes 20 operations.

    ``distances_ms`` are from one end of the line, in ms of one-way delay. A message takes the difference between two
    distances, and up to 10 % more. A client's time-out is 2 s.

    >>> world = distant_world(QuorumStore, [0, 5, 50], write_quorum=2)
    >>> min(world.history.by_process("c1").latencies_ms()) > 20  # two rounds to the node at 5 ms, and back
    True
    """
    distances = {f"n{n}": ms for n, ms in enumerate(distances_ms, start=1)}
    links = {
        (a, b): Link(Uniform(abs(x - y), 1.1 * abs(x - y)))
        for a, x in distances.items() for b, y in distances.items() if a != b
    }  # fmt: skip
    if issubclass(store, QuorumStore):
        settings = {"resend_ms": 1_000.0, **settings}
    network = Network(client=Link(Constant(0.5)), links=links)
    clients = [StoreClient(f"c{name[1:]}", name, timeout_ms=2_000) for name in distances]
    world = World([*clients, *cluster(store, distances, **settings)], seed, network)
    for number, client in enumerate(clients):
        draws = stream(seed, "operations", client.id)
        ops = [
            ("read", "x") if draws.random() < reads else ("write", "x", 100 * number + n)
            for n in range(20)
        ]
        world.submit(client.id, ops, start_ms=10 + 5 * number, think_ms=20)
    return world.run(until_ms=10_000)


@dataclass(frozen=True, slots=True)
class Score:
    """The (answered, begun) operations per side during the cut; stale reads, latency and verdict of the whole run."""

    answered: tuple[tuple[int, int], ...]
    stale: int
    reads: int
    p50_ms: float
    p99_ms: float
    verdict: Verdict


def score(world: World, groups: Sequence[Sequence[str]]) -> Score:
    """Score a run of `cut_world` with these sides."""
    history = world.history
    waits = history.latencies_ms() or [0.0]
    return Score(
        answered=tuple(_answered(history, group) for group in groups),
        stale=len(stale_reads(history)),
        reads=sum(op.f == "read" for op in history.ok),
        p50_ms=percentile(waits, 0.5),
        p99_ms=percentile(waits, 0.99),
        verdict=checkers.linearizable(history),
    )


def _answered(history: History, group: Sequence[str]) -> tuple[int, int]:
    """Return the numbers of operations answered and begun, of those whose whole time-out lies within the cut."""
    begun = [
        op
        for op in history
        if CUT_MS <= op.invoked_ms < HEAL_MS - _PATIENCE_MS and f"n{op.process[1:]}" in group
    ]
    return sum(op.status == "ok" for op in begun), len(begun)


_NAMES = ("n1", "n2", "n3", "n4", "n5")
INVERSION = (
    At(15, Cut("n1", "n2")), At(15, Cut("n1", "n3")), At(15, Cut("n2", "n3")),
    At(25, Heal("n1", "n2")), At(40, Heal("n2", "n3")), At(200, Heal()),
)  # fmt: skip


def inversion_world(store: type[Node], second_read_ms: float = 68) -> World:
    """Run three replicas: for a while only n1 holds a write; n2 is read, then n3. Messages take 10 ms.

    >>> [op.result for op in inversion_world(QuorumStore).history]
    [None, 1, 1]
    """
    nodes = [*(StoreClient(f"c{n}", f"n{n}") for n in (1, 2, 3)), *cluster(store, _NAMES[:3])]
    world = World(nodes, network=Network(Constant(10)), plan=INVERSION)
    world.submit("c1", [("write", "x", 1)], start_ms=0)
    world.submit("c2", [("read", "x")], start_ms=26)
    return world.submit("c3", [("read", "x")], start_ms=second_read_ms).run(until_ms=400)


def two_copies_world(store: type[Node]) -> World:
    """Run five replicas: n1 and n2 alone hold a write when c2 reads at n2; then c5 reads at n5, cut off from both.

    >>> [op.result for op in two_copies_world(QuorumStore).history]
    ['no answer', 1, 1]
    """
    plan = [At(12, Cut("n1", name)) for name in _NAMES[2:]]
    plan += [At(30, Cut(name, "n2")) for name in _NAMES[3:]]
    plan += [At(65, Cut(name, "n5")) for name in _NAMES[:2]]
    nodes = [*(StoreClient(f"c{n[1:]}", n) for n in _NAMES), *cluster(store, _NAMES)]
    world = World(nodes, network=Network(Constant(5)), plan=[*plan, At(90, Heal())])
    world.submit("c1", [("write", "x", 1)], start_ms=0)
    world.submit("c2", [("read", "x")], start_ms=35)
    return world.submit("c5", [("read", "x")], start_ms=70).run(until_ms=400)


def storing_world(store: type[Node], plan: list[At], seed: int = 1) -> World:
    """Run five replicas under the plan; the client of each makes six operations on one key.

    >>> len(storing_world(QuorumStore, []).history.ok)
    30
    """
    clients = [TrustingClient(f"c{name[1:]}", name) for name in _NAMES]
    world = World([*clients, *cluster(store, _NAMES)], seed, Network(Exponential(8, 1)), plan)
    for index, client in enumerate(clients):
        draws = stream(seed, "work", client.id)
        ops = [
            ("read", "x") if draws.random() < 0.6 else ("write", "x", 100 * index + n)
            for n in range(6)
        ]
        world.submit(client.id, ops, start_ms=10 + 7 * index, think_ms=10)
    return world.run(until_ms=1_500, max_events=50_000)


def any_node_world(plan: list[At]) -> World:
    """Run three replicas: c1 writes 1, 2 and 3 at n1, then c3 writes 9 at n3. All faults end at 150 ms."""
    clients = [StoreClient("c1", "n1"), StoreClient("c3", "n3")]
    plan = [*plan, At(150, Recover())]
    world = World([*clients, *cluster(AnyNodeStore, _NAMES[:3])], 1, Network(Constant(5)), plan)
    for turn, value in enumerate((1, 2, 3)):
        world.submit("c1", [("write", "x", value)], start_ms=10 + 20 * turn)
    world.submit("c3", [("write", "x", 9)], start_ms=80)
    return world.run(until_ms=400)


_SIDES = (("n1", "n2"), ("n3", "n4", "n5"))


def proof_world(
    store: type[Node], write: bool = True, lost: bool = True, cut: bool = True
) -> World:
    """Run the execution in the proof of Gilbert and Lynch's Theorem 1: c4 writes on one side, c1 reads on the other.

    No message passes between n1, n2 and n3, n4, n5. With ``lost`` they are lost, and otherwise they arrive after both
    operations, from 200 ms on, as in Corollary 1.1. Without ``write``, c4 does nothing; without ``cut``, all messages
    pass.

    >>> from dscourse.protocols.textbook.quorum_store import MajorityWriteStore
    >>> [op.outcome() for op in proof_world(MajorityWriteStore).history]
    ['ok', 'ok']
    """
    ways = [way for a in _SIDES[0] for b in _SIDES[1] for way in ((a, b), (b, a))]
    plan = [At(0, Partition(*_SIDES))] if lost else [At(0, Hold(*way)) for way in ways]
    plan += [] if lost else [At(200, Recover())]
    plan = plan if cut else []
    nodes = [*(TrustingClient(f"c{n[1:]}", n) for n in _NAMES), *cluster(store, _NAMES)]
    world = World(nodes, network=Network(Constant(5)), plan=plan)
    if write:
        world.submit("c4", [("write", "x", 1)], start_ms=10)
    return world.submit("c1", [("read", "x")], start_ms=60).run(until_ms=300)


def seen_by(world: World, names: Iterable[str], until_ms: float = 190) -> list[str]:
    """Return the events that these nodes and clients can know, as text without the numbers of operations."""
    trace = world.trace.between(0, until_ms)
    return [
        f"{event.time_ms} {event.kind} {event.node} {event.peer} {getattr(event.what, 'f', event.what)}"
        for name in names
        for event in trace.seen_by(name)
    ]


def outcomes_of_the_proof(store: type[Node], lost: bool = True, cut: bool = True) -> dict[str, str]:
    """Return the end of both operations of `proof_world`, the checker's verdict, and whether c1's side knew of c4's.

    >>> outcomes_of_the_proof(QuorumStore, lost=True)["c1's later read ends"]
    'unknown'
    >>> outcomes_of_the_proof(QuorumStore, cut=False)["n1, n2, c1 see the same without the write"]
    'no'
    """
    world, other = (proof_world(store, write, lost, cut) for write in (True, False))
    side = [*_SIDES[0], "c1"]
    write, read = world.history
    found = f": {'nothing' if read.result is None else read.result}" if read.status == "ok" else ""
    verdict = checkers.linearizable(world.history).ok
    return {
        "c4's write ends": write.status,
        "c1's later read ends": read.status + found,
        "linearizable": {True: "yes", False: "no", None: "nothing to judge"}[verdict],
        "n1, n2, c1 see the same without the write": "yes"
        if seen_by(world, side) == seen_by(other, side)
        else "no",
    }


def power_cut_world(store: type[Node]) -> World:
    """Run three replicas: c1 writes, all nodes lose power at 60 ms and restart at 70 ms, and c2 reads.

    >>> [op.result for op in power_cut_world(QuorumStore).history]
    [None, 1]
    """
    names = _NAMES[:3]
    plan = [At(60, Crash(name)) for name in names] + [At(70, Restart(name)) for name in names]
    nodes = [*(StoreClient(f"c{n[1:]}", n) for n in names), *cluster(store, names)]
    world = World(nodes, network=Network(Constant(5)), plan=plan)
    world.submit("c1", [("write", "x", 1)], start_ms=10)
    return world.submit("c2", [("read", "x")], start_ms=90).run(until_ms=300)
