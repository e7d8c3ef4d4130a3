"""A key-value store that accepts every write, keeps concurrent ones as siblings, and converges.

Source:        DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", SOSP 2007, sections 4.3 to 4.7;
               Vogels, "Eventually Consistent", CACM 52(1), 2009.
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered.
               A client's request reaches its node at most once. Restarts: any replica, with its log: a version is on
               disk before another node learns its dot, so no dot is used twice. A client that restarts has seen
               nothing, and its next write becomes a sibling of what it had read.
Promises:      `checkers.convergent` on the replicas' `contents`, once writes have stopped and messages get through;
               `lost_writes` is empty: a replica stores every acknowledged write, or one that has superseded it.
Not promised:  that a read returns the newest write, not even with R + W > N (writes overlap, and reads do not write
               back before they answer); that the user sees one value: the reader must merge siblings.
Departs:       all nodes store all keys, and the coordinator keeps the hints (as in Cassandra; in Dynamo a stand-in
               replica does). A hint says that a peer lacks a key: the newest versions are handed off. Versions carry
               dots (see `versions`). A hint is tried ``attempts`` times; the rest is left to `anti_entropy`.
Size:          2 (N - 1) messages per operation, of which it waits for W or R; anti-entropy and hints beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from dscourse.node import Message
from dscourse.protocols.anti_entropy import Replica, lost_writes
from dscourse.protocols.context_client import ContextClient, VersionedRequest, VersionedResult
from dscourse.protocols.eventual_store_messages import (
    NO_OPERATION,
    Get,
    GetReply,
    HandoffDue,
    Hint,
    Operation,
    Put,
    PutAck,
    RepliesDue,
)
from dscourse.protocols.stores import check_operation, quorum_size
from dscourse.protocols.versions import Siblings, Version, context_of, joined

__all__ = ["ContextClient", "EventualStore", "VersionedRequest", "VersionedResult", "lost_writes"]


class EventualStore(Replica):
    """A replica that also coordinates the operations of its clients.

    It answers a read after ``read_quorum`` (R) replies, a write after ``write_quorum`` (W), its own included; 1 each,
    if left out. ValueError for fewer than 1 or more than all replicas.
    """

    def __init__(
        self, id: str, peers: Iterable[str] = (), read_quorum: int = 1, write_quorum: int = 1,
        patience_ms: float = 40.0, attempts: float = 5, interval_ms: float = 50.0, depth: int = 4,
    ) -> None:  # fmt: skip
        super().__init__(id, peers, interval_ms, depth)
        replicas = len(self.peers) + 1
        self.read_quorum = quorum_size("read_quorum", read_quorum, replicas)
        self.write_quorum = quorum_size("write_quorum", write_quorum, replicas)
        self.patience_ms, self.attempts = patience_ms, attempts
        self.operations: dict[int, Operation] = {}
        self.hints: dict[tuple[str, Any], int] = {}  # failed attempts, by peer and key

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        for record in log:
            if isinstance(record, Hint):
                self.hints[record.peer, record.key] = 0
                if record.closed:
                    del self.hints[record.peer, record.key]
        if self.hints:
            self.set_timer(HandoffDue(), self.patience_ms)

    # --- the replica -----------------------------------------------------------------------------

    def on_put(self, sender: str, put: Put) -> None:
        self.store(put.key, put.versions)
        self.send(sender, PutAck(put.op, put.key, context_of(self.stored.get(put.key, ()))))

    def on_get(self, sender: str, get: Get) -> None:
        self.send(sender, GetReply(get.op, self.stored.get(get.key, ())))

    # --- the coordinator -------------------------------------------------------------------------

    def on_versioned_request(self, sender: str, request: VersionedRequest) -> None:
        check_operation(self, request.f, "read", "write", "delete")
        own = self.stored.get(request.key, ())
        question: Message = Get(request.op, request.key)
        if request.f != "read":
            versions = joined(own, (self._new_version(request, sender),))
            self.store(request.key, versions)
            own, question = (), Put(request.op, request.key, versions)
        contacted = self.contacts(request.key)
        for name in contacted:
            self.send(name, question)
        self.set_timer(RepliesDue(request.op), self.patience_ms)
        self.operations[request.op] = Operation(sender, request, contacted)
        self._add_reply(self.id, request.op, own)

    def on_put_ack(self, sender: str, ack: PutAck) -> None:
        if context_of(self.stored.get(ack.key, ())) <= ack.seen:
            self._remove_hint(sender, ack.key)
        self._add_reply(sender, ack.op, ())

    def on_get_reply(self, sender: str, reply: GetReply) -> None:
        self._add_reply(sender, reply.op, reply.versions)

    def on_replies_due(self, timer: RepliesDue) -> None:
        self._close(self.operations[timer.op])

    def on_handoff_due(self, timer: HandoffDue) -> None:
        for (peer, key), attempt in list(self.hints.items()):
            if not self.seems_up(peer):
                continue
            self.send(peer, Put(NO_OPERATION, key, self.stored.get(key, ())))
            self.hints[peer, key] = attempt + 1
            if attempt + 1 == self.attempts:
                self._remove_hint(peer, key)
        if self.hints:
            self.set_timer(timer, self.patience_ms)

    # --- the nodes of a key: here, all -----------------------------------------------------------

    def contacts(self, key: Any) -> tuple[str, ...]:
        """Return the nodes that an operation on the key contacts, beside this one."""
        return self.peers

    def other_replicas(self, key: Any) -> tuple[str, ...]:
        """Return the nodes that must store the key in the end, beside this one."""
        return self.peers

    def seems_up(self, peer: str) -> bool:
        """Return whether a handoff to the peer is worth trying now."""
        return True

    def _new_version(self, request: VersionedRequest, client: str) -> Version:
        """Return the version of a client's write: it supersedes what the client has seen, and nothing else."""
        count = max(context_of(self.stored.get(request.key, ()))[self.id], request.seen[self.id])
        return Version(self.id, count + 1, request.seen, request.value, request.f == "delete")

    def _add_reply(self, sender: str, op: int, versions: Siblings) -> None:
        """Add a reply; answer the client once there are enough, and close the operation once there are all."""
        operation = self.operations.get(op)
        if operation is None or sender in dict(operation.replies):
            return
        operation = replace(operation, replies=(*operation.replies, (sender, versions)))
        needed = self.read_quorum if operation.request.f == "read" else self.write_quorum
        if not operation.answered and len(operation.replies) >= needed:
            self.reply(operation.client, op, self._answer(operation))
            operation = replace(operation, answered=True)
        self.operations[op] = operation
        if len(operation.replies) == len(operation.contacted) + 1:
            self.cancel_timer(RepliesDue(op))
            self._close(operation)

    def _answer(self, operation: Operation) -> VersionedResult:
        """Return the values that were read; for a write, nothing.

        The writer of n3:7 has not seen n3:6, but a version vector with n3:7 would say that it has. A reader of n3:7
        has seen n3:6, because replicas send all versions of a key together.
        """
        newest = _newest(operation)
        values = tuple(version.value for version in newest if not version.deleted)
        return VersionedResult(values, context_of(newest))

    def _close(self, operation: Operation) -> None:
        """Repair the replicas that replied to a read with old versions; add hints for those that missed a write."""
        del self.operations[operation.request.op]
        if operation.request.f == "read":
            self._repair(operation)
            return
        for peer in self.other_replicas(operation.request.key):
            if peer not in dict(operation.replies):
                self._add_hint(peer, operation.request.key)

    def _repair(self, operation: Operation) -> None:
        newest = _newest(operation)
        for name, versions in operation.replies:
            if versions != newest and name == self.id:
                self.store(operation.request.key, newest)
            elif versions != newest:
                self.send(name, Put(NO_OPERATION, operation.request.key, newest))

    def _add_hint(self, peer: str, key: Any) -> None:
        self.write(Hint(peer, key))
        self.hints[peer, key] = 0
        self.set_timer(HandoffDue(), self.patience_ms)

    def _remove_hint(self, peer: str, key: Any) -> None:
        if (peer, key) in self.hints:
            self.write(Hint(peer, key, closed=True))
            del self.hints[peer, key]


def _newest(operation: Operation) -> Siblings:
    """Return the versions in the replies that no other one supersedes; none for a write."""
    newest: Siblings = ()
    for _, versions in operation.replies:
        newest = joined(newest, versions)
    return newest
