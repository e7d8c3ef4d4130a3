"""A payment service whose effects happen exactly once, however often a request arrives.

Source:        Birrell and Nelson, "Implementing Remote Procedure Calls", ACM TOCS 2(1), 1984, section 3 (a call
               identifier lets the callee discard duplicates); Helland, "Idempotence Is Not a Medical Condition",
               ACM Queue 10(4), 2012.
Assumes:       crash-recovery with a durable log; messages may be lost, repeated, late and reordered. Restarts: of the
               account, with its log, and of clients. A client's operation numbers are unique for ever: if one that
               restarts used a number again, its new payment would be answered as the old one and never made.
Promises:      `charged_at_most_once` always; `answered_means_charged` always. An answer, once the account is up and
               messages get through, to a client that still asks.
Not promised:  that an operation ends as ok: a client that gives up does not know. Nor that the memory of keys stays
               small: this one forgets nothing, real services forget after a day or so.
Departs:       the textbook account executes every request; this one remembers, for each key (client, operation),
               the result it gave, in the same log record as the payment itself. One record, so no crash can come
               between the effect and the memory of it; written before the answer is sent, so no answer is lost
               from memory. The client waits longer after each attempt, up to twice as long as before, by a random
               share, so that many clients do not come back all at once.
Size:          2 messages per payment; up to 2 × attempts with retries; 1 forced write per payment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.history import History
from dscourse.node import Node
from dscourse.protocols.textbook.payments import Paid, Pay, RetryDue, RetryingClient

__all__ = [
    "BackoffClient",
    "IdempotentAccount",
    "answered_means_charged",
    "charged_at_most_once",
    "charges",
]


class IdempotentAccount(Node):
    """An account that executes each operation once, durably, and repeats the answer to a repeated request."""

    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.paid = 0
        self.answers: dict[tuple[str, int], int] = {}

    def on_start(self, log: Sequence[object]) -> None:
        for record in log:
            if isinstance(record, Paid):
                self._apply(record)

    def on_pay(self, sender: str, pay: Pay) -> None:
        if (sender, pay.op) not in self.answers:
            record = Paid(sender, pay.op, pay.amount)
            self.write(record)
            self._apply(record)
        self.reply(sender, pay.op, self.answers[sender, pay.op])

    def _apply(self, record: Paid) -> None:
        self.paid += record.amount
        self.answers[record.client, record.op] = self.paid


class BackoffClient(RetryingClient):
    """A client that retries with the same key; after attempt k it waits 1 to 2^(k-1) time-outs, at most 32."""

    def _ask(self, op: int, attempt: int) -> None:
        self.send(self.server, Pay(op, self.open[op]))
        longest = self.timeout_ms * 2 ** min(attempt - 1, 5)
        self.set_timer(RetryDue(op, attempt), (self.timeout_ms, longest))


def charges(log: Sequence[object]) -> Counter[int]:
    """Return how often the account's log charges each operation.

    >>> charges([Paid("ann", 0, 10), Paid("ann", 1, 5), Paid("ann", 0, 10)])
    Counter({0: 2, 1: 1})
    """
    return Counter(record.op for record in log if isinstance(record, Paid))


def charged_at_most_once(log: Sequence[object]) -> bool:
    """Return whether no operation was charged twice.

    >>> charged_at_most_once([Paid("ann", 0, 10), Paid("ann", 1, 5), Paid("ann", 0, 10)])
    False
    """
    return all(times == 1 for times in charges(log).values())


def answered_means_charged(log: Sequence[object], history: History) -> Verdict:
    """Judge that every operation that ended as ok was charged.

    >>> from dscourse.history import Op
    >>> paid = History([Op(0, "ann", "pay", None, 10, "ok", None, 0, 1)])
    >>> answered_means_charged([Paid("ann", 0, 10)], paid)
    answered means charged
    >>> answered_means_charged([], paid)
    violated: answered means charged; ann was told that operation 0 is paid, and the account never charged it
    """
    charged = charges(log)
    wrong = [
        f"{op.process} was told that operation {op.id} is paid, and the account never charged it"
        for op in history.ok
        if not charged[op.id]
    ]
    return unless("answered means charged", wrong[0] if wrong else "")
