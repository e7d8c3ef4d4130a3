"""The ring election with retries: nodes may crash and come back, and messages may be lost.

Source:        Chang and Roberts, "An improved algorithm for decentralized extrema-finding in circular configurations
               of processes", CACM 22(5), 1979, for the election; the retries are this course's own.
Assumes:       crash-recovery without a log; messages may be lost, repeated, late and reordered; names differ.
Promises:      no node ever takes another than the node with the highest name for the leader (`only_the_highest`).
               Once all n nodes stay up and messages are not lost and take at most d, all know the leader
               (`agreed`) within ``retry_ms`` + 2 n d, however often each of them has restarted.
Not promised:  an end while a node of the ring is down, or that a leader is up: nobody watches it.
Departs:       a node that knows no leader sends its candidacy every ``retry_ms``. A node that knows the leader
               passes on lower candidates instead of swallowing them; the leader answers each with a new round.
Size:          as `ring_election`, if it is over before the first retry; each retry at most 2 n messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Timer
from dscourse.protocols.ring_election import Candidate, Elected, RingNode, agreed

__all__ = ["RetryDue", "RetryingRingNode", "agreed", "only_the_highest"]


@dataclass(frozen=True, slots=True)
class RetryDue(Timer):
    """Time to stand again, if no leader is known yet."""


class RetryingRingNode(RingNode):
    """Stands until it knows the leader; helps others that do not know it yet."""

    def __init__(self, id: str, following: str, retry_ms: float = 200.0) -> None:
        super().__init__(id, following)
        if retry_ms <= 0:
            raise ValueError(f"retry_ms={retry_ms}: it must be above 0")
        self.retry_ms = retry_ms

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        self.set_timer(RetryDue(), self.retry_ms)

    def on_retry_due(self, timer: RetryDue) -> None:
        if not self.leader:
            self.send(self.following, Candidate(self.id))
            self.set_timer(timer, self.retry_ms)

    def on_candidate(self, sender: str, candidate: Candidate) -> None:
        if not self.leader or candidate.name >= self.id:
            super().on_candidate(sender, candidate)
        elif self.leader == self.id:
            self.send(self.following, Elected(self.id))
        else:
            self.send(self.following, candidate)


def only_the_highest(nodes: Mapping[str, Any], names: Iterable[str]) -> Verdict:
    """No node takes another for the leader than the highest of all ``names``, those of nodes that are down included.

    >>> a = RetryingRingNode("a", "b")
    >>> a.leader = "a"
    >>> only_the_highest({"a": a}, names=["a", "b"])
    not only the highest: a takes a for the leader, and not b
    """
    highest = max(names)
    wrong = [
        f"{name} takes {node.leader} for the leader, and not {highest}"
        for name, node in sorted(nodes.items())
        if node.leader not in ("", highest)
    ]
    return unless("only the highest", wrong[0] if wrong else "")
