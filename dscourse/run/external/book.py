"""The record of a test: its events as a trace, and how many messages were sent between whom."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from dscourse.node import Invocation
from dscourse.run.external.wire import Body, Spoken
from dscourse.sim.trace import Trace

__all__ = ["Book"]


class Book:
    """Events in the order in which they happened here, from `open` on; their time is ms since then.

    The one clock is this process's. A line counts as delivered when it is handed to its receiver.
    """

    def __init__(self) -> None:
        self.trace = Trace()
        self.is_open = False
        self.sent: Counter[str] = Counter()  # between "servers", and to and from "clients"
        self._numbers = 0
        self._operations = 0
        self._start_ns = 0

    def open(self) -> None:
        """Begin: the time is 0."""
        self.is_open, self._start_ns = True, time.monotonic_ns()

    def now_ms(self) -> float:
        """Return the time, in ms."""
        return (time.monotonic_ns() - self._start_ns) / 1e6 if self.is_open else 0.0

    def ns(self, ms: float) -> int:
        """Return a time of this record on the reactor's clock."""
        return self._start_ns + round(ms * 1e6)

    def note(
        self,
        kind: str,
        node: str | None = None,
        peer: str | None = None,
        what: Any = None,
        id: int = 0,
        detail: Any = None,
    ) -> None:
        """Record an event now, if the record is open."""
        if self.is_open:
            at_us = (time.monotonic_ns() - self._start_ns) // 1000
            self.trace.cells += (at_us, kind, node, peer, what, id, detail)

    def send(self, source: str, to: str, body: Body, client: bool) -> tuple[int, Spoken] | None:
        """Record a message that is sent; return its number and what a later event says of it, if it is recorded."""
        if not self.is_open:
            return None
        self.sent["clients" if client else "servers"] += 1
        self._numbers += 1
        spoken = Spoken.of(body)
        self.note("send", source, to, spoken, self._numbers)
        return self._numbers, spoken

    def arrival(
        self, kind: str, to: str, source: str, sent: tuple[int, Spoken] | None, detail: Any = None
    ) -> None:
        """Record that a message arrives, is lost or is doubled."""
        if sent is not None:
            self.note(kind, to, source, sent[1], sent[0], detail)

    def invoke(self, client: str, f: str, key: object, value: object) -> Invocation:
        """Record that a client begins an operation, and return it with its number."""
        invocation = Invocation(self._operations, f, key, value)
        self._operations += 1
        self.note("invoke", client, None, invocation, invocation.id)
        return invocation

    def complete(self, client: str, op: Invocation, status: str, result: object) -> None:
        """Record that an operation ended."""
        self.note(status, client, None, result, op.id)
