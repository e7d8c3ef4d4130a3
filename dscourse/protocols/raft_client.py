"""The client of a store over Raft: it finds the leader, and numbers its commands within a session.

Source:        Ongaro, "Consensus: bridging theory and practice", dissertation, Stanford 2014, sections 6.2 and 6.3
               and figure 6.1.
Assumes:       the servers keep sessions as `dscourse.protocols.raft_store` does. Restarts: the client remembers
               nothing, and opens a new session.
Promises:      an operation ends within ``patience_ms``, once it has begun.
Not promised:  that an operation without an answer has not taken effect: its outcome is unknown.
Departs:       nothing.
Size:          1 message per attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import action
from dscourse.node import Client, Invocation, Message, Reply, Timer
from dscourse.protocols.stores import next_in_turn

__all__ = [
    "ClientRequest", "NotLeader", "OperationTimeout", "RaftClient", "RegisterClient", "RegisterClientReply",
    "RetryDue", "SessionExpired",
]  # fmt: skip

OPERATIONS = ("cas", "read", "write")


@dataclass(frozen=True, slots=True)
class RegisterClient(Message):
    """Asks for a session, before operation ``op``."""

    op: int

    def __str__(self) -> str:
        return "register"


@dataclass(frozen=True, slots=True)
class RegisterClientReply(Message):
    """The new session, for the client that asked for it before operation ``op``."""

    op: int
    session: int

    def __str__(self) -> str:
        return f"session {self.session}"


@dataclass(frozen=True, slots=True)
class ClientRequest(Message):
    """Operation ``op``, which is command ``sequence_num`` of the session.

    ``f`` is "read", "write" or "cas" of a key; the value of a "cas" is the pair of the old and the new value.
    """

    op: int
    session: int
    sequence_num: int
    f: str
    key: Any = None
    value: Any = None

    def __str__(self) -> str:
        if self.f == "cas":
            return f"cas {self.key}: {self.value[0]} to {self.value[1]}"
        return action(self.f, self.key, self.value)


@dataclass(frozen=True, slots=True)
class NotLeader(Message):
    """Operation ``op`` is refused, since the sender does not lead; ``leader`` does, as far as is known."""

    op: int
    leader: str

    def __str__(self) -> str:
        return f"not leader, {f'try {self.leader}' if self.leader else 'none known'}"


@dataclass(frozen=True, slots=True)
class SessionExpired(Message):
    """The session of operation ``op`` has expired: whether the operation took effect is not known."""

    op: int

    def __str__(self) -> str:
        return "session expired"


@dataclass(frozen=True, slots=True)
class RetryDue(Timer):
    """Operation ``op`` has no answer yet: time to try another server."""

    op: int


@dataclass(frozen=True, slots=True)
class OperationTimeout(Timer):
    """The client gives operation ``op`` up."""

    op: int


class RaftClient(Client):
    """Tries one server after the other every ``resend_ms``, with the same sequence number, for ``patience_ms``.

    It registers a session before its first operation, and again after a restart or when the session has expired.
    ValueError if ``servers`` is empty.
    """

    def __init__(
        self, id: str, servers: Sequence[str], resend_ms: float = 60.0, patience_ms: float = 1_000.0
    ) -> None:
        super().__init__(id)
        if not servers:
            raise ValueError("servers is empty: a client needs at least 1 server")
        self.servers, self.resend_ms, self.patience_ms = tuple(servers), resend_ms, patience_ms
        self.server = servers[0]
        self.session, self.sequence_num = 0, 0
        self.current: Invocation | None = None

    def on_invoke(self, op: Invocation) -> None:
        if op.f not in OPERATIONS:
            raise ValueError(f"f={op.f!r}: it must be one of {', '.join(OPERATIONS)}")
        self.sequence_num += 1
        self.current = op
        self.set_timer(OperationTimeout(op.id), self.patience_ms)
        self._send_request()

    def _send_request(self) -> None:
        if self.current is not None:
            self.send(self.server, self._request(self.current))
            self.set_timer(RetryDue(self.current.id), self.resend_ms)

    def _request(self, op: Invocation) -> Message:
        if not self.session:
            return RegisterClient(op.id)
        return ClientRequest(op.id, self.session, self.sequence_num, op.f, op.key, op.value)

    def on_register_client_reply(self, sender: str, reply: RegisterClientReply) -> None:
        """Use the session if this operation asked for it: an older one may have been in use before."""
        if self._waits_for(reply.op) and not self.session:
            self.session, self.sequence_num, self.server = reply.session, 1, sender
            self._send_request()

    def on_not_leader(self, sender: str, refusal: NotLeader) -> None:
        """Turn to the leader at once; without one, to the next server when the retry is due."""
        if self._waits_for(refusal.op) and sender == self.server:
            if refusal.leader:
                self.server = refusal.leader
                self._send_request()
            else:
                self._choose_next_server()

    def on_retry_due(self, timer: RetryDue) -> None:
        if self._waits_for(timer.op):
            self._choose_next_server()
            self._send_request()

    def _choose_next_server(self) -> None:
        self.server = next_in_turn(self.servers, self.server)

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self._waits_for(reply.op):
            self._end(reply.op)
            self.complete(reply.op, reply.result)

    def on_session_expired(self, sender: str, expired: SessionExpired) -> None:
        if self._waits_for(expired.op):
            self._end(expired.op)
            self.session = 0
            self.unknown(expired.op, "session expired")

    def on_operation_timeout(self, timer: OperationTimeout) -> None:
        """End the operation: as failed without a session, since it was never sent, and else as unknown."""
        if self._waits_for(timer.op):
            self._end(timer.op)
            end = self.unknown if self.session else self.fail
            end(timer.op, "no answer")

    def _waits_for(self, op: int) -> bool:
        return self.current is not None and self.current.id == op

    def _end(self, op: int) -> None:
        self.current = None
        self.cancel_timer(RetryDue(op))
        self.cancel_timer(OperationTimeout(op))
