"""A client of stores with versions: each write carries the context of what the client has read before.

Source:        DeCandia et al., "Dynamo", SOSP 2007, sections 4.4 and 4.5 (the context of get and put).
Assumes:       messages may be lost, late and reordered; one operation at a time. Restarts: a client that restarts has
               read nothing, so its next write supersedes nothing.
Promises:      the context of a write is what the client has read of its key since it started, and nothing more.
Not promised:  that a read returns what the client wrote.
Departs:       the context stays in the client; in the source the application passes it from a get to a put.
Size:          2 messages per operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dscourse.clocks import VersionVector
from dscourse.core.wording import action, text_of
from dscourse.node import Invocation, Message, Reply
from dscourse.protocols.stores import StoreClient

__all__ = ["ContextClient", "VersionedRequest", "VersionedResult"]


@dataclass(frozen=True, slots=True)
class VersionedRequest(Message):
    """Carry out ``f`` ("read", "write" or "delete") on ``key``; ``seen`` is the client's context of the key."""

    op: int
    f: str
    key: Any
    value: Any
    seen: VersionVector

    def __str__(self) -> str:
        context = f" with context {self.seen}" if self.seen and self.f != "read" else ""
        return action(self.f, self.key, self.value) + context


@dataclass(frozen=True, slots=True)
class VersionedResult:
    """The result in a `Reply`: the sibling values, and the context with which a write supersedes them."""

    values: tuple[Any, ...]
    context: VersionVector

    def __str__(self) -> str:
        return text_of(self.values) if self.values else ""


class ContextClient(StoreClient):
    """A client that remembers the context of each key; a read's result is a tuple of values.

    Two writes without a read in between become siblings: the second does not supersede the first.
    """

    def __init__(self, id: str, server: str, timeout_ms: float = 100.0) -> None:
        super().__init__(id, server, timeout_ms)
        self.seen: dict[Any, VersionVector] = {}
        self.key: Any = None

    def on_invoke(self, op: Invocation) -> None:
        self.key = op.key
        seen = self.seen.get(op.key, VersionVector())
        self.ask(op.id, self.server, VersionedRequest(op.id, op.f, op.key, op.value, seen))

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self._stop_waiting(reply.op):
            answer: Any = reply.result
            self.seen[self.key] = self.seen.get(self.key, VersionVector()).join(answer.context)
            self.complete(reply.op, answer.values or None)
