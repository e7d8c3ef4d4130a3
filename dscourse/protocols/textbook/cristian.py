"""A client that asks a time server and believes the answer as it stands.

Source:        the first idea that everybody has: ask a node that knows the time. The messages are those of Cristian,
               "Probabilistic Clock Synchronization", Distributed Computing 3(3), 1989.
Assumes:       that the answer takes at most ``claim_ms`` to arrive, by the server's clock.
Promises:      under this assumption, a reading that is wrong by at most ``claim_ms``.
Not promised:  anything where an answer may take longer; the client does not measure how long it took.
Departs:       nothing: this is the version to break. `dscourse.protocols.cristian` is the repair.
Size:          2 messages a reading; 1 forced write.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dscourse.node import Client, Invocation, Message, Node, Timer

__all__ = ["NaiveTimeClient", "Reading", "ReplyTimeout", "TimeReply", "TimeRequest", "TimeServer"]


@dataclass(frozen=True, slots=True)
class TimeRequest(Message):
    """What time is it? The ``attempt``-th question of client operation ``op``."""

    op: int
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class TimeReply(Message):
    """The server's clock showed ``server_ms`` when this question arrived."""

    op: int
    attempt: int
    server_ms: float


@dataclass(frozen=True, slots=True)
class ReplyTimeout(Timer):
    """The answer to this question has not come in time."""

    op: int
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """When the own clock shows ``own_ms``, the server's shows ``server_ms``, give or take ``error_ms``.

    >>> Reading(own_ms=10.0, server_ms=17.0, error_ms=2.0).offset_ms
    7.0
    """

    own_ms: float
    server_ms: float
    error_ms: float

    @property
    def offset_ms(self) -> float:
        """What to add to the own clock to get the server's."""
        return self.server_ms - self.own_ms

    def holds(self, server_ms: float) -> bool:
        """True if the server's clock, showing this when the own one shows ``own_ms``, is within the error."""
        return abs(server_ms - self.server_ms) <= self.error_ms


class TimeServer(Node):
    """Answers each question with its own clock."""

    def on_time_request(self, sender: str, ask: TimeRequest) -> None:
        self.send(sender, TimeReply(ask.op, ask.attempt, self.now))


class NaiveTimeClient(Client):
    """Takes what the server says for the time at which the answer arrives, and claims to be right to ``claim_ms``."""

    def __init__(
        self,
        id: str,
        server: str,
        claim_ms: float = 5.0,
        timeout_ms: float = 200.0,
        peers: Iterable[str] = (),
    ) -> None:
        super().__init__(id, peers)
        self.server, self.claim_ms, self.timeout_ms = server, claim_ms, timeout_ms
        self.asking: int | None = None  # an operation

    def on_invoke(self, op: Invocation) -> None:
        self.asking = op.id
        self.send(self.server, TimeRequest(op.id))
        self.set_timer(ReplyTimeout(op.id), self.timeout_ms)

    def on_time_reply(self, sender: str, tell: TimeReply) -> None:
        if tell.op == self.asking:
            self.asking = None
            reading = Reading(self.now, tell.server_ms, self.claim_ms)
            self.write(reading)
            self.complete(tell.op, reading)

    def on_reply_timeout(self, timer: ReplyTimeout) -> None:
        if timer.op == self.asking:
            self.asking = None
            self.fail(timer.op, "no answer")
