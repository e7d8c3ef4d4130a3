"""Four replicas under a fault plan, each with a client of its own: the world that judges the stores of chapter 04."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dscourse import checkers
from dscourse.node import Node, cluster
from dscourse.protocols.stores import StoreClient
from dscourse.sim import At, Budget, LogNormal, Network, Partition, World
from dscourse.sim.streams import stream
from tests.effort import chosen_seeds
from tests.protocols.plans import faults_everywhere

SEEDS = chosen_seeds(150)
NAMES = ("n1", "n2", "n3", "n4")
CLIENTS = tuple(f"c{name[1:]}" for name in NAMES)
HORIZON_MS = 600
BUDGET = Budget(horizon_ms=HORIZON_MS, timeout_ms=100)  # a client gives up after 100 ms


def plan_of(seed: int) -> list[At]:
    """Return the random faults of this seed, also at clients; they are over from HORIZON_MS on."""
    return faults_everywhere(seed, NAMES, CLIENTS, BUDGET)


def storing(kind: type[Node], plan: list[At], seed: int = 1, think_ms: float = 3) -> World:
    """Run four replicas whose clients make twelve operations each, about 70 % of them reads, on two keys."""
    clients = [StoreClient(f"c{name[1:]}", name) for name in NAMES]
    world = World([*clients, *cluster(kind, NAMES)], seed, Network(LogNormal(8, 1.5)), plan)
    for index, client in enumerate(clients):
        draws = stream(seed, "work", client.id)
        work: list[tuple[object, ...]] = []
        for n in range(12):
            key = "xy"[int(2 * draws.random())]
            work.append(("read", key) if draws.random() < 0.7 else ("write", key, 100 * index + n))
        world.submit(client.id, work, start_ms=10 + 3 * index, think_ms=think_ms)
    return world.run(until_ms=HORIZON_MS + 600)


def answers(kind: type[Node], model: str, seeds: Iterable[int] = SEEDS) -> Counter[bool | None]:
    """Count how often the model holds, fails, or cannot be judged, over runs with random faults."""
    judge = checkers.BY_NAME[model]
    return Counter(judge(storing(kind, plan_of(seed), seed).history).ok for seed in seeds)


def coverage(world: World) -> Counter[str]:
    """Count the faults and conditions that the promises are about and that this run has met."""
    trace, history = world.trace, world.history
    starts = [e.index for e in trace.kinds("fault") if isinstance(e.what, Partition)]
    writes = [op for op in history if op.f == "write"]
    crashed = {event.node for event in trace.kinds("crash")}
    return Counter({
        "overlapping operations": "0 concurrent" not in checkers.linearizable(history).judged,
        "crash with records": any(event.id for event in trace.kinds("restart")),
        "crash in an operation": bool(crashed & {f"n{op.process[1:]}" for op in history.unknown}),
        "partition after a write began": any(op.invoked < at for op in writes for at in starts),
        "lost message": len(trace.kinds("drop")) > 0,
        "repeated message": len(trace.kinds("duplicate")) > 0,
    })  # fmt: skip
