"""Leader election around a ring: the node with the highest name leads.

Source:        Chang and Roberts, "An improved algorithm for decentralized extrema-finding in circular configurations
               of processes", CACM 22(5), 1979.
Assumes:       no crash, no loss, no reordering on a link; names differ. Every node starts by itself, and knows only
               the next node of the ring. Restarts: none.
Promises:      `agreed`: in the end all nodes follow the same leader, which has the highest name.
Not promised:  termination if a node of the ring is down: messages get stuck there. That a restarted node learns the
               leader: the others discard its candidacy. `dscourse.protocols.ring_election_retries` tolerates both,
               once all nodes are up again.
Departs:       nothing.
Size:          with n nodes that all start: 2 n - 1 messages to find the highest if names rise along the ring,
               n (n + 1) / 2 if they fall, about n ln n on average; then n to announce the leader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Message, Node, as_names

__all__ = ["Candidate", "Elected", "RingNode", "agreed", "ring"]


@dataclass(frozen=True, slots=True)
class Candidate(Message):
    """The highest name that this message has met so far."""

    name: str

    def __str__(self) -> str:
        return f"candidate {self.name}"


@dataclass(frozen=True, slots=True)
class Elected(Message):
    """Announces that ``name`` leads."""

    name: str

    def __str__(self) -> str:
        return f"elected {self.name}"


class RingNode(Node):
    """A node that forwards names higher than its own, and discards lower ones."""

    def __init__(self, id: str, following: str) -> None:
        super().__init__(id, [following] if following != id else [])  # a ring of one
        self.following = following
        self.leader = ""

    @property
    def shown_role(self) -> str:
        return "leads" if self.leader == self.id else ""

    def on_start(self, log: Sequence[object]) -> None:
        self.send(self.following, Candidate(self.id))

    def on_candidate(self, sender: str, candidate: Candidate) -> None:
        if candidate.name == self.id:  # it has come all the way round
            self.leader = self.id
            self.send(self.following, Elected(self.id))
        elif candidate.name > self.id:
            self.send(self.following, candidate)

    def on_elected(self, sender: str, elected: Elected) -> None:
        if elected.name != self.id:
            self.leader = elected.name
            self.send(self.following, elected)


def ring(names: Sequence[str]) -> list[RingNode]:
    """Return a node for each of the names, in this order around the ring.

    TypeError or ValueError unless they are different strings.
    """
    known = as_names(names, "names")
    pairs = zip(known, known[1:] + known[:1], strict=True)
    return [RingNode(name, following) for name, following in pairs]


def agreed(nodes: Mapping[str, Any]) -> Verdict:
    """All these nodes follow the one of them with the highest name.

    >>> a, b = ring(["a", "b"])
    >>> a.leader = "b"
    >>> agreed({"a": a, "b": b})
    violated: agreed; b follows no leader, and not b
    """
    highest = max(nodes, default="")
    wrong = [
        f"{name} follows {node.leader or 'no leader'}, and not {highest}"
        for name, node in sorted(nodes.items())
        if node.leader != highest
    ]
    return unless("agreed", wrong[0] if wrong else "")
