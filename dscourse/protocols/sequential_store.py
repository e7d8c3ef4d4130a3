"""Replicas that apply all writes in one order and answer reads locally: sequential consistency.

Source:        Attiya and Welch, "Sequential Consistency versus Linearizability", ACM TOCS 12(2), 1994
               (the algorithm with fast reads: broadcast writes in one order, answer a write once it is applied);
               one order from a sequencer: Birman, Schiper and Stephenson, "Lightweight Causal and Atomic Group
               Multicast", ACM TOCS 9(3), 1991 (a token's holder orders), and Cachin, Guerraoui and Rodrigues,
               "Introduction to Reliable and Secure Distributed Programming", 2011, section 6.1 (total order).
Assumes:       crash-recovery with a durable log; messages between replicas may be lost, repeated, late and reordered.
               A client's request reaches its node at most once, and a client stays with its node. Restarts: any
               replica, the sequencer too; a write that a replica has proposed and forgotten may still be ordered, and
               ends as unknown. The sequencer remembers the number of every operation that it has ordered.
Promises:      promises = ("sequential",), and of `OrderedReadStore` linearizable; `one_order` always; once messages
               get through, every replica has every ordered write.
Not promised:  linearizability of `SequentialStore`: a replica that lags answers reads with old values. Writes, while
               the sequencer is down or cut off: it is the node with the first name, and no other takes over.
Departs:       the source assumes a reliable broadcast; here a replica requests the entries that it lacks from the
               sequencer, when it finds a gap and every ``ask_ms``, and proposes a write again until it is ordered.
Size:          N messages and two message delays per write, none per read; 2 messages per replica and ``ask_ms``.
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
    "EntriesDue",
    "Entry",
    "OrderedReadStore",
    "Propose",
    "RequestEntries",
    "SequentialStore",
    "one_order",
    "promises",
]  # fmt: skip

promises = ("sequential",)


@dataclass(frozen=True, slots=True)
class Propose(Message):
    """Give this request an index in the order."""

    request: Request

    def __str__(self) -> str:
        return f"propose {self.request}"


@dataclass(frozen=True, slots=True)
class Entry(Message):
    """The request at ``index`` of the order, from 0; also the record of it in a replica's log."""

    index: int
    request: Request

    def __str__(self) -> str:
        return f"entry {self.index}: {self.request}"


@dataclass(frozen=True, slots=True)
class RequestEntries(Message):
    """Send me the entries from index ``first`` on."""

    first: int

    def __str__(self) -> str:
        return f"entries from {self.first}?"


@dataclass(frozen=True, slots=True)
class EntriesDue(Timer):
    """Time to request entries that were lost, and to propose again the requests that are not ordered yet."""


class SequentialStore(Node):
    """A replica; the one with the first name is also the sequencer, which orders the writes."""

    ordered = frozenset({"write"})  # the operations that must be ordered

    def __init__(self, id: str, peers: Iterable[str] = (), ask_ms: float = 20.0) -> None:
        super().__init__(id, peers)
        if not ask_ms > 0:
            raise ValueError(f"ask_ms={ask_ms}: it must be above 0")
        self.ask_ms = ask_ms
        self.sequencer = min(self.id, *self.peers) if self.peers else self.id
        self.order: list[Entry] = []  # applied, by index
        self.out_of_order: dict[int, Entry] = {}  # arrived before their predecessors
        self.data: dict[Any, Any] = {}
        self.proposed: dict[int, tuple[str, Request]] = {}  # proposed here, with its client

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Entry):
                self._apply(record)
        if self.id != self.sequencer:
            self.set_timer(EntriesDue(), self.ask_ms)

    # Any replica: answer reads at once, writes when they are applied.

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f not in self.ordered:
            self.reply(sender, request.op, self.data.get(request.key))
            return
        self.proposed[request.op] = (sender, request)
        self._propose(request)

    def on_entry(self, sender: str, entry: Entry) -> None:
        if entry.index >= len(self.order):
            self.out_of_order[entry.index] = entry
            if entry.index > len(self.order):
                self.send(self.sequencer, RequestEntries(len(self.order)))
        while len(self.order) in self.out_of_order:
            self._log(self.out_of_order.pop(len(self.order)))

    def on_entries_due(self, timer: EntriesDue) -> None:
        for _, request in self.proposed.values():
            self._propose(request)
        self.send(self.sequencer, RequestEntries(len(self.order)))
        self.set_timer(timer, self.ask_ms)

    def _propose(self, request: Request) -> None:
        if self.id == self.sequencer:
            self.on_propose(self.id, Propose(request))
        else:
            self.send(self.sequencer, Propose(request))

    def _log(self, entry: Entry) -> None:
        """Make the next entry durable, apply it, and answer its client if the request came to this replica."""
        self.write(entry)
        self._apply(entry)
        client, request = self.proposed.pop(entry.request.op, ("", entry.request))
        if client:
            result = self.data.get(request.key) if request.f == "read" else None
            self.reply(client, request.op, result)

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
        self._log(entry)
        self.broadcast(entry)

    def on_request_entries(self, sender: str, request: RequestEntries) -> None:
        for entry in self.order[request.first :]:
            self.send(sender, entry)


class OrderedReadStore(SequentialStore):
    """A variant that orders reads too: it is linearizable, and a read costs as much as a write."""

    ordered = frozenset({"read", "write"})


def one_order(logs: Mapping[str, Sequence[object]]) -> Verdict:
    """Judge that each log is a prefix of the longest, in which entry n has index n and no request occurs twice.

    >>> first, second = Entry(0, Request(7, "write", "x", 1)), Entry(1, Request(8, "write", "x", 2))
    >>> one_order({"n1": [first, second], "n2": [first]})
    one order
    >>> one_order({"n1": [first, second], "n2": [second]})
    violated: one order; entry 0 is operation 7 at n1 and operation 8 at n2
    >>> one_order({"n1": [first, Entry(1, first.request)]})
    violated: one order; operation 7 is in the log of n1 again
    >>> one_order({"n1": [second]})
    violated: one order; entry 0 in the log of n1 has the index 1
    """
    orders = {
        name: [record for record in log if isinstance(record, Entry)] for name, log in logs.items()
    }
    longest = max(orders, key=lambda name: len(orders[name]), default="")
    wrong = ""
    ops: set[int] = set()
    for index, entry in enumerate(orders.get(longest, ())):
        if entry.index != index:
            wrong = wrong or f"entry {index} in the log of {longest} has the index {entry.index}"
        if entry.request.op in ops:
            wrong = wrong or f"operation {entry.request.op} is in the log of {longest} again"
        ops.add(entry.request.op)
    for name, order in orders.items():
        for index, (one, other) in enumerate(zip(orders[longest], order, strict=False)):
            if one != other:
                wrong = wrong or (
                    f"entry {index} is operation {one.request.op} at {longest} "
                    f"and operation {other.request.op} at {name}"
                )
    return unless("one order", wrong)
