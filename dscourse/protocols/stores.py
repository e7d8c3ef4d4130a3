"""What every replicated store has in common: the request of a client, and a client that asks one node.

Source:        the client and the coordinating node of DeCandia et al., "Dynamo", SOSP 2007, section 4.6 (any node
               takes a request and carries it out with the others).
Assumes:       crashes and loss anywhere; the network repeats no message between a client and its node (one
               connection).
Promises:      an operation without an answer in time ends as unknown, never as failed: it may have happened.
Not promised:  an answer. The client does not ask twice: a write that is carried out twice may undo what came between.
Departs:       nothing.
Size:          2 messages an operation, beside what the store itself needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dscourse.node import Client, Invocation, Message, Reply, Timer

__all__ = ["Request", "StoreClient", "Unanswered"]


@dataclass(frozen=True, slots=True)
class Request(Message):
    """Client operation ``op``: ``f`` ("read" or "write") on ``key`` with ``value``; a `Reply` answers it."""

    op: int
    f: str
    key: Any = None
    value: Any = None


@dataclass(frozen=True, slots=True)
class Unanswered(Timer):
    """The client has waited long enough for the answer to operation ``op``."""

    op: int


class StoreClient(Client):
    """Sends each operation to one node and waits for its answer, at most ``timeout_ms``."""

    def __init__(self, id: str, server: str, timeout_ms: float = 100.0) -> None:
        super().__init__(id)
        if not timeout_ms > 0:
            raise ValueError(f"timeout_ms={timeout_ms}: it must be above 0")
        self.server, self.timeout_ms = server, timeout_ms
        self.waits_for: int | None = None

    def on_invoke(self, op: Invocation) -> None:
        self.waits_for = op.id
        self.send(self.server, Request(op.id, op.f, op.key, op.value))
        self.set_timer(Unanswered(op.id), self.timeout_ms)

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self._ended(reply.op):
            self.complete(reply.op, reply.result)

    def on_unanswered(self, timer: Unanswered) -> None:
        if self._ended(timer.op):
            self.unknown(timer.op, "no answer")

    def _ended(self, op: int) -> bool:
        """True if the client was waiting for ``op``: it waits no longer."""
        if self.waits_for != op:
            return False
        self.waits_for = None
        self.cancel_timer(Unanswered(op))
        return True
