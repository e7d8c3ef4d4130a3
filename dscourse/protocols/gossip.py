"""Failure detection by gossip: nodes pass on each other's heartbeat counters.

Source:        van Renesse, Minsky and Hayden, "A Gossip-Style Failure Detection Service", Middleware 1998, section 2
               (heartbeat counters, gossiped to one member at a time); Hayashibara et al., "The φ Accrual Failure
               Detector", SRDS 2004, for when to suspect.
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered. All members are
               known from the start. Restarts: any node, with its log; it forgets the counters of the others.
Promises:      counters only rise (`monotonic`): a node's own over its restarts too, and those of the others between
               its restarts. Once failures have stopped, every live node in the end trusts all live ones, and suspects
               all whose counter has stopped, however long the faults before that lasted.
Not promised:  that a suspected node is down: it may be cut off, paused or slow. Nor that trust lasts with a low
               ``threshold``: with 3, an ordinary gap is suspected now and then. Nor any suspicion by a node whose own
               clock was set back, until the clock has caught up.
Departs:       a node gossips to the others in turn instead of to one at random. A counter begins with the number of
               the node's starts, so that it rises over a crash. φ takes the place of a fixed time-out.
Size:          one message per node and interval, with a counter for every member.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.detectors import Detector, PhiAccrual
from dscourse.node import Component, Message, Timer

__all__ = ["Gossip", "GossipDue", "Heartbeat", "Heartbeats", "Started", "monotonic"]


@dataclass(frozen=True, slots=True, order=True)
class Heartbeat:
    """A heartbeat counter: the number of the node's starts, and of its rounds of gossip since."""

    starts: int
    count: int = 0

    def __str__(self) -> str:
        return f"{self.starts}.{self.count}"


@dataclass(frozen=True, slots=True)
class Heartbeats(Message):
    """These are the highest counters that I know, by node."""

    beats: tuple[tuple[str, Heartbeat], ...]

    def __str__(self) -> str:
        return f"heartbeats {', '.join(f'{name} {beat}' for name, beat in self.beats)}"


@dataclass(frozen=True, slots=True)
class GossipDue(Timer):
    """Time to gossip to the next peer."""


@dataclass(frozen=True, slots=True)
class Started:
    """A record: the node has started."""

    def __str__(self) -> str:
        return "started"


class Gossip(Component):
    """A component that gossips to one peer per ``interval_ms``, with a φ detector of this ``threshold`` for each."""

    def __init__(
        self, id: str, peers: Iterable[str], interval_ms: float = 50.0, threshold: float = 8.0
    ) -> None:
        super().__init__(id, peers)
        if not interval_ms > 0:
            raise ValueError(f"interval_ms={interval_ms}: it must be above 0")
        self.interval_ms, self.threshold = interval_ms, threshold
        self.beats: dict[str, Heartbeat] = {}
        self.detectors: dict[str, Detector] = {}
        self.latest = 0.0
        self.rounds = sum(peer < id for peer in self.peers)  # each node begins with its successor

    def on_start(self, log: Sequence[object]) -> None:
        starts = sum(isinstance(record, Started) for record in log) + 1
        self.write(Started())
        self.beats = {self.id: Heartbeat(starts)}
        self.detectors = {peer: self.detector() for peer in self.peers}
        if self.peers:
            self.set_timer(GossipDue(), self.interval_ms)

    def detector(self) -> Detector:
        """Return a new detector, for a peer whose heartbeat counts as received just now.

        Turns alone make gaps of up to a round, so those are never outages, not even if the peer was suspected.
        Otherwise its window would never learn them, after a burst of messages or a crash of the forwarding nodes.
        """
        return PhiAccrual(
            self.threshold, window=50, min_deviation_ms=self.interval_ms / 2, pause_ms=0.0,
            first_ms=2 * self.interval_ms, start_ms=self.time(),
            outage_ms=(len(self.peers) + 1) * self.interval_ms,
        )  # fmt: skip

    def on_gossip_due(self, timer: GossipDue) -> None:
        own = self.beats[self.id]
        self.beats[self.id] = Heartbeat(own.starts, own.count + 1)
        peer = self.peers[self.rounds % len(self.peers)]
        self.rounds += 1
        self.send(peer, Heartbeats(tuple(sorted(self.beats.items()))))
        self.set_timer(timer, self.interval_ms)

    def on_heartbeats(self, sender: str, beats: Heartbeats) -> None:
        now = self.time()
        for name, beat in beats.beats:
            if name in self.detectors and beat > self.beats.get(name, Heartbeat(0)):
                self.beats[name] = beat
                self.detectors[name].heartbeat(now)

    def trusts(self, name: str) -> bool:
        """Return whether the node seems to be up; this node itself does. LookupError for a non-member."""
        if name == self.id:
            return True
        if name not in self.detectors:
            raise LookupError(
                f"{name!r} is not a member: the members are {self.id}, {', '.join(self.peers)}"
            )
        return not self.detectors[name].suspects(self.time())

    def time(self) -> float:
        """Return the time on the node's clock in ms; after the clock is set back, it stands still until caught up."""
        self.latest = max(self.latest, self.now)
        return self.latest


def monotonic(earlier: Mapping[str, Heartbeat], later: Mapping[str, Heartbeat]) -> Verdict:
    """Judge that no counter has fallen or gone, between two moments of a node, or two messages of it.

    >>> monotonic({"a": Heartbeat(1, 9)}, {"a": Heartbeat(2, 0), "b": Heartbeat(1, 1)})
    monotonic
    >>> monotonic({"a": Heartbeat(2, 0)}, {"a": Heartbeat(1, 9)})
    violated: monotonic; the counter of a is 2.0, and then 1.9
    """
    wrong = [
        f"the counter of {name} is {beat}, and then {later.get(name, 'gone')}"
        for name, beat in earlier.items()
        if name not in later or later[name] < beat
    ]
    return unless("monotonic", wrong[0] if wrong else "")
