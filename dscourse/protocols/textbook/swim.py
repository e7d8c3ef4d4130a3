"""Heartbeats between all pairs of nodes: a node that has been silent for a while is declared dead.

Source:        the heartbeats of introductions, between all pairs of nodes.
Assumes:       that every node reaches every other one, and that a cluster is small.
Promises:      under this assumption, that a node that is down is dead to all others within four periods of
               its last heartbeat.
Not promised:  that nodes agree: one link that is broken makes one node dead to another one, as long as it stays so.
               And the number of messages grows with the square of the number of nodes.
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
        """Return the state in which this node considers the member: alive or dead."""
        return "dead" if self.missed[member] > _MISSED else "alive"
