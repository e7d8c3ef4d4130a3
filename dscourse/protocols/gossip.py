"""Failure detection by gossip: nodes pass on each other's heartbeat counters.

Source:        van Renesse, Minsky and Hayden, "A Gossip-Style Failure Detection Service", Middleware 1998, section 2
               (counters that rise, told to one member at a time); Hayashibara et al., "The φ Accrual Failure
               Detector", SRDS 2004, for when to suspect.
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered. All members are
               known from the start.
Promises:      counters only rise (`never_less`): a node's own over its restarts too, and what it knows of the others
               in one life. Once nothing fails any more, every live node trusts in the end all live ones, and
               suspects all whose counter has stopped, however long the faults before that lasted.
Not promised:  that a node that is suspected is down: it may be cut off, paused or slow. Nor any suspicion by a node
               whose own clock was set back, until that shows again what it showed before.
Departs:       a node tells the others in turn instead of one at random. A counter begins with the number of the
               node's starts, so that it rises over a crash. φ takes the place of a fixed time-out.
Size:          a message a node and interval, with a counter for every member.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.detectors import Detector, PhiAccrual
from dscourse.node import Component, Message, Timer

__all__ = ["Beat", "Beats", "Gossip", "Started", "TellNext", "never_less"]


@dataclass(frozen=True, slots=True, order=True)
class Beat:
    """How often a node has started, and how often it has told so since."""

    starts: int
    count: int = 0

    def __str__(self) -> str:
        return f"{self.starts}.{self.count}"


@dataclass(frozen=True, slots=True)
class Beats(Message):
    """The highest counter that the sender has heard of, of each node by name."""

    beats: tuple[tuple[str, Beat], ...]


@dataclass(frozen=True, slots=True)
class TellNext(Timer):
    """It is time to tell the next one."""


@dataclass(frozen=True, slots=True)
class Started:
    """A record in the log: the node has started."""


class Gossip(Component):
    """Tells one peer after the other, every ``interval_ms``; for each it has a φ detector with this ``threshold``."""

    def __init__(
        self, id: str, peers: Iterable[str], interval_ms: float = 50.0, threshold: float = 8.0
    ) -> None:
        super().__init__(id, peers)
        if not interval_ms > 0:
            raise ValueError(f"interval_ms={interval_ms}: it must be above 0")
        self.interval_ms, self.threshold = interval_ms, threshold
        self.beats: dict[str, Beat] = {}
        self.detectors: dict[str, Detector] = {}
        self.latest = 0.0
        self.told = sum(peer < id for peer in self.peers)  # each begins with the one after it

    def on_start(self, log: Sequence[object]) -> None:
        starts = sum(isinstance(record, Started) for record in log) + 1
        self.write(Started())
        self.beats = {self.id: Beat(starts)}
        self.detectors = {peer: self.detector() for peer in self.peers}
        if self.peers:
            self.set_timer(TellNext(), self.interval_ms)

    def detector(self) -> Detector:
        """A new detector, for a peer that counts as heard just now.

        Turns alone make gaps of up to a round, so those are never outages, not even if the peer was suspected. Else,
        after a burst of messages or the crash of those that passed the news on, its window would never learn them.
        """
        return PhiAccrual(
            self.threshold, window=50, min_deviation_ms=self.interval_ms / 2, pause_ms=0.0,
            first_ms=2 * self.interval_ms, start_ms=self.time(),
            outage_ms=(len(self.peers) + 1) * self.interval_ms,
        )  # fmt: skip

    def on_tell_next(self, timer: TellNext) -> None:
        own = self.beats[self.id]
        self.beats[self.id] = Beat(own.starts, own.count + 1)
        peer = self.peers[self.told % len(self.peers)]
        self.told += 1
        self.send(peer, Beats(tuple(sorted(self.beats.items()))))
        self.set_timer(timer, self.interval_ms)

    def on_beats(self, sender: str, beats: Beats) -> None:
        now = self.time()
        for name, beat in beats.beats:
            if name in self.detectors and beat > self.beats.get(name, Beat(0)):
                self.beats[name] = beat
                self.detectors[name].heartbeat(now)

    def trusts(self, name: str) -> bool:
        """True if the node seems to be up; so does this node itself. LookupError for a stranger."""
        if name == self.id:
            return True
        if name not in self.detectors:
            raise LookupError(
                f"{name!r} is no member: the members are {self.id}, {', '.join(self.peers)}"
            )
        return not self.detectors[name].suspects(self.time())

    def time(self) -> float:
        """The own clock in ms; while it was set back it stands still."""
        self.latest = max(self.latest, self.now)
        return self.latest


def never_less(earlier: Mapping[str, Beat], later: Mapping[str, Beat]) -> Verdict:
    """No counter is lower later, and none is gone: two moments in one life of a node, or what it tells in any two.

    >>> never_less({"a": Beat(1, 9)}, {"a": Beat(2, 0), "b": Beat(1, 1)})
    never less
    >>> never_less({"a": Beat(2, 0)}, {"a": Beat(1, 9)})
    not never less: the counter of a is 2.0, and then 1.9
    """
    wrong = [
        f"the counter of {name} is {beat}, and then {later.get(name, 'gone')}"
        for name, beat in earlier.items()
        if name not in later or later[name] < beat
    ]
    return unless("never less", wrong[0] if wrong else "")
