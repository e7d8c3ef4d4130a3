"""Chapter 14: Paxos under a scheduler that keeps it from deciding."""

from __future__ import annotations

from typing import Any

from dscourse.core.equality import token
from dscourse.protocols.paxos import (
    Accept,
    Accepted,
    Ballot,
    Paxos,
    Prepare,
    Promise,
    Promised,
    ProposalDue,
)
from dscourse.protocols.paxos_properties import chosen
from dscourse.sim import At, Constant, Network, Pause, Pending, Resume, Trace, World

__all__ = ["decided", "duel", "paxos_world", "refused", "stall"]


def paxos_world() -> World:
    """Build three Paxos nodes, a and b with different values to propose."""
    a, b = Paxos("a", ["b", "c"], "x", 30.0), Paxos("b", ["a", "c"], "y", 30.0)
    return World([a, b, Paxos("c", ["a", "b"])], 1, Network(Constant(10)))


def duel(wait_ms: float | tuple[float, float]) -> World:
    """Build two proposers in each other's way: a tries again after 30 ms, b after ``wait_ms``, and b begins later."""
    a, b = Paxos("a", ["b", "c"], "x", 30.0), Paxos("b", ["a", "c"], "y", wait_ms)
    late = [At(20, Pause("b")), At(45, Resume("b"))]
    return World([a, b, Paxos("c", ["a", "b"])], 1, Network(Constant(10)), late)


def refused(trace: Trace) -> dict[int, str]:
    """Return the requests that came below what their acceptor had promised, by event index, with that promise."""
    promised: dict[str, Ballot] = {}
    found = {}
    for event in trace:
        name = str(event.node)
        if event.kind == "write" and isinstance(event.what, Promised | Accepted):
            promised[name] = max(promised.get(name, Ballot()), event.what.ballot)
        elif event.kind == "deliver" and isinstance(event.what, Prepare | Accept):
            before = promised.get(name, Ballot())
            if event.what.ballot < before:
                found[event.index] = f"{before} promised"
    return found


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
