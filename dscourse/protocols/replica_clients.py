"""Clients of a store with a primary: they write to the primary and read at replicas in turn, in a session or not.

Source:        Terry et al., "Session guarantees for weakly consistent replicated data", PDIS 1994, in the form in
               which databases with a log have them: a client waits for a position.
Assumes:       as the stores: the network repeats no message between a client and a node. Restarts: a session goes on
               when its client restarts, because the position that it has seen is on disk before the user sees it.
Promises:      a `SessionClient` is never answered from before the position that it has seen, by writing or reading.
               If ``acks`` replicas and the primary are a majority, the answer is from a log that holds what it saw.
Not promised:  an answer: a replica that is behind lets a session wait. With fewer acks, that what it saw is still
               there: positions of a later epoch come after it, also in a log from which it was lost.
Departs:       one position stands for all keys; a session waits more than it has to.
Size:          2 messages per operation, and 2 for each node that is not the primary any more; in a session at most 1
               forced write per operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dscourse.node import Invocation, Reply, as_names
from dscourse.protocols.primary_replica import Answer, Declined, Get, Put
from dscourse.protocols.stores import StoreClient, Unanswered
from dscourse.replication.log import START, Position

__all__ = ["HasSeen", "ReplicaClient", "SessionClient"]


@dataclass(frozen=True, slots=True)
class HasSeen:
    """A record of a session: its user has been told what stands at this position."""

    position: Position


class ReplicaClient(StoreClient):
    """Writes to the primary, wherever it is, and reads at each of the ``readers`` in turn, whatever is there.

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
        self.put: Put | None = None  # the write that is under way

    @property
    def after(self) -> Position:
        """The position from before which no answer is wanted."""
        return START

    def on_invoke(self, op: Invocation) -> None:
        self.waits_for = op.id
        if op.f == "read":
            reader = self.readers[self.reads % len(self.readers)]
            self.reads += 1
            self.send(reader, Get(op.id, op.key, self.after))
        elif op.f in ("write", "delete"):
            self.put = Put(op.id, op.f, op.key, op.value)
            self.send(self.primary, self.put)
        else:
            raise ValueError(f"f={op.f!r}: a client reads, writes or deletes")
        self.set_timer(Unanswered(op.id), self.timeout_ms)

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self._ended(reply.op):
            answer = reply.result
            assert isinstance(answer, Answer)
            self.has_seen(answer.position)
            self.complete(reply.op, answer.value)

    def has_seen(self, position: Position) -> None:
        """This client's last answer is as of this position."""

    def on_declined(self, sender: str, declined: Declined) -> None:
        """Ask the primary that it names; without one, the write has failed."""
        if self.waits_for != declined.op or self.put is None:
            return
        if declined.leader:
            self.primary = declined.leader
            self.send(self.primary, self.put)
        else:
            self._ended(declined.op)
            self._try_another()
            self.fail(declined.op, "no primary")

    def on_unanswered(self, timer: Unanswered) -> None:
        if self.put is not None and timer.op == self.put.op == self.waits_for:
            self._try_another()
        super().on_unanswered(timer)

    def _try_another(self) -> None:
        """The next write goes to the next node."""
        place = self.servers.index(self.primary) if self.primary in self.servers else -1
        self.primary = self.servers[(place + 1) % len(self.servers)]


class SessionClient(ReplicaClient):
    """Remembers the latest position that it has been told, and reads nothing from before it."""

    def __init__(
        self,
        id: str,
        servers: Sequence[str],
        readers: Sequence[str] = (),
        timeout_ms: float = 100.0,
    ) -> None:
        super().__init__(id, servers, readers, timeout_ms)
        self.seen = START

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, HasSeen):
                self.seen = record.position

    @property
    def after(self) -> Position:
        return self.seen

    def has_seen(self, position: Position) -> None:
        if position > self.seen:
            self.seen = position
            self.write(HasSeen(position))
