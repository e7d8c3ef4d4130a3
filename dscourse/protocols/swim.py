"""Group membership by random probing: the load per member does not grow with the cluster.

Source:        Das, Gupta and Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group Membership
               Protocol", DSN 2002, sections 3 (probes), 4.1 (rumours on probes), 4.2 (suspicion and incarnations) and
               4.3 (probing in rounds).
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered. All members are
               known from the start: a ping from a non-member is acknowledged, and rumours about it are ignored.
               For the times below, clocks run at the speed of true time: a fast one shortens ``ack_ms``. Restarts:
               any member, with its log; it goes on with a higher incarnation.
Promises:      `swim_properties`. Safety: no member that stays up is declared dead (`wrongly_dead`) while no message
               is lost, round trips are shorter than ``ack_ms`` and a refutation reaches all within ``suspicion_ms``.
               Liveness: once no member crashes, restarts or pauses, no message is lost and round trips are shorter
               than ``ack_ms``, whatever happened before, every member considers all live members alive and all
               crashed ones dead within `Member.settles_ms` (`unsettled`).
Not promised:  safety, if the refutation takes longer: no time-out can tell a slow member from a crashed one. Nor that
               a restarted member is considered alive at once: its new incarnation has to reach all members first.
Departs:       the order of probes is a hash of node and round instead of a random permutation. The paper removes dead
               members for good; here they are probed in their turn, and a higher incarnation revives one, so that the
               sides of a partition find each other again. A suspected member always learns of the suspicion (as in
               Dadgar, Phillips and Currey, "Lifeguard", DSN 2018). A member that receives an outdated rumour spreads
               the newer one again, so that the sender learns it. No member joins.
Size:          one probe per member and period: 2 messages, and up to 4 for each of ``helpers`` if no answer comes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b

from dscourse.node import Node
from dscourse.protocols.swim_messages import (
    Ack,
    AckTimeout,
    Incarnation,
    PeriodDue,
    Ping,
    PingReq,
    Probe,
    Rumour,
    Rumours,
    SuspicionTimeout,
)

__all__ = ["Member"]

_MOST_RUMOURS = 6


@cache
def _alive(name: str) -> Rumour:
    """Return the rumour about a member with which all others begin."""
    return Rumour(name, 0, "alive")


class Member(Node):
    """A member that probes one other per period and piggybacks rumours on every message."""

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        period_ms: float = 100.0,
        ack_ms: float = 30.0,
        suspicion_ms: float = 400.0,
        helpers: int = 3,
    ) -> None:
        super().__init__(id, peers)
        if not 0 < ack_ms < period_ms:
            raise ValueError(
                f"ack_ms={ack_ms}: it must be above 0, and below period_ms={period_ms}: "
                "helpers need the rest of the period"
            )
        if suspicion_ms <= 0 or helpers < 0:
            raise ValueError(
                f"suspicion_ms={suspicion_ms}, helpers={helpers}: the first must be above 0, the second not below"
            )
        self.period_ms, self.ack_ms, self.suspicion_ms = period_ms, ack_ms, suspicion_ms
        self.helpers = helpers
        self.known: dict[str, Rumour] = {}  # by member, if anything was heard about it
        self.to_spread: dict[str, int] = {}  # transmissions left of each rumour, by member
        self.incarnation = self.period = 0
        self.order: tuple[str, ...] = ()
        self.target = ""  # the member probed in this period, until it acknowledges
        self.probe = Probe(id, 0, 0)

    def on_start(self, log: Sequence[object]) -> None:
        if log:  # it has restarted, and may have been declared dead
            self.incarnation = max(one.number for one in log if isinstance(one, Incarnation))
            self._announce()
        else:
            self.write(Incarnation(0))
        self.set_timer(PeriodDue(), (0.0, self.period_ms))

    def state_of(self, member: str) -> str:
        """Return the state in which this node considers the member: alive, suspect or dead.

        Raises KeyError for a non-member.
        """
        if not self._is_known(member):
            raise KeyError(member)
        return self.rumour_about(member).state

    def rumour_about(self, member: str) -> Rumour:
        """Return the rumour about the member that outranks all others: the one heard, or the one at the beginning."""
        return self.known.get(member) or _alive(member)

    @property
    def settles_ms(self) -> float:
        """The longest time until nothing is `swim_properties.unsettled`, once failures have stopped, in ms.

        Each member probes each other one within 2 n periods: after that, no older rumour about a member outranks the
        newest. A member that believed an older one until then learns better within 2 n more, and the suspicion adds
        its time-out.
        """
        return 4 * (len(self.peers) + 1) * self.period_ms + self.suspicion_ms

    # --- probes ----------------------------------------------------------------------------------

    def on_period_due(self, timer: PeriodDue) -> None:
        if self.target and self.state_of(self.target) == "alive":
            known = self.rumour_about(self.target)
            self._update(Rumour(self.target, known.incarnation, "suspect"))
        self.period += 1
        self.target = self._next_in_order()
        if self.target:
            self.probe = Probe(self.id, self.incarnation, self.period)
            self.send(self.target, Ping(self.probe, self._piggyback(self.target)))
            self.set_timer(AckTimeout(self.probe), self.ack_ms)
        self.set_timer(timer, self.period_ms)

    def on_ack_timeout(self, timer: AckTimeout) -> None:
        """Send ping-reqs to helpers: perhaps only the link to the member is broken."""
        if self.target and timer.probe == self.probe:
            for name in self._helpers():
                self.send(
                    name, PingReq(self.probe, self.target, self._piggyback(name, self.target))
                )

    def on_ping(self, sender: str, ping: Ping) -> None:
        self._receive(ping.rumours)
        self.send(sender, Ack(ping.probe, self.id, self._piggyback(sender)))

    def on_ping_req(self, sender: str, request: PingReq) -> None:
        self._receive(request.rumours)
        self.send(request.member, Ping(request.probe, self._piggyback(request.member)))

    def on_ack(self, sender: str, ack: Ack) -> None:
        self._receive(ack.rumours)
        asker = ack.probe.asker
        if asker != self.id:
            self.send(asker, Ack(ack.probe, ack.member, self._piggyback(asker, ack.member)))
        elif (ack.probe, ack.member) == (self.probe, self.target):
            self.target = ""
            self.cancel_timer(AckTimeout(ack.probe))

    def _next_in_order(self) -> str:
        """Return the member to probe next: each once per round, each round in another order."""
        if not self.order:
            self.order = self._probe_order()
        name, *rest = self.order or ("",)
        self.order = tuple(rest)
        return name

    def _helpers(self) -> list[str]:
        """Return the helpers for a ping-req: members considered alive, the next to be probed first."""
        names = dict.fromkeys((*self.order, *self.peers))
        alive = [
            name
            for name in names
            if name != self.target and self.rumour_about(name).state == "alive"
        ]
        return alive[: self.helpers]

    def _probe_order(self) -> tuple[str, ...]:
        """Return the members in the order of a hash of this node, the period and the member's name."""
        return tuple(sorted(self.peers, key=lambda name: _hash(self.id, self.period, name)))

    # --- rumours ---------------------------------------------------------------------------------

    def on_suspicion_timeout(self, timer: SuspicionTimeout) -> None:
        if self.rumour_about(timer.member) == Rumour(timer.member, timer.incarnation, "suspect"):
            self._update(Rumour(timer.member, timer.incarnation, "dead"))

    def _receive(self, rumours: Rumours) -> None:
        for rumour in rumours:
            if rumour.member == self.id:
                if rumour.state != "alive":
                    self._refute(rumour)
            elif self._is_known(rumour.member):
                self._update(rumour)

    def _is_known(self, name: str) -> bool:
        """Return True for a peer, and for this node once it has announced itself."""
        if name in self.known:
            return True
        index = bisect_left(self.peers, name)  # they are sorted
        return self.peers[index : index + 1] == (name,)

    def _update(self, rumour: Rumour) -> None:
        """Adopt and spread a rumour that outranks the known one; if it is outdated, spread the known one again."""
        known = self.rumour_about(rumour.member)
        if rumour.rank > known.rank:
            self.known[rumour.member] = rumour
            self._spread(rumour)
            if rumour.state == "suspect":
                self.set_timer(
                    SuspicionTimeout(rumour.member, rumour.incarnation), self.suspicion_ms
                )
        elif rumour.rank < known.rank:
            self._spread(known)

    def _refute(self, doubt: Rumour) -> None:
        """Refute the doubt with a higher incarnation; if it is outdated, the present incarnation is enough."""
        if doubt.incarnation < self.incarnation:
            self._spread(self.rumour_about(self.id))
        else:
            self.incarnation = doubt.incarnation
            self._announce()

    def _announce(self) -> None:
        """Spread that this member is alive, at an incarnation that it never had before."""
        self.incarnation += 1
        self.write(Incarnation(self.incarnation))
        self.known[self.id] = Rumour(self.id, self.incarnation, "alive")
        self._spread(self.known[self.id])

    def _spread(self, rumour: Rumour) -> None:
        self.to_spread[rumour.member] = 3 * (len(self.peers) + 1).bit_length()

    def _piggyback(self, to: str, about: str = "") -> Rumours:
        """Return the rumours for one message: first this member's own, then those transmitted least often.

        Each is transmitted a few times log n, then no more. A rumour that the receiver must refute is always sent,
        and so is the one ``about`` the member that the message is about.
        """
        order = sorted(
            self.to_spread, key=lambda name: (name != self.id, -self.to_spread[name], name)
        )
        chosen = order[:_MOST_RUMOURS]
        for name in chosen:
            self.to_spread[name] -= 1
            if not self.to_spread[name]:
                del self.to_spread[name]
        doubted = [to] if to in self.known and self.state_of(to) != "alive" else []
        of_subject = [about] if self._is_known(about) else []
        always = [name for name in (*doubted, *of_subject) if name not in chosen]
        return tuple(self.rumour_about(name) for name in (*chosen, *always))


def _hash(node: str, period: int, name: str) -> bytes:
    return blake2b(f"{node}/{period}/{name}".encode(), digest_size=8).digest()
