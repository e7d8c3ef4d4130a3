"""A leader with a lease: it leads for a limited time, during which no other node can.

Source:        Gray and Cheriton, "Leases: an efficient fault-tolerant mechanism for distributed file cache
               consistency", SOSP 1989, sections 2 and 5; Ongaro, "Consensus: bridging theory and practice",
               dissertation, Stanford 2014, section 6.4.1, for the leader's lease.
Assumes:       as `failover`, and clocks whose speeds differ by no more than a known factor, over restarts as well.
               Nothing is assumed about how long messages take. Restarts: any node, with its log; it may have
               promised not to vote, and waits as if it had.
Promises:      as `failover`; and `one_leader`, at every moment, while no clock is slower than another by more than
               the factor silence_ms / lease_ms, and no leader's process is halted.
Not promised:  anything about writes in flight: a write that is sent within the lease may reach its storage after the
               lease has expired, and after a write of the next leader. Only a bound on the delay to the storage, and
               a leader that stops writing that long before its lease expires, could rule that out. Fencing
               (`dscourse.protocols.fencing`) needs neither this bound nor a clock. One leader, if clocks differ by
               more, or if a process is halted while it has a lease.
Departs:       from `failover`: heartbeats are answered, and a node that has heard one does not vote for
               ``silence_ms``. A candidate that has failed has a higher epoch than the leader; it refuses the leader's
               heartbeats, and so causes one more election.
Size:          2 (n - 1) messages per heartbeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Timer
from dscourse.protocols.bully import one_leader
from dscourse.protocols.failover import Beat, FailoverNode, Granted, RequestVote
from dscourse.protocols.heartbeats import BeatDue, LeaderSilent

__all__ = ["BeatAck", "LeaseExpired", "LeasedNode", "PromiseExpired", "one_leader"]


@dataclass(frozen=True, slots=True)
class BeatAck(Message):
    """Acknowledges a heartbeat, and so grants a lease."""

    epoch: int
    number: int

    def __str__(self) -> str:
        return f"ack heartbeat {self.number} (epoch {self.epoch})"


@dataclass(frozen=True, slots=True)
class LeaseExpired(Timer):
    """The lease that rests on heartbeat ``number`` has expired."""

    number: int


@dataclass(frozen=True, slots=True)
class PromiseExpired(Timer):
    """The promise of this node's last vote or acknowledgement has expired: it may vote again."""


class LeasedNode(FailoverNode):
    """A node that leads only while it has a lease from a majority, and keeps the promises that leases rest on.

    A lease lasts ``lease_ms`` from when the request for votes or the heartbeat was *sent*, by the leader's clock. A
    node that answers promises no other vote for ``silence_ms`` from when it *arrived*, by its own clock. So a lease
    expires before the promises do, however long messages take, if no clock is slower than another by more than the
    factor silence_ms / lease_ms. ValueError if ``lease_ms`` is not above 0, or exceeds ``silence_ms``.
    """

    def __init__(
        self, id: str, peers: Iterable[str] = (), lease_ms: float = 160.0, **settings: Any
    ) -> None:
        super().__init__(id, peers, **settings)
        if not 0 < lease_ms <= self.silence_ms:
            raise ValueError(
                f"lease_ms={lease_ms}: it must be above 0, and at most silence_ms={self.silence_ms}"
            )
        self.lease_ms = lease_ms
        self.vote_round = 0  # the number of its last request for votes
        self.leases: dict[
            int, frozenset[str]
        ] = {}  # unexpired: by number, the nodes that granted it
        self.has_promised = True  # not to vote: perhaps before a crash

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        self._promise()

    def _promise(self) -> None:
        """Promise no other vote for ``silence_ms``."""
        self.has_promised = True
        self.set_timer(PromiseExpired(), self.silence_ms)

    def on_promise_expired(self, timer: PromiseExpired) -> None:
        self.has_promised = False

    # --- votes, which count as acknowledgements of a first heartbeat -----------------------------

    def on_leader_silent(self, timer: LeaderSilent) -> None:
        self.number += 1
        self.vote_round, self.leases = self.number, {}
        self._begin_lease()
        super().on_leader_silent(timer)

    def on_request_vote(self, sender: str, request: RequestVote) -> None:
        """Do not even enter the epoch under a promise, unless it is this vote that promises."""
        again = (request.epoch, sender) == (self.epoch, self.voted)
        if self.epoch_led is not None or (self.has_promised and not again):
            self._reject_stale(sender, request.epoch)
            return
        super().on_request_vote(sender, request)
        if (request.epoch, sender) == (self.epoch, self.voted):
            self._promise()

    def on_granted(self, sender: str, granted: Granted) -> None:
        """Ignore a vote that arrives after the lease it would grant."""
        if granted.epoch == self.epoch and self.vote_round in self.leases:
            self._grant(sender, self.vote_round)
            super().on_granted(sender, granted)

    # --- heartbeats ------------------------------------------------------------------------------

    def on_beat(self, sender: str, beat: Beat) -> None:
        super().on_beat(sender, beat)
        if beat.epoch == self.epoch:
            self._promise()
            self.send(sender, BeatAck(beat.epoch, beat.number))

    def on_beat_due(self, timer: BeatDue) -> None:
        super().on_beat_due(timer)
        if self.leader == self.id:
            self._begin_lease()

    def on_beat_ack(self, sender: str, ack: BeatAck) -> None:
        if ack.epoch == self.epoch:
            self._grant(sender, ack.number)

    # --- leases ----------------------------------------------------------------------------------

    def _begin_lease(self) -> None:
        self.leases[self.number] = frozenset({self.id})
        self.set_timer(LeaseExpired(self.number), self.lease_ms)

    def _grant(self, sender: str, number: int) -> None:
        if number in self.leases:
            self.leases[number] |= {sender}

    def on_lease_expired(self, timer: LeaseExpired) -> None:
        """Stop leading, unless a majority has granted a later lease."""
        self.leases.pop(timer.number, None)
        if self.leader == self.id and not any(map(self.is_majority, self.leases.values())):
            self.leader = ""
            self._wait_for_leader()
