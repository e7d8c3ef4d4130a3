"""A leader for a limited time: it leads while a majority has heard it lately, and meanwhile nobody else can.

Source:        Gray and Cheriton, "Leases: an efficient fault-tolerant mechanism for distributed file cache
               consistency", SOSP 1989, sections 2 and 5; Ongaro, "Consensus: bridging theory and practice",
               dissertation, Stanford 2014, section 6.4.1, for the leader's lease.
Assumes:       what `dscourse.protocols.failover` does, and clocks whose speeds differ by no more than a known
               factor, over restarts as well. Nothing is assumed of the time that messages take.
Promises:      what failover does; and `one_leader`, at every moment, while no clock is slower than another by more
               than the factor silence_ms / lease_ms and no leader's process is halted.
Not promised:  anything of writes that are under way: one that is sent within the lease may reach its storage after
               it, and after a write of the next leader. To rule that out by time, messages to the storage would have
               to take no longer than a bound, and a leader would have to stop writing that long before its lease
               ends. Fencing (`dscourse.protocols.fencing`) needs neither this bound nor a clock. One leader, if
               clocks differ by more, or if a process is halted while it has a lease.
Departs:       from failover: heartbeats are answered, and a node that has heard one gives no vote for ``silence_ms``.
               After a restart it waits as long, since it may have promised not to vote. A node that has asked for
               votes in vain has a higher epoch than the leader; it refuses the leader's heartbeats, and so causes one
               more election.
Size:          a heartbeat 2 (n - 1) messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

__all__ = ["BeatHeard", "Free", "LeaseOver", "LeasedNode", "one_leader"]


@dataclass(frozen=True, slots=True)
class BeatHeard(Message):
    """The answer to a heartbeat, where leases are used."""

    epoch: int
    number: int


@dataclass(frozen=True, slots=True)
class LeaseOver(Timer):
    """The lease that heartbeat ``number`` has won is over."""

    number: int


@dataclass(frozen=True, slots=True)
class Free(Timer):
    """What this node has promised by a vote or an answer is over: it may vote again."""


class LeasedNode(FailoverNode):
    """Leads only while a majority has heard it lately; does not vote while it is bound by a vote or an answer.

    A lease lasts ``lease_ms`` from when the request for votes or the heartbeat was *sent*, by the leader's clock; a
    node that answers it gives no other vote for ``silence_ms`` from when it *arrived*, by its own clock. So leases
    are over in time, however long messages take, if no clock is slower than another by more than the factor
    silence_ms / lease_ms.
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

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        self._bind()

    def _bind(self) -> None:
        """Give no other vote for ``silence_ms``."""
        self.bound = True
        self.set_timer(Free(), self.silence_ms)

    def on_free(self, timer: Free) -> None:
        self.bound = False

    # --- votes, which count as the answer to a first heartbeat -----------------------------------

    def on_leader_silent(self, timer: LeaderSilent) -> None:
        self.number += 1
        self.asked, self.heard = self.number, {}
        self._begin_lease()
        super().on_leader_silent(timer)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        """A bound node does not even enter the epoch, unless it is the vote that binds it."""
        again = (request.epoch, sender) == (self.epoch, self.voted)
        if self.epoch_led is not None or (self.bound and not again):
            self._correct(sender, request.epoch)
            return
        super().on_request_vote(sender, request)
        if (request.epoch, sender) == (self.epoch, self.voted):
            self._bind()

    def on_granted(self, sender: str, granted: Granted) -> None:
        """Votes that come after the lease that they would give are of no use."""
        if granted.epoch == self.epoch and self.asked in self.heard:
            self._answered(sender, self.asked)
            super().on_granted(sender, granted)

    # --- heartbeats ------------------------------------------------------------------------------

    def on_beat(self, sender: str, beat: Beat) -> None:
        super().on_beat(sender, beat)
        if beat.epoch == self.epoch:
            self._bind()
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
