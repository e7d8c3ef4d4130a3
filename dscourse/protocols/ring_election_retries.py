"""The ring election with retries: it tolerates crashes, restarts and lost messages.

Source:        Chang and Roberts, "An improved algorithm for decentralized extrema-finding in circular configurations
               of processes", CACM 22(5), 1979, for the election; the retries are this course's own.
Assumes:       crash-recovery without a log; messages may be lost, repeated, late and reordered; names differ.
               Restarts: any node; it remembers nothing.
Promises:      no node ever follows another leader than the node with the highest name (`only_the_highest`). Once all
               n nodes stay up, messages are not lost and take at most d, and clocks run at the speed of true time,
               all follow it (`agreed`) within ``retry_ms`` + 2 n d, however often each of them has restarted.
Not promised:  termination while a node of the ring is down. That the leader is up: no node monitors it.
Departs:       a node without a leader sends its candidacy every ``retry_ms``. A node that knows the leader forwards
               lower candidates instead of discarding them; the leader answers each with a new announcement.
Size:          as `ring_election`, if it ends before the first retry; at most 2 n messages per retry.
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
    """Time to send the candidacy again, while no leader is known."""


class RetryingRingNode(RingNode):
    """A node that sends its candidacy until it knows the leader. ValueError unless ``retry_ms`` is above 0."""

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
    """No node follows another leader than the highest of all ``names``, nodes that are down included.

    >>> a = RetryingRingNode("a", "b")
    >>> a.leader = "a"
    >>> only_the_highest({"a": a}, names=["a", "b"])
    violated: only the highest; a follows a, and not b
    """
    highest = max(names)
    wrong = [
        f"{name} follows {node.leader}, and not {highest}"
        for name, node in sorted(nodes.items())
        if node.leader not in ("", highest)
    ]
    return unless("only the highest", wrong[0] if wrong else "")
