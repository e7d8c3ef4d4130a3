"""Group membership by random probing: the load per member does not grow with the cluster.

Source:        Das, Gupta and Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group Membership
               Protocol", DSN 2002, sections 3 (probes), 4.1 (rumours on probes), 4.2 (suspicion and incarnations) and
               4.3 (probing in rounds).
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered. All members are
               known from the start: a stranger is answered, and rumours about strangers are ignored.
Promises:      safety: a member that stays up is not taken for dead (`wrongly_dead`) while no message is lost, round
               trips are shorter than ``answer_ms`` and a refutation reaches all within ``suspicion_ms``. Liveness:
               from the moment from which no member crashes, restarts or halts, messages are not lost and round trips
               shorter than ``answer_ms``, whatever happened before, every member takes all live members for alive
               and all crashed ones for dead within `Member.settles_ms` (`unsettled`).
Not promised:  safety, if the refutation takes longer: no time-out can tell a slow member from a crashed one. Nor that
               a member which has restarted is taken for alive at once: its new incarnation has to reach all first.
Departs:       the order of probes is drawn by a hash of node and round instead of a random number. The paper removes
               dead members for good; here they are probed as well, in their turn, and a higher incarnation brings one
               back, so that the sides of a partition find each other again. A doubted member is always told so (as in
               Dadgar, Phillips and Currey, "Lifeguard", DSN 2018). A member that hears an outdated rumour spreads
               what it knows again, so that the teller of the outdated one learns it. Nobody joins.
Size:          one probe per member and period: 2 messages, and up to 4 for each of ``helpers`` if no answer comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from dscourse.node import Message, Node, Timer

__all__ = [
    "Ack", "Incarnation", "Member", "NextPeriod", "NoAnswer", "NotRefuted", "Ping", "PingFor", "Probe",
    "Rumour", "unsettled", "wrongly_dead",
]  # fmt: skip

STATES = ("alive", "suspect", "dead")
_MOST_NEWS = 6


@dataclass(frozen=True, slots=True)
class Rumour:
    """``member`` is in this state, and was at this incarnation when it was last heard of."""

    member: str
    incarnation: int
    state: str

    @property
    def rank(self) -> tuple[int, int]:
        """Of two rumours about a member the one of higher rank wins: later incarnation, then the worse state."""
        return self.incarnation, STATES.index(self.state)


News = tuple[Rumour, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """One question of ``asker``, unlike any other: each start of a member has an incarnation of its own."""

    asker: str
    incarnation: int
    period: int


@dataclass(frozen=True, slots=True)
class Ping(Message):
    """Are you up?"""

    probe: Probe
    news: News


@dataclass(frozen=True, slots=True)
class Ack(Message):
    """``member`` is up; the answer to a `Ping`, relayed to the probe's asker if a helper sent it."""

    probe: Probe
    member: str
    news: News


@dataclass(frozen=True, slots=True)
class PingFor(Message):
    """I hear nothing from ``member``: ping it for me."""

    probe: Probe
    member: str
    news: News


@dataclass(frozen=True, slots=True)
class NextPeriod(Timer):
    """A period has passed."""


@dataclass(frozen=True, slots=True)
class NoAnswer(Timer):
    """The probed member should have answered by now."""

    probe: Probe


@dataclass(frozen=True, slots=True)
class NotRefuted(Timer):
    """The member has been suspected at this incarnation for long enough."""

    member: str
    incarnation: int


@dataclass(frozen=True, slots=True)
class Incarnation:
    """A record: from now on this is the member's incarnation."""

    number: int


