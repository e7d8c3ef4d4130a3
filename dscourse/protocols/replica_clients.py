"""Clients of `primary_replica`, which write to the primary and read at replicas in turn, with or without a session.

Source:        Terry et al., "Session guarantees for weakly consistent replicated data", PDIS 1994, in the form that
               databases with a log use: a read waits for a position.
Assumes:       as the stores: the network repeats no message between a client and a node. Restarts: a session goes on
               when its client restarts, because the position that it has seen is on disk before the user sees it.
Promises:      a `SessionClient` never gets an answer older than the position of its last write or read. If ``acks``
               replicas and the primary are a majority, the answer is from a log that holds what it saw.
Not promised:  an answer: a replica that lags makes a session wait. With fewer acks, that a write it saw survives:
               positions of a later epoch come after it, also in a log from which it was lost.
Departs:       one position stands for all keys; a session waits more than it has to.
Size:          2 messages per operation, and 2 for each node that is not the primary any more; in a session at most 1
               forced write per operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import action
from dscourse.node import Invocation, Message, Reply, as_names
from dscourse.protocols.stores import StoreClient, Unanswered, next_in_turn
from dscourse.replication.binary_log import START, Position

__all__ = ["Answer", "Get", "HasSeen", "NotPrimary", "Put", "ReplicaClient", "SessionClient"]


@dataclass(frozen=True, slots=True)
class Put(Message):
    """Write or delete (``f``) this key, for operation ``op``."""

    op: int
    f: str
    key: Any
    value: Any = None

    def __str__(self) -> str:
        return action(self.f, self.key, self.value)


@dataclass(frozen=True, slots=True)
class Get(Message):
    """Read this key for operation ``op``, once the entry at position ``after`` is visible."""

    op: int
    key: Any
    after: Position = START

    def __str__(self) -> str:
        return (
            f"read {self.key}"
            if self.after == START
            else f"read {self.key} (not before {self.after})"
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """The result in a `Reply`: a value, and the position that the client has now seen."""

    value: Any
    position: Position

    def __str__(self) -> str:
        return f"at {self.position}" if self.value is None else f"{self.value} at {self.position}"


@dataclass(frozen=True, slots=True)
class NotPrimary(Message):
    """I decline write ``op``; the primary that I know of is ``leader``, "" if there is none."""

    op: int
    leader: str

    def __str__(self) -> str:
        return f"not primary, {f'try {self.leader}' if self.leader else 'none known'}"


@dataclass(frozen=True, slots=True)
class HasSeen:
    """A record of a session: its user has seen the state at this position."""

    position: Position

    def __str__(self) -> str:
        return f"seen up to {self.position}"


class ReplicaClient(StoreClient):
    """A client that writes to the primary, wherever it is, and reads at each of the ``readers`` in turn.

    Readers are all ``servers``, if left out. ValueError if there is no server.
    """

    def __init__(
        self,
        id: str,
        servers: Sequence[str],
        readers: Sequence[str] = (),
        timeout_ms: float = 100.0,
    ) -> None:
        servers = as_names(servers, "servers")
        if not servers:
            raise ValueError("servers is empty: a client needs at least 1 node to write to")
        super().__init__(id, servers[0], timeout_ms)
        self.servers, self.readers = servers, as_names(readers, "readers") or servers
        self.reads = 0
        self.primary = servers[0]
        self.put: Put | None = None  # the write in progress
        self.seen = START  # the position that a read waits for; it stays there without a session

    def on_invoke(self, op: Invocation) -> None:
        if op.f == "read":
            reader = self.readers[self.reads % len(self.readers)]
            self.reads += 1
            self.ask(op.id, reader, Get(op.id, op.key, self.seen))
        elif op.f in ("write", "delete"):
            self.put = Put(op.id, op.f, op.key, op.value)
            self.ask(op.id, self.primary, self.put)
        else:
            raise ValueError(f"f={op.f!r}: it must be read, write or delete")

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self._stop_waiting(reply.op):
            answer = reply.result
            assert isinstance(answer, Answer)
            self.has_seen(answer.position)
            self.complete(reply.op, answer.value)

    def has_seen(self, position: Position) -> None:
        """Note the position of the last answer; a client without a session ignores it."""

    def on_not_primary(self, sender: str, refusal: NotPrimary) -> None:
        """Retry at the primary that the refusal names; without one, the write has failed."""
        if self.open_operation != refusal.op or self.put is None:
            return
        if refusal.leader:
            self.primary = refusal.leader
            self.send(self.primary, self.put)
        else:
            self._stop_waiting(refusal.op)
            self._try_another()
            self.fail(refusal.op, "no primary")

    def on_unanswered(self, timer: Unanswered) -> None:
        if self.put is not None and timer.op == self.put.op == self.open_operation:
            self._try_another()
        super().on_unanswered(timer)

    def _try_another(self) -> None:
        """Send the next write to the next server."""
        self.primary = next_in_turn(self.servers, self.primary)


class SessionClient(ReplicaClient):
    """A client that remembers the latest position that it has seen, and reads nothing older."""

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, HasSeen):
                self.seen = record.position

    def has_seen(self, position: Position) -> None:
        if position > self.seen:
            self.seen = position
            self.write(HasSeen(position))
