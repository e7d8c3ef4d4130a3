"""Chapter 14: Paxos under a scheduler that keeps it from deciding."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dscourse.protocols.paxos import Accept, Accepted, Ballot, Paxos, Prepare, Promise, Propose
from dscourse.sim import Constant, Network, Pending, World

__all__ = ["decided", "paxos_world", "stall"]


def paxos_world() -> World:
    """Build three nodes, of which a and b want different values and may propose at any time."""
    a, b = Paxos("a", ["b", "c"], "x", 30.0), Paxos("b", ["a", "c"], "y", 30.0)
    return World([a, b, Paxos("c", ["a", "b"])], 1, Network(Constant(10)))


def stall(world: World) -> int:
    """A pending event after which nothing is decided yet: there always is one (Fischer, Lynch, Paterson).

    Promises are asked for and given at once. What would be accepted waits until its acceptor has promised a higher
    ballot; to get there, whoever has the lower ballot proposes again. LookupError if nothing is left to choose.
    """
    waiting = world.pending()
    for event in waiting:
        if isinstance(event.what, Prepare | Promise) or _too_late(world, event):
            return event.id
    proposals = [event for event in waiting if isinstance(event.what, Propose)]
    if not proposals:
        raise LookupError("nothing waits that leaves it undecided")
    return min(proposals, key=lambda event: _ballot(world, event.node)).id


def _too_late(world: World, event: Pending) -> bool:
    """Return True for a request to accept that its acceptor will reject."""
    node = world.nodes[event.node]
    return (
        isinstance(event.what, Accept)
        and isinstance(node, Paxos)
        and node.promised > event.what.ballot
    )


def _ballot(world: World, name: str) -> Ballot:
    node = world.nodes[name]
    assert isinstance(node, Paxos)
    return node.ballot


def decided(world: World) -> Any:
    """Return the value that a majority has accepted in one ballot, known or not; None if there is none."""
    records = [record for name in world.nodes for record in dict.fromkeys(world.log(name))]
    accepted = Counter(record for record in records if isinstance(record, Accepted))
    enough = (one.value for one, times in accepted.items() if 2 * times > len(world.nodes))
    return next(enough, None)
