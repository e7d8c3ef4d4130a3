"""A map behind a lock in one process: linearizable while the process lives, which says nothing about replicas.

Source:        the "strongly consistent store" as introductions present it: a map, and a mutex around each access.
               What is missing: a durable log, and Saltzer, Reed and Clark, ACM TOCS 2(4), 1984, section 3.
Assumes:       that the process never stops, that there is only one, and that each request arrives once.
Promises:      under these assumptions, linearizability: handlers run one at a time, as under the mutex.
Not promised:  that a write survives a restart; that two such processes see each other's writes; that a request
               which arrives twice changes nothing the second time.
Departs:       the lock is omitted: a node runs one handler at a time, which is all that the lock provides.
Size:          2 messages per operation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dscourse.node import Node
from dscourse.protocols.stores import Request, check_operation

__all__ = ["LockedMap"]


class LockedMap(Node):
    """A server that answers from memory, one request at a time."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.data: dict[Any, Any] = {}

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f == "write":
            self.data[request.key] = request.value
            self.reply(sender, request.op)
        else:
            self.reply(sender, request.op, self.data.get(request.key))
