"""Chapter 08: three nodes with the bully algorithm, in a run small enough to be touched."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.experiments.what_was_done import all_run, not_alone
from dscourse.node import cluster
from dscourse.protocols.bully import Bully, Victory
from dscourse.sim import At, Constant, Network, World
from dscourse.sim.message_faults import MessageFault

__all__ = ["joined_by_messages", "leaders", "three_bullies"]

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


def leaders(world: World) -> list[str]:
    """Return the nodes that believe at the end that they lead, if all run; otherwise none."""
    if not all_run(world):
        return []
    return [
        name
        for name, node in world.nodes.items()
        if isinstance(node, Bully) and node.leader == name
    ]


def joined_by_messages(world: World) -> bool | Verdict:
    """Return True if n2 announced its victory beside n3, unless more than messages was touched."""
    sent = world.trace.of("n2").kinds("send")
    announced = any(isinstance(event.what, Victory) for event in sent)
    return announced and unless("by messages alone", not_alone(world, MessageFault))
