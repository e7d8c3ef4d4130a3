"""Heartbeats between all pairs of nodes: a node that is silent for several periods is declared dead.

Source:        the heartbeats of introductions, between all pairs of nodes.
Assumes:       that every node reaches every other one, and that the cluster is small.
Promises:      under these assumptions, that all others declare a node that is down dead within four periods of
               the arrival of its last heartbeat.
Not promised:  that nodes agree: a broken link makes one node dead to another while it lasts. The number of messages
               grows with the square of the number of nodes.
Departs:       nothing: this is the version to break. `dscourse.protocols.swim` is the repair.
Size:          n - 1 messages per node and period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dscourse.node import Message, Node, Timer

__all__ = ["AllToAll", "Beat", "NextBeat"]

_MISSED = 3


@dataclass(frozen=True, slots=True)
class Beat(Message):
    """I am up."""

    def __str__(self) -> str:
        return "heartbeat"


@dataclass(frozen=True, slots=True)
class NextBeat(Timer):
    """The next period begins."""


class AllToAll(Node):
    """A node that sends a heartbeat to all others each period, and counts the periods without one from each."""

    def __init__(self, id: str, peers: Iterable[str] = (), period_ms: float = 100.0) -> None:
        super().__init__(id, peers)
        self.period_ms = period_ms
        self.missed = dict.fromkeys(self.peers, 0)

    def on_start(self, log: Sequence[object]) -> None:
        self.set_timer(NextBeat(), (0.0, self.period_ms))

    def on_next_beat(self, timer: NextBeat) -> None:
        for name in self.peers:
            self.missed[name] += 1
        self.broadcast(Beat())
        self.set_timer(timer, self.period_ms)

    def on_beat(self, sender: str, beat: Beat) -> None:
        self.missed[sender] = 0

    def state_of(self, member: str) -> str:
        """Return the member's state in this node's view: alive or dead."""
        return "dead" if self.missed[member] > _MISSED else "alive"
