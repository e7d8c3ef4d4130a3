"""The messages of `swim`: probes, and the rumours about members that travel on them.

Source:        Das, Gupta and Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group Membership
               Protocol", DSN 2002, section 3 (ping, ping-req, ack) and section 4.2 (which rumour overrides which).
Assumes:       as `swim`. Restarts: a probe names the incarnation of its asker, so no acknowledgement of an earlier
               life counts.
Promises:      nothing: these are values. Rumours about one member are ordered by rank.
Not promised:  order, or delivery.
Departs:       the source's Alive, Suspect and Confirm messages are one type, with a state.
Size:          at most 6 rumours per message, and those about its receiver and its subject.
"""

from __future__ import annotations

from dataclasses import dataclass

from dscourse.node import Message, Timer

__all__ = [
    "Ack", "AckTimeout", "Incarnation", "PeriodDue", "Ping", "PingReq", "Probe", "Rumour", "Rumours",
    "SuspicionTimeout",
]  # fmt: skip

STATES = ("alive", "suspect", "dead")


@dataclass(frozen=True, slots=True)
class Rumour:
    """``member`` is in this state, at this incarnation."""

    member: str
    incarnation: int
    state: str

    @property
    def rank(self) -> tuple[int, int]:
        """The key by which the greater of two rumours about a member wins: later incarnation, then worse state."""
        return self.incarnation, STATES.index(self.state)

    def __str__(self) -> str:
        return f"{self.member} {self.state} inc={self.incarnation}"


Rumours = tuple[Rumour, ...]


def with_rumours(text: str, rumours: Rumours) -> str:
    """Return a message's text, with its rumours in brackets.

    >>> with_rumours("ping", (Rumour("n3", 1, "suspect"), Rumour("n2", 0, "dead")))
    'ping (n3 suspect inc=1, n2 dead inc=0)'
    """
    return f"{text} ({', '.join(map(str, rumours))})" if rumours else text


@dataclass(frozen=True, slots=True)
class Probe:
    """The identity of a probe: each start of ``asker`` has its own incarnation, each period its own number."""

    asker: str
    incarnation: int
    period: int


@dataclass(frozen=True, slots=True)
class Ping(Message):
    """Are you up?"""

    probe: Probe
    rumours: Rumours

    def __str__(self) -> str:
        return with_rumours("ping", self.rumours)


@dataclass(frozen=True, slots=True)
class Ack(Message):
    """``member`` is up; a helper relays this to the probe's asker."""

    probe: Probe
    member: str
    rumours: Rumours

    def __str__(self) -> str:
        return with_rumours(f"ack: {self.member} is up", self.rumours)


@dataclass(frozen=True, slots=True)
class PingReq(Message):
    """``member`` has not acknowledged my ping: ping it for me."""

    probe: Probe
    member: str
    rumours: Rumours

    def __str__(self) -> str:
        return with_rumours(f"ping-req {self.member}", self.rumours)


@dataclass(frozen=True, slots=True)
class PeriodDue(Timer):
    """The next protocol period begins."""


@dataclass(frozen=True, slots=True)
class AckTimeout(Timer):
    """The probed member has not acknowledged the ping in time."""

    probe: Probe


@dataclass(frozen=True, slots=True)
class SuspicionTimeout(Timer):
    """No refutation of the suspicion of this incarnation has arrived in time."""

    member: str
    incarnation: int

    def __str__(self) -> str:
        return f"suspicion of {self.member} not refuted"


@dataclass(frozen=True, slots=True)
class Incarnation:
    """A record: from now on this is the member's incarnation."""

    number: int

    def __str__(self) -> str:
        return f"incarnation {self.number}"
