"""Chapter 15: a write to a sloppy quorum that a later read misses, to be touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.experiments.scores import stale_reads
from dscourse.experiments.what_was_done import not_alone
from dscourse.history import Op
from dscourse.node import cluster
from dscourse.protocols.anti_entropy import Compare, Entries, VersionsStored
from dscourse.protocols.gossip import Heartbeats, Started
from dscourse.protocols.ring_client import RingClient
from dscourse.protocols.ring_store import SloppyStore
from dscourse.sim import At, Constant, Crash, CrashDuring, Network, Restart, Trace, World

__all__ = [
    "NODES", "cart_world", "crashes_alone", "is_acknowledged", "missed_reads", "read_sees_the_write",
    "stand_in_stores", "without_gossip",
]  # fmt: skip

NODES = ("n1", "n2", "n3", "n4")  # the homes of every key, and the stand-in


class _InOrder:
    """A placement in which all keys have the same preference list."""

    def preference(self, key: Any, count: int) -> tuple[str, ...]:
        return NODES[:count]


def cart_world(plan: Sequence[At], until_ms: float = 360.0) -> World:
    """Run four nodes with N = 3 and R = W = 2 under the plan: c1 writes x at 150 ms, and c2 reads it at 300 ms.

    Messages between nodes take 8 ms, gossip is sent every 20 ms. A client waits 40 ms for an answer.

    >>> [op.result for op in cart_world([]).history]
    [None, ('milk',)]
    """
    ring = _InOrder()
    clients = [RingClient(name, ring, 4, attempts=4, timeout_ms=40.0) for name in ("c1", "c2")]
    settings: dict[str, Any] = {"read_quorum": 2, "write_quorum": 2, "gossip_ms": 20.0}
    group = cluster(SloppyStore, NODES, ring=ring, **settings)
    world = World([*clients, *group], 1, Network(Constant(8)), list(plan))
    world.submit("c1", [("write", "x", "milk")], start_ms=150)
    world.submit("c2", [("read", "x")], start_ms=300)
    return world.run(until_ms)


def missed_reads(world: World) -> list[int]:
    """Return the ids of the reads that miss the acknowledged write."""
    return stale_reads(world.history, {name: world.log(name) for name in NODES})


def stand_in_stores(world: World) -> bool:
    """Return True if the stand-in n4 has stored the write, and c1 has its acknowledgement."""
    return "n4" in _holders(world) and is_acknowledged(world)


def is_acknowledged(world: World) -> bool:
    """Return True if c1 has begun its write, and has its acknowledgement."""
    write = _write(world)
    return write is not None and write.status == "ok"


def _write(world: World) -> Op | None:
    return next((op for op in world.history if op.value == "milk"), None)


def crashes_alone(world: World) -> Verdict:
    """Return True if nothing but crashes and restarts was done to the run; otherwise why not."""
    return unless("crashes alone", not_alone(world, Crash, CrashDuring, Restart))


def read_sees_the_write(world: World) -> Verdict:
    """Judge that the read returns the write if that was acknowledged; otherwise name the nodes that had stored it."""
    model, missed = "the read sees the write", missed_reads(world)
    write = _write(world)
    if write is None or write.status != "ok":
        return Verdict(model, None, "the write is not acknowledged")
    holders = _holders(world, before_ms=write.returned_ms or 0.0)
    reason = f"{' and '.join(holders)} had the write when it was acknowledged, and the read was answered by others"
    return Verdict(model, not missed, reason if missed else "", refuting=tuple(missed))


def _holders(world: World, before_ms: float = float("inf")) -> list[str]:
    """Return the nodes that had stored the write by ``before_ms``, in order."""
    stored = [
        event
        for event in world.trace.kinds("write")
        if isinstance(event.what, VersionsStored) and event.time_ms <= before_ms
    ]
    return [name for name in NODES if any(event.node == name for event in stored)]


def without_gossip(trace: Trace) -> Trace:
    """Return the trace without timers, gossip (records of starts included) and anti-entropy."""
    timers = ("set_timer", "cancel_timer", "timer")
    return trace.where(
        lambda event: (
            event.kind not in timers
            and not isinstance(event.what, Heartbeats | Started | Compare | Entries)
        )
    )
