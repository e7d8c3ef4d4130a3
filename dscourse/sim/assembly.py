"""The assembly of a world from its nodes, seed, network, fault plan and clocks, each checked first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import filterfalse

from dscourse.core.dispatch import check_nodes
from dscourse.node import Clock, Node
from dscourse.sim.arguments import (
    as_clocks,
    as_network,
    as_nodes,
    as_plan,
    as_seed,
    as_switch,
    as_us,
)
from dscourse.sim.engine import FAULT, START, Engine
from dscourse.sim.faults import At, check_plan
from dscourse.sim.hosts import Host
from dscourse.sim.injection import inject
from dscourse.sim.message_faults import MessageFault
from dscourse.sim.network import Network
from dscourse.sim.observation import new_observer
from dscourse.sim.operations import number_from
from dscourse.sim.timer_faults import Expire

__all__ = ["assemble"]


def assemble(
    nodes: Iterable[Node],
    seed: int,
    network: Network | None,
    plan: Sequence[At],
    clocks: Mapping[str, Clock] | None,
    record_state: bool,
) -> Engine:
    """Return an engine in which copies of the nodes are about to start, and the plan's faults are queued."""
    nodes, plan = as_nodes(nodes), as_plan(plan)
    clocks = as_clocks(clocks)
    record_state = as_switch(record_state, "record_state")
    engine = Engine(as_seed(seed), as_network(network), record_state)
    check_nodes(nodes)
    for node in nodes:
        _add(engine, node, clocks.get(node.id))
    _check_names(engine, clocks, plan)
    number_from(engine, 0)
    for entry in filter(_is_early, plan):
        inject(engine, entry.fault)
    for host in engine.hosts.values():
        engine.push(0, START, host, None)
    for entry in filterfalse(_is_early, plan):
        engine.push(as_us(entry.ms, "At"), FAULT, None, entry.fault)
    engine.observer = new_observer()
    engine.show()
    return engine


def _is_early(entry: At) -> bool:
    """Return True for a fault in force before the nodes start: it is about messages and timers of the start too."""
    return entry.ms == 0 and isinstance(entry.fault, MessageFault | Expire)


def _add(engine: Engine, node: Node, clock: Clock | None) -> None:
    if node.id in engine.hosts:
        raise ValueError(f"two nodes are called {node.id!r}: every node needs a name of its own")
    engine.hosts[node.id] = Host(node.clone(), engine.seed, clock, engine.time, engine.record_state)


def _check_names(engine: Engine, clocks: Mapping[str, Clock], plan: Sequence[At]) -> None:
    """Raise LookupError for an unknown node among the peers, links, clocks or faults."""
    for host in engine.hosts.values():
        for peer in host.node.peers:
            engine.host(peer, f"peers of {host.name!r}")
    for source, to in engine.network.links:
        engine.host(source, "links")
        engine.host(to, "links")
    for name in clocks:
        engine.host(name, "clocks")
    check_plan(plan, engine.hosts)
