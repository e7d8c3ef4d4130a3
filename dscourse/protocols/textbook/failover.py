"""Failover as introductions present it: every node regards the highest name that seems alive as the leader.

Source:        failover managers that watch heartbeats and choose by themselves.
Assumes:       that all nodes see the same nodes alive at the same time.
Promises:      under this assumption, one leader.
Not promised:  agreement: nodes announce that they are alive, not which of them leads. Under a partition each side
               has a leader, and leaders have no epochs by which a storage could order them.
Departs:       nothing: this is the version to break. `dscourse.protocols.failover` is the repair.
Size:          n - 1 heartbeats per node and period; an election sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer
from dscourse.protocols.heartbeats import BeatDue, HeartbeatWriter

__all__ = ["Alive", "HighestAlive", "Silent"]


@dataclass(frozen=True, slots=True)
class Alive(Message):
    """A heartbeat: the sender is up."""

    def __str__(self) -> str:
        return "heartbeat"


@dataclass(frozen=True, slots=True)
class Silent(Timer):
    """Nothing has been heard from this node for ``silence_ms``."""

    node: str

    def __str__(self) -> str:
        return f"nothing heard from {self.node}"


class HighestAlive(HeartbeatWriter):
    """A node that leads while it hears from no node with a higher name."""

    def __init__(self, id: str, peers: Iterable[str] = (), **settings: Any) -> None:
        super().__init__(id, peers, **settings)
        self.alive = dict.fromkeys(self.peers, True)

    def on_start(self, log: Sequence[object]) -> None:
        for name in self.peers:
            self.set_timer(Silent(name), self.silence_ms)
        self.on_beat_due(BeatDue())
        self.begin_writing()

    @property
    def leader(self) -> str:
        """The highest name among the nodes that seem to be alive, this one included."""
        return max([self.id, *(name for name in self.peers if self.alive[name])])

    @property
    def epoch_led(self) -> int | None:
        return 0 if self.leader == self.id else None

    def on_beat_due(self, timer: BeatDue) -> None:
        self.broadcast(Alive())
        self.set_timer(timer, self.beat_ms)

    def on_alive(self, sender: str, alive: Alive) -> None:
        self.alive[sender] = True
        self.set_timer(Silent(sender), self.silence_ms)

    def on_silent(self, timer: Silent) -> None:
        led = self.epoch_led
        self.alive[timer.node] = False
        if led is None:
            self.begin_writing()
