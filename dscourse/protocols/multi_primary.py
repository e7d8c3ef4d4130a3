"""Primaries that each accept writes, send the deltas to each other until acknowledged, and join what they receive.

Source:        Almeida, Shoker and Baquero, "Delta state replicated data types", Journal of Parallel and Distributed
               Computing 111, 2018 (delta-mutators; deltas that are sent until acknowledged, and joined); Shapiro,
               Preguiça, Baquero and Zawirski, INRIA research report 7506, 2011 (the values).
Assumes:       crash-recovery with a durable log; messages between primaries may be lost, repeated, late and
               reordered. A client's request reaches its primary at most once. Restarts: any primary, with its log: a
               delta is on disk before another node learns of it, so dots and counters continue where they were. A
               primary that lost its log would use dots again, and others would take its new changes for old ones.
Promises:      `checkers.convergent` on the primaries' `contents`, once writes have stopped and messages get through;
               `monotonic`: the value of a key at a primary only grows in the order of the joins.
Not promised:  an invariant of the joined value (a stock may fall below 0, a name may be assigned twice): a write is
               not coordinated. That an acknowledged write survives: that depends on the subclass.
Departs:       a delta is sent by the primary that accepted the write, and not forwarded. After a crash, a primary
               sends its whole state. A write replaces the value at its primary, as if its client had just read it;
               `eventual_store` tracks what a client has read.
Size:          2 (N - 1) messages per write, for none of which its client waits; none per read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.core.wording import text_of
from dscourse.node import Message, Node, Timer
from dscourse.protocols.stores import Request

__all__ = [
    "Delta",
    "DeltaAck",
    "DeltaStored",
    "MultiPrimary",
    "PendingDelta",
    "ResendDue",
    "contents",
    "monotonic",
]


@dataclass(frozen=True, slots=True)
class Delta(Message):
    """Join this delta to ``key``; it covers my changes of the key up to my record ``number``."""

    key: Any
    delta: Any
    number: int

    def __str__(self) -> str:
        return f"delta {self.key}: {text_of(self.delta)}"


@dataclass(frozen=True, slots=True)
class DeltaAck(Message):
    """The delta of ``key`` up to your record ``number`` is on my disk."""

    key: Any
    number: int

    def __str__(self) -> str:
        return f"stored {self.key}"


@dataclass(frozen=True, slots=True)
class ResendDue(Timer):
    """Time to resend the deltas that are not acknowledged."""


@dataclass(frozen=True, slots=True)
class DeltaStored:
    """A record: this delta was joined to ``key``."""

    key: Any
    delta: Any

    def __str__(self) -> str:
        return f"delta {self.key}: {text_of(self.delta)}"


@dataclass(frozen=True, slots=True)
class PendingDelta:
    """The changes of a key that a peer has not acknowledged, up to the record ``number`` of this log."""

    delta: Any
    number: int


class MultiPrimary(Node):
    """A primary; a subclass defines the initial value of a key (`empty`), its delta-mutator and the result of a read.

    ``a | b`` must join two values of the subclass: commutative, associative and idempotent. Deltas that are not
    acknowledged are sent again every ``resend_ms``.
    """

    empty: ClassVar[Any]

    def __init__(self, id: str, peers: Iterable[str] = (), resend_ms: float = 40.0) -> None:
        super().__init__(id, peers)
        if not resend_ms > 0:
            raise ValueError(f"resend_ms={resend_ms}: it must be above 0")
        self.resend_ms = resend_ms
        self.data: dict[Any, Any] = {}
        self.pending: dict[tuple[str, Any], PendingDelta] = {}
        self.records = 0

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, DeltaStored):
                self.data[record.key] = self.value_of(record.key) | record.delta
                self.records += 1
        for key, value in self.data.items():
            self._add_pending(key, value)

    def on_request(self, sender: str, request: Request) -> None:
        current = self.value_of(request.key)
        if request.f == "read":
            self.reply(sender, request.op, self.view(current))
            return
        delta = self.mutate(current, request.f, request.value)
        self._join(request.key, delta)
        self.reply(sender, request.op)
        self._add_pending(request.key, delta)
        for peer in self.peers:
            self._send_delta(peer, request.key)

    def on_delta(self, sender: str, message: Delta) -> None:
        self._join(message.key, message.delta)
        self.send(sender, DeltaAck(message.key, message.number))

    def on_delta_ack(self, sender: str, ack: DeltaAck) -> None:
        pending = self.pending.get((sender, ack.key))
        if pending and pending.number <= ack.number:
            del self.pending[sender, ack.key]

    def on_resend_due(self, timer: ResendDue) -> None:
        for peer, key in self.pending:
            self._send_delta(peer, key)
        if self.pending:
            self.set_timer(timer, self.resend_ms)

    # --- what a subclass defines -----------------------------------------------------------------

    def mutate(self, current: Any, f: str, value: Any) -> Any:
        """Return the delta of operation ``f`` on the ``current`` value. ValueError for an unknown operation."""
        raise NotImplementedError(f"{type(self).__name__} needs a method mutate")

    def view(self, current: Any) -> Any:
        """Return the result of a read of the ``current`` value."""
        raise NotImplementedError(f"{type(self).__name__} needs a method view")

    # --- helpers ---------------------------------------------------------------------------------

    def value_of(self, key: Any) -> Any:
        """Return the value of the key at this primary."""
        return self.data.get(key, self.empty)

    def _join(self, key: Any, delta: Any) -> None:
        """Join the delta, durably, if it changes anything."""
        joined = self.value_of(key) | delta
        if joined != self.value_of(key):
            self.write(DeltaStored(key, delta))
            self.records += 1
            self.data[key] = joined

    def _add_pending(self, key: Any, delta: Any) -> None:
        for peer in self.peers:
            before = self.pending.get((peer, key))
            whole = before.delta | delta if before else delta
            self.pending[peer, key] = PendingDelta(whole, self.records)
            self.set_timer(ResendDue(), self.resend_ms)

    def _send_delta(self, peer: str, key: Any) -> None:
        pending = self.pending[peer, key]
        self.send(peer, Delta(key, pending.delta, pending.number))


def contents(nodes: Mapping[str, Node]) -> dict[str, dict[Any, Any]]:
    """Return the result of a read of each key at each primary, for `checkers.convergent`."""
    return {
        name: {key: node.view(value) for key, value in node.data.items()}
        for name, node in nodes.items()
        if isinstance(node, MultiPrimary)
    }


def monotonic(nodes: Mapping[str, Node], logs: Mapping[str, Sequence[object]]) -> Verdict:
    """Judge that the state of every primary that is up includes all that it ever logged.

    >>> class Most(MultiPrimary):
    ...     empty = frozenset()
    >>> monotonic({"n1": Most("n1")}, {"n1": [DeltaStored("x", frozenset({5}))]})
    violated: monotonic; n1 has logged frozenset({5}) of x, and has frozenset()
    """
    wrong = [
        f"{name} has logged {record.delta} of {record.key}, and has {node.value_of(record.key)}"
        for name, node in nodes.items()
        if isinstance(node, MultiPrimary)
        for record in logs[name]
        if isinstance(record, DeltaStored)
        and node.value_of(record.key) | record.delta != node.value_of(record.key)
    ]
    return unless("monotonic", wrong[0] if wrong else "")
