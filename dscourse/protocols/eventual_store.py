"""A key-value store that takes every write, keeps concurrent ones side by side, and agrees in the end.

Source:        DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", SOSP 2007, sections 4.3 to 4.7;
               Vogels, "Eventually Consistent", CACM 52(1), 2009.
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered.
               A client's request reaches its node at most once. Restarts: any replica, with its log: a version is on
               disk before its dot is told, so no dot is used twice. A client that restarts has seen nothing, and its
               next write stands beside what it had read.
Promises:      `checkers.convergent` on what replicas hold, once writes have stopped and messages get through;
               `lost_writes` is empty: what was acknowledged is held by somebody, or by a write that had seen it.
Not promised:  that a read returns the newest write; with R + W > N either (writes overlap, and reads do not write
               back before they answer); that the user sees one value: siblings are the reader's to merge.
Departs:       all nodes hold all keys, and the node that was asked keeps the hints (as in Cassandra, and not a
               stand-in replica). A hint says that a peer lacks a key: what is handed over is the newest. Versions
               carry dots (see `versions`). Hints are tried ``attempts`` times; the rest is left to `anti_entropy`.
Size:          2 (N - 1) messages an operation, W or R of which it waits for; anti-entropy and hints beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dscourse.clocks import VersionVector
from dscourse.node import Message, Timer
from dscourse.protocols.anti_entropy import Replica, lost_writes
from dscourse.protocols.context_client import Ask, ContextClient, Seen
from dscourse.protocols.stores import check_operation
from dscourse.protocols.versions import Siblings, Version, context_of, joined

__all__ = [
    "Ask", "Closed", "ContextClient", "EventualStore", "Get", "Got", "HandOver", "Open", "Owed", "Put", "PutDone",
    "Seen", "lost_writes",
]  # fmt: skip


NOBODY = -1  # in place of an operation: nobody waits for the answer


@dataclass(frozen=True, slots=True)
class Put(Message):
    """Join these versions of ``key`` to yours, for operation ``op``."""

    op: int
    key: Any
    versions: Siblings


@dataclass(frozen=True, slots=True)
class PutDone(Message):
    """The answer to a `Put`: durable here, where all updates in ``seen`` are known now (traces do not write it)."""

    op: int
    key: Any
    seen: VersionVector = field(default_factory=VersionVector, repr=False)


@dataclass(frozen=True, slots=True)
class Get(Message):
    """Which versions of ``key`` do you hold? Asked for operation ``op``."""

    op: int
    key: Any


@dataclass(frozen=True, slots=True)
class Got(Message):
    """The answer to a `Get`."""

    op: int
    versions: Siblings


@dataclass(frozen=True, slots=True)
class Closed(Timer):
    """Operation ``op`` waits for no more answers."""

    op: int


@dataclass(frozen=True, slots=True)
class HandOver(Timer):
    """It is time to hand over what peers lack."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A record in the log: ``peer`` may lack what is here of ``key``, or, if ``paid``, lacks it no more."""

    peer: str
    key: Any
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """An operation at its coordinator: whose it is, who was asked, who has answered what, and whether the client has
    its answer.
    """

    client: str
    ask: Ask
    asked: tuple[str, ...] = ()
    heard: tuple[tuple[str, Siblings], ...] = ()
    answered: bool = False


