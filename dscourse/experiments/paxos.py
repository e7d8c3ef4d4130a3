"""Chapter 14: Paxos under a scheduler that keeps it from deciding."""

from __future__ import annotations

from typing import Any

from dscourse.core.equality import token
from dscourse.protocols.paxos import Accept, Accepted, Ballot, Paxos, Prepare, Promise, ProposalDue
from dscourse.protocols.paxos_properties import chosen
from dscourse.sim import Constant, Network, Pending, World

__all__ = ["decided", "paxos_world", "stall"]


def paxos_world() -> World:
    """Build three Paxos nodes, a and b with different values to propose."""
    a, b = Paxos("a", ["b", "c"], "x", 30.0), Paxos("b", ["a", "c"], "y", 30.0)
    return World([a, b, Paxos("c", ["a", "b"])], 1, Network(Constant(10)))


def stall(world: World) -> int:
    """Return a pending event after which no value is chosen yet: one always exists (Fischer, Lynch, Paterson).

    Prepare requests and promises are delivered at once. An accept request waits until its acceptor has promised a
    higher ballot; to reach that, the proposer with the lower ballot proposes again. LookupError if no event is left.
    """
    waiting = world.pending()
    for event in waiting:
        if isinstance(event.what, Prepare | Promise) or _too_late(world, event):
            return event.id
    proposals = [event for event in waiting if isinstance(event.what, ProposalDue)]
    if not proposals:
        raise LookupError("no pending event leaves it undecided")
    return min(proposals, key=lambda event: _ballot(world, event.node)).id


def _too_late(world: World, event: Pending) -> bool:
    """Return whether this is an accept request that its acceptor will reject."""
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
    """Return the chosen value, which a majority has accepted in one ballot; None if there is none.

    >>> decided(paxos_world()), decided(paxos_world().run(until_ms=500))
    (None, 'y')
    """
    logs = {name: world.log(name) for name in world.nodes}
    values = chosen(logs)
    accepted = (one for log in logs.values() for one in log if isinstance(one, Accepted))
    return next((one.value for one in accepted if token(one.value) in values), None)
