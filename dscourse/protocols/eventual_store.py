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
from dataclasses import dataclass, field, replace
from typing import Any

from dscourse.clocks import VersionVector
from dscourse.node import Message, Timer
from dscourse.protocols.anti_entropy import Replica, lost_writes
from dscourse.protocols.context_client import ContextClient, VersionedRequest, VersionedResult
from dscourse.protocols.stores import check_operation
from dscourse.protocols.versions import Siblings, Version, context_of, joined, values_text

__all__ = [
    "ContextClient",
    "EventualStore",
    "Get",
    "GetReply",
    "HandoffDue",
    "Hint",
    "Operation",
    "Put",
    "PutAck",
    "RepliesDue",
    "VersionedRequest",
    "VersionedResult",
    "lost_writes",
]  # fmt: skip


NO_OPERATION = -1  # in place of an operation: no coordinator waits for the reply


@dataclass(frozen=True, slots=True)
class Put(Message):
    """Join these versions of ``key`` to yours; operation ``op`` waits for your acknowledgement."""

    op: int
    key: Any
    versions: Siblings

    def __str__(self) -> str:
        what = f"{self.key}={values_text(self.versions)}"
        return f"{'hand off' if self.op == NO_OPERATION else 'put'} {what}"


@dataclass(frozen=True, slots=True)
class PutAck(Message):
    """The versions are on my disk; ``seen`` is the context of the key here (traces do not show it)."""

    op: int
    key: Any
    seen: VersionVector = field(default_factory=VersionVector, repr=False)

    def __str__(self) -> str:
        return f"stored {self.key}"


@dataclass(frozen=True, slots=True)
class Get(Message):
    """Which versions of ``key`` do you store? Operation ``op`` needs them."""

    op: int
    key: Any

    def __str__(self) -> str:
        return f"get {self.key}"


@dataclass(frozen=True, slots=True)
class GetReply(Message):
    """I store these versions."""

    op: int
    versions: Siblings

    def __str__(self) -> str:
        return values_text(self.versions)


@dataclass(frozen=True, slots=True)
class RepliesDue(Timer):
    """Operation ``op`` stops waiting for replies."""

    op: int


@dataclass(frozen=True, slots=True)
class HandoffDue(Timer):
    """Time to hand off what peers lack."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A record: ``peer`` may lack versions of ``key`` that are stored here.

    ``delivered`` ends the hint: the peer has acknowledged the versions, or the last attempt has been made.
    """

    peer: str
    key: Any
    delivered: bool = False

    def __str__(self) -> str:
        return f"{self.key} {'handed off to' if self.delivered else 'to hand off to'} {self.peer}"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation at its coordinator: client and request, the nodes contacted, their replies, and whether the client
    has its answer.
    """

    client: str
    request: VersionedRequest
    contacted: tuple[str, ...] = ()
    replies: tuple[tuple[str, Siblings], ...] = ()
    answered: bool = False


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
        for name, size in (("read_quorum", read_quorum), ("write_quorum", write_quorum)):
            if not 1 <= size <= len(self.peers) + 1:
                most = len(self.peers) + 1
                raise ValueError(f"{name}={size}: with {most} replicas it must be from 1 to {most}")
        self.read_quorum, self.write_quorum = read_quorum, write_quorum
        self.patience_ms, self.attempts = patience_ms, attempts
        self.operations: dict[int, Operation] = {}
        self.hints: dict[tuple[str, Any], int] = {}  # failed attempts, by peer and key

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        for record in log:
            if isinstance(record, Hint):
                self.hints[record.peer, record.key] = 0
                if record.delivered:
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
            every = joined(own, (self._new_version(request, sender),))
            self.store(request.key, every)
            own, question = (), Put(request.op, request.key, every)
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
        before = self.operations.get(op)
        if before is None or sender in dict(before.replies):
            return
        now = replace(before, replies=(*before.replies, (sender, versions)))
        needed = self.read_quorum if now.request.f == "read" else self.write_quorum
        if not now.answered and len(now.replies) >= needed:
            self.reply(now.client, op, self._answer(now))
            now = replace(now, answered=True)
        self.operations[op] = now
        if len(now.replies) == len(now.contacted) + 1:
            self.cancel_timer(RepliesDue(op))
            self._close(now)

    def _answer(self, now: Operation) -> VersionedResult:
        """Return the values that were read; for a write, nothing.

        The writer of n3:7 has not seen n3:6, but a version vector with n3:7 would say that it has. A reader of n3:7
        has seen n3:6, because replicas send all versions of a key together.
        """
        found = _all_of(now)
        return VersionedResult(
            tuple(version.value for version in found if not version.deleted), context_of(found)
        )

    def _close(self, now: Operation) -> None:
        """Repair the replicas that replied to a read with old versions; add hints for those that missed a write."""
        del self.operations[now.request.op]
        if now.request.f == "read":
            self._repair(now)
            return
        for peer in self.other_replicas(now.request.key):
            if peer not in dict(now.replies):
                self._add_hint(peer, now.request.key)

    def _repair(self, now: Operation) -> None:
        found = _all_of(now)
        for name, versions in now.replies:
            if versions != found and name == self.id:
                self.store(now.request.key, found)
            elif versions != found:
                self.send(name, Put(NO_OPERATION, now.request.key, found))

    def _add_hint(self, peer: str, key: Any) -> None:
        self.write(Hint(peer, key))
        self.hints[peer, key] = 0
        self.set_timer(HandoffDue(), self.patience_ms)

    def _remove_hint(self, peer: str, key: Any) -> None:
        if (peer, key) in self.hints:
            self.write(Hint(peer, key, delivered=True))
            del self.hints[peer, key]


def _all_of(now: Operation) -> Siblings:
    """Return the versions in the replies that no other one supersedes; none for a write."""
    found: Siblings = ()
    for _, versions in now.replies:
        found = joined(found, versions)
    return found
