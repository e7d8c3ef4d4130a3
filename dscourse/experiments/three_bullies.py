"""Chapter 08: three nodes with the bully algorithm, in a run small enough to be touched."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.node import cluster
from dscourse.protocols.bully import Bully, Victory
from dscourse.sim import At, Constant, Network, World
from dscourse.sim.message_faults import MessageFault

__all__ = ["all_run", "joined_by_messages", "leaders", "three_bullies"]

_NODES = ("n1", "n2", "n3")


def three_bullies(plan: Sequence[At] = ()) -> World:
    """Run three nodes with the bully algorithm for 400 ms; messages take 20 ms. n3 leads from the start.

    The leader sends a heartbeat every 50 ms; after 180 ms without a heartbeat, a node starts an election and waits
    60 ms for an answer. These times meet the bounds of `dscourse.protocols.bully` for a latency of 20 ms.

    >>> leaders(three_bullies())
    ['n3']
    """
    nodes = cluster(Bully, _NODES, silence_ms=180, answer_ms=60)
    return World(nodes, network=Network(Constant(20)), plan=plan).run(until_ms=400)


def all_run(world: World) -> bool:
    """Return True if every node is up and does not stand still."""
    return all(world.alive(name) and not world.paused(name) for name in world.nodes)


def leaders(world: World) -> list[str]:
    """Return the nodes that believe at the end that they lead, if all run; otherwise none."""
    if not all_run(world):
        return []
    return [
        name
        for name, node in world.nodes.items()
        if isinstance(node, Bully) and node.leader == name
    ]


def joined_by_messages(world: World) -> bool:
    """Return True if another node announced its victory beside n3, though messages alone were touched."""
    trace = world.trace
    faults = [event.what for event in trace.kinds("fault", "crash", "restart", "pause")]
    return all(isinstance(fault, MessageFault) for fault in faults) and any(
        isinstance(event.what, Victory) and event.node != "n3" for event in trace.kinds("send")
    )
