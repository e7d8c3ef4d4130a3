"""A payment service that executes every request it receives, with a client that asks once and one that retries.

Source:        the remote procedure call as most first programs use it. What a caller may conclude when a call fails:
               Birrell and Nelson, "Implementing Remote Procedure Calls", ACM TOCS 2(1), 1984.
Assumes:       requests and replies arrive once.
Promises:      under this assumption, one payment per operation that is ok.
Not promised:  with `OneShotClient`, that a payment happens (at most once, if the network repeats nothing); with
               `RetryingClient`, that it happens only once (at least once, if it is ok).
Departs:       nothing: these are the versions to break. `dscourse.protocols.payments` is the repair.
Size:          2 messages per payment; up to 2 × attempts with retries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dscourse.node import Client, Invocation, Message, Node, Reply, Timer

__all__ = ["Account", "OneShotClient", "Paid", "Pay", "RetryDue", "RetryingClient", "Unanswered"]


@dataclass(frozen=True, slots=True)
class Pay(Message):
    """Pay ``amount``, for operation ``op``."""

    op: int
    amount: int

    def __str__(self) -> str:
        return f"pay {self.amount} (operation {self.op})"


@dataclass(frozen=True, slots=True)
class Paid:
    """A record in the account's log: this amount was paid for this client's operation."""

    client: str
    op: int
    amount: int

    def __str__(self) -> str:
        return f"{self.amount} paid for {self.client} (operation {self.op})"


@dataclass(frozen=True, slots=True)
class Unanswered(Timer):
    """The client stops waiting for the answer to operation ``op``."""

    op: int


@dataclass(frozen=True, slots=True)
class RetryDue(Timer):
    """No answer to attempt ``attempt`` of operation ``op`` has arrived in time."""

    op: int
    attempt: int


class Account(Node):
    """An account that executes each `Pay` that arrives, durably, and answers with the total paid so far."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.paid = 0

    def on_start(self, log: Sequence[object]) -> None:
        self.paid = sum(record.amount for record in log if isinstance(record, Paid))

    def on_pay(self, sender: str, pay: Pay) -> None:
        self.write(Paid(sender, pay.op, pay.amount))
        self.paid += pay.amount
        self.reply(sender, pay.op, self.paid)


class OneShotClient(Client):
    """A client that asks once; without an answer within ``timeout_ms`` the operation is unknown: it may have run."""

    def __init__(self, id: str, server: str, timeout_ms: float = 50.0) -> None:
        super().__init__(id)
        self.server, self.timeout_ms = server, timeout_ms

    def on_invoke(self, op: Invocation) -> None:
        self.send(self.server, Pay(op.id, op.value))
        self.set_timer(Unanswered(op.id), self.timeout_ms)

    def on_reply(self, sender: str, reply: Reply) -> None:
        self.cancel_timer(Unanswered(reply.op))
        self.complete(reply.op, reply.result)

    def on_unanswered(self, timer: Unanswered) -> None:
        self.unknown(timer.op, "no answer")


class RetryingClient(Client):
    """A client that asks up to ``attempts`` times, ``timeout_ms`` apart, and takes the first answer."""

    def __init__(self, id: str, server: str, timeout_ms: float = 50.0, attempts: int = 4) -> None:
        super().__init__(id)
        if attempts < 1:
            raise ValueError(f"attempts={attempts}: a client asks at least once")
        self.server, self.timeout_ms, self.attempts = server, timeout_ms, attempts
        self.open: dict[int, int] = {}  # operation -> amount

    def on_invoke(self, op: Invocation) -> None:
        self.open[op.id] = op.value
        self._ask(op.id, 1)

    def on_reply(self, sender: str, reply: Reply) -> None:
        if self.open.pop(reply.op, None) is not None:
            self.complete(reply.op, reply.result)

    def on_retry_due(self, timer: RetryDue) -> None:
        if timer.op not in self.open:
            return
        if timer.attempt < self.attempts:
            self._ask(timer.op, timer.attempt + 1)
        else:
            del self.open[timer.op]
            self.unknown(timer.op, "no answer")

    def _ask(self, op: int, attempt: int) -> None:
        self.send(self.server, Pay(op, self.open[op]))
        self.set_timer(RetryDue(op, attempt), self.timeout_ms)
