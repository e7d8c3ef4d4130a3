"""A counter on every node; each increment is sent to the others once. Promises nothing once a message is lost.

Source:        Shapiro, Preguiça, Baquero and Zawirski, "A comprehensive study of Convergent and Commutative
               Replicated Data Types", INRIA RR-7506, 2011, section 3.1.1 (operation-based counter).
Assumes:       no crash; every message arrives exactly once.
Promises:      under these assumptions, once no message is in flight, every replica has the number of increments.
Not promised:  anything under loss (an increment is missing for ever) or repetition (it counts twice).
Departs:       the source asks for a broadcast that delivers exactly once; this class sends over the bare network,
               which is its flaw. `dscourse.protocols.replicated_counter` is the repair, and holds
               the properties by which both are judged.
Size:          n - 1 messages per increment, one one-way delay.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dscourse.node import Client, Invocation, Message

__all__ = ["Add", "Counter"]


@dataclass(frozen=True, slots=True)
class Add(Message):
    """I have counted this many."""

    amount: int

    def __str__(self) -> str:
        return f"add {self.amount}"


class Counter(Client):
    """A replica that accepts increments from its own users."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.value = 0

    def on_invoke(self, op: Invocation) -> None:
        self.value += op.value
        self.broadcast(Add(op.value))
        self.complete(op.id)

    def on_add(self, sender: str, add: Add) -> None:
        self.value += add.amount
