"""A client of stores that keep versions: it says with each write what it has read before.

Source:        DeCandia et al., "Dynamo", SOSP 2007, sections 4.4 and 4.5 (the context of get and put).
Assumes:       messages may be lost, late and reordered; one operation at a time. Restarts: a client that restarts has
               read nothing, so that its next write supersedes nothing.
Promises:      a write carries what the client has read of its key since it started, and nothing more.
Not promised:  that a read returns what the client wrote.
Size:          2 messages an operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dscourse.clocks import VersionVector
from dscourse.node import Invocation, Message, Reply
from dscourse.protocols.stores import StoreClient, Unanswered

__all__ = ["Ask", "ContextClient", "Seen"]


@dataclass(frozen=True, slots=True)
class Ask(Message):
    """Client operation ``op``: "read", "write" or "delete" a key; ``seen`` is what the client has seen of it."""

    op: int
    f: str
    key: Any
    value: Any
    seen: VersionVector


@dataclass(frozen=True, slots=True)
class Seen:
    """What a `Reply` brings: the values side by side, and what a write must carry to supersede them."""

    values: tuple[Any, ...]
    context: VersionVector


class ContextClient(StoreClient):
    """Remembers what it has read of each key, and says so when it writes; a read's result is a tuple of values.

    Two writes without a read between stand side by side: the second does not know the first.
    """

    def __init__(self, id: str, server: str, timeout_ms: float = 100.0) -> None:
        super().__init__(id, server, timeout_ms)
        self.seen: dict[Any, VersionVector] = {}
        self.key: Any = None

    def on_invoke(self, op: Invocation) -> None:
        self.waits_for, self.key = op.id, op.key
        seen = self.seen.get(op.key, VersionVector())
        self.send(self.server, Ask(op.id, op.f, op.key, op.value, seen))
        self.set_timer(Unanswered(op.id), self.timeout_ms)

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self._stop_waiting(reply.op):
            answer: Any = reply.result
            self.seen[self.key] = self.seen.get(self.key, VersionVector()).join(answer.context)
            self.complete(reply.op, answer.values or None)
