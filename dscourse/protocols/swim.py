"""Who is up, found out by everybody about everybody, with no more messages a node in a large cluster than in a small.

Source:        Das, Gupta and Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group Membership
               Protocol", DSN 2002, sections 3 (probes), 4.1 (rumours on probes), 4.2 (suspicion and incarnations) and
               4.3 (probing in rounds).
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered. All members are
               known from the start.
Promises:      a node that is down is dead to every node that is up, in the end; a node that is up, and that some
               member reaches, is not: it hears that it is suspected, and refutes it (`wrongly_dead`).
Not promised:  the latter if the refutation takes longer than the suspicion lasts: no time-out can tell.
Departs:       the order of probes is drawn by a hash of node and round instead of a random number. Dead members are
               probed as well, in their turn, and a higher incarnation brings back who was declared dead; so a
               partition that heals leaves no trace. Who is suspected is always told so (as in Dadgar, Phillips and
               Currey, "Lifeguard", DSN 2018). Nobody joins.
Size:          a probe a period: 2 messages a node, and up to 4 for each of ``helpers`` where an answer is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from dscourse.node import Message, Node, Timer

__all__ = [
    "Ack", "Incarnation", "Member", "NextPeriod", "NoAnswer", "NotRefuted", "Ping", "PingFor", "Rumour",
    "wrongly_dead",
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
class Ping(Message):
    """Are you up? ``asker`` wants to know, in its period ``period``."""

    period: int
    asker: str
    news: News


@dataclass(frozen=True, slots=True)
class Ack(Message):
    """``member`` is up; the answer to a `Ping`, to be passed on to ``asker``."""

    period: int
    asker: str
    member: str
    news: News


@dataclass(frozen=True, slots=True)
class PingFor(Message):
    """I hear nothing from ``member``: ask it for me."""

    period: int
    member: str
    news: News


@dataclass(frozen=True, slots=True)
class NextPeriod(Timer):
    """A period has passed."""


@dataclass(frozen=True, slots=True)
class NoAnswer(Timer):
    """The member that was asked in this period should have answered by now."""

    period: int


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
    """Probes one member a period, and tells on every message what it has heard of others."""

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
        self.period_ms, self.answer_ms, self.suspicion_ms = period_ms, answer_ms, suspicion_ms
        self.helpers = helpers
        self.heard: dict[str, Rumour] = {name: Rumour(name, 0, "alive") for name in self.peers}
        self.to_tell: dict[str, int] = {}  # how often each rumour has still to be told
        self.incarnation = self.period = 0
        self.order: tuple[str, ...] = ()
        self.asked = ""  # whom it waits for in this period

    def on_start(self, log: Sequence[object]) -> None:
        if log:  # it was here before, and may be taken for dead
            self.incarnation = len(log) - 1
            self._announce()
        else:
            self.write(Incarnation(0))
        self.set_timer(NextPeriod(), (0.0, self.period_ms))

    def state_of(self, member: str) -> str:
        """What this node takes the member to be: alive, suspect or dead."""
        return self.heard[member].state

    # --- probes ----------------------------------------------------------------------------------

    def on_next_period(self, timer: NextPeriod) -> None:
        if self.asked and self.state_of(self.asked) == "alive":
            self._learn(Rumour(self.asked, self.heard[self.asked].incarnation, "suspect"))
        self.period += 1
        self.asked = self._next_in_order()
        if self.asked:
            self.send(self.asked, Ping(self.period, self.id, self._news(self.asked)))
            self.set_timer(NoAnswer(self.period), self.answer_ms)
        self.set_timer(timer, self.period_ms)

    def on_no_answer(self, timer: NoAnswer) -> None:
        """Perhaps only the way is broken: others may reach it."""
        if self.asked and timer.period == self.period:
            for name in self._helpers():
                self.send(name, PingFor(self.period, self.asked, self._news(name)))

    def on_ping(self, sender: str, ping: Ping) -> None:
        self._hear(ping.news)
        self.send(sender, Ack(ping.period, ping.asker, self.id, self._news(sender)))

    def on_ping_for(self, sender: str, request: PingFor) -> None:
        self._hear(request.news)
        self.send(request.member, Ping(request.period, sender, self._news(request.member)))

    def on_ack(self, sender: str, ack: Ack) -> None:
        self._hear(ack.news)
        if ack.asker != self.id:
            self.send(ack.asker, Ack(ack.period, ack.asker, ack.member, self._news(ack.asker)))
        elif (ack.period, ack.member) == (self.period, self.asked):
            self.asked = ""
            self.cancel_timer(NoAnswer(ack.period))

    def _next_in_order(self) -> str:
        """Whom to probe: every member once a round, each round in another order."""
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
            if rumour.member != self.id:
                self._learn(rumour)
            elif rumour.state != "alive" and rumour.incarnation >= self.incarnation:
                self.incarnation = rumour.incarnation
                self._announce()

    def _announce(self) -> None:
        """Tell everybody that this member is alive, at an incarnation that it never had before."""
        self.incarnation += 1
        self.write(Incarnation(self.incarnation))
        self._spread(Rumour(self.id, self.incarnation, "alive"))

    def _learn(self, rumour: Rumour) -> None:
        """Keep a rumour if it outranks what is known, and pass it on."""
        known = self.heard[rumour.member]
        if rumour.rank > known.rank:
            self._spread(rumour)
            if rumour.state == "suspect":
                self.set_timer(NotRefuted(rumour.member, rumour.incarnation), self.suspicion_ms)

    def _spread(self, rumour: Rumour) -> None:
        self.heard[rumour.member] = rumour
        self.to_tell[rumour.member] = 3 * (len(self.peers) + 1).bit_length()

    def _news(self, to: str) -> News:
        """What the receiver must refute, if anything, and the rumours that have been told least often.

        Each rumour is told a few times log n, then no more.
        """
        chosen = sorted(self.to_tell, key=lambda name: (-self.to_tell[name], name))[:_MOST_NEWS]
        for name in chosen:
            self.to_tell[name] -= 1
            if not self.to_tell[name]:
                del self.to_tell[name]
        if self.state_of(to) != "alive" and to not in chosen:
            chosen.append(to)
        return tuple(self.heard[name] for name in chosen)


def _hash(node: str, period: int, name: str) -> bytes:
    return blake2b(f"{node}/{period}/{name}".encode(), digest_size=8).digest()


# --- properties ----------------------------------------------------------------------------------


def wrongly_dead(nodes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Of members that are up, given by their names: pairs (who takes, whom) for dead.

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
