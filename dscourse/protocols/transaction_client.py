"""A client that submits transactions to a coordinator, one after the other.

Source:        as `two_phase_commit`, which leaves the client out.
Assumes:       messages may be lost, repeated and late. Restarts: a client forgets the transaction that it waits for,
               which ends as unknown; numbers are unique, so an old answer is never taken for a new one.
Promises:      a transaction ends as ok only with the coordinator's answer, "committed" or "aborted".
Not promised:  an answer. Without one the transaction is unknown: it may have been committed.
Departs:       nothing.
Size:          2 messages per transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from dscourse.core.wording import text_of
from dscourse.node import Invocation, Message
from dscourse.protocols.atomicity import Writes
from dscourse.protocols.stores import StoreClient

__all__ = ["Submit", "TransactionClient"]


@dataclass(frozen=True, slots=True)
class Submit(Message):
    """Client operation ``tx``: make these writes, by participant, all or none."""

    tx: int
    writes: tuple[tuple[str, Writes], ...]

    def __str__(self) -> str:
        parts = (f"{text_of(own)} at {name}" for name, own in self.writes)
        return f"submit {', '.join(parts)}"


class TransactionClient(StoreClient):
    """A client whose operations are transactions; an operation's value maps each participant to its writes.

    Without an answer within ``timeout_ms`` the operation ends as unknown. ValueError for one without writes.
    """

    def __init__(self, id: str, coordinator: str, timeout_ms: float = 200.0) -> None:
        super().__init__(id, coordinator, timeout_ms)

    def on_invoke(self, op: Invocation) -> None:
        writes = tuple(
            (name, tuple(sorted(own.items()))) for name, own in sorted(dict(op.value or {}).items())
        )
        if not writes:
            raise ValueError(
                f"transaction {op.id} has no participants: name at least one, with its writes"
            )
        self.ask(op.id, self.server, Submit(op.id, writes))
