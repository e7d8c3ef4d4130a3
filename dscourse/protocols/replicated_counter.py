"""A counter on every node that reaches the same value on all of them once messages get through again.

Source:        Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of Convergent and Commutative
               Replicated Data Types", INRIA RR-7506, 2011, section 3.1.2 (state-based increment-only counter, called
               G-Counter).
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered. Restarts: a
               replica that forgot its own total would count up to it again, and the others, who keep the larger
               number, would miss these increments; so the total is on disk before an increment is acknowledged.
Promises:      `never_overcounted` always; `converged`, to the number of increments, as soon as every replica is up
               and every link has delivered a message that was sent after the last of them.
Not promised:  that two replicas agree at any moment before that; decrements (refused).
Departs:       the textbook class sends increments; this one sends totals periodically: each message has the count of
               every node, and the larger number wins. A repeated, late or reordered message does no harm, because
               the maximum of a set does not depend on order or repetition. The source leaves open when to send; here
               a timer decides. The source's vector has a known length; here it is a dictionary.
Size:          n - 1 messages of n numbers per interval and node, whether there are increments or not; 1 forced write
               per increment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.core.wording import text_of
from dscourse.node import Client, Invocation, Message, Node, Timer
from dscourse.protocols.textbook.replicated_counter import Counter

__all__ = [
    "Counted",
    "GossipCounter",
    "GossipDue",
    "Totals",
    "converged",
    "counts",
    "never_overcounted",
]


@dataclass(frozen=True, slots=True)
class Totals(Message):
    """These are the totals that I know, as (node, total) pairs sorted by node."""

    totals: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        return f"totals {text_of(self.totals)}" if self.totals else "no totals"


@dataclass(frozen=True, slots=True)
class Counted:
    """A record: the total of this node's own increments."""

    total: int

    def __str__(self) -> str:
        return f"total {self.total}"


@dataclass(frozen=True, slots=True)
class GossipDue(Timer):
    """Time to send the totals to the peers."""


class GossipCounter(Client):
    """A replica that accepts increments from its own users and sends its totals every ``interval_ms``."""

    def __init__(self, id: str, peers: Iterable[str] = (), interval_ms: float = 20.0) -> None:
        super().__init__(id, peers)
        if not interval_ms > 0:
            raise ValueError(f"interval_ms={interval_ms}: it must be above 0")
        self.interval_ms = interval_ms
        self.totals: dict[str, int] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Counted):
                self.totals[self.id] = record.total
        self.set_timer(GossipDue(), self.interval_ms)

    def on_invoke(self, op: Invocation) -> None:
        if op.value < 0:
            self.fail(op.id, "this counter only grows")
            return
        self.totals[self.id] = self.totals.get(self.id, 0) + op.value
        self.write(Counted(self.totals[self.id]))
        self.complete(op.id)

    def on_gossip_due(self, timer: GossipDue) -> None:
        self.broadcast(Totals(tuple(sorted(self.totals.items()))))
        self.set_timer(GossipDue(), self.interval_ms)

    def on_totals(self, sender: str, heard: Totals) -> None:
        for node, total in heard.totals:
            self.totals[node] = max(total, self.totals.get(node, 0))

    @property
    def value(self) -> int:
        """The sum of the totals that this node knows."""
        return sum(self.totals.values())


def counts(nodes: Mapping[str, Node]) -> dict[str, int]:
    """Return the value of each replica by name, of this class or the textbook's.

    >>> counts({"a": GossipCounter("a"), "b": Counter("b")})
    {'a': 0, 'b': 0}
    """
    kinds = (Counter, GossipCounter)
    return {name: node.value for name, node in nodes.items() if isinstance(node, kinds)}


def converged(nodes: Mapping[str, Node]) -> bool:
    """Return whether all replicas have the same value.

    >>> converged({"a": GossipCounter("a"), "b": GossipCounter("b")})
    True
    """
    return len(set(counts(nodes).values())) <= 1


def never_overcounted(nodes: Mapping[str, Node]) -> Verdict:
    """Judge that no live node has a higher total for another live node than that node itself.

    >>> a, b = GossipCounter("a"), GossipCounter("b")
    >>> never_overcounted({"a": a, "b": b})
    never overcounted
    >>> a.totals["b"] = 2
    >>> never_overcounted({"a": a, "b": b})
    violated: never overcounted; a has a total of 2 for b, and b itself has 0
    """
    replicas = {name: node for name, node in nodes.items() if isinstance(node, GossipCounter)}
    wrong = [
        f"{name} has a total of {total} for {other}, and {other} itself has {own}"
        for name, node in replicas.items()
        for other, total in node.totals.items()
        if other in replicas and total > (own := replicas[other].totals.get(other, 0))
    ]
    return unless("never overcounted", wrong[0] if wrong else "")
