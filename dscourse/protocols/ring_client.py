"""A client that knows the ring: it asks a key's own node first, and avoids nodes that have failed to answer.

Source:        DeCandia et al., "Dynamo", SOSP 2007, section 6.4 (clients that route requests themselves); Nygard,
               "Release It!", 2007 (circuit breaker).
Assumes:       crash-recovery with a durable log; messages may be lost and late; one operation at a time; the network
               repeats no message between a client and a node. Operation numbers rise. Restarts: versions carry the
               client's name, so it must remember what it has written; without that, a reader of its new version would
               seem to have seen the old ones, and supersede them unseen. It may forget what it has read, and its
               circuit breakers.
Promises:      an operation that was never sent ends as failed, one that was sent and not answered as unknown. Each is
               sent at most ``attempts`` times, each time to another node. A client has seen what it has written: its
               later write supersedes its earlier ones, answered or not, also after a restart.
Not promised:  an answer. With all circuits open the client fails at once.
Departs:       it retries writes, which needs a store in which a write may arrive twice (`ring_store`).
Size:          2 messages per attempt; 1 forced write per write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.breaker import CircuitBreaker, ConsecutiveFailures, Permit
from dscourse.clocks import VersionVector
from dscourse.node import Invocation, Reply
from dscourse.protocols.context_client import ContextClient, VersionedRequest
from dscourse.protocols.ring_store import Placed
from dscourse.protocols.stores import Unanswered

__all__ = ["RingClient", "WriteStarted"]


@dataclass(frozen=True, slots=True)
class WriteStarted:
    """A record: the client has seen these versions of ``key``, and is about to write the last of them."""

    key: Any
    seen: VersionVector

    def __str__(self) -> str:
        return f"write of {self.key} started with context {self.seen}"


class RingClient(ContextClient):
    """A client that asks the first of the ``reach`` nodes for a key whose circuit breaker allows it.

    ``reach`` is how far down the key's preference list the client goes: N for strict quorums, all nodes for sloppy
    ones. ValueError for a reach or a number of attempts below 1.
    """

    def __init__(
        self, id: str, ring: Placed, reach: int = 3, attempts: int = 2, timeout_ms: float = 60.0,
        breaker: CircuitBreaker | None = None,
    ) -> None:  # fmt: skip
        super().__init__(id, server="", timeout_ms=timeout_ms)
        for name, value in (("reach", reach), ("attempts", attempts)):
            if value < 1:
                raise ValueError(f"{name}={value}: it must be at least 1")
        self.reach, self.attempts, self._ring = reach, attempts, ring
        self._breaker = breaker or CircuitBreaker(ConsecutiveFailures(2), open_ms=200.0)
        self.breakers: dict[str, CircuitBreaker] = {}
        self.candidates: tuple[str, ...] = ()
        self.attempt = 0
        self.unanswered = False  # an attempt had no answer: it may have been carried out
        self.op: Invocation | None = None
        self.context = VersionVector()
        self.permit: Permit | None = None

    def on_start(self, log: Sequence[object]) -> None:
        self.seen = {record.key: record.seen for record in log if isinstance(record, WriteStarted)}

    def on_invoke(self, op: Invocation) -> None:
        self.op, self.key, self.attempt, self.unanswered = op, op.key, 0, False
        self.context = self.seen.get(op.key, VersionVector())
        self.candidates = self._ring.preference(op.key, self.reach)
        if op.f != "read":
            self.seen[op.key] = self.context.join(VersionVector({self.id: op.id + 1}))
            self.write(WriteStarted(op.key, self.seen[op.key]))
        if not self._ask_next(op):
            self.fail(op.id, "every circuit is open")

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self.open_operation != reply.op:
            return
        if sender == self.server:
            self._record_outcome(ok=True)
        if reply.result is not None:
            self._cancel_permit()
            super().on_reply(sender, reply)
        elif sender == self.server and not self._retry():
            self._stop_waiting(reply.op)
            end = self.unknown if self.unanswered else self.fail
            end(reply.op, f"{sender} does not hold the key")

    def on_unanswered(self, timer: Unanswered) -> None:
        if self.open_operation != timer.op:
            return
        self._record_outcome(ok=False)
        self.unanswered = True
        if not self._retry():
            super().on_unanswered(timer)

    def _retry(self) -> bool:
        """Try the operation at the next node; return False if no attempt or no node is left."""
        return self.op is not None and self.attempt < self.attempts and self._ask_next(self.op)

    def _ask_next(self, op: Invocation) -> bool:
        """Ask the next node whose circuit breaker allows it; return False if there is none."""
        while self.candidates:
            self.server, *rest = self.candidates
            self.candidates = tuple(rest)
            self.permit = self._breaker_of(self.server).allow(self.now)
            if self.permit is not None:
                self.attempt += 1
                self.ask(op.id, self.server, self._request(op))
                return True
        return False

    def _request(self, op: Invocation) -> VersionedRequest:
        return VersionedRequest(op.id, op.f, op.key, op.value, self.context)

    def _breaker_of(self, name: str) -> CircuitBreaker:
        if name not in self.breakers:
            self.breakers[name] = self._breaker.clone()
        return self.breakers[name]

    def _cancel_permit(self) -> None:
        """Cancel the permit of the last attempt: the answer came from an earlier one, and says nothing about it."""
        if self.permit is not None:
            self._breaker_of(self.server).cancel(self.permit)
            self.permit = None

    def _record_outcome(self, ok: bool) -> None:
        """Report the outcome of the last attempt to its circuit breaker."""
        if self.permit is not None:
            self._breaker_of(self.server).record(self.permit, self.now, ok)
            self.permit = None
