"""A leader for a limited time: it leads while a majority has heard it lately, and meanwhile nobody else can.

Source:        Gray and Cheriton, "Leases: an efficient fault-tolerant mechanism for distributed file cache
               consistency", SOSP 1989, sections 2 and 5; Ongaro, "Consensus: bridging theory and practice",
               dissertation, Stanford 2014, section 6.4.1, for the leader's lease.
Assumes:       what `dscourse.protocols.failover` does, and clocks whose speeds differ by no more than a known factor.
Promises:      what failover does; and `one_leader`, at every moment, while no clock is slower than another by more
               than the factor silence_ms / lease_ms.
Not promised:  one leader if clocks differ by more, or if the leader's process is halted between looking at its lease
               and writing: fencing (`dscourse.protocols.fencing`) needs no clock. Nor that a node which has asked for
               votes in vain follows the leader: its epoch is higher, and it stays apart until there is a new leader.
Departs:       from failover: heartbeats are answered, and who has heard one lately gives no vote. After a restart a
               node waits for a silence before it votes, since it may have promised not to.
Size:          a heartbeat 2 (n - 1) messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dscourse.node import Message, Timer
from dscourse.protocols.bully import one_leader
from dscourse.protocols.failover import (
    Beat,
    BeatDue,
    FailoverNode,
    Granted,
    LeaderSilent,
    RequestVote,
)

__all__ = ["BeatHeard", "LeaseOver", "LeasedNode", "one_leader"]


@dataclass(frozen=True, slots=True)
class BeatHeard(Message):
    """The answer to a heartbeat, where leases are used."""

    epoch: int
    number: int


@dataclass(frozen=True, slots=True)
class LeaseOver(Timer):
    """The lease that heartbeat ``number`` has won is over."""

    number: int


class LeasedNode(FailoverNode):
    """Leads only while a majority has heard it lately, and votes for nobody while it hears somebody else.

    A lease lasts ``lease_ms`` from when the request for votes or the heartbeat was sent, by the leader's clock; who
    has answered it gives no other vote for ``silence_ms``, by its own clock. So leases are over in time if no clock
    is slower than another by more than the factor silence_ms / lease_ms.
    """

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        storage: str = "",
        write_ms: float = 40.0,
        beat_ms: float = 50.0,
        silence_ms: float = 200.0,
        subscribers: Iterable[str] = (),
        lease_ms: float = 160.0,
    ) -> None:
        super().__init__(id, peers, storage, write_ms, beat_ms, silence_ms, subscribers)
        if not 0 < lease_ms <= silence_ms:
            raise ValueError(
                f"lease_ms={lease_ms}: it must be above 0, and silence_ms={silence_ms} at most"
            )
        self.lease_ms = lease_ms
        self.asked = 0  # the number of its last request for votes
        self.heard: dict[
            int, frozenset[str]
        ] = {}  # by number, until its lease is over: who has answered
        self.bound = True  # it may have promised not to vote

    # --- votes, which count as the answer to a first heartbeat -----------------------------------

    def on_leader_silent(self, timer: LeaderSilent) -> None:
        self.bound = False
        self.number += 1
        self.asked, self.heard = self.number, {}
        self._begin_lease()
        super().on_leader_silent(timer)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        free = not self.bound or (request.epoch, sender) == (self.epoch, self.voted)
        if free and self.epoch_led is None:
            super().on_request_vote(sender, request)
            self.bound = self.bound or self.voted == sender

    def on_granted(self, sender: str, granted: Granted) -> None:
        """Votes that come after the lease that they would give are of no use."""
        if granted.epoch == self.epoch and self.asked in self.heard:
            self._answered(sender, self.asked)
            super().on_granted(sender, granted)

    # --- heartbeats ------------------------------------------------------------------------------

    def on_beat(self, sender: str, beat: Beat) -> None:
        super().on_beat(sender, beat)
        if beat.epoch == self.epoch:
            self.bound = True
            self.send(sender, BeatHeard(beat.epoch, beat.number))

    def on_beat_due(self, timer: BeatDue) -> None:
        super().on_beat_due(timer)
        if self.leader == self.id:
            self._begin_lease()

    def on_beat_heard(self, sender: str, heard: BeatHeard) -> None:
        if heard.epoch == self.epoch:
            self._answered(sender, heard.number)

    # --- leases ----------------------------------------------------------------------------------

    def _begin_lease(self) -> None:
        self.heard[self.number] = frozenset({self.id})
        self.set_timer(LeaseOver(self.number), self.lease_ms)

    def _answered(self, sender: str, number: int) -> None:
        if number in self.heard:
            self.heard[number] |= {sender}

    def on_lease_over(self, timer: LeaseOver) -> None:
        """Without a majority behind a later heartbeat, this node leads no more."""
        self.heard.pop(timer.number, None)
        if self.leader == self.id and not any(map(self.is_majority, self.heard.values())):
            self.leader = ""
            self._wait_for_leader()
