"""Replicas that answer at once and apply each write after the writes that it depends on: causal consistency.

Source:        Ahamad, Neiger, Burns, Kohli and Hutto, "Causal Memory: Definitions, Implementation, and Programming",
               Distributed Computing 9(1), 1995, section 3 (local reads and writes, updates applied in causal order);
               Birman, Schiper and Stephenson, ACM TOCS 9(3), 1991, section 5 (when a message may be delivered).
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered.
               A client's request reaches its node at most once, and a client stays with its node. Restarts: any
               replica; a write is on disk before another node learns of it, so no two have the same clock.
Promises:      promises = ("causal_memory",), of `ConvergentCausalStore` causal_convergence, and of `FifoStore` pram;
               `causal_order` always (not of `FifoStore`); an answer without waiting for any other node; once messages
               get through, every replica has every write.
Not promised:  one order of concurrent writes: each replica of `CausalStore` keeps the one that it applied last, so
               two of them may differ for ever. A read may return an old value.
Departs:       the sources assume a reliable broadcast; here each replica asks one peer after the other for the writes
               that it lacks, and forwards those of others as well. A vector counts writes, not messages.
Size:          N - 1 messages per write, none per read; 1 message or more per replica and ``ask_ms``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.clocks import VectorClock
from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.core.wording import text_of
from dscourse.node import Message, Node, Timer
from dscourse.protocols.stores import Request, Tag, check_operation

__all__ = [
    "CausalStore",
    "ConvergentCausalStore",
    "Digest",
    "DigestDue",
    "FifoStore",
    "Update",
    "causal_order",
    "promises",
]  # fmt: skip

promises = ("causal_memory",)


@dataclass(frozen=True, slots=True)
class Update(Message):
    """Write ``op`` of ``origin``; ``clock`` counts it and the writes that it depends on. Also its log record."""

    op: int
    origin: str
    clock: VectorClock
    key: Any
    value: Any

    def __str__(self) -> str:
        return f"{self.key}={text_of(self.value)} from {self.origin} {self.clock}"


@dataclass(frozen=True, slots=True)
class Digest(Message):
    """I have applied the writes that ``clock`` counts: which have I missed?"""

    clock: VectorClock

    def __str__(self) -> str:
        return f"digest {self.clock}"


@dataclass(frozen=True, slots=True)
class DigestDue(Timer):
    """Time to send a digest to the next peer."""


class CausalStore(Node):
    """A replica that answers at once, and buffers an update until its dependencies have been applied."""

    def __init__(self, id: str, peers: Iterable[str] = (), ask_ms: float = 20.0) -> None:
        super().__init__(id, peers)
        if not ask_ms > 0:
            raise ValueError(f"ask_ms={ask_ms}: it must be above 0")
        self.ask_ms = ask_ms
        self.digests = 0
        self.clock = VectorClock()  # the number of writes applied here, by origin
        self.applied: list[Update] = []
        self.buffered: list[Update] = []
        self.data: dict[Any, Any] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Update):
                self._apply(record)
        if self.peers:
            self.set_timer(DigestDue(), self.ask_ms)

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f == "read":
            self.reply(sender, request.op, self.data.get(request.key))
            return
        clock = self.clock.tick(self.id)
        update = Update(request.op, self.id, clock, request.key, request.value)
        self._log(update)
        self.reply(sender, request.op)
        self.broadcast(update)

    def on_update(self, sender: str, update: Update) -> None:
        self.buffered.append(update)
        while (ready := next(filter(self.deliverable, self.buffered), None)) is not None:
            self.buffered.remove(ready)
            self._log(ready)
        self.buffered = [one for one in self.buffered if not self._is_applied(one)]

    def deliverable(self, update: Update) -> bool:
        """Return whether this is the next write of its origin, and the writes of others before it are applied."""
        before = {name: count for name, count in update.clock.items() if name != update.origin}
        return self._is_next(update) and VectorClock(before) <= self.clock

    def store(self, update: Update) -> None:
        """Store the value of ``update`` over the one that is there."""
        self.data[update.key] = update.value

    def on_digest_due(self, timer: DigestDue) -> None:
        self.send(self.peers[self.digests % len(self.peers)], Digest(self.clock))
        self.digests += 1
        self.set_timer(timer, self.ask_ms)

    def on_digest(self, sender: str, digest: Digest) -> None:
        for update in self.applied:
            if update.clock[update.origin] > digest.clock[update.origin]:
                self.send(sender, update)

    def _log(self, update: Update) -> None:
        self.write(update)
        self._apply(update)

    def _apply(self, update: Update) -> None:
        self.clock = self.clock.tick(update.origin)
        self.applied.append(update)
        self.store(update)

    def _is_next(self, update: Update) -> bool:
        return update.clock[update.origin] == self.clock[update.origin] + 1

    def _is_applied(self, update: Update) -> bool:
        return update.clock[update.origin] <= self.clock[update.origin]


class ConvergentCausalStore(CausalStore):
    """A variant in which replicas keep the same one of two concurrent writes: last writer wins, by a counter."""

    def __init__(self, id: str, peers: Iterable[str] = (), ask_ms: float = 20.0) -> None:
        super().__init__(id, peers, ask_ms)
        self.tags: dict[Any, Tag] = {}

    def store(self, update: Update) -> None:
        counter = sum(update.clock.values())  # larger than that of any write it depends on
        tag = Tag(counter, update.op)
        if self.tags.get(update.key, Tag()) < tag:
            self.tags[update.key] = tag
            super().store(update)


class FifoStore(CausalStore):
    """A variant that keeps only the order of each replica's own writes: PRAM, weaker than causal consistency."""

    def deliverable(self, update: Update) -> bool:
        return self._is_next(update)


def causal_order(logs: Mapping[str, Sequence[object]]) -> Verdict:
    """Judge that each update in a log comes after all that its clock counts, and that none occurs twice.

    >>> first = Update(7, "n1", VectorClock({"n1": 1}), "x", 5)
    >>> reply = Update(8, "n2", VectorClock({"n1": 1, "n2": 1}), "y", 6)
    >>> causal_order({"n1": [first, reply], "n3": [reply, first]})
    violated: causal order; n3 applied write 8 of n2, whose clock is {'n1': 1, 'n2': 1}, when it had applied {}
    """
    wrong = ""
    for name, log in logs.items():
        clock = VectorClock()
        for update in log:
            if isinstance(update, Update):
                before, clock = clock, clock.tick(update.origin)
                if update.clock[update.origin] != clock[update.origin] or not update.clock <= clock:
                    wrong = wrong or (
                        f"{name} applied write {update.op} of {update.origin}, whose clock is "
                        f"{dict(update.clock)}, when it had applied {dict(before)}"
                    )
    return unless("causal order", wrong)
