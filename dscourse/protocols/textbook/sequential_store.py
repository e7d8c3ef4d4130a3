"""A "sequential" store that records operations, with a mutex and a time stamp, and never orders or reads them.

Source:        the "sequential consistency" example as introductions write it: a list of operations, and a write that
               appends to it. What is missing: Lamport, IEEE Transactions on Computers C-28(9), 1979 (one order that
               all processors see), and Attiya and Welch, ACM TOCS 12(2), 1994 (how to reach it).
Assumes:       `LogOnlyStore`: that nobody reads. `ArrivalOrderStore`: that messages arrive once, and in one order on
               all nodes.
Promises:      `ArrivalOrderStore`, under its assumption: sequential consistency.
Not promised:  any order. Each node has a list of its own; the time stamp is written and never looked at.
Departs:       `LogOnlyStore` is the example, one list a node. `ArrivalOrderStore` adds the least that can be judged:
               a read, which is the last value in the list, and a message to the other nodes for each write.
Size:          no message; `ArrivalOrderStore`: N - 1 messages a write, none a read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.node import Message, Node
from dscourse.protocols.stores import Request, check_operation

__all__ = ["ArrivalOrderStore", "LogOnlyStore", "Recorded"]


@dataclass(frozen=True, slots=True)
class Recorded(Message):
    """A write, as it stands in a list and in the durable log."""

    op: int
    key: Any
    value: Any
    at_ms: float
    node: str


class LogOnlyStore(Node):
    """Appends each write to its list."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.operations: list[Recorded] = []

    def on_start(self, log: Sequence[object]) -> None:
        self.operations = [record for record in log if isinstance(record, Recorded)]

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f == "write":
            self.record(Recorded(request.op, request.key, request.value, self.now, self.id))
            self.reply(sender, request.op)

    def record(self, recorded: Recorded) -> None:
        """Append the write to the list."""
        self.write(recorded)
        self.operations.append(recorded)


class ArrivalOrderStore(LogOnlyStore):
    """Tells the other nodes, which append what arrives; a read is answered from the end of the own list."""

    def on_request(self, sender: str, request: Request) -> None:
        super().on_request(sender, request)
        if request.f == "read":
            values = [one.value for one in self.operations if one.key == request.key]
            self.reply(sender, request.op, values[-1] if values else None)

    def record(self, recorded: Recorded) -> None:
        super().record(recorded)
        self.broadcast(recorded)

    def on_recorded(self, sender: str, recorded: Recorded) -> None:
        super().record(recorded)
