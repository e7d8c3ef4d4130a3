"""A client that asks for all keys at once if its transaction only reads.

Source:        as `timestamps`: a transaction must be declared read-only beforehand (section 3 of the source).
Assumes:       as `client`. Restarts: as there.
Promises:      as `client`.
Not promised:  as `client`.
Departs:       what a transaction reads is known beforehand, so that one request has all keys.
Size:          2 messages for a transaction that only reads, and 2 more per retry; otherwise as `client`.
"""

from __future__ import annotations

from dscourse.node import Invocation
from dscourse.protocols.isolation.client import StepwiseClient, checked
from dscourse.protocols.isolation.timestamp_messages import ReadOnly, Snapshot
from dscourse.protocols.stores import Unanswered

__all__ = ["SnapshotClient"]


class SnapshotClient(StepwiseClient):
    """A client of a store with timestamps; see `StepwiseClient` for its operations and time-outs."""

    def on_invoke(self, op: Invocation) -> None:
        steps = checked(op)
        if any(f != "r" for f, _, _ in steps):
            super().on_invoke(op)
            return
        self.tx, self.steps = op.id, steps
        self.set_timer(Unanswered(op.id), self.timeout_ms)
        self._ask(ReadOnly(op.id, tuple(dict.fromkeys(key for _, key, _ in steps))))

    def on_snapshot(self, sender: str, answer: Snapshot) -> None:
        if answer.tx == self.tx:
            values = dict(answer.values)
            self.complete(answer.tx, tuple((f, key, values[key]) for f, key, _ in self.steps))
            self._end()