class Member(Node):
    """Probes one member per period and spreads rumours about the others on every message."""

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        period_ms: float = 100.0,
        answer_ms: float = 30.0,
        suspicion_ms: float = 400.0,
        helpers: int = 3,
    ) -> None:
        super().__init__(id, peers)
        if not 0 < answer_ms < period_ms:
            raise ValueError(
                f"answer_ms={answer_ms}: it must be above 0, and below period_ms={period_ms}: "
                "helpers need the rest of the period"
            )
        if suspicion_ms <= 0 or helpers < 0:
            raise ValueError(
                f"suspicion_ms={suspicion_ms}, helpers={helpers}: the first must be above 0, the second not below"
            )
        self.period_ms, self.answer_ms, self.suspicion_ms = period_ms, answer_ms, suspicion_ms
        self.helpers = helpers
        self.heard: dict[str, Rumour] = {name: Rumour(name, 0, "alive") for name in self.peers}
        self.to_tell: dict[str, int] = {}  # how often each rumour has still to be told
        self.incarnation = self.period = 0
        self.order: tuple[str, ...] = ()
        self.asked = ""  # the member that has not answered yet in this period
        self.probe = Probe(id, 0, 0)

    def on_start(self, log: Sequence[object]) -> None:
        if log:  # it was here before, and may be taken for dead
            self.incarnation = max(one.number for one in log if isinstance(one, Incarnation))
            self._announce()
        else:
            self.write(Incarnation(0))
        self.set_timer(NextPeriod(), (0.0, self.period_ms))

    def state_of(self, member: str) -> str:
        """What this node takes the member to be: alive, suspect or dead."""
        return self.heard[member].state

    @property
    def settles_ms(self) -> float:
        """The most that it takes until nothing is `unsettled`, once nothing fails any more.

        Everybody probes everybody within 2 n periods: after that, no older rumour about a member outranks the newest.
        A member that believed an older one till then finds out within 2 n more, and has to wait for its suspicion.
        """
        return 4 * (len(self.peers) + 1) * self.period_ms + self.suspicion_ms

    # --- probes ----------------------------------------------------------------------------------

    def on_next_period(self, timer: NextPeriod) -> None:
        if self.asked and self.state_of(self.asked) == "alive":
            self._learn(Rumour(self.asked, self.heard[self.asked].incarnation, "suspect"))
        self.period += 1
        self.asked = self._next_in_order()
        if self.asked:
            self.probe = Probe(self.id, self.incarnation, self.period)
            self.send(self.asked, Ping(self.probe, self._news(self.asked)))
            self.set_timer(NoAnswer(self.probe), self.answer_ms)
        self.set_timer(timer, self.period_ms)

    def on_no_answer(self, timer: NoAnswer) -> None:
        """Ask helpers to ping the member: perhaps only the link to it is broken."""
        if self.asked and timer.probe == self.probe:
            for name in self._helpers():
                self.send(name, PingFor(self.probe, self.asked, self._news(name, self.asked)))

    def on_ping(self, sender: str, ping: Ping) -> None:
        self._hear(ping.news)
        self.send(sender, Ack(ping.probe, self.id, self._news(sender)))

    def on_ping_for(self, sender: str, request: PingFor) -> None:
        self._hear(request.news)
        self.send(request.member, Ping(request.probe, self._news(request.member)))

    def on_ack(self, sender: str, ack: Ack) -> None:
        self._hear(ack.news)
        asker = ack.probe.asker
        if asker != self.id:
            self.send(asker, Ack(ack.probe, ack.member, self._news(asker, ack.member)))
        elif (ack.probe, ack.member) == (self.probe, self.asked):
            self.asked = ""
            self.cancel_timer(NoAnswer(ack.probe))

    def _next_in_order(self) -> str:
        """The member to probe: each once per round, each round in another order."""
        if not self.order:
            self.order = self._drawn()
        name, *rest = self.order or ("",)
        self.order = tuple(rest)
        return name

    def _helpers(self) -> list[str]:
        """Members that are taken to be alive, the next to be probed first."""
        names = dict.fromkeys((*self.order, *self.peers))
        alive = [name for name in names if name != self.asked and self.state_of(name) == "alive"]
        return alive[: self.helpers]

    def _drawn(self) -> tuple[str, ...]:
        """The members in an order that a hash of this node, the period and the member's name gives."""
        return tuple(sorted(self.peers, key=lambda name: _hash(self.id, self.period, name)))

    # --- rumours ---------------------------------------------------------------------------------

    def on_not_refuted(self, timer: NotRefuted) -> None:
        if self.heard[timer.member] == Rumour(timer.member, timer.incarnation, "suspect"):
            self._learn(Rumour(timer.member, timer.incarnation, "dead"))

    def _hear(self, news: News) -> None:
        for rumour in news:
            if rumour.member == self.id:
                if rumour.state != "alive":
                    self._refute(rumour)
            elif rumour.member in self.heard:
                self._learn(rumour)

    def _learn(self, rumour: Rumour) -> None:
        """Keep and spread the rumour if it outranks what is known; if it is outdated, spread what is known."""
        known = self.heard[rumour.member]
        if rumour.rank > known.rank:
            self._spread(rumour)
            if rumour.state == "suspect":
                self.set_timer(NotRefuted(rumour.member, rumour.incarnation), self.suspicion_ms)
        elif rumour.rank < known.rank:
            self._spread(known)

    def _refute(self, doubt: Rumour) -> None:
        """Be alive at a higher incarnation than the doubt; an outdated one needs no new incarnation."""
        if doubt.incarnation < self.incarnation:
            self._spread(self.heard[self.id])
        else:
            self.incarnation = doubt.incarnation
            self._announce()

    def _announce(self) -> None:
        """Tell everybody that this member is alive, at an incarnation that it never had before."""
        self.incarnation += 1
        self.write(Incarnation(self.incarnation))
        self._spread(Rumour(self.id, self.incarnation, "alive"))

    def _spread(self, rumour: Rumour) -> None:
        self.heard[rumour.member] = rumour
        self.to_tell[rumour.member] = 3 * (len(self.peers) + 1).bit_length()

    def _news(self, to: str, about: str = "") -> News:
        """The rumours for one message: first this member's own, then those told least often.

        Each is told a few times log n, then no more. What the receiver has to refute is always told, and so is what
        is known ``about`` the member that the message is about.
        """
        order = sorted(self.to_tell, key=lambda name: (name != self.id, -self.to_tell[name], name))
        chosen = order[:_MOST_NEWS]
        for name in chosen:
            self.to_tell[name] -= 1
            if not self.to_tell[name]:
                del self.to_tell[name]
        doubted = [to] if to in self.heard and self.state_of(to) != "alive" else []
        of_subject = [about] if about in self.heard else []
        always = [name for name in (*doubted, *of_subject) if name not in chosen]
        return tuple(self.heard[name] for name in (*chosen, *always))


