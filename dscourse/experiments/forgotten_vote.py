"""Chapter 14: one election of a Raft that forgets its vote in a crash, to be touched."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.experiments.what_was_done import not_alone
from dscourse.node import cluster
from dscourse.protocols.raft import Raft
from dscourse.protocols.raft_messages import AppendEntries, ElectionTimeout, TermAndVote
from dscourse.sim import At, Constant, Network, World
from dscourse.sim.message_faults import MessageFault

__all__ = [
    "Forgetful", "forgetful_world", "leaders_by_term", "led_by_messages", "one_leader_per_term",
]  # fmt: skip

_FIRST_MS = {"n1": 20.0, "n2": 28.0}  # election time-outs in term 0
_LATER_MS = 400.0


class Forgetful(Raft):
    """A server that loses its vote, but not its term, in a crash; n1 first stands after 20 ms, n2 after 28."""

    def reset_election_timeout(self) -> None:
        first_ms = _FIRST_MS.get(self.id, _LATER_MS)
        self.set_timer(ElectionTimeout(), _LATER_MS if self.term else first_ms)

    def recover(self, record: object) -> None:
        super().recover(TermAndVote(record.term, "") if isinstance(record, TermAndVote) else record)


def forgetful_world(plan: Sequence[At], until_ms: float = 80.0) -> World:
    """Run n1, n2 and n3 under the plan; each message takes 10 ms.

    >>> leaders_by_term(forgetful_world([]))
    {1: ['n1']}
    """
    nodes = cluster(Forgetful, ("n1", "n2", "n3"))
    return World(nodes, network=Network(Constant(10)), plan=list(plan)).run(until_ms)


def leaders_by_term(world: World) -> dict[int, list[str]]:
    """Return the nodes that have led each term of the run, in the order of their first messages as leader."""
    led: dict[int, list[str]] = {}
    for event in world.trace.kinds("send"):
        if isinstance(event.what, AppendEntries):
            names = led.setdefault(event.what.term, [])
            names += [str(event.node)] if event.node not in names else []
    return led


def led_by_messages(world: World, *names: str) -> bool | Verdict:
    """Return True if these nodes have led, each in term 1, and no others, unless more than messages was touched."""
    led = leaders_by_term(world) == ({1: list(names)} if names else {})
    return led and unless("by messages alone", not_alone(world, MessageFault))


def one_leader_per_term(world: World) -> Verdict:
    """Judge that no two nodes have led the same term, and say for each leader which nodes voted for it."""
    two = {term: names for term, names in leaders_by_term(world).items() if len(names) > 1}
    reasons = [_elections(world, term, names) for term, names in two.items()]
    return Verdict("one leader per term", not two, "; ".join(reasons))


def _elections(world: World, term: int, leaders: Sequence[str]) -> str:
    """Return in words which nodes voted for each of the leaders of a term."""
    voters = {
        name: [
            str(event.node)
            for event in world.trace.kinds("write")
            if event.what == TermAndVote(term, name)
        ]
        for name in leaders
    }
    return f"in term {term}, " + ", and ".join(
        f"{name} leads with the votes of {' and '.join(names)}" for name, names in voters.items()
    )
