"""Replicas that answer at once and apply each write after all that its writer had seen: causal consistency.

Source:        Ahamad, Neiger, Burns, Kohli and Hutto, "Causal Memory: Definitions, Implementation, and Programming",
               Distributed Computing 9(1), 1995, section 3 (local reads and writes, updates applied in causal order);
               Birman, Schiper and Stephenson, ACM TOCS 9(3), 1991, section 5 (when a message may be delivered).
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered.
               A client's request reaches its node at most once, and a client stays with its node. Restarts: any
               replica; how many writes it has made is on disk before anybody hears of them, so no two have one clock.
Promises:      promises = ("causal_memory",), of `ConvergentCausalStore` causal_convergence, and of `FifoStore` pram;
               `causal_order` always (not of `FifoStore`); an answer without waiting for any other node; once messages
               get through, every replica has every write.
Not promised:  one order of writes that do not know of each other: each replica of `CausalStore` keeps what it applied
               last, so two of them may differ for ever. A read may be old.
Departs:       the sources assume a reliable broadcast; here each replica asks one peer after the other for what it
               lacks, and hands on the writes of others as well. A vector counts writes, not messages.
Size:          N - 1 messages a write, none a read; 1 message and more a replica each ``ask_ms``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.clocks import VectorClock
from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Message, Node, Timer
from dscourse.protocols.stores import Request, Tag, check_operation

__all__ = [
    "AskAPeer", "CausalStore", "ConvergentCausalStore", "FifoStore", "Known", "Update", "causal_order", "promises",
]  # fmt: skip

promises = ("causal_memory",)


@dataclass(frozen=True, slots=True)
class Update(Message):
    """Write ``op``, made at ``origin`` with all in its past that ``clock`` counts; also its record in a log."""

    op: int
    origin: str
    clock: VectorClock
    key: Any
    value: Any


@dataclass(frozen=True, slots=True)
class Known(Message):
    """The writes that the sender has applied: what else have you got?"""

    clock: VectorClock


@dataclass(frozen=True, slots=True)
class AskAPeer(Timer):
    """It is time to ask the next peer for what is lacking."""


class CausalStore(Node):
    """A replica: answers from what it holds, and keeps an update back until its causal past has been applied."""

    def __init__(self, id: str, peers: Iterable[str] = (), ask_ms: float = 20.0) -> None:
        super().__init__(id, peers)
        if not ask_ms > 0:
            raise ValueError(f"ask_ms={ask_ms}: it must be above 0")
        self.ask_ms = ask_ms
        self.asked = 0
        self.clock = VectorClock()  # how many writes of each replica have been applied here
        self.applied: list[Update] = []
        self.waiting: list[Update] = []
        self.data: dict[Any, Any] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Update):
                self._apply(record)
        if self.peers:
            self.set_timer(AskAPeer(), self.ask_ms)

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f == "read":
            self.reply(sender, request.op, self.data.get(request.key))
            return
        clock = self.clock.tick(self.id)
        update = Update(request.op, self.id, clock, request.key, request.value)
        self._learn(update)
        self.reply(sender, request.op)
        self.broadcast(update)

    def on_update(self, sender: str, update: Update) -> None:
        self.waiting.append(update)
        while (ready := next(filter(self.deliverable, self.waiting), None)) is not None:
            self.waiting.remove(ready)
            self._learn(ready)
        self.waiting = [one for one in self.waiting if not self._has(one)]

    def deliverable(self, update: Update) -> bool:
        """True if ``update`` is the next write of its origin, and all that it had seen of others is applied here."""
        before = {name: count for name, count in update.clock.items() if name != update.origin}
        return self._next(update) and VectorClock(before) <= self.clock

    def keep(self, update: Update) -> None:
        """Let ``update`` change the data: it overwrites what is there."""
        self.data[update.key] = update.value

    def on_ask_a_peer(self, timer: AskAPeer) -> None:
        self.send(self.peers[self.asked % len(self.peers)], Known(self.clock))
        self.asked += 1
        self.set_timer(timer, self.ask_ms)

    def on_known(self, sender: str, known: Known) -> None:
        for update in self.applied:
            if update.clock[update.origin] > known.clock[update.origin]:
                self.send(sender, update)

    def _learn(self, update: Update) -> None:
        self.write(update)
        self._apply(update)

    def _apply(self, update: Update) -> None:
        self.clock = self.clock.tick(update.origin)
        self.applied.append(update)
        self.keep(update)

    def _next(self, update: Update) -> bool:
        return update.clock[update.origin] == self.clock[update.origin] + 1

    def _has(self, update: Update) -> bool:
        return update.clock[update.origin] <= self.clock[update.origin]


class ConvergentCausalStore(CausalStore):
    """Of two writes that do not know of each other it keeps the same one everywhere: last writer wins, by a count."""

    def __init__(self, id: str, peers: Iterable[str] = (), ask_ms: float = 20.0) -> None:
        super().__init__(id, peers, ask_ms)
        self.tags: dict[Any, Tag] = {}

    def keep(self, update: Update) -> None:
        tag = Tag(
            sum(update.clock.values()), update.op
        )  # larger than that of any write in its past
        if self.tags.get(update.key, Tag()) < tag:
            self.tags[update.key] = tag
            super().keep(update)


class FifoStore(CausalStore):
    """Keeps the order of each replica's own writes and no other: PRAM, which is weaker than causal consistency."""

    def deliverable(self, update: Update) -> bool:
        return self._next(update)


def causal_order(logs: Mapping[str, Sequence[object]]) -> Verdict:
    """Each update in a replica's log comes after all that its clock counts, and none stands there twice.

    >>> first = Update(7, "n1", VectorClock({"n1": 1}), "x", 5)
    >>> reply = Update(8, "n2", VectorClock({"n1": 1, "n2": 1}), "y", 6)
    >>> causal_order({"n1": [first, reply], "n3": [reply, first]})
    not causal order: n3 applied write 8 of n2, whose clock is {'n1': 1, 'n2': 1}, when it had applied {}
    """
    wrong = ""
    for name, log in logs.items():
        seen = VectorClock()
        for update in log:
            if isinstance(update, Update):
                before, seen = seen, seen.tick(update.origin)
                if update.clock[update.origin] != seen[update.origin] or not update.clock <= seen:
                    wrong = wrong or (
                        f"{name} applied write {update.op} of {update.origin}, whose clock is "
                        f"{dict(update.clock)}, when it had applied {dict(before)}"
                    )
    return unless("causal order", wrong)