def _hash(node: str, period: int, name: str) -> bytes:
    return blake2b(f"{node}/{period}/{name}".encode(), digest_size=8).digest()


# --- properties ----------------------------------------------------------------------------------


def wrongly_dead(nodes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the pairs (observer, member) of which the first takes the second for dead; ``nodes`` holds the live
    members by name.

    >>> a, b = Member("a", ["b"]), Member("b", ["a"])
    >>> a.heard["b"] = Rumour("b", 1, "dead")
    >>> wrongly_dead({"a": a, "b": b})
    [('a', 'b')]
    """
    return [
        (name, other)
        for name, node in sorted(nodes.items())
        for other in node.peers
        if other in nodes and node.state_of(other) == "dead"
    ]


def unsettled(nodes: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (observer, member, state) wherever the observer takes a live member for anything but alive, or a crashed
    one for anything but dead; ``nodes`` holds the live members by name.

    >>> a = Member("a", ["b", "c"])
    >>> a.heard["c"] = Rumour("c", 0, "suspect")
    >>> unsettled({"a": a, "c": Member("c", ["a"])})
    [('a', 'b', 'alive'), ('a', 'c', 'suspect')]
    """
    return [
        (name, other, node.state_of(other))
        for name, node in sorted(nodes.items())
        for other in node.peers
        if node.state_of(other) != ("alive" if other in nodes else "dead")
    ]
