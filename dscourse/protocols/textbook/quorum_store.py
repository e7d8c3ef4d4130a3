"""A store that writes to all replicas, waits for a majority, and reads from the replica that was asked.

Source:        the "CP system" as introductions to the CAP theorem present it: a write succeeds once a majority has
               it, and is an error otherwise. What is missing: Attiya, Bar-Noy and Dolev, JACM 42(1), 1995.
Assumes:       messages arrive once and in the same order everywhere; no replica is behind.
Promises:      under this assumption, each read returns the last value written.
Not promised:  linearizability. A reader's replica may have missed a write that a majority has; without versions two
               writes may end in a different order on each replica, for ever; a write that is reported as failed
               stays on the replicas that accepted it.
Departs:       nothing: this is the version to break. `dscourse.protocols.quorum_store` is the repair.
Size:          2 (N - 1) messages and 1 round per write, none per read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.wording import text_of
from dscourse.node import Message, Node, Timer
from dscourse.protocols.stores import Request, StoreClient, check_operation

__all__ = ["MajorityDue", "MajorityWriteStore", "NoMajority", "Put", "PutAck", "TrustingClient"]


@dataclass(frozen=True, slots=True)
class Put(Message):
    """Set ``key`` to ``value``, for operation ``op``; also its record in a replica's log."""

    op: int
    key: Any
    value: Any

    def __str__(self) -> str:
        return f"put {self.key}={text_of(self.value)}"


@dataclass(frozen=True, slots=True)
class PutAck(Message):
    """The write of operation ``op`` is on my disk."""

    op: int

    def __str__(self) -> str:
        return "stored"


@dataclass(frozen=True, slots=True)
class NoMajority(Message):
    """Operation ``op`` has failed: it found no majority."""

    op: int

    def __str__(self) -> str:
        return "no majority"


@dataclass(frozen=True, slots=True)
class MajorityDue(Timer):
    """Write ``op`` stops waiting for a majority."""

    op: int


class MajorityWriteStore(Node):
    """A replica that also coordinates its clients' operations: write to a majority, read locally."""

    def __init__(self, id: str, peers: Iterable[str] = (), wait_ms: float = 60.0) -> None:
        super().__init__(id, peers)
        self.majority = (len(self.peers) + 1) // 2 + 1
        self.wait_ms = wait_ms
        self.data: dict[Any, Any] = {}
        self.acks: dict[int, int] = {}
        self.clients: dict[int, str] = {}

    def on_start(self, log: Sequence[object]) -> None:
        self.data = {record.key: record.value for record in log if isinstance(record, Put)}

    def on_request(self, sender: str, request: Request) -> None:
        check_operation(self, request.f, "read", "write")
        if request.f == "read":
            self.reply(sender, request.op, self.data.get(request.key))
            return
        put = Put(request.op, request.key, request.value)
        self.clients[put.op], self.acks[put.op] = sender, 0
        self.set_timer(MajorityDue(put.op), self.wait_ms)
        self.broadcast(put)
        self._set(put)
        self.on_put_ack(self.id, PutAck(put.op))

    def on_put(self, sender: str, put: Put) -> None:
        self._set(put)
        self.send(sender, PutAck(put.op))

    def on_put_ack(self, sender: str, ack: PutAck) -> None:
        if ack.op in self.clients:
            self.acks[ack.op] += 1
            if self.acks[ack.op] == self.majority:
                self.cancel_timer(MajorityDue(ack.op))
                self.reply(self.clients.pop(ack.op), ack.op)

    def on_majority_due(self, timer: MajorityDue) -> None:
        self.send(self.clients.pop(timer.op), NoMajority(timer.op))

    def _set(self, put: Put) -> None:
        self.write(put)
        self.data[put.key] = put.value


class TrustingClient(StoreClient):
    """A client that trusts an error: it reports the write as failed."""

    def on_no_majority(self, sender: str, refused: NoMajority) -> None:
        if self._stop_waiting(refused.op):
            self.fail(refused.op, "no majority")
