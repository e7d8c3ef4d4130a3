"""Chapter 15: a store with all the parts, in a storm of faults, and its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count as numbers
from typing import Any

from dscourse.breaker import CircuitBreaker, ConsecutiveFailures
from dscourse.experiments.score_card import Goals, Score, combine
from dscourse.experiments.scores import lost, score, stale_reads
from dscourse.node import cluster
from dscourse.placement import RackRing, Ring
from dscourse.protocols.anti_entropy import Compare, Entries
from dscourse.protocols.gossip import Heartbeats
from dscourse.protocols.ring_client import RingClient
from dscourse.protocols.ring_store import Placed, RingStore, SloppyStore
from dscourse.protocols.textbook.ring_store import (
    NoAntiEntropyStore,
    NoHintsStore,
    NoReadRepairStore,
    NoRepairStore,
    TimestampsInFullStore,
    TimestampStore,
    TrustingStore,
)
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    LogNormal,
    Network,
    Recover,
    Restart,
    Trace,
    World,
    random_plan,
)
from dscourse.sim.streams import stream

__all__ = [
    "END_MS",
    "GOALS",
    "KINDS",
    "NAMES",
    "OUTAGE_MS",
    "RACKS",
    "RINGS",
    "STORM_MS",
    "SUSPICION_MS",
    "anomalies",
    "card",
    "conversation",
    "rated",
    "storm",
    "storm_world",
    "two_clients",
]


RACKS = {"r1": ("n1", "n2"), "r2": ("n3", "n4"), "r3": ("n5", "n6")}
NAMES = tuple(name for rack in RACKS.values() for name in rack)
STORM_MS, END_MS = 1_200, 2_000
SUSPICION_MS = 250  # a node is suspected after about this much silence
OUTAGE_MS = 300  # the time at which a rack loses power
RINGS: dict[str, Ring] = {
    "ring": Ring(NAMES, virtual_nodes=16), "ring over racks": RackRing(RACKS, virtual_nodes=16),
}  # fmt: skip
GOALS = Goals()
_USUAL: dict[str, Any] = {"replicas": 3, "read_quorum": 2, "write_quorum": 2, "attempts": 2}
KINDS: dict[str, type[RingStore]] = {
    "all parts": SloppyStore,
    "strict quorums": RingStore,
    "no detector": TrustingStore,
    "no hints": NoHintsStore,
    "no read repair": NoReadRepairStore,
    "no anti-entropy": NoAntiEntropyStore,
    "no repair at all": NoRepairStore,
    "timestamps": TimestampsInFullStore,
    "textbook": TimestampStore,
}


def storm(seed: int, faults: int = 8, outage_ms: int = 0) -> list[At]:
    """Return a plan of random faults within 1.2 s, each up to 600 ms long, and an outage of one rack; all recover.

    A plan with more faults contains the plan with fewer. The rack, chosen by the seed, is down for ``outage_ms`` from
    300 ms; 0 leaves it out.
    """
    plan: list[At] = []
    budget = Budget(STORM_MS, 1, longest_ms=600, timeout_ms=SUSPICION_MS, recover=False)
    begun = 0
    for number in numbers():
        if begun == faults:
            break
        one = random_plan(1_000 * seed + number, NAMES, budget)
        plan += one
        begun += bool(one)
    if outage_ms:
        rack = list(RACKS.values())[seed % len(RACKS)]
        plan += [At(OUTAGE_MS, Crash(name)) for name in rack]
        plan += [At(OUTAGE_MS + outage_ms, Restart(name)) for name in rack]
    return [*sorted(plan, key=lambda entry: entry.ms), At(STORM_MS, Recover())]


def storm_world(
    kind: type[RingStore] = SloppyStore,
    seed: int = 1,
    *,
    faults: int = 8,
    outage_ms: int = 0,
    replicas: int = 3,
    ring: Placed | None = None,
    timeout_ms: float = 60.0,
    attempts: int = 2,
    breakers: bool = True,
    plan: Sequence[At] | None = None,
    **settings: Any,
) -> World:
    """Run six nodes in three racks and four clients on twelve keys through a storm and 0.8 s of calm.

    ``plan`` replaces the storm. Further settings are those of `RingStore`: ``read_quorum``, ``write_quorum``,
    ``threshold``, ``gossip_ms``, ``interval_ms`` of anti-entropy, ``patience_ms``.
    """
    placed = ring or RINGS["ring"]
    reach = len(NAMES) if issubclass(kind, SloppyStore) else replicas
    tripping = ConsecutiveFailures(2 if breakers else 1_000_000)
    breaker = CircuitBreaker(tripping, open_ms=200.0)
    clients = [
        RingClient(f"c{n}", placed, reach, attempts, timeout_ms, breaker) for n in range(1, 5)
    ]
    options: dict[str, Any] = {
        "read_quorum": 2,
        "write_quorum": 2,
        "interval_ms": 100.0,
        **settings,
    }
    group = cluster(kind, NAMES, ring=placed, replicas=replicas, **options)
    faulty = storm(seed, faults, outage_ms) if plan is None else list(plan)
    world = World([*clients, *group], seed, Network(LogNormal(4.0, 0.5)), faulty)
    for client in clients:
        world.submit(client.id, _work(seed, client.id), start_ms=20, think_ms=20)
    return world.run(until_ms=END_MS)


def _work(seed: int, client: str) -> list[tuple[Any, ...]]:
    """Return thirty operations, about half of them writes, on keys of unequal popularity."""
    draws = stream(seed, "work", client)
    work: list[tuple[Any, ...]] = []
    for number in range(30):
        key = f"cart {int(12 * draws.random() ** 2)}"
        writes = draws.random() < 0.5
        work.append(("write", key, f"{client}.{number}") if writes else ("read", key))
    return work


@cache
def card(kind: Any = SloppyStore, seed: int = 1, **settings: Any) -> Score:
    """Score `storm_world` with these settings."""
    return score(storm_world(kind, seed, **settings), STORM_MS)


def rated(kind: Any = SloppyStore, seeds: Sequence[int] = range(1, 7), **settings: Any) -> Score:
    """Score `storm_world` over several seeds together; each storm runs once, however often it is asked for."""
    chosen = {name: value for name, value in settings.items() if _USUAL.get(name) != value}
    return combine(card(kind, seed, **chosen) for seed in seeds)


def two_clients(
    plan: Sequence[At] = (),
    kind: type[RingStore] = SloppyStore,
    later: Sequence[tuple[Any, ...]] = (("read", "x"),),
) -> World:
    """Run four nodes with N = 3, R = W = 2 and one preference list: c1 writes x at 500 ms, c2 starts at 700 ms.

    Messages take 2 ms. A client waits 40 ms for an answer, and makes up to four attempts. The run lasts 1.5 s.
    """
    names = ("n1", "n2", "n3", "n4")
    order = _InOrder(names)
    reach = len(names) if issubclass(kind, SloppyStore) else 3
    clients = [RingClient(name, order, reach, attempts=4, timeout_ms=40.0) for name in ("c1", "c2")]
    group = cluster(kind, names, ring=order, read_quorum=2, write_quorum=2)
    world = World([*clients, *group], 1, Network(Constant(2)), list(plan))
    world.submit("c1", [("write", "x", "milk")], start_ms=500)
    world.submit("c2", list(later), start_ms=700, think_ms=40)
    return world.run(until_ms=1_500)


@dataclass(frozen=True, slots=True)
class _InOrder:
    """A placement in which all keys have the same preference list."""

    names: tuple[str, ...]

    def preference(self, key: Any, count: int) -> tuple[str, ...]:
        return self.names[:count]


def conversation(world: World) -> Trace:
    """Return the trace without the messages of gossip and anti-entropy."""
    chatter = (Heartbeats, Compare, Entries)
    return world.trace.where(lambda event: not isinstance(event.what, chatter))


def anomalies(world: World) -> list[int]:
    """Return the ids of the lost writes and the stale reads of a run, in order."""
    logs = {name: world.log(name) for name in world.nodes}
    return sorted({*lost(world.history, world), *stale_reads(world.history, logs)})
