"""A "sequential" store that records operations, with a mutex and a timestamp, and never orders or reads them.

Source:        the "sequential consistency" example as introductions present it: a list of operations, and a write
               that appends to it. What is missing: Lamport, IEEE Transactions on Computers C-28(9), 1979 (one order
               that all processors see), and Attiya and Welch, ACM TOCS 12(2), 1994 (how to reach it).
Assumes:       `LogOnlyStore`: that no client reads. `ArrivalOrderStore`: that messages arrive once, and in one
               order on all nodes.
Promises:      `ArrivalOrderStore`, under its assumption: sequential consistency.
Not promised:  any order. Each node has a list of its own; the timestamp is recorded and never read.
Departs:       `LogOnlyStore` is the example, one list per node. `ArrivalOrderStore` adds the minimum that can be
               judged: a read, which is the last value in the list, and a message to the other nodes for each write.
Size:          no message; `ArrivalOrderStore`: N - 1 messages per write, none per read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import text_of
from dscourse.node import Message, Node
from dscourse.protocols.stores import Request, check_operation

__all__ = ["ArrivalOrderStore", "LogOnlyStore", "Recorded"]


@dataclass(frozen=True, slots=True)
class Recorded(Message):
    """A write, as an item of the list and as a record in the durable log."""

    op: int
    key: Any
    value: Any
    at_ms: float
    node: str

    def __str__(self) -> str:
        return f"{self.key}={text_of(self.value)} ({self.node}, {self.at_ms:g} ms)"


class LogOnlyStore(Node):
    """A node that appends each write to its list."""

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
    """A node that also sends each write to the others, and answers a read with the last value in its list."""

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
