"""One server with the only copy, behind a network that loses and repeats: linearizable, and down when it is down.

Source:        Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent Objects", ACM TOPLAS 12(3),
               1990, section 2 (an operation takes effect at one moment between its invocation and its response); for
               requests sent again, Saltzer, Reed and Clark, "End-to-End Arguments in System Design", ACM TOCS 2(4),
               1984, section 3 (the server suppresses duplicates by the number of the request).
Assumes:       crash-recovery with a durable log; requests and answers may be lost, repeated, late and reordered. An
               operation's number is unique for ever. Restarts: of the server and of clients. If a
               client used a number again, its new write would be taken for the old one and never happen.
Promises:      promises = ("linearizable",); `carried_out_once` always. The moment of a write is its entry in the log,
               that of a read its handler. An answer within ``again_ms`` and a round trip, once the server is up
               and messages get through, to an `InsistentClient` that still asks.
Not promised:  an answer while the server is down or cut off: there is no other copy.
Departs:       the source is about objects in shared memory. The server remembers the number of every write for ever,
               in the log; a real one forgets those of clients whose next request has come.
Size:          2 messages an operation, and two more for each time it is sent again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Invocation, Node, Timer
from dscourse.protocols.stores import Request, StoreClient, check_operation

__all__ = [
    "AskAgain", "InsistentClient", "SingleCopyStore", "Written", "carried_out_once", "promises",
]  # fmt: skip

promises = ("linearizable",)


@dataclass(frozen=True, slots=True)
class Written:
    """A record of the log: write ``op`` has set ``key`` to ``value``."""

    op: int
    key: Any
    value: Any


@dataclass(frozen=True, slots=True)
class AskAgain(Timer):
    """No answer to ``request`` has come yet."""

    request: Request


class SingleCopyStore(Node):
    """Carries out each request in one handler, and each write once, however often it is asked for."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.data: dict[Any, Any] = {}
        self.done: set[int] = set()

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Written):
                self._take(record)

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f == "read":
            self.reply(sender, request.op, self.data.get(request.key))
            return
        if request.op not in self.done:
            written = Written(request.op, request.key, request.value)
            self.write(written)
            self._take(written)
        self.reply(sender, request.op)

    def _take(self, written: Written) -> None:
        self.data[written.key] = written.value
        self.done.add(written.op)


class InsistentClient(StoreClient):
    """Asks again every ``again_ms`` until ``timeout_ms`` are over; needs a server that suppresses duplicates."""

    def __init__(
        self, id: str, server: str, timeout_ms: float = 100.0, again_ms: float = 25.0
    ) -> None:
        super().__init__(id, server, timeout_ms)
        if not again_ms > 0:
            raise ValueError(f"again_ms={again_ms}: it must be above 0")
        self.again_ms = again_ms

    def on_invoke(self, op: Invocation) -> None:
        super().on_invoke(op)
        self.set_timer(AskAgain(Request(op.id, op.f, op.key, op.value)), self.again_ms)

    def on_ask_again(self, timer: AskAgain) -> None:
        if self.waits_for == timer.request.op:
            self.send(self.server, timer.request)
            self.set_timer(timer, self.again_ms)


def carried_out_once(log: Sequence[object]) -> Verdict:
    """No write stands twice in the server's log.

    >>> carried_out_once([Written(1, "x", 5), Written(2, "x", 6), Written(1, "x", 5)])
    not carried out once: the server has carried out write 1 more than once
    """
    times = Counter(record.op for record in log if isinstance(record, Written))
    wrong = [
        f"the server has carried out write {op} more than once" for op, n in times.items() if n > 1
    ]
    return unless("carried out once", wrong[0] if wrong else "")
