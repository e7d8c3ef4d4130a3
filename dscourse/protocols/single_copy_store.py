"""One server with the only copy, behind a network that loses and repeats: linearizable, and down when it is down.

Source:        Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent Objects", ACM TOPLAS 12(3),
               1990, section 2 (an operation takes effect at one moment between its invocation and its response); for
               requests sent again, Saltzer, Reed and Clark, "End-to-End Arguments in System Design", ACM TOCS 2(4),
               1984, section 3 (the server suppresses duplicates by the number of the request).
Assumes:       crash-recovery with a durable log; requests and answers may be lost, repeated, late and reordered. An
               operation's number is unique for ever: if a client used one again, its new write would be taken for the
               old one and never happen. Restarts: of the server and of clients.
Promises:      promises = ("linearizable",); `carried_out_once` always. The moment of a write is its entry in the log,
               that of a read its handler. An answer within ``retry_ms`` and a round trip, once the server is up
               and messages get through, to an `InsistentClient` that still waits.
Not promised:  an answer while the server is down or cut off: there is no other copy.
Departs:       the source is about objects in shared memory. The server remembers the number of every write for ever,
               in the log; a real one forgets those of clients whose next request has come.
Size:          2 messages per operation, and 2 more per retry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.core.wording import text_of
from dscourse.node import Invocation, Node, Timer
from dscourse.protocols.stores import Request, StoreClient, check_operation

__all__ = [
    "InsistentClient",
    "RetryDue",
    "SingleCopyStore",
    "Written",
    "carried_out_once",
    "promises",
]  # fmt: skip

promises = ("linearizable",)


@dataclass(frozen=True, slots=True)
class Written:
    """A record: write ``op`` has set ``key`` to ``value``."""

    op: int
    key: Any
    value: Any

    def __str__(self) -> str:
        return f"{self.key}={text_of(self.value)}"


@dataclass(frozen=True, slots=True)
class RetryDue(Timer):
    """No answer to ``request`` has arrived yet."""

    request: Request


class SingleCopyStore(Node):
    """A server that carries out each request in one handler, and each write once, however often it arrives."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.data: dict[Any, Any] = {}
        self.done: set[int] = set()

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Written):
                self._apply(record)

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f == "read":
            self.reply(sender, request.op, self.data.get(request.key))
            return
        if request.op not in self.done:
            written = Written(request.op, request.key, request.value)
            self.write(written)
            self._apply(written)
        self.reply(sender, request.op)

    def _apply(self, written: Written) -> None:
        self.data[written.key] = written.value
        self.done.add(written.op)


class InsistentClient(StoreClient):
    """A client that retries every ``retry_ms`` for ``timeout_ms``; it needs a server that suppresses duplicates."""

    def __init__(
        self, id: str, server: str, timeout_ms: float = 100.0, retry_ms: float = 25.0
    ) -> None:
        super().__init__(id, server, timeout_ms)
        if not retry_ms > 0:
            raise ValueError(f"retry_ms={retry_ms}: it must be above 0")
        self.retry_ms = retry_ms

    def on_invoke(self, op: Invocation) -> None:
        super().on_invoke(op)
        self.set_timer(RetryDue(Request(op.id, op.f, op.key, op.value)), self.retry_ms)

    def on_retry_due(self, timer: RetryDue) -> None:
        if self.open_operation == timer.request.op:
            self.send(self.server, timer.request)
            self.set_timer(timer, self.retry_ms)


def carried_out_once(log: Sequence[object]) -> Verdict:
    """Judge that no write occurs twice in the server's log.

    >>> carried_out_once([Written(1, "x", 5), Written(2, "x", 6), Written(1, "x", 5)])
    violated: carried out once; the server has carried out write 1 more than once
    """
    times = Counter(record.op for record in log if isinstance(record, Written))
    wrong = [
        f"the server has carried out write {op} more than once" for op, n in times.items() if n > 1
    ]
    return unless("carried out once", wrong[0] if wrong else "")
