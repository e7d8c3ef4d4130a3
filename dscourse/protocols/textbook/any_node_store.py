"""Stores in which every node answers, without versions or repair: one does not replicate, one sends each write once.

Source:        the "AP system" as introductions to the CAP theorem write it: write to any node that can be reached,
               read from any node that can be reached. What is missing: Demers et al., "Epidemic Algorithms for
               Replicated Database Maintenance", PODC 1987, sections 1.2 and 1.3.
Assumes:       `LandsOnOneNode`: that all clients always ask the same node. `TellsOnce`: that messages arrive once,
               in the same order everywhere.
Promises:      an answer from each node that is up, whatever the network does.
Not promised:  that the replicas are ever equal again. Nothing here is eventual: a value that was never sent, or
               whose message was lost, stays on its node.
Departs:       nothing: these are the versions to break. `dscourse.protocols.any_node_store` is the repair.
Size:          `LandsOnOneNode`: no message; `TellsOnce`: N - 1 messages per write, none per read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import text_of
from dscourse.node import Message, Node
from dscourse.protocols.stores import Request, check_operation

__all__ = ["LandsOnOneNode", "TellsOnce", "Update"]


@dataclass(frozen=True, slots=True)
class Update(Message):
    """``key`` has this value; also its record in a replica's log."""

    key: Any
    value: Any

    def __str__(self) -> str:
        return f"update {self.key}={text_of(self.value)}"


class LandsOnOneNode(Node):
    """A node that answers from its own state; a write stays on the node that received it."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.data: dict[Any, Any] = {}

    def on_start(self, log: Sequence[object]) -> None:
        self.data = {record.key: record.value for record in log if isinstance(record, Update)}

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f == "read":
            self.reply(sender, request.op, self.data.get(request.key))
        else:
            self._set(Update(request.key, request.value))
            self.reply(sender, request.op)

    def _set(self, update: Update) -> None:
        self.write(update)
        self.data[update.key] = update.value


class TellsOnce(LandsOnOneNode):
    """A node that sends each write to the others once; the last to arrive wins."""

    def on_request(self, sender: str, request: Request) -> None:
        super().on_request(sender, request)
        if request.f == "write":
            self.broadcast(Update(request.key, request.value))

    def on_update(self, sender: str, update: Update) -> None:
        self._set(update)
