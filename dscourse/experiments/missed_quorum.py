"""Chapter 15: a sloppy quorum that a later read misses, to be touched."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.core.verdict import Verdict
from dscourse.experiments.scores import stale_reads
from dscourse.experiments.whole_system import conversation
from dscourse.node import cluster
from dscourse.protocols.eventual_store import VersionsStored
from dscourse.protocols.ring_client import RingClient
from dscourse.protocols.ring_store import SloppyStore
from dscourse.sim import At, Constant, Network, Trace, World

__all__ = ["HOMES", "NODES"]
HOMES = ("n1", "n2", "n3")
NODES = (*HOMES, "n4")


class InOrder:
    def preference(self, key, count):
        return NODES[:count]


def cart_world(plan, gossip_ms=10.0, write=150, read=300, end=420, lat=6):
    clients = [RingClient(name, InOrder(), 4, attempts=4, timeout_ms=40.0) for name in ("c1", "c2")]
    group = cluster(SloppyStore, NODES, ring=InOrder(), read_quorum=2, write_quorum=2, gossip_ms=gossip_ms)
    world = World([*clients, *group], 1, Network(Constant(lat)), list(plan))
    world.submit("c1", [("write", "x", "milk")], start_ms=write)
    world.submit("c2", [("read", "x")], start_ms=read)
    return world.run(until_ms=end)
