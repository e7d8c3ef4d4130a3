"""A key-value store of N replicas that is one atomic register per key, as long as quorums overlap.

Source:        Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in Message-Passing Systems", JACM 42(1), 1995 (one
               writer, called ABD); Lynch and Shvartsman, "Robust emulation of shared memory using dynamic
               quorum-acknowledged broadcasts", FTCS 1997 (many writers: ask for the newest tag, then store).
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered;
               no synchrony. R + W > N, and a client's request reaches its node at most once. Restarts: any node; an
               operation that its coordinator forgets ends as unknown, and its number is in no other tag.
Promises:      promises = ("linearizable",); `stores.tags_rise` and `stores.one_value_per_tag` always. An answer
               within two round trips to an operation that begins while max(R, W) replicas are up and messages get
               through, if a round trip takes less than ``attempts`` times ``resend_ms``.
Not promised:  an answer without max(R, W) replicas that the node can reach, or to a client with a shorter time-out.
               With R + W <= N, or with `OneRoundReadStore`, linearizability: both are here to be broken.
Departs:       the node that the client asks (the coordinator) plays the source's reader and writer, resends messages
               that may be lost, and forgets the operation after ``attempts``; it never says that a write failed. A
               tag has the operation's number in place of the writer's name, so that a node that crashed between two
               writes cannot use one tag twice. R and W are free; in the source both are majorities.
Size:          4 (N - 1) messages and 2 rounds per operation; `QuickReadStore`: 1 round for most reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from dscourse.node import Node
from dscourse.protocols.quorum_store_messages import (
    Phase,
    Query,
    QueryReply,
    ResendDue,
    Update,
    UpdateAck,
)
from dscourse.protocols.stores import Request, Stored, Tag, check_operation, quorum_size

__all__ = ["OneRoundReadStore", "QuickReadStore", "QuorumStore", "promises"]

promises = ("linearizable",)


class QuorumStore(Node):
    """A replica that also coordinates the operations of its clients.

    Nothing is read before ``read_quorum`` (R) replicas have answered, nothing counts as stored before
    ``write_quorum`` (W) have; a majority each, if left out. ValueError for fewer than 1 or more than all replicas.
    """

    def __init__(
        self,
        id: str,
        peers: Iterable[str] = (),
        read_quorum: int | None = None,
        write_quorum: int | None = None,
        resend_ms: float = 30.0,
        attempts: int = 4,
    ) -> None:
        super().__init__(id, peers)
        replicas = len(self.peers) + 1
        self.read_quorum = quorum_size("read_quorum", read_quorum, replicas)
        self.write_quorum = quorum_size("write_quorum", write_quorum, replicas)
        self.resend_ms, self.attempts = resend_ms, attempts
        self.stored: dict[Any, Stored] = {}
        self.phases: dict[int, Phase] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Stored):
                self.stored[record.key] = record

    # --- the replica: it answers queries, and stores newer values --------------------------------

    def on_query(self, sender: str, query: Query) -> None:
        self.send(sender, self._answer_query(query))

    def on_update(self, sender: str, update: Update) -> None:
        self.send(sender, self._store(update))

    def _answer_query(self, query: Query) -> QueryReply:
        stored = self._stored(query.key)
        return QueryReply(query.op, stored.tag, stored.value)

    def _store(self, update: Update) -> UpdateAck:
        if self._stored(update.key).tag < update.tag:
            self.stored[update.key] = Stored(update.key, update.tag, update.value)
            self.write(self.stored[update.key])
        return UpdateAck(update.op)

    def _stored(self, key: Any) -> Stored:
        """Return the stored value of ``key``: the smallest tag and None if it was never written."""
        return self.stored.get(key, Stored(key, Tag(), None))

    # --- the coordinator: a phase of queries, then a phase of updates, for reads and writes ------

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        self.begin(Phase(sender, request, Query(request.op, request.key)))

    def on_query_reply(self, sender: str, reply: QueryReply) -> None:
        phase = self._add_reply(sender, reply, Query)
        if phase is not None and len(phase.replies) == self.read_quorum:
            self.queried(phase)

    def on_update_ack(self, sender: str, ack: UpdateAck) -> None:
        phase = self._add_reply(sender, ack, Update)
        if phase is not None and len(phase.replies) == self.write_quorum:
            assert isinstance(phase.sent, Update)
            self.end(phase, phase.sent.value if phase.request.f == "read" else None)

    def on_resend_due(self, timer: ResendDue) -> None:
        phase = self.phases[timer.op]
        if phase.attempt < self.attempts:
            self._send(replace(phase, attempt=phase.attempt + 1))
        else:
            del self.phases[timer.op]

    def queried(self, phase: Phase) -> None:
        """Begin the phase of updates: the new value with a new tag, or the value that was read with its own tag."""
        request, newest = phase.request, phase.newest
        if request.f == "write":
            tag, value = Tag(newest.tag.counter + 1, request.op), request.value
        else:
            tag, value = newest.tag, newest.value
        self.begin(Phase(phase.client, request, Update(request.op, request.key, tag, value)))

    def begin(self, phase: Phase) -> None:
        """Send the phase's message to all replicas; this one replies at once."""
        self._send(phase)
        if isinstance(phase.sent, Query):
            self.on_query_reply(self.id, self._answer_query(phase.sent))
        else:
            self.on_update_ack(self.id, self._store(phase.sent))

    def _send(self, phase: Phase) -> None:
        """Send the phase's message to the replicas that have not replied."""
        op = phase.request.op
        self.phases[op] = phase
        answered = [name for name, _ in phase.replies]
        for peer in self.peers:
            if peer not in answered:
                self.send(peer, phase.sent)
        self.set_timer(ResendDue(op), self.resend_ms)

    def _add_reply(
        self, sender: str, answer: QueryReply | UpdateAck, to: type[Query | Update]
    ) -> Phase | None:
        """Return the phase with this reply added; None if the phase is over, or the replica has replied before."""
        phase = self.phases.get(answer.op)
        if phase is None or not isinstance(phase.sent, to) or sender in dict(phase.replies):
            return None
        phase = replace(phase, replies=(*phase.replies, (sender, answer)))
        self.phases[answer.op] = phase
        return phase

    def end(self, phase: Phase, result: object) -> None:
        op = phase.request.op
        del self.phases[op]
        self.cancel_timer(ResendDue(op))
        self.reply(phase.client, op, result)


class OneRoundReadStore(QuorumStore):
    """A variant that does not write back what it read: of two reads, the later one may return the older value."""

    def queried(self, phase: Phase) -> None:
        if phase.request.f == "read":
            self.end(phase, phase.newest.value)
        else:
            super().queried(phase)


class QuickReadStore(QuorumStore):
    """A variant that does not write back a value that W replies show to be stored at a write quorum already."""

    def queried(self, phase: Phase) -> None:
        tags = [answer.tag for _, answer in phase.replies if isinstance(answer, QueryReply)]
        if phase.request.f == "read" and tags.count(phase.newest.tag) >= self.write_quorum:
            self.end(phase, phase.newest.value)
        else:
            super().queried(phase)