class EventualStore(Replica):
    """A replica that also coordinates the operations of its clients.

    It answers a read after ``read_quorum`` (R) replicas, a write after ``write_quorum`` (W), itself included; 1 each,
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
        self.open: dict[int, Open] = {}
        self.hints: dict[
            tuple[str, Any], int
        ] = {}  # what a peer lacks, and how often it was handed over in vain

    def on_start(self, log: Sequence[object]) -> None:
        super().on_start(log)
        for record in log:
            if isinstance(record, Owed):
                self.hints[record.peer, record.key] = 0
                if record.paid:
                    del self.hints[record.peer, record.key]
        if self.hints:
            self.set_timer(HandOver(), self.patience_ms)

    # The replica.

    def on_put(self, sender: str, put: Put) -> None:
        self.keep(put.key, put.versions)
        self.send(sender, PutDone(put.op, put.key, context_of(self.stored.get(put.key, ()))))

    def on_get(self, sender: str, get: Get) -> None:
        self.send(sender, Got(get.op, self.stored.get(get.key, ())))

    # The coordinator.

    def on_ask(self, sender: str, ask: Ask) -> None:
        check_operation(self, ask.f, "read", "write", "delete")
        own = self.stored.get(ask.key, ())
        question: Message = Get(ask.op, ask.key)
        if ask.f != "read":
            every = joined(own, (self._new_version(ask, sender),))
            self.keep(ask.key, every)
            own, question = (), Put(ask.op, ask.key, every)
        asked = self.asked(ask.key)
        for name in asked:
            self.send(name, question)
        self.set_timer(Closed(ask.op), self.patience_ms)
        self.open[ask.op] = Open(sender, ask, asked)
        self._heard(self.id, ask.op, own)

    def on_put_done(self, sender: str, done: PutDone) -> None:
        if context_of(self.stored.get(done.key, ())) <= done.seen:
            self._paid(sender, done.key)
        self._heard(sender, done.op, ())

    def on_got(self, sender: str, got: Got) -> None:
        self._heard(sender, got.op, got.versions)

    def on_closed(self, timer: Closed) -> None:
        self._close(self.open[timer.op])

    def on_hand_over(self, timer: HandOver) -> None:
        for (peer, key), tried in list(self.hints.items()):
            if not self.reaches(peer):
                continue
            self.send(peer, Put(NOBODY, key, self.stored.get(key, ())))
            self.hints[peer, key] = tried + 1
            if tried + 1 == self.attempts:
                self._paid(peer, key)
        if self.hints:
            self.set_timer(timer, self.patience_ms)

    # Which nodes belong to a key: here, all.

    def asked(self, key: Any) -> tuple[str, ...]:
        """The nodes that an operation on the key asks, beside this one."""
        return self.peers

    def owed(self, key: Any) -> tuple[str, ...]:
        """The nodes that must hold the key in the end, beside this one."""
        return self.peers

    def reaches(self, peer: str) -> bool:
        """True if it is worth while to hand something over to the peer now."""
        return True

    def _new_version(self, ask: Ask, client: str) -> Version:
        """The version that a client's write makes: newer than what it has seen, beside the rest."""
        made = max(context_of(self.stored.get(ask.key, ()))[self.id], ask.seen[self.id])
        return Version(self.id, made + 1, ask.seen, ask.value, ask.f == "delete")

    def _heard(self, sender: str, op: int, versions: Siblings) -> None:
        """Count an answer; the client gets its own once there are enough, and all are in at last."""
        was = self.open.get(op)
        if was is None or sender in dict(was.heard):
            return
        now = replace(was, heard=(*was.heard, (sender, versions)))
        needed = self.read_quorum if now.ask.f == "read" else self.write_quorum
        if not now.answered and len(now.heard) >= needed:
            self.reply(now.client, op, self._answer(now))
            now = replace(now, answered=True)
        self.open[op] = now
        if len(now.heard) == len(now.asked) + 1:
            self.cancel_timer(Closed(op))
            self._close(now)

    def _answer(self, now: Open) -> Seen:
        """What the client is told: what was read. A write tells nothing.

        The writer of n3:7 has not seen n3:6, and a version vector with n3:7 in it would say so. Whoever read a
        replica that held n3:7 has: replicas pass on all versions of a key together.
        """
        found = _all_of(now)
        return Seen(
            tuple(version.value for version in found if not version.deleted), context_of(found)
        )

    def _close(self, now: Open) -> None:
        """Repair the replicas that were behind in a read, keep hints for those that did not answer a write."""
        del self.open[now.ask.op]
        if now.ask.f == "read":
            self._repair(now)
            return
        for peer in self.owed(now.ask.key):
            if peer not in dict(now.heard):
                self._owe(peer, now.ask.key)

    def _repair(self, now: Open) -> None:
        found = _all_of(now)
        for name, versions in now.heard:
            if versions != found and name == self.id:
                self.keep(now.ask.key, found)
            elif versions != found:
                self.send(name, Put(NOBODY, now.ask.key, found))

    def _owe(self, peer: str, key: Any) -> None:
        self.write(Owed(peer, key))
        self.hints[peer, key] = 0
        self.set_timer(HandOver(), self.patience_ms)

    def _paid(self, peer: str, key: Any) -> None:
        if (peer, key) in self.hints:
            self.write(Owed(peer, key, paid=True))
            del self.hints[peer, key]


def _all_of(now: Open) -> Siblings:
    """Every version that was answered and that nothing supersedes; none for a write."""
    found: Siblings = ()
    for _, versions in now.heard:
        found = joined(found, versions)
    return found
