"""Primaries that take writes on their own, pass on what changed until it is confirmed, and join what they hear.

Source:        Almeida, Shoker and Baquero, "Delta state replicated data types", Journal of Parallel and Distributed
               Computing 111, 2018 (deltas, joined and sent until they are confirmed); Shapiro, Preguiça, Baquero and
               Zawirski, INRIA research report 7506, 2011 (the values).
Assumes:       crash-recovery with a durable log; messages between primaries may be lost, repeated, late and
               reordered. A client's request reaches its primary at most once. Restarts: any primary, with its log: a
               change is on disk before anybody hears of it, so its dots and counts go on where they were. A primary
               that lost its log would use dots again, and others would take its new changes for the old ones.
Promises:      `checkers.convergent` on what primaries show, once writes have stopped and messages get through;
               `never_back`: what a primary holds of a key only grows in the order of the joins.
Not promised:  that a rule holds of the joined value (a stock may fall below 0, a name may be taken twice): nobody is
               asked before a write. That an acknowledged write survives: that is for the subclass to say.
Departs:       a delta is passed on by the primary at which it was written, and not by those that it reaches. After a
               crash a primary owes everything that it holds. A write replaces what its primary holds, as if its
               client had just read it; what a client has seen is the subject of `eventual_store`.
Size:          2 (N - 1) messages a write, none of which it waits for; none a read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.node import Message, Node, Timer
from dscourse.protocols.stores import Request

__all__ = ["Changed", "Delta", "DeltaKept", "MultiPrimary", "Owed", "PassOn", "never_back", "shown"]


@dataclass(frozen=True, slots=True)
class Delta(Message):
    """Join this to what you hold of ``key``; it covers what I have changed of it up to my record ``number``."""

    key: Any
    delta: Any
    number: int


@dataclass(frozen=True, slots=True)
class DeltaKept(Message):
    """The answer to a `Delta`: durable here."""

    key: Any
    number: int


@dataclass(frozen=True, slots=True)
class PassOn(Timer):
    """It is time to send again what nobody has confirmed."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A record in the log: this was joined to ``key``."""

    key: Any
    delta: Any


@dataclass(frozen=True, slots=True)
class Owed:
    """What a peer has not confirmed of a key, up to the record ``number`` of this log."""

    delta: Any
    number: int


class MultiPrimary(Node):
    """A primary; a subclass says what it holds of a key (`empty`), what a request changes, and what a read shows.

    ``a | b`` must join two values of the subclass: commutative, associative and idempotent. What is not confirmed is
    sent again every ``resend_ms``.
    """

    empty: ClassVar[Any]

    def __init__(self, id: str, peers: Iterable[str] = (), resend_ms: float = 40.0) -> None:
        super().__init__(id, peers)
        if not resend_ms > 0:
            raise ValueError(f"resend_ms={resend_ms}: it must be above 0")
        self.resend_ms = resend_ms
        self.data: dict[Any, Any] = {}
        self.owed: dict[tuple[str, Any], Owed] = {}
        self.records = 0

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Changed):
                self.data[record.key] = self.held(record.key) | record.delta
                self.records += 1
        for key, value in self.data.items():
            self._owe(key, value)

    def on_request(self, sender: str, request: Request) -> None:
        held = self.held(request.key)
        if request.f == "read":
            self.reply(sender, request.op, self.view(held))
            return
        delta = self.changed(held, request.f, request.value)
        self._keep(request.key, delta)
        self.reply(sender, request.op)
        self._owe(request.key, delta)
        for peer in self.peers:
            self._pass_on(peer, request.key)

    def on_delta(self, sender: str, message: Delta) -> None:
        self._keep(message.key, message.delta)
        self.send(sender, DeltaKept(message.key, message.number))

    def on_delta_kept(self, sender: str, kept: DeltaKept) -> None:
        owed = self.owed.get((sender, kept.key))
        if owed and owed.number <= kept.number:
            del self.owed[sender, kept.key]

    def on_pass_on(self, timer: PassOn) -> None:
        for peer, key in self.owed:
            self._pass_on(peer, key)
        if self.owed:
            self.set_timer(timer, self.resend_ms)

    # What a subclass says.

    def changed(self, held: Any, f: str, value: Any) -> Any:
        """The delta that operation ``f`` makes of what is held. ValueError for an operation that there is not."""
        raise NotImplementedError(f"{type(self).__name__} needs a method changed")

    def view(self, held: Any) -> Any:
        """What a read shows of what is held."""
        raise NotImplementedError(f"{type(self).__name__} needs a method view")

    # Helpers.

    def held(self, key: Any) -> Any:
        """What this primary holds of the key."""
        return self.data.get(key, self.empty)

    def _keep(self, key: Any, delta: Any) -> None:
        """Join the delta, durably, if it changes anything."""
        joined = self.held(key) | delta
        if joined != self.held(key):
            self.write(Changed(key, delta))
            self.records += 1
            self.data[key] = joined

    def _owe(self, key: Any, delta: Any) -> None:
        for peer in self.peers:
            before = self.owed.get((peer, key))
            whole = before.delta | delta if before else delta
            self.owed[peer, key] = Owed(whole, self.records)
            self.set_timer(PassOn(), self.resend_ms)

    def _pass_on(self, peer: str, key: Any) -> None:
        owed = self.owed[peer, key]
        self.send(peer, Delta(key, owed.delta, owed.number))


def shown(nodes: Mapping[str, Node]) -> dict[str, dict[Any, Any]]:
    """What each primary shows by key, for `checkers.convergent`."""
    return {
        name: {key: node.view(value) for key, value in node.data.items()}
        for name, node in nodes.items()
        if isinstance(node, MultiPrimary)
    }


def never_back(nodes: Mapping[str, Node], logs: Mapping[str, Sequence[object]]) -> Verdict:
    """Every primary that is up holds all that it has ever logged: joining it once more changes nothing.

    >>> class Most(MultiPrimary):
    ...     empty = frozenset()
    >>> never_back({"n1": Most("n1")}, {"n1": [Changed("x", frozenset({5}))]})
    not never back: n1 has logged frozenset({5}) of x, and holds frozenset()
    """
    wrong = [
        f"{name} has logged {record.delta} of {record.key}, and holds {node.held(record.key)}"
        for name, node in nodes.items()
        if isinstance(node, MultiPrimary)
        for record in logs[name]
        if isinstance(record, Changed)
        and node.held(record.key) | record.delta != node.held(record.key)
    ]
    return unless("never back", wrong[0] if wrong else "")
