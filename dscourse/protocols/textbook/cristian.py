"""A client that asks a time server and believes the answer as it stands.

Source:        the obvious idea: ask a node that knows the time. The messages are those of Cristian,
               "Probabilistic Clock Synchronization", Distributed Computing 3(3), 1989.
Assumes:       that the answer takes at most ``claim_ms`` to arrive, by the server's clock.
Promises:      under this assumption, a reading that is wrong by at most ``claim_ms``.
Not promised:  anything if an answer may take longer; the client does not measure how long it took.
Departs:       nothing: this is the version to break. `dscourse.protocols.cristian` is the repair.
Size:          2 messages per reading; 1 forced write.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dscourse.node import Client, Invocation, Message, Node, Timer

__all__ = ["NaiveTimeClient", "Reading", "ReplyTimeout", "TimeReply", "TimeRequest", "TimeServer"]


@dataclass(frozen=True, slots=True)
class TimeRequest(Message):
    """What time is it? This is attempt ``attempt`` of operation ``op``."""

    op: int
    attempt: int = 1

    def __str__(self) -> str:
        return "time?" if self.attempt == 1 else f"time? (attempt {self.attempt})"


@dataclass(frozen=True, slots=True)
class TimeReply(Message):
    """My clock showed ``server_ms`` when your request arrived."""

    op: int
    attempt: int
    server_ms: float

    def __str__(self) -> str:
        return f"time {self.server_ms:g} ms"


@dataclass(frozen=True, slots=True)
class ReplyTimeout(Timer):
    """No reply to this attempt has arrived in time."""

    op: int
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of the server's clock: ``server_ms`` ± ``error_ms`` when the own clock shows ``own_ms``.

    >>> Reading(own_ms=10.0, server_ms=17.0, error_ms=2.0).offset_ms
    7.0
    """

    own_ms: float
    server_ms: float
    error_ms: float

    @property
    def offset_ms(self) -> float:
        """The offset in ms to add to the client's own clock to get the server's time."""
        return self.server_ms - self.own_ms

    def holds(self, server_ms: float) -> bool:
        """Return whether ``server_ms``, the server's true time at ``own_ms``, is within the error."""
        return abs(server_ms - self.server_ms) <= self.error_ms


class TimeServer(Node):
    """A server that answers each request with the time on its own clock."""

    def on_time_request(self, sender: str, request: TimeRequest) -> None:
        self.send(sender, TimeReply(request.op, request.attempt, self.now))


class NaiveTimeClient(Client):
    """A client that takes the server's time for the time of arrival, and claims an error of at most ``claim_ms``."""

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

    def on_time_reply(self, sender: str, reply: TimeReply) -> None:
        if reply.op == self.asking:
            self.asking = None
            reading = Reading(self.now, reply.server_ms, self.claim_ms)
            self.write(reading)
            self.complete(reply.op, reading)

    def on_reply_timeout(self, timer: ReplyTimeout) -> None:
        if timer.op == self.asking:
            self.asking = None
            self.fail(timer.op, "no answer")
