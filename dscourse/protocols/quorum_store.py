"""A key-value store of N replicas that is one atomic register a key, as long as quorums overlap.

Source:        Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in Message-Passing Systems", JACM 42(1), 1995 (one
               writer, called ABD); Lynch and Shvartsman, "Robust emulation of shared memory using dynamic
               quorum-acknowledged broadcasts", FTCS 1997 (many writers: ask for the newest tag, then store).
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered;
               no synchrony. R + W > N, and a client's request reaches its node at most once. Restarts: any node; an
               operation that its coordinator forgets ends as unknown, and its number is in no other tag.
Promises:      promises = ("linearizable",); `stores.tags_rise` and `stores.one_value_a_tag` always. An answer within
               two round trips to an operation that begins while max(R, W) replicas are up and messages get through,
               if a round trip takes less than ``attempts`` times ``resend_ms``.
Not promised:  an answer without max(R, W) replicas that the node can reach, or to a client whose own patience is
               shorter. With R + W <= N, or with
               `OneRoundReadStore`, linearizability: both are here to be broken.
Departs:       the node that the client asked (the coordinator) plays the source's reader and writer, sends again what
               may be lost, and forgets the operation after ``attempts``; it never says that a write failed. A tag
               holds the operation's number in place of the writer's name, so that a node that crashed between two
               writes cannot use one tag twice. R and W are free, in the source both are majorities.
Size:          4 (N - 1) messages and 2 rounds an operation; `QuickReadStore`: 1 round for most reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dscourse.node import Message, Node, Timer
from dscourse.protocols.stores import Request, Stored, Tag, check_operation

__all__ = [
    "Found", "Kept", "OneRoundReadStore", "Phase", "Query", "QuickReadStore", "QuorumStore",
    "SendAgain", "Update", "promises",
]  # fmt: skip

promises = ("linearizable",)


@dataclass(frozen=True, slots=True)
class Query(Message):
    """Which value of ``key`` do you hold? Asked for operation ``op``."""

    op: int
    key: Any


@dataclass(frozen=True, slots=True)
class Found(Message):
    """The answer to a `Query`: the newest value held, and its tag."""

    op: int
    tag: Tag
    value: Any


@dataclass(frozen=True, slots=True)
class Update(Message):
    """Keep this value of ``key``, unless you hold a newer one."""

    op: int
    key: Any
    tag: Tag
    value: Any


@dataclass(frozen=True, slots=True)
class Kept(Message):
    """The answer to an `Update`: this value, or a newer one, is durable here."""

    op: int


@dataclass(frozen=True, slots=True)
class SendAgain(Timer):
    """Not enough answers have come since the message of ``op`` was sent last."""

    op: int


@dataclass(frozen=True, slots=True)
class Phase:
    """Half of an operation at its coordinator: whose it is, what was sent how often, and who has answered."""

    client: str
    request: Request
    sent: Query | Update
    attempt: int = 1
    heard: tuple[tuple[str, Found | Kept], ...] = ()

    @property
    def newest(self) -> Found:
        """The answer with the largest tag; for a phase of queries."""
        found = [answer for _, answer in self.heard if isinstance(answer, Found)]
        return max(found, key=lambda answer: answer.tag)


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
        self.read_quorum = _checked("read_quorum", read_quorum, replicas)
        self.write_quorum = _checked("write_quorum", write_quorum, replicas)
        self.resend_ms, self.attempts = resend_ms, attempts
        self.stored: dict[Any, Stored] = {}
        self.open: dict[int, Phase] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Stored):
                self.stored[record.key] = record

    # The replica: it answers what it holds, and keeps what is newer.

    def on_query(self, sender: str, query: Query) -> None:
        self.send(sender, self._look(query))

    def on_update(self, sender: str, update: Update) -> None:
        self.send(sender, self._keep(update))

    def _look(self, query: Query) -> Found:
        held = self._held(query.key)
        return Found(query.op, held.tag, held.value)

    def _keep(self, update: Update) -> Kept:
        if self._held(update.key).tag < update.tag:
            self.stored[update.key] = Stored(update.key, update.tag, update.value)
            self.write(self.stored[update.key])
        return Kept(update.op)

    def _held(self, key: Any) -> Stored:
        """What this replica holds of ``key``: the smallest tag and None if it was never written."""
        return self.stored.get(key, Stored(key, Tag(), None))

    # The coordinator: a phase of queries, then a phase of updates, for a read as for a write.

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        self.begin(Phase(sender, request, Query(request.op, request.key)))

    def on_found(self, sender: str, found: Found) -> None:
        phase = self._heard(sender, found, Query)
        if phase is not None and len(phase.heard) == self.read_quorum:
            self.queried(phase)

    def on_kept(self, sender: str, kept: Kept) -> None:
        phase = self._heard(sender, kept, Update)
        if phase is not None and len(phase.heard) == self.write_quorum:
            assert isinstance(phase.sent, Update)
            self.end(phase, phase.sent.value if phase.request.f == "read" else None)

    def on_send_again(self, timer: SendAgain) -> None:
        phase = self.open[timer.op]
        if phase.attempt < self.attempts:
            self._send(replace(phase, attempt=phase.attempt + 1))
        else:
            del self.open[timer.op]

    def queried(self, phase: Phase) -> None:
        """Store the value to be written under a new tag, or the value that was read under its own."""
        request, newest = phase.request, phase.newest
        if request.f == "write":
            tag, value = Tag(newest.tag.counter + 1, request.op), request.value
        else:
            tag, value = newest.tag, newest.value
        self.begin(Phase(phase.client, request, Update(request.op, request.key, tag, value)))

    def begin(self, phase: Phase) -> None:
        """Send the phase's message to all replicas; this one answers at once."""
        self._send(phase)
        if isinstance(phase.sent, Query):
            self.on_found(self.id, self._look(phase.sent))
        else:
            self.on_kept(self.id, self._keep(phase.sent))

    def _send(self, phase: Phase) -> None:
        """Send the phase's message to those who have not answered it."""
        op = phase.request.op
        self.open[op] = phase
        answered = [name for name, _ in phase.heard]
        for peer in self.peers:
            if peer not in answered:
                self.send(peer, phase.sent)
        self.set_timer(SendAgain(op), self.resend_ms)

    def _heard(self, sender: str, answer: Found | Kept, to: type[Query | Update]) -> Phase | None:
        """The phase with this answer added; None if nobody waits for it or it came before."""
        phase = self.open.get(answer.op)
        if phase is None or not isinstance(phase.sent, to) or sender in dict(phase.heard):
            return None
        phase = replace(phase, heard=(*phase.heard, (sender, answer)))
        self.open[answer.op] = phase
        return phase

    def end(self, phase: Phase, result: object) -> None:
        op = phase.request.op
        del self.open[op]
        self.cancel_timer(SendAgain(op))
        self.reply(phase.client, op, result)


class OneRoundReadStore(QuorumStore):
    """Does not write back what it read: two reads may see the new value first and the old one after it."""

    def queried(self, phase: Phase) -> None:
        if phase.request.f == "read":
            self.end(phase, phase.newest.value)
        else:
            super().queried(phase)


class QuickReadStore(QuorumStore):
    """Does not write back what W answers show to be stored at a write quorum already."""

    def queried(self, phase: Phase) -> None:
        tags = [answer.tag for _, answer in phase.heard if isinstance(answer, Found)]
        if phase.request.f == "read" and tags.count(phase.newest.tag) >= self.write_quorum:
            self.end(phase, phase.newest.value)
        else:
            super().queried(phase)


def _checked(name: str, size: int | None, replicas: int) -> int:
    """The quorum's size, a majority if None; ValueError if it is impossible."""
    size = replicas // 2 + 1 if size is None else size
    if not isinstance(size, int) or not 1 <= size <= replicas:
        raise ValueError(
            f"{name}={size!r}: with {replicas} replicas it must be from 1 to {replicas}"
        )
    return size
