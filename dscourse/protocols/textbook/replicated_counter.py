"""A counter on every node; each increment is sent to the others once. Promises nothing once a message is lost.

Source:        the obvious first idea; no paper recommends it.
Assumes:       no crash; every message arrives exactly once.
Promises:      under these assumptions, equal counts when nothing is under way (`converged`).
Not promised:  anything under loss (an increment is missing for ever) or repetition (it counts twice).
Departs:       nothing: this is the version to break. `dscourse.protocols.replicated_counter` is the repair.
Size:          n - 1 messages an increment, one one-way delay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dscourse.node import Client, Invocation, Message, Node

__all__ = ["Add", "Counter", "converged", "counts"]


@dataclass(frozen=True, slots=True)
class Add(Message):
    """Somebody counted this many."""

    amount: int


class Counter(Client):
    """A replica that takes increments from its own users."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.value = 0

    def on_invoke(self, op: Invocation) -> None:
        self.value += op.value
        self.broadcast(Add(op.value))
        self.complete(op.id)

    def on_add(self, sender: str, add: Add) -> None:
        self.value += add.amount


def counts(nodes: Mapping[str, Node]) -> dict[str, int]:
    """What each replica says, by name."""
    return {name: node.value for name, node in nodes.items() if isinstance(node, Counter)}


def converged(nodes: Mapping[str, Node]) -> bool:
    """True if all replicas say the same."""
    return len(set(counts(nodes).values())) <= 1
