"""Replicas that apply all writes in one order and answer reads from what they hold: sequential consistency.

Source:        Attiya and Welch, "Sequential Consistency versus Linearizability", ACM TOCS 12(2), 1994
               (its algorithm with fast reads: broadcast writes in one order, answer a write when it is applied here);
               one order from a sequencer: Birman, Schiper and Stephenson, "Lightweight Causal and Atomic Group
               Multicast", ACM TOCS 9(3), 1991 (a token's holder orders), and Cachin, Guerraoui and Rodrigues,
               "Introduction to Reliable and Secure Distributed Programming", 2011, section 6.1 (total order).
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered.
               A client's request reaches its node at most once, and a client stays with its node. Restarts: any
               replica, the sequencer too; a write that a replica has proposed and forgotten may still be ordered, and
               ends as unknown. The sequencer knows an operation number that it has ordered for ever.
Promises:      promises = ("sequential",), and of `OrderedReadStore` linearizable; `one_order` always; once messages
               get through, every replica has every ordered write.
Not promised:  linearizability of `SequentialStore`: a replica that is behind answers reads with old values. A write,
               while the sequencer is down or cut off: it is the node of the first name, and nobody takes its place.
Departs:       the source assumes a reliable broadcast; here a replica asks the sequencer for what it has not got,
               when it finds a gap and every ``ask_ms``, and proposes a write again until it is ordered.
Size:          N messages and two message delays a write, none a read; 2 messages a replica each ``ask_ms``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Message, Node, Timer
from dscourse.protocols.stores import Request, check_operation

__all__ = [
    "AskForMore", "Entry", "Missing", "OrderedReadStore", "Propose", "SequentialStore", "one_order", "promises",
]  # fmt: skip

promises = ("sequential",)


@dataclass(frozen=True, slots=True)
class Propose(Message):
    """Give this request a place in the order."""

    request: Request


@dataclass(frozen=True, slots=True)
class Entry(Message):
    """The request at ``place`` of the order, from 0; also the record of it in a replica's log."""

    place: int
    request: Request


@dataclass(frozen=True, slots=True)
class Missing(Message):
    """I have not got the entry at ``place``, nor any after it."""

    place: int


@dataclass(frozen=True, slots=True)
class AskForMore(Timer):
    """It is time to ask for entries that were lost, and to propose again what was not ordered."""


class SequentialStore(Node):
    """A replica; the one with the first name is also the sequencer, which gives each write its place."""

    ordered = frozenset({"write"})  # the operations that need a place

    def __init__(self, id: str, peers: Iterable[str] = (), ask_ms: float = 20.0) -> None:
        super().__init__(id, peers)
        if not ask_ms > 0:
            raise ValueError(f"ask_ms={ask_ms}: it must be above 0")
        self.ask_ms = ask_ms
        self.sequencer = min(self.id, *self.peers) if self.peers else self.id
        self.order: list[Entry] = []  # applied, entry n at place n
        self.early: dict[int, Entry] = {}  # arrived before the one in front of it
        self.data: dict[Any, Any] = {}
        self.open: dict[int, tuple[str, Request]] = {}  # proposed here, with its client

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Entry):
                self._apply(record)
        if self.id != self.sequencer:
            self.set_timer(AskForMore(), self.ask_ms)

    # Any replica: answer reads at once, writes when they are applied.

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f not in self.ordered:
            self.reply(sender, request.op, self.data.get(request.key))
            return
        self.open[request.op] = (sender, request)
        self._propose(request)

    def on_entry(self, sender: str, entry: Entry) -> None:
        if entry.place >= len(self.order):
            self.early[entry.place] = entry
            if entry.place > len(self.order):
                self.send(self.sequencer, Missing(len(self.order)))
        while len(self.order) in self.early:
            self._learn(self.early.pop(len(self.order)))

    def on_ask_for_more(self, timer: AskForMore) -> None:
        for _, request in self.open.values():
            self._propose(request)
        self.send(self.sequencer, Missing(len(self.order)))
        self.set_timer(timer, self.ask_ms)

    def _propose(self, request: Request) -> None:
        if self.id == self.sequencer:
            self.on_propose(self.id, Propose(request))
        else:
            self.send(self.sequencer, Propose(request))

    def _learn(self, entry: Entry) -> None:
        """Make the next entry durable, apply it, and answer its client if that is ours."""
        self.write(entry)
        self._apply(entry)
        client, request = self.open.pop(entry.request.op, ("", entry.request))
        if client:
            found = self.data.get(request.key) if request.f == "read" else None
            self.reply(client, request.op, found)

    def _apply(self, entry: Entry) -> None:
        self.order.append(entry)
        if entry.request.f == "write":
            self.data[entry.request.key] = entry.request.value

    # The sequencer.

    def on_propose(self, sender: str, propose: Propose) -> None:
        ops = [entry.request.op for entry in self.order]
        if propose.request.op in ops:
            self.send(sender, self.order[ops.index(propose.request.op)])
            return
        entry = Entry(len(self.order), propose.request)
        self._learn(entry)
        self.broadcast(entry)

    def on_missing(self, sender: str, missing: Missing) -> None:
        for entry in self.order[missing.place :]:
            self.send(sender, entry)


class OrderedReadStore(SequentialStore):
    """Gives each read a place in the order as well: linearizable, and a read costs as much as a write."""

    ordered = frozenset({"read", "write"})


def one_order(logs: Mapping[str, Sequence[object]]) -> Verdict:
    """Each replica's log is a beginning of the longest one, in which entry n is at place n, and no request twice.

    >>> first, second = Entry(0, Request(7, "write", "x", 1)), Entry(1, Request(8, "write", "x", 2))
    >>> one_order({"n1": [first, second], "n2": [first]})
    one order
    >>> one_order({"n1": [first, second], "n2": [second]})
    not one order: entry 0 is operation 7 at n1 and operation 8 at n2
    >>> one_order({"n1": [first, Entry(1, first.request)]})
    not one order: operation 7 is in the log of n1 again
    >>> one_order({"n1": [second]})
    not one order: entry 0 in the log of n1 has the number 1
    """
    orders = {
        name: [record for record in log if isinstance(record, Entry)] for name, log in logs.items()
    }
    longest = max(orders, key=lambda name: len(orders[name]), default="")
    wrong = ""
    ops: set[int] = set()
    for place, entry in enumerate(orders.get(longest, ())):
        if entry.place != place:
            wrong = wrong or f"entry {place} in the log of {longest} has the number {entry.place}"
        if entry.request.op in ops:
            wrong = wrong or f"operation {entry.request.op} is in the log of {longest} again"
        ops.add(entry.request.op)
    for name, order in orders.items():
        for place, (one, other) in enumerate(zip(orders[longest], order, strict=False)):
            if one != other:
                wrong = wrong or (
                    f"entry {place} is operation {one.request.op} at {longest} "
                    f"and operation {other.request.op} at {name}"
                )
    return unless("one order", wrong)
