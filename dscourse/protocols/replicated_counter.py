"""A counter on every node that reaches the same value on all of them once messages get through again.

Source:        Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of Convergent and Commutative
               Replicated Data Types", INRIA RR-7506, 2011, section 3.1.1 (state-based increment-only counter).
Assumes:       no crash with loss of state; messages may be lost, repeated, late and reordered.
Promises:      `never_too_much` always; `converged` after a period in which every link passes one message.
Not promised:  that two replicas agree at any moment before that; decrements.
Departs:       the textbook class sends increments, this one sends totals, again and again: the message says how
               many each node has counted, and the larger number wins. Hearing it twice, late or never again does
               no harm, because the maximum of a set does not depend on order or repetition.
Size:          n - 1 messages of n numbers an interval and node, whether there are increments or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dscourse.node import Client, Invocation, Message, Node, Timer

__all__ = ["Gossip", "GossipCounter", "Totals", "converged", "counts", "never_too_much"]


@dataclass(frozen=True, slots=True)
class Totals(Message):
    """How many increments each node is known to have made: (node, total) pairs sorted by node."""

    totals: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Gossip(Timer):
    """Time to tell the others."""


class GossipCounter(Client):
    """A replica that takes increments from its own users and tells its totals every ``interval_ms``."""

    def __init__(self, id: str, peers: Iterable[str] = (), interval_ms: float = 20.0) -> None:
        super().__init__(id, peers)
        self.interval_ms = interval_ms
        self.totals: dict[str, int] = {}

    def on_start(self, log: Sequence[object]) -> None:
        self.set_timer(Gossip(), self.interval_ms)

    def on_invoke(self, op: Invocation) -> None:
        self.totals[self.id] = self.totals.get(self.id, 0) + op.value
        self.complete(op.id)

    def on_gossip(self, timer: Gossip) -> None:
        self.broadcast(Totals(tuple(sorted(self.totals.items()))))
        self.set_timer(Gossip(), self.interval_ms)

    def on_totals(self, sender: str, heard: Totals) -> None:
        for node, total in heard.totals:
            self.totals[node] = max(total, self.totals.get(node, 0))

    @property
    def value(self) -> int:
        """The sum over all nodes, as far as this one knows."""
        return sum(self.totals.values())


def counts(nodes: Mapping[str, Node]) -> dict[str, int]:
    """What each replica says, by name."""
    return {name: node.value for name, node in nodes.items() if isinstance(node, GossipCounter)}


def converged(nodes: Mapping[str, Node]) -> bool:
    """True if all replicas say the same."""
    return len(set(counts(nodes).values())) <= 1


def never_too_much(nodes: Mapping[str, Node]) -> bool:
    """True if nobody believes that a node counted more than that node has."""
    replicas = [node for node in nodes.values() if isinstance(node, GossipCounter)]
    return all(
        total <= own.totals.get(own.id, 0)
        for own in replicas
        for other in replicas
        for node, total in other.totals.items()
        if node == own.id
    )
