"""A map behind a lock in one process: linearizable for as long as the process lives, which says nothing of replicas.

Source:        the "strongly consistent store" as introductions write it: a map, and a mutex around each access. What
               is missing: a durable log, and Saltzer, Reed and Clark, ACM TOCS 2(4), 1984, section 3.
Assumes:       that the process never stops, that there is only one, and that each request arrives once.
Promises:      under these assumptions, linearizability: one handler at a time is what the mutex is for.
Not promised:  that a write is there after a restart; that two such processes know of each other's writes; that a
               request which arrives twice changes nothing the second time.
Departs:       the lock is left out: a node runs one handler at a time, which is all that the lock gives.
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
